import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from watchdog.config.load import parse
from watchdog.config.settings import Database
from watchdog.errors import ConfigError
from watchdog.finding import Severity
from watchdog.look.rows import RowsLook
from watchdog.look.schema import SchemaLook
from watchdog.look.seen import Look
from watchdog.postgres.connection import Connection, Timeouts
from watchdog.rows.loss import Thresholds
from watchdog.rows.terms import Budget, Freshness, Terms
from watchdog.schema.rules import Override, Pattern
from watchdog.status import StatusBoard
from watchdog.store.state import State
from watchdog.wiring import (
    Wired,
    _client,
    _needed,
    budget,
    connect,
    connect_replica,
    rows_look,
    schema_look,
    selection,
    terms,
    utc_now,
    wire,
)

TEXT = """\
databases:
  - name: production
    dsn: postgresql://u:hunter2@127.0.0.1:1/db
    baseline: {folder}/production.json
    schemas: {{include: ["pub*"], exclude: [publish]}}
    every: {{probe: 1s, schema: 2s, rows: 3s}}
    rows: {{watch: ["public.t*"], warn: {{percent: 11, rows: 12}}, critical: {{percent: 13}}}}
    timeouts: {{connect: 14s, lock: 15s, statement: 16s, look: 17s}}
    compare: {{order: true, owners: false, roles: false}}
    exclude: [{{kind: relation, name: "public.tmp_*", attribute: options, change: changed, reason: made at run time}}]
    severity: [{{kind: index, name: "public.t.*", change: missing, severity: critical}}]
    accepted: {folder}/accepted.yaml
    transition: 18m
  - name: staging
    dsn: postgresql://u:hunter2@127.0.0.1:1/db2
    baseline: {folder}/staging.json
alerts:
  minimum_severity: critical
  channels:
    ops: {{type: webhook, url: "http://127.0.0.1:1/hunter2"}}
    team: {{type: slack, webhook_url: "http://127.0.0.1:1/hunter2"}}
"""


def test_connections_are_closed_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    both = asyncio.Barrier(2)

    async def close(_: Connection) -> None:
        await asyncio.wait_for(both.wait(), 5)

    async def run() -> None:
        state = await State.open(tmp_path / "state.db")
        made = wire(parse(TEXT.format(folder=tmp_path), "f.yaml", {}), state, StatusBoard())
        monkeypatch.setattr(Connection, "close", close)
        await made.close()
        await state.close()

    asyncio.run(run())


def wired(folder: Path, board: StatusBoard) -> Wired:
    config = parse(TEXT.format(folder=folder), "f.yaml", {})

    async def run() -> Wired:
        state = await State.open(folder / "state.db")
        try:
            made = wire(config, state, board)
            for watch, _ in made.watches:
                await watch.run("probe")
                await watch.run("schema")
                await watch.run("rows")
            await made.close()
            return made
        finally:
            await state.close()

    return asyncio.run(run())


def test_every_database_is_watched_by_each_check_as_often_as_said(tmp_path: Path) -> None:
    board = StatusBoard()
    made = wired(tmp_path, board)
    assert [(watch.database, dict(every)) for watch, every in made.watches] == [
        ("production", {"probe": 1.0, "schema": 2.0, "rows": 3.0}),
        ("staging", {"probe": 5.0, "schema": 300.0, "rows": 60.0}),
    ]
    assert all(set(watch.looks) == set(every) for watch, every in made.watches)
    assert set(board.databases) == {"production", "staging"}


def test_a_dead_server_is_said_and_makes_no_baseline_and_no_secret_is_shown(tmp_path: Path) -> None:
    board = StatusBoard()
    wired(tmp_path, board)
    for status in board.databases.values():
        assert not status.up
        assert {result.outcome for result in status.latest.values()} == {"unverified"}
        assert set(status.latest) == {"probe", "schema", "rows"}
        assert "hunter2" not in repr(status)
    assert list(tmp_path.glob("*.json")) == []


def test_a_database_that_is_no_longer_configured_is_forgotten(tmp_path: Path) -> None:
    board = StatusBoard()
    board.watch("gone", {"probe": 1.0})
    wired(tmp_path, board)
    assert "gone" not in board.databases


def test_a_connection_and_a_selection_are_as_configured(tmp_path: Path) -> None:
    database = parse(TEXT.format(folder=tmp_path), "f.yaml", {}).databases[0]
    taken = [name for name in ("public", "publish", "private") if selection(database).takes(name)]
    assert taken == ["public"]
    assert connect(database).timeouts == Timeouts(connect=14, lock=15, statement=16)
    assert "hunter2" not in repr(connect(database))
    assert utc_now().utcoffset() is not None


