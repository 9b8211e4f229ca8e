import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
import structlog
from structlog.testing import capture_logs

from tests.unit.rows.samples import SERVER as ROWS_SERVER
from tests.unit.rows.samples import table
from tests.unit.schema.samples import SERVER, column, relation, sequence, snapshot, without
from watchdog.alerts.alert import Alert
from watchdog.check import AGAIN_SECONDS, MOST_TABLE_SERIES, Watch, verdict
from watchdog.errors import BaselineError, CaptureError, StateError, UnreachableError, UnverifiedError
from watchdog.expect.expected import Expected
from watchdog.finding import Coverage, Finding, Subject
from watchdog.look.rows import RowsLook
from watchdog.look.schema import SchemaLook
from watchdog.look.seen import Levels, Look, Points, Policy, ProbeLook, Seen, within
from watchdog.queries.memory import Known
from watchdog.rows.facts import Confirmation, Newest, ServerFacts, TableFacts, Unit
from watchdog.rows.history import Point
from watchdog.rows.terms import Budget, Terms
from watchdog.schema.compare import compare
from watchdog.schema.gate import Mark
from watchdog.schema.selection import Selection
from watchdog.schema.snapshot import InFlight, Server, Snapshot
from watchdog.status import CheckName, StatusBoard

NOON = datetime(2025, 11, 17, 12, 0, tzinfo=UTC)
EPOCHS = relation("public", "sealed_epochs")
GROUP = column("public", "sealed_epochs", "token_group", data_type="character varying(10)")
WHOLE = snapshot(EPOCHS, GROUP)
DRIFTED = without(WHOLE, GROUP[0])


def locked(whole: Snapshot) -> Snapshot:
    """The same, read while another session holds its table."""
    return msgspec.structs.replace(
        whole, objects={subject: {} for subject in whole.objects}, stale=frozenset(whole.objects)
    )


class Disk:
    """A state that remembers, or fails while `broken`."""

    def __init__(self) -> None:
        self.open: tuple[Alert, ...] = ()
        self.told: list[str] = []
        self.levels: list[Levels | None] = []
        self.points: list[Points | None] = []
        self.statements: list[Mapping[str, Known] | None] = []
        self.broken = False

    async def alerts(self, database: str, check: str) -> tuple[Alert, ...]:
        assert (database, check) == ("production", "schema")
        return self.open

    async def commit(
        self,
        database: str,
        check: str,
        *,
        alerts: Sequence[Alert],
        fired: Sequence[Finding],
        resolved: Sequence[Finding],
        levels: Levels | None,
        points: Points | None,
        statements: Mapping[str, Known] | None,
        at: datetime,
    ) -> None:
        if self.broken:
            raise StateError("state: the disk is full")
        assert at == NOON
        assert (database, check) == ("production", "schema")
        self.open = tuple(alerts)
        self.told += ["firing"] * len(fired) + ["resolved"] * len(resolved)
        self.levels.append(levels)
        self.points.append(points)
        self.statements.append(statements)


class Fixed:
    """An expectation that stays."""

    def __init__(self, expected: Snapshot) -> None:
        self.baseline = Expected(snapshot=expected, captured_at=NOON - timedelta(days=1))

    async def expected(self, actual: Snapshot, now: datetime) -> Expected:
        assert actual.server == SERVER
        assert now == NOON
        return self.baseline


class Scene:
    """A watch of one database whose next captures are given; a capture may be an error."""

    def __init__(self) -> None:
        self.captures: list[Snapshot | UnverifiedError] = []
        self.disk, self.board, self.woken = Disk(), StatusBoard(), 0
        self.board.watch("production", {"schema": 60.0})
        looks: Mapping[CheckName, Look] = {
            "schema": SchemaLook(
                "production", self._capture, Fixed(WHOLE), Policy(selection=Selection(exclude=["scratch"]))
            )
        }
        self.watch = Watch(
            "production",
            looks,
            state=self.disk,
            board=self.board,
            clock=lambda: NOON,
            wake=self._wake,
        )

    def _wake(self) -> None:
        self.woken += 1

    async def _capture(self) -> Snapshot:
        now = self.captures.pop(0)
        if isinstance(now, UnverifiedError):
            raise now
        return now

    def sees(self, *captures: Snapshot | UnverifiedError) -> "Scene":
        async def run() -> None:
            for capture in captures:
                self.captures.append(capture)
                await self.watch.run("schema")

        asyncio.run(run())
        return self

    @property
    def outcome(self) -> str:
        return self.board.databases["production"].latest["schema"].outcome


