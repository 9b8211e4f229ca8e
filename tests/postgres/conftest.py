"""A watching role of the test's own, with no more than a DBA would give it."""

from collections.abc import Iterator

import pytest

from tests.servers.query import sql
from tests.servers.servers import Server

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
