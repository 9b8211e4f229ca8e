"""A watching role of the test's own, with no more than a DBA would give it, and places for throw-away servers."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.postgres.left import processes
from tests.postgres.planned import SHOP
from tests.postgres.replayed import NUMBERS, exists
from tests.servers.query import sql
from tests.servers.servers import Server
from watchdog.postgres import replay as replaying
from watchdog.postgres.embedded import embedded_wheel
from watchdog.postgres.replay import Scratch


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


@pytest.fixture
def poor(database: str, server: Server) -> Iterator[str]:
    """The connection string of a role with CONNECT on the shop's database and USAGE on its schema, and nothing else."""
    name = database.rpartition("/")[2]
    role = f"poor_{name}"
    sql(
        database,
        f"{SHOP} CREATE ROLE {role} LOGIN; REVOKE ALL ON DATABASE {name} FROM PUBLIC;"
        f"GRANT CONNECT ON DATABASE {name} TO {role}; REVOKE ALL ON SCHEMA public FROM PUBLIC;"
        f"GRANT USAGE ON SCHEMA public TO {role}",
    )
    yield server.dsn(name, role)
    sql(database, f"DROP OWNED BY {role}; DROP ROLE {role}")


@pytest.fixture
def mark(worker_id: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the databases of this test have in their names: other tests make and drop theirs meanwhile."""
    found = f"{worker_id}_{next(NUMBERS)}"
    monkeypatch.setattr(replaying, "secrets", SimpleNamespace(token_hex=lambda _: found))
    return f"schema_watchdog_{found}"


@pytest.fixture
def other(server: Server, mark: str) -> Iterator[Scratch]:
    """A server on which databases may be made; when the test is over it has none of them."""
    yield Scratch(url=server.dsn())
    assert not exists(server, mark)


@pytest.fixture(params=["embedded", "on another server"])
def scratch(request: pytest.FixtureRequest) -> Scratch:
    if request.param == "embedded":
        request.getfixturevalue("scratch_folder")
        return Scratch()
    found = request.getfixturevalue("other")
    assert isinstance(found, Scratch)
    return found