def test_what_nobody_thought_of_is_unverified_and_the_server_is_not_said_to_be_up() -> None:
    async def broken(_: datetime) -> Seen:
        raise KeyError("hunter2")

    scene = Scene()
    scene.board.watch("production", {"probe": 5.0})
    scene.board.update("production", up=True)
    scene.watch.looks = {"probe": broken}
    with structlog.testing.capture_logs() as logged:
        asyncio.run(scene.watch.run("probe"))
    status = scene.board.databases["production"]
    assert (status.latest["probe"].outcome, status.up) == ("unverified", False)
    assert "KeyError" in (status.latest["probe"].reason or "")
    assert "hunter2" not in (status.latest["probe"].reason or "")
    [crash] = [line for line in logged if line["event"] == "check.crashed"]
    assert crash["exc_info"]


def test_a_drift_is_noted_once_and_its_end_too_and_people_are_told_then_alone() -> None:
    scene = Scene().sees(WHOLE, DRIFTED, DRIFTED)
    assert (scene.disk.told, scene.outcome, scene.woken) == (["firing"], "drift", 1)
    scene.sees(WHOLE, WHOLE)
    assert (scene.disk.told, scene.outcome, scene.woken) == (["firing", "resolved"], "ok", 2)
    assert scene.disk.open == ()
    assert scene.board.finding_events == {("production", "firing"): 1, ("production", "resolved"): 1}


@pytest.mark.parametrize("error", [UnreachableError("down"), CaptureError("raced"), BaselineError("edited")])
def test_a_look_that_failed_resolves_nothing_and_leaves_the_findings_standing(error: UnverifiedError) -> None:
    scene = Scene().sees(DRIFTED, error, error)
    assert scene.outcome == "unverified"
    assert len(scene.disk.open) == 1
    assert scene.disk.told == ["firing"]
    status = scene.board.databases["production"]
    assert [finding.change for finding in status.findings] == ["missing"]
    assert status.latest["schema"].reason == str(error)
    assert scene.woken == 1


def test_a_look_that_saw_only_part_resolves_nothing_of_the_other_part() -> None:
    scene = Scene().sees(WHOLE, snapshot(EPOCHS, column(*GROUP[0].name, data_type="text")))
    assert len(scene.disk.open) == 1
    scene.sees(locked(WHOLE))
    assert len(scene.disk.open) == 1
    assert scene.disk.told == ["firing"]


def test_what_a_migration_holds_is_unverified_and_neither_told_nor_resolved() -> None:
    flying = InFlight(tools=("Flyway",))
    drifted = msgspec.structs.replace(snapshot(EPOCHS, column(*GROUP[0].name, data_type="text")), in_flight=flying)
    scene = Scene().sees(drifted)
    assert scene.outcome == "unverified"
    assert "Flyway holds its migration lock" in str(scene.board.databases["production"].latest["schema"].reason)
    assert (scene.disk.open, scene.disk.told) == ((), [])


def test_a_locked_table_after_a_restart_is_unverified_and_keeps_what_was_told_before() -> None:
    before = Scene().sees(snapshot(EPOCHS, column(*GROUP[0].name, data_type="text")))
    after = Scene()
    after.disk.open = before.disk.open
    after.sees(locked(WHOLE))
    assert after.outcome == "unverified"
    assert after.board.databases["production"].latest["schema"].reason is not None
    assert after.disk.open == before.disk.open
    assert after.disk.told == []


