"""The library for an application's own tests, used as its users do: in a project of theirs, by a pytest of theirs."""

import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.support import environment
from tests.servers.query import rows
from watchdog.errors import MigrationsError, ScratchError
from watchdog.testing import MigratedDatabase, migrated

FIRST = """\
-- migrate:up
CREATE TABLE sealed_epochs (epoch bigint, channel text, PRIMARY KEY (epoch, channel));

-- migrate:down
DROP TABLE sealed_epochs;
"""
SECOND = "-- migrate:up\nALTER TABLE sealed_epochs ADD COLUMN token_group text;\n\n-- migrate:down\n"
SOURCE = """\
export const latest = (pool) => pool.query('SELECT epoch FROM sealed_epochs WHERE token_group = $1');
export const sealed = (pool) => pool.query(`
  INSERT INTO sealed_epochs (epoch, channel) VALUES ($1, $2)
  ON CONFLICT (epoch, channel) DO NOTHING`);
export const purge = (pool, table) => pool.query(`DELETE FROM ${table}`);
"""


def project(folder: Path, *migrations: str) -> Path:
    (folder / "migrations").mkdir()
    (folder / "src").mkdir()
    for number, text in enumerate(migrations, start=1):
        (folder / "migrations" / f"{number}_m.sql").write_text(text)
    (folder / "src" / "epochs.js").write_text(SOURCE)
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, MigratedDatabase]]:
    folder = project(tmp_path_factory.mktemp("project"), FIRST, SECOND)
    with migrated(folder / "migrations") as database:
        yield folder, database


def test_statements_that_fit_the_migrations_pass(whole: tuple[Path, MigratedDatabase]) -> None:
    folder, database = whole
    database.check(folder / "src")


def test_the_application_may_use_the_database_itself(whole: tuple[Path, MigratedDatabase]) -> None:
    _, database = whole
    assert rows(database.dsn, "SELECT count(*)::int FROM sealed_epochs WHERE token_group = 'milo'") == [(0,)]


def test_what_cannot_be_read_whole_fails_only_who_asks_for_it(whole: tuple[Path, MigratedDatabase]) -> None:
    folder, database = whole
    with pytest.raises(AssertionError, match=r"not be read whole from the sources: 1\nnot checked: .*epochs\.js:5: "):
        database.check(folder / "src", strict=True)


def test_a_folder_without_a_statement_is_no_success(whole: tuple[Path, MigratedDatabase], tmp_path: Path) -> None:
    (tmp_path / "empty.sql").write_text("-- nothing yet\n")
    with pytest.raises(AssertionError, match="no statement was found"):
        whole[1].check(tmp_path / "empty.sql")


def test_code_ahead_of_its_migrations_fails_with_the_place_and_the_servers_words(tmp_path: Path) -> None:
    folder = project(tmp_path, FIRST)
    with migrated(folder / "migrations") as database:
        with pytest.raises(AssertionError) as failure:
            database.check(folder / "src")
        dsn = database.dsn
    assert 'epochs.js:1 does not plan: column "token_group" does not exist (42703)' in str(failure.value)
    assert "epochs.js:2" not in str(failure.value)
    with pytest.raises(OSError, match="No such file"):
        rows(dsn, "SELECT 1")


def test_a_migration_that_fails_is_named_with_its_line(tmp_path: Path) -> None:
    folder = project(tmp_path, FIRST, SECOND.replace("sealed_epochs", "no_epochs"))
    with (
        pytest.raises(ScratchError, match=r"2_m\.sql:2: relation \"no_epochs\" does not exist"),
        migrated(folder / "migrations"),
    ):
        pass
    with pytest.raises(MigrationsError, match="no such folder"), migrated(tmp_path / "nowhere"):
        pass


TESTS = """
def test_the_code_fits_the_migrations(migrated_database):
    migrated_database.check("src")

async def used_from_a_loop(database):
    database.check("src")

def test_a_loop_may_run_already(migrated_database):
    import asyncio
    asyncio.run(used_from_a_loop(migrated_database))
"""


@pytest.mark.parametrize(("migrations", "code"), [((FIRST, SECOND), 0), ((FIRST,), 1)])
def test_the_fixture_of_pytest_makes_one_for_the_session(
    tmp_path: Path, migrations: tuple[str, ...], code: int
) -> None:
    folder = project(tmp_path, *migrations)
    (folder / "pytest.ini").write_text("[pytest]\nschema_watchdog_migrations = migrations\n")
    (folder / "test_code.py").write_text(textwrap.dedent(TESTS))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=folder, env=environment(), capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    assert ("2 passed" if code == 0 else "2 failed") in done.stdout
    assert (code == 1) == ("src/epochs.js:1 does not plan" in done.stdout)


def test_without_a_folder_the_fixture_says_what_it_needs(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_code.py").write_text("def test_it(migrated_database):\n    pass\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert "needs the ini option schema_watchdog_migrations: one folder" in done.stdout + done.stderr
