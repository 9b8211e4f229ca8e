"""A watching role of the test's own, with no more than a DBA would give it, and a folder for throw-away servers."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres.left import processes
from tests.servers.query import sql
from tests.servers.servers import Server
from watchdog.postgres.embedded import embedded_wheel

pytest.register_assert_rewrite("tests.postgres.looks")


@pytest.fixture
def watcher(database: str, server: Server) -> Iterator[str]:
    """The connection string of a role that may connect and is in pg_monitor; nothing else, not even by PUBLIC.

    Its name is the database's with `watch_` before it.
    """
    name = database.rpartition("/")[2]
    role = f"watch_{name}"
    sql(
        database,
        f"CREATE ROLE {role} LOGIN; GRANT pg_monitor TO {role};"
        f"REVOKE ALL ON DATABASE {name} FROM PUBLIC; GRANT CONNECT ON DATABASE {name} TO {role};"
        "REVOKE ALL ON SCHEMA public FROM PUBLIC; ALTER DEFAULT PRIVILEGES REVOKE ALL ON FUNCTIONS FROM PUBLIC;"
        "ALTER DEFAULT PRIVILEGES REVOKE ALL ON TYPES FROM PUBLIC",
    )
    yield server.dsn(name, role)
    sql(database, f"DROP OWNED BY {role}; DROP ROLE {role}")


@pytest.fixture
def scratch_folder(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where temporary folders are made; when the test is over nothing is in it, and nothing runs there."""
    # Both choose a folder for good when they are first used, which is not to be this one.
    embedded_wheel()
    tmp_path_factory.getbasetemp()
    folder = Path(tempfile.mkdtemp(prefix="watchdog-scratch-"))  # not pytest's: other users may not enter that
    folder.chmod(0o755)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []
    assert processes(folder) == []
    shutil.rmtree(folder)