def test_drift_elsewhere_does_not_resolve_an_alert_about_a_locked_table() -> None:
    before = Scene().sees(snapshot(EPOCHS, column(*GROUP[0].name, data_type="text")))
    after = Scene()
    after.disk.open = before.disk.open
    elsewhere = relation("public", "surprise")
    unread = locked(WHOLE)
    after.sees(msgspec.structs.replace(unread, objects={**unread.objects, elsewhere[0]: elsewhere[1]}))
    assert after.outcome == "drift"
    both = {GROUP[0].name, elsewhere[0].name}
    assert {alert.finding.identity for alert in after.disk.open} == both
    assert set(after.disk.told) == {"firing"}
    shown = after.board.databases["production"]
    assert {finding.identity for finding in shown.findings} == both
    assert shown.latest["schema"].reason == "2 objects are locked by another session and could not be read"


def test_drift_that_can_no_longer_be_seen_stands() -> None:
    drifted = snapshot(EPOCHS, column(*GROUP[0].name, data_type="text"))
    unseen = {name: value for name, value in GROUP[1].items() if name != "data_type"}
    blind = msgspec.structs.replace(snapshot(EPOCHS, (GROUP[0], unseen)), hidden=frozenset({GROUP[0]}))
    scene = Scene().sees(drifted, blind)
    assert (scene.outcome, set(scene.disk.told)) == ("drift", {"firing"})
    assert scene.sees(WHOLE).outcome == "ok"


def test_a_disk_that_fails_does_not_stop_the_watching_and_the_news_is_still_news_when_it_is_back() -> None:
    scene = Scene()
    scene.disk.broken = True
    scene.sees(DRIFTED)
    assert scene.outcome == "drift"
    assert (scene.disk.told, scene.woken, scene.board.finding_events) == ([], 0, {})
    scene.disk.broken = False
    scene.sees(DRIFTED)
    assert (scene.disk.told, scene.woken) == (["firing"], 1)


def test_a_schema_that_is_not_watched_is_neither_found_nor_missed() -> None:
    scratch = relation("scratch", "t")
    scene = Scene().sees(snapshot(EPOCHS, GROUP, scratch), WHOLE)
    assert scene.outcome == "ok"
    assert scene.disk.told == []


def test_the_board_keeps_how_full_the_fullest_sequence_is_while_nothing_can_be_said() -> None:
    scene = Scene().sees(snapshot(sequence("public", "q", used_percent=81)), UnreachableError("down"))
    status = scene.board.databases["production"]
    assert (status.results["schema"].sequence_used, status.latest["schema"].sequence_used) == (0.81, None)


def test_the_board_says_which_baseline_was_compared_with() -> None:
    status = Scene().sees(WHOLE).board.databases["production"]
    assert status.baseline_captured_at == NOON - timedelta(days=1)
    assert status.last_success == {"schema": NOON}
    assert status.latest["schema"].server == SERVER


def looked(look: Callable[[datetime], Awaitable[Seen]]) -> tuple[str, str | None, Seen | None]:
    result, seen = asyncio.run(verdict("production", "schema", look, lambda: NOON))
    assert result.checked_at == NOON
    assert result.duration_seconds >= 0
    return result.outcome, result.reason, seen


def test_a_verdict_is_ok_only_when_everything_was_looked_at() -> None:
    async def clean(_: datetime) -> Seen:
        return Seen(server=SERVER)

    async def partial(_: datetime) -> Seen:
        return Seen(server=SERVER, coverage=Coverage(stale=(Subject("relation", ("s", "t")),)))

    async def dead(_: datetime) -> Seen:
        raise UnreachableError("no route")

    assert looked(clean) == ("ok", None, Seen(server=SERVER))
    assert looked(partial)[:2] == (
        "unverified",
        "1 object is locked by another session and could not be read",
    )
    assert looked(dead) == ("unverified", "no route", None)


def test_a_look_that_takes_too_long_is_given_up_and_says_so() -> None:
    async def endless(_: datetime) -> Seen:
        await asyncio.sleep(60)
        return Seen(server=SERVER)

    assert looked(within(0.01, endless)) == (
        "unverified",
        "the look was given up after 0.01 s (see timeouts.look)",
        None,
    )


