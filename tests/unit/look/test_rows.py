"""What one look at the rows spends, remembers and accepts."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
import pytest

from tests.unit.rows.samples import SERVER, START, table
from watchdog.finding import Finding
from watchdog.look.rows import RowsLook
from watchdog.look.seen import Policy, Seen
from watchdog.rows.facts import Confirmation, Newest, ServerFacts, TableFacts, Unit
from watchdog.rows.history import Point
from watchdog.rows.level import Level, Name
from watchdog.rows.terms import Budget, Freshness, MeantDrop, Terms
from watchdog.schema.rules import Acceptance, Exclusion, Pattern, Rules

MINUTE = timedelta(minutes=1)
NEVER = Budget(exact_every=None)


class Disk:
    """Keeps what a look returns, as the state does."""

    def __init__(self) -> None:
        self.bodies: dict[Name, bytes] = {}
        self.asked: list[Name] = []

    async def levels(self) -> Mapping[Name, bytes]:
        return dict(self.bodies)

    async def history(self, name: Name, since: datetime) -> Sequence[Point]:
        assert since < START, "six weeks of it"
        self.asked.append(name)
        return ()


class Server:
    """Answers with the tables that it is given, and counts as many rows as it says."""

    def __init__(self) -> None:
        self.facts_: ServerFacts = SERVER
        self.tables: tuple[TableFacts, ...] = ()
        self.counted: list[str] = []
        self.rows = 0

    async def facts(self) -> tuple[ServerFacts, tuple[TableFacts, ...]]:
        return self.facts_, self.tables

    async def confirm(self, schema: str, table: str, floor: int, seconds: float) -> Confirmation:
        assert 0 < seconds <= 10, schema
        self.counted.append(table)
        return Confirmation(floor=floor, counted=min(floor, self.rows))

    async def newest(self, schema: str, table: str, column: str, unit: Unit | None, not_after: datetime) -> Newest:
        raise AssertionError((schema, table, column, unit, not_after))


class Scene:
    """Looks a minute apart, each written down."""

    def __init__(self, budget: Budget = NEVER, policy: Policy = Policy(), terms: Terms = Terms()) -> None:  # noqa: B008 frozen
        self.server, self.disk = Server(), Disk()
        self.policy = policy
        self.make: Callable[[], RowsLook] = lambda: RowsLook(
            "production", self.server, self.disk, lambda *_: True, lambda *_: terms, budget, self.policy
        )
        self.look = self.make()
        self.at = START

    def __call__(self, *tables: TableFacts, after: timedelta = MINUTE) -> Seen:
        self.server.tables = tables
        seen = asyncio.run(self.look(self.at))
        kept = {**self.disk.bodies, **seen.levels}
        self.disk.bodies = {name: body for name, body in kept.items() if body is not None}
        self.at += after
        return seen


def grown(name: str, rows: int, pages: int = 0) -> TableFacts:
    return table(rows, table=name, oid=len(name) + 7, relpages=pages)


def lost(name: str, of: int, pages: int) -> TableFacts:
    return msgspec.structs.replace(grown(name, of, pages), live=of // 10, deleted=of - of // 10)


def only(findings: Sequence[Finding]) -> Finding:
    [finding] = findings
    return finding


def test_one_look_counts_as_many_pages_as_it_may_the_cheapest_first_and_the_next_one_the_rest() -> None:
    scene = Scene(Budget(pages=100, exact_every=None))
    before = {"a": 60, "bb": 50, "ccc": 101}
    scene(*(grown(name, 1_000, pages) for name, pages in before.items()))
    scene.server.rows = 100
    rewritten = [
        msgspec.structs.replace(grown(name, 1_000, pages), live=100, relfilenode=7) for name, pages in before.items()
    ]
    seen = scene(*rewritten)
    assert scene.server.counted == ["bb"]
    assert seen.doubt == (
        "public.a may have lost rows, and is not counted yet: this look has counted as much as it may (see counting)"
    )
    evidence = {finding.identity[1]: finding.message.rpartition("; ")[2] for finding in seen.findings}
    assert evidence == {
        "bb": "by live statistics, confirmed by count",
        "ccc": "by live statistics, not confirmed: a count may read 101 pages, and counting.pages allows 100",
    }
    seen = scene(*rewritten)
    assert (scene.server.counted, seen.doubt) == (["bb", "a"], "")


def test_what_may_not_be_counted_costs_no_question_and_takes_no_page_from_the_others() -> None:
    scene = Scene(Budget(pages=100, exact_every=None))
    tables = [msgspec.structs.replace(grown("bb", 1_000, 50), may_select=False), grown("a", 1_000, 60)]
    scene(*tables)
    scene.server.rows = 100
    for _ in range(2):
        seen = scene(*(msgspec.structs.replace(each, live=100, relfilenode=7) for each in tables))
        unread, counted = (finding.message for finding in seen.findings)
        assert unread.endswith("not confirmed: no SELECT privilege")
        assert counted.endswith("by count")
    assert (scene.server.counted, seen.doubt) == (["a"], "")


def test_lookups_that_all_wait_end_in_time_and_the_next_look_begins_with_those_that_were_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = Scene(terms=Terms(freshness=Freshness(column="at", max_age=timedelta(hours=1))))
    asked: list[str] = []
    clock = [100.0]

    async def wait(_schema: str, table: str, *_: object) -> Newest:
        asked.append(table)
        clock[0] += 4.0
        return Newest(reason="the table is locked", again=True)

    monkeypatch.setattr(scene.server, "newest", wait)
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    tables = [grown(name, 10) for name in ("a", "bb", "ccc", "dddd", "eeeee")]
    seen = scene(*tables)
    assert asked == ["a", "bb", "ccc"]
    assert {unseen.identity[1] for unseen in seen.unseen} == {"a", "bb", "ccc", "dddd", "eeeee"}
    asked.clear()
    scene(*tables)
    assert asked == ["dddd", "eeeee", "a"]


def test_what_was_declared_of_a_table_that_is_not_there_is_a_doubt() -> None:
    server = Server()
    needed = ("public.a", "public.b*", "x.\n", "public.c?", "public.d")
    look = RowsLook(
        "production", server, Disk(), lambda _, table: table != "bb", lambda *_: Terms(), NEVER, needed=needed
    )
    assert asyncio.run(look(START)).doubt == "", "nothing is there yet"
    server.tables = (grown("a", 10), grown("bb", 10))
    seen = asyncio.run(look(START))
    assert seen.doubt == (
        "no table is watched that fits public.b*, x.\\u000a, public.c? and 1 more (see rows in the configuration)"
    )


def test_a_level_is_written_when_it_moved_and_else_once_an_hour() -> None:
    scene = Scene()
    assert set(scene(grown("a", 10), grown("bb", 10)).levels) == {("public", "a"), ("public", "bb")}
    scene.server.facts_ = msgspec.structs.replace(SERVER, wal_position=99)
    assert set(scene(grown("a", 11), grown("bb", 10)).levels) == {("public", "a")}
    assert set(scene(grown("a", 11), grown("bb", 10), after=timedelta(minutes=58)).levels) == set()
    assert set(scene(grown("a", 11), grown("bb", 10)).levels) == {("public", "bb")}


@pytest.mark.parametrize("restarted", [False, True])
def test_a_table_that_is_made_anew_lost_its_rows_since_it_was_last_there(restarted: bool) -> None:
    scene = Scene()
    scene(grown("a", 1_000), grown("bb", 10))
    for _ in range(3):
        scene(grown("bb", 10), after=timedelta(hours=1))
    if restarted:
        scene.look = scene.make()
    anew = table(0, table="a", oid=99)
    assert "lost all 1,000 rows since 14:31 UTC: dropped and recreated" in only(scene(anew).findings).message


def test_the_level_of_a_table_that_is_gone_is_forgotten_in_time_unless_a_drop_of_it_is_open() -> None:
    scene = Scene()
    tables = grown("gone", 10), grown("here", 10), lost("dropped", 1_000, 0)
    scene(*tables[:2], grown("dropped", 1_000))
    scene.server.rows = 100
    scene(*tables)
    scene(tables[1], after=timedelta(weeks=6))
    assert len(scene.disk.bodies) == 3
    scene(tables[1])
    assert set(scene.disk.bodies) == {("public", "here"), ("public", "dropped")}


@pytest.mark.parametrize("restarted", [False, True])
def test_a_window_that_was_over_before_the_last_look_excuses_nothing_though_the_level_was_written_before_it(
    restarted: bool,
) -> None:
    def opened(since: datetime, until: datetime) -> datetime | None:
        return START if since <= START + 5 * MINUTE and until >= START else None

    scene = Scene(terms=Terms(meant=(MeantDrop(opened=opened),)))
    for number in range(10):
        scene(grown("a", 1_000), grown("moves", 10 + number))
    if restarted:
        scene.look = scene.make()
    scene.server.rows = 100
    assert len(scene(lost("a", 1_000, 0), grown("moves", 99)).findings) == 1


def test_a_restore_to_an_earlier_point_is_told_by_the_last_look_and_not_by_the_last_level_that_was_written() -> None:
    scene = Scene()
    for position in (1_000, 5_000, 9_000):
        scene.server.facts_ = msgspec.structs.replace(SERVER, wal_position=position)
        scene(grown("a", 1_000))
    scene.server.facts_ = msgspec.structs.replace(SERVER, wal_position=7_000)
    scene.server.rows = 100
    assert "the server went back to an earlier state" in only(scene(lost("a", 1_000, 0)).findings).message


@pytest.mark.parametrize("restarted", [False, True])
def test_a_table_that_was_gone_is_missed_since_it_was_seen_last_and_after_a_week_it_is_forgotten(
    restarted: bool,
) -> None:
    scene = Scene()
    scene(grown("a", 1_000), grown("stays", 10))
    scene(grown("a", 1_000), grown("stays", 10))
    written = [set(scene(grown("stays", 10)).levels) for _ in range(3)]
    assert written == [{("public", "a")}, set(), set()]
    for hour in range(1, 30):
        if restarted:
            scene.look = scene.make()
        assert ("public", "a") not in scene(grown("stays", 10 + hour), after=timedelta(hours=1)).levels
    back = msgspec.structs.replace(grown("a", 0), oid=99)
    message = only(scene(back, grown("stays", 50)).findings).message
    assert message.startswith("public.a lost all 1,000 rows since 2025-11-17 14:32 UTC: dropped and recreated")

    scene(grown("stays", 50), after=timedelta(days=8))
    scene(grown("stays", 60), grown("stage", 70), after=timedelta(days=1))
    for _ in range(8):
        scene(grown("stays", 60), after=timedelta(days=1))
    assert set(scene.disk.bodies) == {("public", "a"), ("public", "stays")}, "an open drop is kept"


def test_a_history_is_asked_once_an_hour_for_a_table_that_keeps_falling() -> None:
    scene = Scene()
    queue = table(50, table="q", inserted=10_000_050, deleted=10_000_000)
    scene(queue)
    for number in range(1, 70):
        moved = msgspec.structs.replace(queue, live=50 * (number % 2 == 0), deleted=queue.deleted + 50 * number)
        assert scene(moved).findings == ()
    assert len(scene.disk.asked) == 2
    assert len(scene.look._usual) == 1


def test_a_count_that_was_due_and_finds_fewer_rows_than_were_read_is_judged_by_what_is_usual() -> None:
    scene = Scene(Budget(exact_every=timedelta(days=1)))
    scene.server.rows = 1_000
    seasonal = table(1_000, table="t", relpages=10)
    scene(seasonal)
    assert scene.disk.asked == []
    # By its statistics it has lost 140, by the count 210.
    scene.server.rows, scene.at = 790, START + timedelta(days=2)
    assert scene(msgspec.structs.replace(seasonal, live=860, inserted=1_080, deleted=220, maintained=1)).findings
    assert scene.disk.asked == [("public", "t")]


def test_rules_leave_out_and_an_acceptance_sets_the_level() -> None:
    exclusion = Exclusion(pattern=Pattern(kind="rows", name="public.a"), reason="known")
    scene = Scene(policy=Policy(rules=Rules(exclusions=[exclusion])))
    scene(grown("a", 1_000), grown("bb", 1_000))
    scene.server.rows = 100
    seen = scene(lost("a", 1_000, 0), lost("bb", 1_000, 0))
    found = only(seen.findings)
    assert (found.identity, seen.coverage.excluded) == (("public", "bb"), 1)

    taken = Acceptance(fingerprint=found.fingerprint, actual=found.actual, by="ada", reason="meant")
    scene.policy = Policy(acceptances=lambda: (taken,))
    scene.look = scene.make()
    seen = scene(lost("bb", 1_000, 0))
    assert [finding.state for finding in seen.findings if finding.identity[1] == "bb"] == ["accepted"]
    level = msgspec.msgpack.decode(scene.disk.bodies["public", "bb"], type=Level)
    assert (level.rows, level.drop) == (100, None)
