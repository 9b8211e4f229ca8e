"""The fixture `migrated_database` for pytest. Only what pytest needs to know is imported before it is used."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from watchdog.testing import MigratedDatabase

_FOLDER, _FORMAT, _URL = "schema_watchdog_migrations", "schema_watchdog_format", "schema_watchdog_scratch_url"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Name the folder of migrations once, for all tests."""
    parser.addini(_FOLDER, "the folder of migrations for the fixture migrated_database", type="paths")
    parser.addini(_FORMAT, "whose migrations they are, where the files do not tell", default="")
    parser.addini(_URL, "a server to make the database on, instead of an embedded one", default="")


@pytest.fixture(scope="session")
def migrated_database(pytestconfig: pytest.Config) -> "Iterator[MigratedDatabase]":
    """A throw-away database that has run all migrations, one for the session; see `watchdog.testing`."""
    from watchdog.testing import migrated  # noqa: PLC0415 else every test session would pay for it

    folders = pytestconfig.getini(_FOLDER)
    if len(folders) != 1:
        raise pytest.UsageError(f"the fixture migrated_database needs the ini option {_FOLDER}: one folder")
    with migrated(
        folders[0],
        format=pytestconfig.getini(_FORMAT) or None,
        scratch_url=pytestconfig.getini(_URL) or None,
    ) as database:
        yield database