def test_coverage_says_what_was_compared_and_what_was_not() -> None:
    old = msgspec.structs.replace(WHOLE, covers={"relation": WHOLE.covers["relation"][:2]})
    actual = msgspec.structs.replace(WHOLE, stale=frozenset({GROUP[0]}), unmodelled={"cast": 1})
    _, coverage = compare("production", old, actual, Selection())
    assert coverage.kinds == ("relation",)
    assert coverage.compared == 1
    assert coverage.unmodelled == {"cast": 1}
    assert coverage.stale == (Subject("column", GROUP[0].name),)
    assert {"column", "relation.options"} <= set(coverage.not_in_baseline)


def test_a_probe_shows_whether_the_server_answers_and_lets_the_schema_be_looked_at_when_its_catalogs_move() -> None:
    class Answering:
        up = True
        mark = Mark(epoch=(NOON,), catalogs={"pg_class": (1, 0, 0)})

        async def read(self) -> tuple[Server, Mark]:
            if not self.up:
                raise UnreachableError("down")
            return SERVER, self.mark

    server, board = Answering(), StatusBoard()
    board.watch("production", {"probe": 5.0})

    async def unasked(_: datetime) -> Seen:
        raise UnreachableError("down")

    class Forgetful(Disk):
        async def alerts(self, database: str, check: str) -> tuple[Alert, ...]:
            assert (database, check) == ("production", "probe")
            return ()

        async def commit(self, database: str, check: str, **_: object) -> None:
            assert (database, check) == ("production", "probe")

    watch = Watch(
        "production",
        {"probe": ProbeLook(server), "schema": unasked, "queries": unasked},
        state=Forgetful(),
        board=board,
        clock=lambda: NOON,
        wake=lambda: None,
    )
    server.up = False
    assert asyncio.run(watch.run("schema")) == {"schema": AGAIN_SECONDS}
    for server.up in (True, False, True):
        assert asyncio.run(watch.run("probe")) == {}
        assert board.databases["production"].up is server.up
    server.mark = Mark(epoch=(NOON,), catalogs={"pg_class": (1, 1, 0)}, distrust="track_counts is off")
    assert asyncio.run(watch.run("probe")) == {"schema": 0.0}
    assert board.databases["production"].noticed == 1
    assert board.databases["production"].distrust == "track_counts is off"


class Figures:
    """A server with two tables of which nothing is suspected."""

    async def facts(self) -> tuple[ServerFacts, tuple[TableFacts, ...]]:
        return ROWS_SERVER, (table(10), table(7, table="ignored"))

    async def confirm(self, schema: str, table: str, floor: int, seconds: float) -> Confirmation:
        raise AssertionError((schema, table, floor, seconds))

    async def newest(self, schema: str, table: str, column: str, unit: Unit | None, not_after: datetime) -> Newest:
        raise AssertionError((schema, table, column, unit, not_after))


class Remembered:
    """What the state would remember."""

    def __init__(self, levels: Mapping[tuple[str, str], bytes] | None = None) -> None:
        self._levels = levels or {}

    async def levels(self) -> Mapping[tuple[str, str], bytes]:
        return self._levels

    async def history(self, name: tuple[str, str], since: datetime) -> Sequence[Point]:
        raise AssertionError((name, since))


NEVER = Budget(exact_every=None)


def test_a_level_that_cannot_be_read_is_told_once_and_its_table_measured_anew() -> None:
    of_a_later_version = msgspec.msgpack.encode({"rows": "very many"})
    no_bytes: Any = "SQLite keeps a text as it is"
    memory = Remembered(
        {
            ("public", "user_signals"): of_a_later_version,
            ("public", "gone"): b"\xc1",
            ("public", "mended"): no_bytes,
        }
    )
    look = RowsLook("production", Figures(), memory, lambda *_: True, lambda *_: Terms(), NEVER)
    with capture_logs() as logs:
        for _ in range(2):
            seen = asyncio.run(look(NOON))
            assert (seen.findings, ("public", "user_signals") in seen.levels) == ((), True)
    [told] = logs
    assert (told["event"], told["tables"]) == (
        "levels.unreadable",
        ["public.gone", "public.mended", "public.user_signals"],
    )