def test_looks_are_as_configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = parse(TEXT.format(folder=tmp_path), "f.yaml", {}).databases[0]
    bounds: list[float] = []

    def within(seconds: float, look: Look) -> Look:
        bounds.append(seconds)
        return look

    monkeypatch.setattr("watchdog.wiring.within", within)
    connection = connect(database)

    rows = rows_look(database, connection, None, None)
    schema = schema_look(database, connection)
    assert bounds == [17, 17]
    assert isinstance(rows, RowsLook)
    own = rows._terms("public", "t1")
    assert own.thresholds == Thresholds(warn_percent=11, warn_rows=12, critical_percent=13)
    assert rows._budget == budget(database)
    assert [each.pattern for each in rows._policy.rules.exclusions] == [
        Pattern(kind="relation", name="public.tmp_*", attribute="options", change="changed")
    ]
    names = [("public", "t1"), ("public", "u"), ("publish", "t1"), ("private", "t1")]
    assert [name for name in names if rows._watched(*name)] == [("public", "t1")]
    assert isinstance(schema, SchemaLook)
    policy = schema._policy
    assert not policy.selection.takes("publish")
    assert policy.selection.without == ["partitions", "owners", "roles"]
    assert [each.pattern for each in policy.rules.exclusions] == [
        Pattern(kind="relation", name="public.tmp_*", attribute="options", change="changed")
    ]
    assert list(policy.rules.overrides) == [
        Override(pattern=Pattern(kind="index", name="public.t.*", change="missing"), severity=Severity.CRITICAL)
    ]
    assert policy.transition == timedelta(minutes=18)
    assert policy.acceptances() == ()
    (tmp_path / "accepted.yaml").write_text("- {fingerprint: f, actual: null, by: ada, reason: known}")
    assert [each.fingerprint for each in policy.acceptances()] == ["f"]


ROWS = """\
databases:
  - name: milo
    dsn: postgresql://u:hunter2@127.0.0.1:1/db
    baseline: b.json
    timeouts: {connect: 14s, lock: 15s, statement: 16s}
    rows:
      warn: {percent: 11, rows: 12}
      critical: {percent: 13}
      tables:
        - {match: ["public.sealed_epochs"], warn: {percent: 1, rows: 2}, min_rows: 3, growth: 4h}
        - {match: ["public.sealed_*"], critical: {percent: 5}, min_rows: 6, max_rows: 7, growth: 1h}
        - {match: ["public.quiet"], growth: null}
        - {match: ["public.*"], growth: 2h, freshness: {column: epoch, max_age: 8h, unit: ms}}
      retention:
        - tables: ["public.sealed_*", "public.user_signals"]
          schedule: "0 3 * * *"
          lasts: 10m
          timezone: Europe/Berlin
          at_most: {percent: 15, rows: 16, partitions: 17}
          reason: nightly retention
      maintenance:
        - {schedule: "0 3 * * 0", lasts: 2h, reason: weekly}
        - {tables: ["public.orders"], from: 2026-12-01T22:00:00Z, until: 2026-12-02T02:00:00Z, reason: migration 42}
      counting: {pages: 18, time: 19s, exact: {every: 20h, pages: 21}, dsn: "postgresql://u:hunter2@127.0.0.1:1/replica"}
"""


def milo() -> Database:
    return parse(ROWS, "f.yaml", {}).databases[0]


def bare() -> Database:
    return parse("databases: [{name: a, dsn: postgresql://h, baseline: b}]", "f.yaml", {}).databases[0]


def test_each_term_of_a_table_is_of_the_first_entry_that_has_it() -> None:
    of = terms(milo())
    epochs, participants = of("public", "sealed_epochs"), of("public", "sealed_participants")
    assert epochs.thresholds == Thresholds(warn_percent=1, warn_rows=2, critical_percent=5)
    assert (epochs.min_rows, epochs.max_rows, epochs.growth) == (3, 7, timedelta(hours=4))
    assert epochs.freshness == Freshness(column="epoch", max_age=timedelta(hours=8), unit="ms")
    assert participants.thresholds == Thresholds(warn_percent=11, warn_rows=12, critical_percent=5)
    assert (participants.min_rows, participants.max_rows, participants.growth) == (6, 7, timedelta(hours=1))
    assert (of("public", "quiet").growth, of("public", "quiet").paced, epochs.paced) == (None, False, True)
    assert of("public", "quiet").freshness == epochs.freshness
    other = of("app", "sealed_epochs")
    assert other.thresholds == Thresholds(warn_percent=11, warn_rows=12, critical_percent=13)
    assert (other.min_rows, other.max_rows, other.growth, other.freshness) == (None, None, None, None)
    assert other.paced


