import asyncio
from collections.abc import Sequence

import pytest

from tests.unit.look.planner import SERVER, Planner
from tests.unit.queries.samples import NOON, ran, refused, written
from watchdog.errors import ScratchError
from watchdog.expect.migrations import Culprit, Rehearsed
from watchdog.finding import Finding, Location, QueryCoverage
from watchdog.look.seen import Policy, Seen
from watchdog.look.tomorrow import TomorrowLook
from watchdog.queries.plan import PLANS, Plan
from watchdog.queries.statement import Harvest
from watchdog.schema.rules import Exclusion, Pattern, Rules

SQL = "SELECT total FROM public.orders"
BROKEN = refused("42703", SQL, "total", "column total does not exist")
NO_TABLE = refused("42P01", SQL, "public", "relation does not exist")
LATER = Plan(verdict="unanswered", words="locked")


class Rehearsal:
    """A scratch server, and what pending migrations do to it."""

    def __init__(self) -> None:
        self.before: dict[str, Plan] = {}
        self.after: dict[str, Plan] = {}
        self.culprits: dict[str, Culprit] = {}
        self.asked: list[str] = []

    async def __call__(self, statements: Sequence[str]) -> Rehearsed:
        self.asked = list(statements)
        return Rehearsed(
            before=[self.before.get(each, PLANS) for each in statements],
            after=[self.after.get(each, PLANS) for each in statements],
            broken_by=[self.culprits.get(each) for each in statements],
            relations={("public", "orders")},
            migrations=2,
        )


def look(planner: Planner, rehearsal: Rehearsal, *, policy: Policy | None = None) -> Seen:
    sources = Harvest(statements=(written(SQL), written("SELECT 1", "b.ts:2")))
    return asyncio.run(TomorrowLook("production", planner, lambda: sources, rehearsal, policy or Policy())(NOON))


def test_what_no_pending_migration_breaks_is_verified() -> None:
    seen = look(Planner(), Rehearsal())
    assert (seen.server, seen.findings, seen.gap) == (SERVER, (), "")
    assert seen.coverage.queries == QueryCoverage(checked=2)
    assert seen.coverage.notes == (
        "planned as after 2 pending migrations, on a throw-away server that has run the whole folder",
    )
    assert seen.statements is None, "the memory is of production"


def broken(culprit: Culprit, *, recorded: bool = False) -> Finding:
    planner, rehearsal = Planner(), Rehearsal()
    sql = "SELECT id FROM public.orders" if recorded else SQL
    planner.recorded_ = [ran("SELECT id FROM public.orders")]
    rehearsal.after[sql] = refused("42703", sql, "id" if recorded else "total")
    rehearsal.culprits[sql] = culprit
    (finding,) = look(planner, rehearsal).findings
    return finding


@pytest.mark.parametrize("recorded", [False, True])
def test_what_plans_today_and_not_tomorrow_is_a_break_by_the_migration_that_does_it(recorded: bool) -> None:
    finding = broken(Culprit("db/7\x1b.sql"), recorded=recorded)
    assert finding.origin == "pending-migration"
    assert finding.locations[-1] == Location("db/7\x1b.sql", 1)
    assert finding.message.endswith("it plans today, and pending migration db/7\\u001b.sql breaks it")


def test_where_several_could_have_done_it_none_is_accused_alone() -> None:
    finding = broken(Culprit("db/7.sql", 3))
    assert "pending migration db/7.sql or one of the 3 after it breaks it" in finding.message


def test_what_does_not_plan_today_is_no_break_of_tomorrow_and_is_not_rehearsed() -> None:
    planner, rehearsal = Planner(), Rehearsal()
    planner.refuses[SQL] = BROKEN
    seen = look(planner, rehearsal)
    assert rehearsal.asked == ["SELECT 1"]
    assert (seen.findings, seen.gap) == ((), "")
    assert seen.coverage.queries == QueryCoverage(
        checked=1, unjudged=1, said=("src/orders.ts:7: does not plan today either: column total does not exist",)
    )


def test_what_only_production_has_is_not_judged() -> None:
    rehearsal = Rehearsal()
    rehearsal.before[SQL] = rehearsal.after[SQL] = NO_TABLE
    seen = look(Planner(), rehearsal)
    assert seen.findings == ()
    assert seen.coverage.queries is not None
    assert seen.coverage.queries.said == (
        "src/orders.ts:7: does not plan on a server that has only what the migrations make: relation does not exist",
    )


@pytest.mark.parametrize("where", ["today", "before", "after"])
def test_what_was_not_answered_anywhere_is_not_verified(where: str) -> None:
    planner, rehearsal = Planner(), Rehearsal()
    {"today": planner.refuses, "before": rehearsal.before, "after": rehearsal.after}[where][SQL] = LATER
    seen = look(planner, rehearsal)
    assert seen.gap == "1 statement could not be asked, the first: src/orders.ts:7: locked"
    assert seen.findings == ()


def test_a_replay_that_fails_is_no_verdict() -> None:
    async def fails(_: Sequence[str]) -> Rehearsed:
        raise ScratchError("db/7.sql:1: no")

    with pytest.raises(ScratchError, match=r"db/7\.sql:1"):
        asyncio.run(TomorrowLook("production", Planner(), Harvest, fails, Policy())(NOON))


def test_what_a_team_decided_holds_here_too() -> None:
    rules = Rules(exclusions=[Exclusion(pattern=Pattern(kind="query"), reason="legacy")])
    rehearsal = Rehearsal()
    rehearsal.after[SQL] = BROKEN
    seen = look(Planner(), rehearsal, policy=Policy(rules=rules))
    assert (seen.findings, seen.coverage.excluded) == ((), 1)