def test_a_look_at_rows_reads_only_watched_tables_and_keeps_their_levels() -> None:
    look = RowsLook("production", Figures(), Remembered(), lambda _, name: name != "ignored", lambda *_: Terms(), NEVER)
    seen = asyncio.run(look(NOON))
    assert [(reading.table, reading.rows) for reading in seen.readings] == [("user_signals", 10)]
    assert set(seen.levels) == {("public", "user_signals")}
    assert seen.coverage == Coverage(kinds=("rows",), compared=1)
    assert seen.findings == ()


def test_what_was_last_known_of_a_locked_object_is_judged() -> None:
    longer = snapshot(EPOCHS, column("public", "sealed_epochs", "token_group", data_type="text"))
    captures = iter([longer, locked(longer)])

    async def capture() -> Snapshot:
        return next(captures)

    look = SchemaLook("production", capture, Fixed(WHOLE), Policy())
    for _ in range(2):
        seen = asyncio.run(look(NOON))
        assert [finding.attribute for finding in seen.findings] == ["data_type"]
    assert seen.coverage.stale != ()


def test_what_moved_is_told_by_the_first_look_that_comes_to_a_verdict() -> None:
    shorter = snapshot(EPOCHS)
    captures = iter([WHOLE, shorter, shorter, shorter])
    failing = [False, True, False, False]

    class Unsteady(Fixed):
        async def expected(self, actual: Snapshot, now: datetime) -> Expected:
            if failing.pop(0):
                raise BaselineError("it is being replaced")
            return await super().expected(actual, now)

    async def capture() -> Snapshot:
        return next(captures)

    look = SchemaLook("production", capture, Unsteady(WHOLE), Policy())
    assert not asyncio.run(look(NOON)).moved
    with pytest.raises(BaselineError):
        asyncio.run(look(NOON))
    assert [asyncio.run(look(NOON)).moved for _ in range(2)] == [True, False]


def test_what_a_look_read_of_the_rows_is_noted_with_all_else() -> None:
    points = {("public", "orders"): Point(at=NOON, rows=1, low=1, high=1)}

    async def look(_: datetime) -> Seen:
        return Seen(server=SERVER, points=points)

    scene = Scene()
    scene.watch.looks = {"schema": look}
    asyncio.run(scene.watch.run("schema"))
    assert scene.disk.points == [points]


def test_of_very_many_tables_some_have_series_of_their_own_and_all_are_kept() -> None:
    class Many(Figures):
        async def facts(self) -> tuple[ServerFacts, tuple[TableFacts, ...]]:
            return ROWS_SERVER, tuple(table(1, table=f"t{number:04}") for number in range(MOST_TABLE_SERIES + 7))

    class Forgetful(Disk):
        async def alerts(self, database: str, check: str) -> tuple[Alert, ...]:
            assert (database, check) == ("production", "rows")
            return ()

        async def commit(self, database: str, check: str, *, levels: Levels | None, **_: object) -> None:
            assert (database, check) == ("production", "rows")
            self.levels.append(levels)

    board, disk = StatusBoard(), Forgetful()
    board.watch("production", {"rows": 60.0})
    watch = Watch(
        "production",
        {"rows": RowsLook("production", Many(), Remembered(), lambda *_: True, lambda *_: Terms(), NEVER)},
        state=disk,
        board=board,
        clock=lambda: NOON,
        wake=lambda: None,
    )
    asyncio.run(watch.run("rows"))
    status = board.databases["production"]
    assert len(status.latest["rows"].readings) == MOST_TABLE_SERIES + 7
    assert len(disk.levels[0] or ()) == MOST_TABLE_SERIES + 7
    shown = status.watched_tables or frozenset()
    assert (len(shown), ("public", "t0000") in shown) == (MOST_TABLE_SERIES, True)