def test_a_pattern_must_fit_a_table_where_something_is_declared_of_it() -> None:
    assert _needed(milo().rows) == ("public.sealed_epochs", "public.sealed_*", "public.*")
    watching = parse(ROWS.replace("rows:", 'rows:\n      watch: ["*", "a.*"]', 1), "f.yaml", {}).databases[0]
    assert _needed(watching.rows)[0] == "a.*"
    assert _needed(bare().rows) == ()


def test_each_drop_that_is_meant_is_known_where_it_is_with_its_window_and_bounds() -> None:
    of = terms(milo())
    tables = ("sealed_epochs", "user_signals", "orders", "quiet")
    assert {table: [drop.reason for drop in of("public", table).meant] for table in tables} == {
        "sealed_epochs": ["nightly retention", "weekly"],
        "user_signals": ["nightly retention", "weekly"],
        "orders": ["weekly", "migration 42"],
        "quiet": ["weekly"],
    }
    nightly, weekly = of("public", "sealed_epochs").meant
    migration = of("public", "orders").meant[1]
    assert (nightly.percent, nightly.rows, nightly.partitions, nightly.mutes) == (15, 16, 17, False)
    for without_bound in (weekly, migration):
        bounds = (without_bound.percent, without_bound.rows, without_bound.partitions)
        assert (bounds, without_bound.mutes) == ((None, None, None), True)
    sunday, minute = datetime(2026, 12, 6, tzinfo=UTC), timedelta(minutes=1)
    for drop, begin, end in (
        (nightly, sunday.replace(hour=2), sunday.replace(hour=2, minute=10)),
        (weekly, sunday.replace(hour=3), sunday.replace(hour=5)),
        (migration, sunday.replace(day=1, hour=22), sunday.replace(day=2, hour=2)),
    ):
        moments = (begin - minute, begin, end, end + minute)
        assert [drop.opened(at, at) for at in moments] == [None, begin, begin, None]


def test_without_a_word_about_rows_what_the_rooms_hold_for_usual_holds() -> None:
    assert terms(bare())("public", "orders") == Terms()
    assert budget(bare()) == Budget()
    assert connect_replica(bare()) is None


def test_a_table_s_terms_are_made_once() -> None:
    of = terms(milo())
    assert of("public", "orders") is of("public", "orders")


def test_the_budget_of_counts_and_the_standby_they_go_to_are_as_configured() -> None:
    assert budget(milo()) == Budget(pages=18, seconds=19, exact_every=timedelta(hours=20), exact_pages=21)
    never = parse(ROWS.replace("every: 20h", "every: never"), "f.yaml", {}).databases[0]
    assert budget(never).exact_every is None
    replica = connect_replica(milo())
    assert replica is not None
    assert replica._dsn == "postgresql://u:hunter2@127.0.0.1:1/replica"
    assert replica.timeouts == Timeouts(connect=14, lock=15, statement=16)
    assert "hunter2" not in repr(replica)


def test_counts_leave_time_for_the_look_to_come_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    budgets: list[Budget] = []

    class Spy(RowsLook):
        def __init__(self, *arguments: object) -> None:
            budgets.append(next(each for each in arguments if isinstance(each, Budget)))

    monkeypatch.setattr("watchdog.wiring.RowsLook", Spy)
    patient = parse(ROWS.replace("statement: 16s}", "look: 12s}"), "f.yaml", {}).databases[0]
    for database, asked in ((patient, None), (patient, Budget(seconds=3600)), (bare(), None)):
        rows_look(database, connect(database), None, None, counting=asked)
    assert [each.seconds for each in budgets] == [9, 9, 10]


def test_what_changes_by_itself_is_left_out_unless_it_is_asked_for(tmp_path: Path) -> None:
    staging = parse(TEXT.format(folder=tmp_path), "f.yaml", {}).databases[1]
    assert selection(staging).without == ["order", "partitions"]


def test_whoever_is_told_of_a_database_hears_from_the_configured_severity_on(tmp_path: Path) -> None:
    made = wired(tmp_path, StatusBoard())
    assert {watch._minimum_severity for watch, _ in made.watches} == {Severity.CRITICAL}
    assert {watch._channels for watch, _ in made.watches} == {("ops", "team")}


@pytest.mark.parametrize(
    "variables",
    [{"SSL_CERT_FILE": "/nonexistent"}, {"HTTPS_PROXY": "socks5://u:hunter2@h:1"}, {"ALL_PROXY": "ftp://h"}],
)
def test_an_environment_that_no_http_client_can_be_made_in_is_a_mistake_of_the_configuration(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=r"SSL_CERT_FILE.*PROXY") as caught:
        _client()
    assert "hunter2" not in str(caught.value)
