"""Migrations as an expectation: what is made of the files and of what production has noted; the servers are played."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.unit.expect.samples import THREE, folder
from tests.unit.schema.samples import column, relation, snapshot, whole
from watchdog.errors import CaptureError, MigrationsError
from watchdog.expect import migrations as module
from watchdog.expect.cache import Cache
from watchdog.expect.expected import Expected
from watchdog.expect.folder import Source
from watchdog.expect.migrations import MOST_TOLD, Culprit, Migrations, Rehearsed
from watchdog.finding import Location, Severity
from watchdog.postgres.connection import Connection
from watchdog.postgres.history import History
from watchdog.postgres.replay import Progress, Scratch, Script
from watchdog.queries.plan import PLANS, Plan
from watchdog.schema.snapshot import ObjectId, Snapshot

NOON = datetime(2025, 11, 17, 12, 0, tzinfo=UTC)
REFUSED = Plan(verdict="refused", sqlstate="42P01")


class World:
    """A production that has noted what it applied, and a scratch server that knows CREATE TABLE and DROP TABLE."""

    def __init__(self) -> None:
        self.noted: list[str] | None = []
        self.asked: list[tuple[str | None, str]] = []
        self.replays: list[list[int]] = []
        self.open = 0
        self.dirty = False
        self._ran: list[str] = []

    async def history(self, _: Connection, table: tuple[str | None, str], __: str) -> History | None:
        self.asked.append(table)
        if self.noted is None:
            return None
        return History(
            table=(table[0] or "public", table[1]), rows=[{"version": each, "dirty": self.dirty} for each in self.noted]
        )

    @asynccontextmanager
    async def replay(
        self, scripts: Sequence[Script], scratch: Scratch, watched: Connection | None, progress: Progress
    ) -> AsyncIterator["World"]:
        assert watched is not None
        assert scratch == Scratch()
        progress(0, len(scripts))
        self.replays.append([])
        self._scripts = scripts
        yield self

    dsn = "postgresql://scratch"

    async def advance(self, goal: int) -> None:
        assert self.open == 0, "a migration may need the database to itself"
        self.replays[-1].append(goal)
        self._ran = [each.sql for each in self._scripts[:goal]]

    def tables(self) -> set[str]:
        there: set[str] = set()
        for verb, name in re.findall(r"(CREATE|DROP) TABLE (\w+)", " ".join(self._ran)):
            (there.add if verb == "CREATE" else there.discard)(name)
        return there

    async def snapshot(self) -> Snapshot:
        made = [
            each for name in sorted(self.tables()) for each in (relation("public", name), column("public", name, "id"))
        ]
        return snapshot(*made, whole("role", "postgres", superuser=True))

    async def plan(self, _: Connection, statements: Sequence[str], search_path: str | None) -> tuple[Plan, ...]:
        self.open += 1
        assert search_path == "app"
        there = self.tables()
        return tuple(PLANS if each in there else REFUSED for each in statements)

    async def relations(self, _: Connection) -> frozenset[tuple[str, str]]:
        return frozenset(("public", each) for each in self.tables())

    async def close(self) -> None:
        self.open = 0


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    for name in ("history", "replay", "plan", "relations"):
        monkeypatch.setattr(module, name, getattr(made, name))
    monkeypatch.setattr(Connection, "close", made.close)
    return made


def of(path: Path, cache: Path | None = None, table: tuple[str | None, str] | None = None) -> Migrations:
    source = Source(path=path, format="dbmate", table=table)
    return Migrations("production", source, Scratch(), Cache(cache), Connection("postgresql://production"))


def expected(migrations: Migrations) -> Expected:
    return asyncio.run(migrations.expected(snapshot(), NOON))


def rehearsed(migrations: Migrations, *statements: str) -> Rehearsed:
    return asyncio.run(migrations.rehearsed(statements, "app"))


def names(seen: Snapshot) -> set[str]:
    return {subject.name[-1] for subject in seen.objects if subject.kind == "relation"}


def test_what_has_run_makes_the_expectation_and_the_rest_is_pending_with_what_it_will_do(
    tmp_path: Path, world: World
) -> None:
    path = folder(tmp_path, THREE)
    world.noted = ["1"]
    found = expected(of(path))
    assert names(found.snapshot) == {"orders"}
    assert (found.origin, found.captured_at, found.tables) == ("out-of-band", None, (("public", "schema_migrations"),))
    assert [(each.identity, each.severity, each.origin) for each in found.findings] == [
        (("2",), Severity.INFO, "pending-migration"),
        (("3",), Severity.INFO, "pending-migration"),
    ]
    first, second = found.findings
    assert "is pending: adds table public.lines" in first.message
    assert "is pending: drops table public.orders" in second.message
    assert first.locations == (Location(f"{path}/2_lines.sql", 1),)
    coming = {(each.kind, each.identity): each for each in found.coming}
    brought = coming["relation", ("public", "lines")]
    assert (brought.change, brought.origin, brought.locations) == (
        "missing",
        "pending-migration",
        (Location(f"{path}/2_lines.sql", 1),),
    )
    assert brought.remedy is not None
    assert "CREATE TABLE" in brought.remedy.sql
    assert coming["relation", ("public", "orders")].change == "unexpected"
    assert any("dbmate" in note for note in found.notes)


def test_owners_roles_and_the_like_are_left_to_those_who_run_migrations(tmp_path: Path, world: World) -> None:
    world.noted = ["1", "2", "3"]
    found = expected(of(folder(tmp_path, THREE)))
    assert "role" not in found.snapshot.covers
    assert ObjectId("role", ("postgres",)) not in found.snapshot.objects
    assert found.findings == found.coming == ()


def test_where_the_tool_has_noted_nothing_all_is_expected_and_that_is_said(tmp_path: Path, world: World) -> None:
    world.noted = None
    found = expected(of(folder(tmp_path, THREE)))
    assert names(found.snapshot) == {"lines"}
    assert found.tables == ()
    (finding,) = found.findings
    assert (finding.kind, finding.change, finding.severity) == ("migration", "missing", Severity.WARNING)
    assert "dbmate has never run there: the table schema_migrations does not exist" in finding.message
    assert "so all of the folder is expected" in finding.message


def test_the_table_is_the_tool_s_or_the_one_that_is_named(tmp_path: Path, world: World) -> None:
    path = folder(tmp_path, THREE)
    expected(of(path))
    found = expected(of(path, table=("ops", "history")))
    assert world.asked == [(None, "schema_migrations"), ("ops", "history")]
    assert found.tables == (("ops", "history"),)


def test_a_production_that_does_not_say_what_ran_is_no_expectation(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuses(*_: object) -> None:
        raise CaptureError("public.schema_migrations cannot be read: GRANT SELECT")

    monkeypatch.setattr(module, "history", refuses)
    with pytest.raises(CaptureError, match="GRANT SELECT"):
        expected(of(folder(tmp_path, THREE)))
    assert world.replays == []


def test_what_was_replayed_once_is_not_replayed_again(tmp_path: Path, world: World) -> None:
    path, cache = folder(tmp_path, THREE), tmp_path / "cache"
    world.noted = ["1"]
    first = expected(of(path, cache))
    assert world.replays == [[1, 2, 3]]
    again = expected(of(path, cache))
    assert (again.findings, again.coming) == (first.findings, first.coming)
    assert (names(again.snapshot), again.snapshot.covers) == (names(first.snapshot), first.snapshot.covers)
    assert len(world.replays) == 1
    # Each state was kept, so what is applied now needs no server either.
    world.noted = ["1", "2"]
    assert names(expected(of(path, cache)).snapshot) == {"orders", "lines"}
    assert len(world.replays) == 1
    (path / "2_lines.sql").write_text("-- migrate:up\nCREATE TABLE rows;\n-- migrate:down\n")
    assert names(expected(of(path, cache)).snapshot) == {"orders", "rows"}
    assert world.replays[1:] == [[2, 3]]
    assert names(expected(of(path)).snapshot) == {"orders", "rows"}
    assert len(world.replays) == 3


def many(path: Path, count: int) -> Path:
    return folder(path, {f"{number:03}_t.sql": f"CREATE TABLE t{number}" for number in range(1, count + 1)})


@pytest.mark.parametrize("beyond", [0, 1, 5])
def test_of_many_pending_migrations_the_first_are_told_one_by_one_and_the_rest_together(
    tmp_path: Path, world: World, beyond: int
) -> None:
    path = many(tmp_path, MOST_TOLD + beyond)
    found = expected(of(path))
    assert world.replays == [[*range(MOST_TOLD + 1), *([MOST_TOLD + beyond] if beyond else [])]]
    told = found.findings[MOST_TOLD - 1]
    assert f"adds table public.t{MOST_TOLD}" in told.message
    assert "more change" not in told.message, "what comes after it is not its work"
    assert len(found.findings) == MOST_TOLD + (beyond > 0)
    tables = {each.identity[-1]: each.locations for each in found.coming if each.kind == "relation"}
    assert len(tables) == MOST_TOLD + beyond
    last = tables[f"t{MOST_TOLD + beyond}"]
    assert last == (() if beyond > 1 else (Location(f"{path}/{MOST_TOLD + beyond:03}_t.sql", 1),))


def test_what_several_do_together_is_not_told_of_the_first_of_them(tmp_path: Path, world: World) -> None:
    for number in range(1, MOST_TOLD + 4):
        (tmp_path / f"{number}_t.up.sql").write_text(f"CREATE TABLE t{number}")
    world.noted, world.dirty = ["1"], True
    source = Source(path=tmp_path, format="golang-migrate")
    found = expected(Migrations("d", source, Scratch(), Cache(None), Connection("postgresql://production")))
    # The one that failed is told apart, so that there is place for one more among the pending.
    messages = {each.identity: each.message for each in found.findings if each.change == "missing"}
    assert "adds table public.t20" in messages["20",]
    assert f"{MOST_TOLD + 1}_t.up.sql is pending; " in messages[str(MOST_TOLD + 1),]


def test_statements_are_planned_before_and_after_each_pending_migration_and_who_broke_one_is_known(
    tmp_path: Path, world: World
) -> None:
    path = folder(tmp_path, {**THREE, "4_back.sql": "CREATE TABLE orders", "5_away.sql": "DROP TABLE lines"})
    world.noted = ["1", "2"]
    found = rehearsed(of(path), "orders", "lines", "nowhere")
    assert [each.verdict for each in found.before] == ["plans", "plans", "refused"]
    assert [each.verdict for each in found.after] == ["plans", "refused", "refused"]
    assert found.broken_by == [None, Culprit(f"{path}/5_away.sql"), None], "what comes back is not broken"
    assert found.relations == {("public", "orders")}
    assert found.migrations == 3
    assert world.replays == [[2, 3, 4, 5]]
    assert world.open == 0, "nothing holds the scratch database"


def test_of_what_breaks_comes_back_and_breaks_again_the_last_break_is_told(tmp_path: Path, world: World) -> None:
    path = folder(tmp_path, {**THREE, "4_back.sql": "CREATE TABLE orders", "5_again.sql": "DROP TABLE orders"})
    (path / "6_other.sql").write_text("-- migrate:up\nCREATE TABLE others;\n-- migrate:down\n")
    world.noted = ["1", "2"]
    assert rehearsed(of(path), "orders").broken_by == [Culprit(f"{path}/5_again.sql")]


@pytest.mark.parametrize(
    ("tool", "why"), [("dbmate", "dbmate has never run there"), ("plain", "nothing notes which plain files have run")]
)
def test_where_it_is_not_known_what_is_pending_nothing_is_said_of_what_it_breaks(
    tmp_path: Path, world: World, tool: str, why: str
) -> None:
    world.noted = None
    path = folder(tmp_path, THREE)
    if tool == "plain":
        for each in path.iterdir():
            each.write_text("CREATE TABLE orders")
    source = Source(path=path, format=tool)
    migrations = Migrations("d", source, Scratch(), Cache(None), Connection("postgresql://production"))
    with pytest.raises(MigrationsError, match=f"would break is not known, as {why}"):
        rehearsed(migrations, "orders")
    assert world.replays == []


def test_with_nothing_pending_nothing_can_break(tmp_path: Path, world: World) -> None:
    world.noted = ["1", "2", "3"]
    found = rehearsed(of(folder(tmp_path, THREE)), "lines")
    assert found.before == found.after == (PLANS,)
    assert (found.broken_by, found.migrations) == ([None], 0)


def test_of_those_that_are_not_told_apart_the_first_is_named_and_how_many_follow(tmp_path: Path, world: World) -> None:
    path = many(tmp_path, MOST_TOLD + 5)
    (path / f"{MOST_TOLD + 3:03}_t.sql").write_text("-- migrate:up\nDROP TABLE t1;\n-- migrate:down\n")
    world.noted = ["001"]
    assert rehearsed(of(path), "t1").broken_by == [Culprit(f"{path}/{MOST_TOLD + 2:03}_t.sql", 3)]
