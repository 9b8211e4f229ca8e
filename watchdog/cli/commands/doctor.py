"""`doctor`: what is wrong with the way to a database, and the SQL that mends it."""

from typing import Annotated

from watchdog.cli.choices import TextOrJson, choice
from watchdog.cli.options import DEFAULT_CONFIG, ConfigFile, DatabaseNames, Dsn

Format = Annotated[TextOrJson, choice("--format", TextOrJson, "What is printed: text for people, JSON for scripts.")]


def doctor(
    config: ConfigFile = DEFAULT_CONFIG,
    database: DatabaseNames = None,
    dsn: Dsn = None,
    format: Format = TextOrJson.TEXT,  # noqa: A002 the option's name
) -> None:
    """Say what is wrong with the way to the databases: address, TLS, pooler, role, what it cannot see, settings.

    Nothing is changed. It ends with the SQL that mends what can be mended so. Exits 0 when nothing is wrong, 1 when
    something is to be mended, 2 for a mistake in the command or the configuration, 3 when there is no connection.
    """
    from watchdog.cli.doctor import doctor as run

    run(config=config, database=database, dsn=dsn, format=format)
