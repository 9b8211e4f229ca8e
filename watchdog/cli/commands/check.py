"""`check`, `diff` and `plan`: one look, a verdict, an exit code."""

from typing import Annotated

import typer

from watchdog.cli.choices import Format
from watchdog.cli.options import (
    DEFAULT_CONFIG,
    BaselineOption,
    ConfigFile,
    ContractOption,
    DatabaseNames,
    Dsn,
    FailOn,
    FormatOption,
    MigrationsFormatOption,
    MigrationsOption,
    OutputOption,
    QueriesOption,
    RecordedOption,
    ScratchOption,
    SearchPathOption,
)
from watchdog.finding import Severity


def check(
    config: ConfigFile = DEFAULT_CONFIG,
    database: DatabaseNames = None,
    dsn: Dsn = None,
    baseline: BaselineOption = None,
    migrations: MigrationsOption = None,
    migrations_format: MigrationsFormatOption = None,
    contract: ContractOption = None,
    queries: QueriesOption = None,
    recorded: RecordedOption = 0,
    search_path: SearchPathOption = None,
    scratch_url: ScratchOption = None,
    fail_on_pending: Annotated[
        bool, typer.Option("--fail-on-pending", help="A migration that production has not applied is a warning too.")
    ] = False,
    format: FormatOption = Format.TEXT,  # noqa: A002 the option's name
    output: OutputOption = None,
    fail_on: FailOn = Severity.WARNING,
) -> None:
    """Look once at the configured databases, or at --dsn, and compare them with what is expected of them.

    That may be a baseline, migrations, contracts, the application's statements. Of configured databases also the rows
    are looked at, and counted again where they were counted before; with --dsn those that a contract needs. Exits 0
    when verified, 1 on findings, 2 on a usage error, 3 when something could not be verified.
    """
    from watchdog.cli.check import check as run

    run(
        config=config,
        database=database,
        dsn=dsn,
        baseline=baseline,
        migrations=migrations,
        migrations_format=migrations_format,
        contract=contract,
        queries=queries,
        recorded=recorded,
        search_path=search_path,
        scratch_url=scratch_url,
        fail_on_pending=fail_on_pending,
        format=format,
        output=output,
        fail_on=fail_on,
    )


def diff(
    expected: Annotated[
        str, typer.Argument(help="postgresql://..., a baseline file, a .sql file, a folder of them or of migrations.")
    ],
    actual: Annotated[str, typer.Argument(help="The same.")],
    format: FormatOption = Format.TEXT,  # noqa: A002 the option's name
    output: OutputOption = None,
    fail_on: FailOn = Severity.WARNING,
) -> None:
    """Compare any two schemas. Exit codes are those of check.

    SQL files run on an empty embedded PostgreSQL that has no roles and few extensions: of pg_dump it takes
    --schema-only --no-owner --no-privileges.
    """
    from watchdog.cli.check import diff as run

    run(expected=expected, actual=actual, format=format, output=output, fail_on=fail_on)


def plan(
    config: ConfigFile = DEFAULT_CONFIG,
    database: DatabaseNames = None,
    dsn: Dsn = None,
    baseline: BaselineOption = None,
    migrations: MigrationsOption = None,
    migrations_format: MigrationsFormatOption = None,
    contract: ContractOption = None,
    scratch_url: ScratchOption = None,
) -> None:
    """Print the SQL that brings back what is missing or lost, in the order in which it can run. Nothing is executed.

    Of what is accepted, or may yet be part of a migration, nothing is printed. Exits 0 when nothing is found or all of
    it has a remedy, 1 when something is left to a person, 3 as check.
    """
    from watchdog.cli.check import plan as run

    run(
        config=config,
        database=database,
        dsn=dsn,
        baseline=baseline,
        migrations=migrations,
        migrations_format=migrations_format,
        contract=contract,
        scratch_url=scratch_url,
    )
