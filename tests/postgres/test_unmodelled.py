"""What no kind describes is counted, and what everybody has is not."""

import pytest

from tests.postgres.looks import look
from tests.servers.query import sql

EXTENSIONS = ("citext", "hstore", "lo", "pg_stat_statements", "postgres_fdw")
OF_SYSTEM, OF_EXTENSION = "privileges on an object of the system", "privileges on a member of an extension"
OF_USERS = "object in a system schema"
MAY_LIST = "EXECUTE ON FUNCTION pg_ls_waldir()"


@pytest.mark.all_majors
def test_what_initdb_and_extensions_bring_is_not_counted(database: str) -> None:
    assert look(database).unmodelled == {}
    sql(database, "".join(f"CREATE EXTENSION {name};" for name in EXTENSIONS))
    assert look(database).unmodelled == {}


@pytest.mark.all_majors
@pytest.mark.parametrize(
    ("script", "counted"),
    [
        ("SELECT lo_create(0)", {"large object": 1}),
        ("GRANT SELECT ON pg_authid TO pg_monitor", {OF_SYSTEM: 1}),
        ("GRANT SELECT (rolpassword) ON pg_authid TO pg_monitor", {OF_SYSTEM: 1}),
        ("REVOKE SELECT (subname) ON pg_subscription FROM PUBLIC", {OF_SYSTEM: 1}),
        ("REVOKE EXECUTE ON FUNCTION now() FROM PUBLIC", {OF_SYSTEM: 1}),
        ("GRANT CREATE ON SCHEMA pg_catalog TO pg_monitor", {OF_SYSTEM: 1}),
        ("GRANT CREATE ON SCHEMA information_schema TO pg_monitor", {OF_SYSTEM: 1}),
        ("GRANT INSERT ON information_schema.tables TO PUBLIC", {OF_SYSTEM: 1}),
        ("REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC", {OF_EXTENSION: 1}),
        ("CREATE EXTENSION lo; GRANT EXECUTE ON FUNCTION lo_oid(lo) TO pg_monitor", {OF_EXTENSION: 1}),
        ("CREATE EXTENSION lo; GRANT USAGE ON TYPE lo TO pg_monitor", {OF_EXTENSION: 1}),
        (
            "CREATE EXTENSION postgres_fdw; GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO PUBLIC",
            {OF_EXTENSION: 1},
        ),
        ("CREATE EXTENSION pg_buffercache; GRANT SELECT (bufferid) ON pg_buffercache TO PUBLIC", {OF_EXTENSION: 1}),
        ("CREATE FUNCTION pg_catalog.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'", {OF_USERS: 1}),
        ("CREATE TYPE information_schema.mood AS ENUM ('so so')", {OF_USERS: 1}),
        # Written out, but what the default is; and in another order.
        ("REVOKE EXECUTE ON FUNCTION now() FROM PUBLIC; GRANT EXECUTE ON FUNCTION now() TO PUBLIC", {}),
        (f"REVOKE {MAY_LIST} FROM postgres; GRANT {MAY_LIST} TO postgres", {}),
    ],
)
def test_what_no_kind_describes_is_counted(database: str, script: str, counted: dict[str, int]) -> None:
    sql(database, script)
    assert look(database).unmodelled == counted
