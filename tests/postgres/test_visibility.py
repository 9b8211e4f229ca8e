"""What the watching role sees: as much as a superuser, whatever is set for it, and nothing stays set."""

import asyncio

import asyncpg
import msgspec
import pytest

from tests.postgres.looks import BRISK, OF_DATABASES, assert_same, look, rich
from tests.servers.query import rows, sql
from watchdog.postgres.capture import capture
from watchdog.postgres.connection import Connection
from watchdog.schema.snapshot import Snapshot

# Every one of these rewrites some rendering, or what a query does; each is allowed to a plain role.
CONTRARY = {
    "search_path": 'app, "Second one", public',
    "datestyle": "'SQL, DMY'",
    "intervalstyle": "sql_standard",
    "timezone": "'America/New_York'",
    "bytea_output": "escape",
    "extra_float_digits": "'-15'",
    "quote_all_identifiers": "on",
    "lc_monetary": "'POSIX'",
    "lc_numeric": "'POSIX'",
    "lc_time": "'POSIX'",
    "xmlbinary": "hex",
    "xmloption": "document",
    "standard_conforming_strings": "off",
    "backslash_quote": "on",
    "transform_null_equals": "on",
    "array_nulls": "off",
    "default_transaction_isolation": "serializable",
    "default_transaction_deferrable": "on",
    "row_security": "off",
    "client_encoding": "'LATIN1'",
    "application_name": "'another'",
    "plan_cache_mode": "force_custom_plan",
    "enable_seqscan": "off",
    "from_collapse_limit": "1",
    "client_min_messages": "debug1",
    "default_tablespace": "''",
    "check_function_bodies": "off",
    "gin_fuzzy_search_limit": "1",
    "lock_timeout": "'1h'",
    "idle_in_transaction_session_timeout": "'1h'",
}


def without_hidden(snapshot: Snapshot) -> Snapshot:
    """The same without what only those see who may read it: where a sequence stands, and whose password it is."""
    return msgspec.structs.replace(
        snapshot,
        objects={
            subject: {
                name: value
                for name, value in facts.items()
                if name != "used_percent" and (subject.kind, name) != ("user_mapping", "options")
            }
            for subject, facts in snapshot.objects.items()
        },
    )


@pytest.mark.all_majors
def test_a_role_with_pg_monitor_alone_sees_all_that_a_superuser_sees(major: int, database: str, watcher: str) -> None:
    sql(database, rich(major))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        rows(watcher, "SELECT * FROM app.orders")

    seen, all_there_is = look(watcher), look(database)

    assert {subject.kind for subject in seen.hidden} == {"column", "sequence", "user_mapping"}
    for subject in seen.hidden:
        hidden = set(all_there_is.objects[subject]) - set(seen.objects[subject])
        assert hidden <= {"used_percent", "options"}
    assert_same(without_hidden(seen), without_hidden(all_there_is))
    # What subscribes to another server keeps its database from being dropped; it has its own cases.
    assert {subject.kind for subject in seen.objects} == set(OF_DATABASES) - {"subscription"}
    assert "hunter2" not in repr(seen)


@pytest.mark.all_majors
def test_a_role_that_is_in_no_group_at_all_sees_the_same(major: int, database: str, watcher: str) -> None:
    sql(database, rich(major))
    before = look(watcher)
    sql(database, f"REVOKE pg_monitor FROM {watcher.partition('//')[2].partition('@')[0]}")

    assert_same(look(watcher), before)


def let_names_be_found_by_the_search_path(database: str, watcher: str) -> None:
    """Without the right to use a schema its names are written out whatever the search_path is."""
    sql(database, f"GRANT USAGE ON SCHEMA app, public TO {watcher.partition('//')[2].partition('@')[0]}")


@pytest.mark.all_majors
def test_no_setting_of_the_role_changes_what_is_read(major: int, database: str, watcher: str) -> None:
    sql(database, rich(major))
    let_names_be_found_by_the_search_path(database, watcher)
    before = look(watcher)
    role = watcher.partition("//")[2].partition("@")[0]
    for name, value in CONTRARY.items():
        sql(database, f"ALTER ROLE {role} SET {name} = {value}")
    assert rows(watcher, "SELECT now()::text LIKE '%/%', decode('00', 'hex')::text") == [(True, "\\000")]

    assert_same(look(watcher), before)


@pytest.mark.all_majors
def test_no_setting_of_the_database_changes_what_is_read(major: int, database: str, watcher: str) -> None:
    sql(database, rich(major))
    let_names_be_found_by_the_search_path(database, watcher)
    # That the settings are there is a fact of the database itself, and is found.
    kinds = tuple(kind for kind in OF_DATABASES if kind != "database")
    before = look(watcher, kinds=kinds)
    name = database.rpartition("/")[2]
    for setting, value in CONTRARY.items():
        sql(database, f"ALTER DATABASE {name} SET {setting} = {value}")
    assert rows(watcher, "SELECT now()::text LIKE '%/%', decode('00', 'hex')::text") == [(True, "\\000")]

    assert_same(look(watcher, kinds=kinds), before)


@pytest.mark.all_majors
def test_nothing_is_set_on_the_session_after_a_capture(database: str) -> None:
    async def settings_around_a_capture() -> tuple[list[asyncpg.Record], list[asyncpg.Record]]:
        watching = Connection(database, BRISK)
        connection = await watching._open()
        everything = "SELECT name, setting, source FROM pg_settings ORDER BY name"
        before = await connection.fetch(everything)
        await capture(watching)
        after = await connection.fetch(everything)
        await watching.close()
        return before, after

    before, after = asyncio.run(settings_around_a_capture())

    assert len(before) > 300
    assert before == after
