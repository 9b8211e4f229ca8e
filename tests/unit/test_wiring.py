import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from watchdog.config.load import parse
from watchdog.errors import ConfigError
from watchdog.finding import Severity
from watchdog.look.rows import RowsLook
from watchdog.look.schema import SchemaLook
from watchdog.look.seen import Look
from watchdog.postgres.connection import Connection, Timeouts
from watchdog.rows.loss import Thresholds
from watchdog.schema.rules import Override, Pattern
from watchdog.status import StatusBoard
from watchdog.store.state import State
from watchdog.wiring import Wired, _client, connect, rows_look, schema_look, selection, utc_now, wire

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

    async def levels() -> dict[tuple[str, str], bytes]:
        return {}

    rows = rows_look(database, connection, levels)
    schema = schema_look(database, connection)
    assert bounds == [17, 17]
    assert isinstance(rows, RowsLook)
    assert rows._thresholds == Thresholds(warn_percent=11, warn_rows=12, critical_percent=13)
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
