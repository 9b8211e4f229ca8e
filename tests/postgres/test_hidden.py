"""What this role can no longer see is neither gone nor mended."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from tests.postgres.looks import OF_DATABASES, changes, look
from tests.servers.query import sql
from tests.servers.servers import Server
from watchdog.alerts.policy import decide
from watchdog.expect.expected import Expected
from watchdog.finding import Finding, Severity
from watchdog.look.schema import SchemaLook
from watchdog.look.seen import Policy, Seen
from watchdog.postgres.capture import capture
from watchdog.postgres.connection import Connection
from watchdog.schema.snapshot import ObjectId, Snapshot

NOON = datetime(2025, 11, 17, 12, tzinfo=UTC)


class Fixed:
    """An expectation that never changes."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._baseline = Expected(snapshot=snapshot, captured_at=NOON)

    async def expected(self, _: Snapshot, __: datetime) -> Expected:
        return self._baseline


def seen(dsn: str, expected: Snapshot) -> Seen:
    async def take() -> Seen:
        connection = Connection(dsn)
        try:
            return await SchemaLook("db", lambda: capture(connection, OF_DATABASES), Fixed(expected), Policy())(NOON)
        finally:
            await connection.close()

    return asyncio.run(take())


def test_a_fault_that_can_no_longer_be_seen_is_not_over(database: str, watcher: str) -> None:
    role = watcher.partition("//")[2].partition("@")[0]
    sql(database, f"CREATE SEQUENCE s MAXVALUE 100; SELECT setval('s', 95); GRANT SELECT ON SEQUENCE s TO {role}")
    expected = look(watcher)
    first = decide((), seen(watcher, expected).findings, (), NOON)
    assert [each.finding.attribute for each in first.alerts] == ["used_percent"]

    sql(database, f"REVOKE SELECT ON SEQUENCE s FROM {role}")
    blind = seen(watcher, expected)
    second = decide(first.alerts, blind.findings, blind.unseen, NOON, blind.uncompared)
    assert (first.alerts[0] in second.alerts, second.resolved) == (True, ())

    sql(database, f"SELECT setval('s', 5); GRANT SELECT ON SEQUENCE s TO {role}")
    better = seen(watcher, expected)
    third = decide(second.alerts, better.findings, better.unseen, NOON, better.uncompared)
    assert (third.alerts, first.alerts[0].finding in third.resolved) == ((), True)


def test_what_can_no_longer_be_compared_is_not_over(database: str) -> None:
    sql(database, "CREATE TABLE t (a int)")
    expected = look(database, kinds=["schema", "relation", "column"])
    blind = seen(database, expected)
    assert "index" in blind.uncompared
    gone = Finding(
        fingerprint="f",
        kind="index",
        identity=("public", "t", "i"),
        change="missing",
        severity=Severity.WARNING,
        message="m",
    )
    first = decide((), [gone], (), NOON)
    assert decide(first.alerts, blind.findings, blind.unseen, NOON, blind.uncompared).resolved == ()


def test_a_setting_that_our_own_role_overrides_is_neither_missing_nor_unexpected(
    private_server: Callable[[Mapping[str, str]], Server],
) -> None:
    server = private_server({"work_mem": "5MB"})
    sql(server.dsn(), "CREATE ROLE w LOGIN; GRANT pg_monitor TO w")
    as_watcher = server.dsn(user="w")
    settings = ("server_setting",)
    before = look(as_watcher, kinds=settings)
    sql(server.dsn(), "ALTER ROLE w SET work_mem = '64MB'; ALTER ROLE w SET maintenance_work_mem = '65MB'")
    after = look(as_watcher, kinds=settings)
    assert ObjectId("server_setting", ("work_mem",)) in after.hidden
    of_client = look(f"{as_watcher}?options=-c%20work_mem=9MB", kinds=settings)
    assert [changes(before, after), changes(after, before), changes(before, of_client)] == [(), (), ()]
