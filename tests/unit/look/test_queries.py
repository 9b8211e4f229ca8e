import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest

from tests.unit.look.planner import SERVER, Planner
from tests.unit.queries.samples import NOON, REMEDY, lack, ran, refused, written
from watchdog.alerts.alert import Alert
from watchdog.alerts.policy import Decision, decide
from watchdog.check import verdict
from watchdog.errors import CaptureError
from watchdog.finding import Finding, Location, QueryCoverage, Subject
from watchdog.look.queries import QueriesLook
from watchdog.look.seen import Policy, Seen
from watchdog.queries.judge import MOST_SAID
from watchdog.queries.memory import Known
from watchdog.queries.plan import PLANS, Plan
from watchdog.queries.statement import Harvest, Statement, Unread
from watchdog.schema.rules import Acceptance, Exclusion, Pattern, Rules

SQL = "SELECT total FROM public.orders"
BROKEN = refused("42703", SQL, "total", "column total does not exist")
LATER = Plan(verdict="unanswered", sqlstate="55P03", words="locked")
FROM_FILE = written(SQL)


class Disk:
    def __init__(self) -> None:
        self.statements: Mapping[str, Known] = {}

    async def memory(self) -> Mapping[str, Known]:
        return self.statements


class Looking:
    """Looks that follow each other, with the state of one handed to the next."""

    def __init__(self, *sources: Statement, known: Sequence[Finding] = (), policy: Policy | None = None) -> None:
        self.planner, self.disk = Planner(), Disk()
        self.harvest = Harvest(statements=sources)
        self.alerts: tuple[Alert, ...] = ()
        self.now = NOON
        self._look = QueriesLook(
            "production", self.planner, lambda: self.harvest, self.disk.memory, lambda: known, policy or Policy()
        )

    def look(self) -> Seen:
        return asyncio.run(self._look(self.now))

    def decided(self) -> Decision:
        """What a look means for people; the state keeps it."""
        seen = self.look()
        decision = decide(self.alerts, seen.findings, seen.unseen, self.now, seen.uncompared)
        self.alerts = decision.alerts
        assert seen.statements is not None
        self.disk.statements = seen.statements
        self.now += timedelta(minutes=10)
        return decision


def test_what_plans_is_verified_and_nobody_is_asked_more_than_is_needed() -> None:
    looking = Looking(FROM_FILE, written("SELECT 1", "b.ts:2"))
    seen = looking.look()
    assert seen == Seen(server=SERVER, coverage=seen.coverage, statements={})
    assert seen.coverage.queries == QueryCoverage(checked=2)
    assert looking.planner.asked == [[SQL, "SELECT 1"]]
    assert looking.planner.asked_for_relations == 0


def test_a_break_is_a_finding_and_what_mends_it_is_attached() -> None:
    coming = lack("column", "public", "orders", "total", origin="pending-migration", file="7.sql", remedy=REMEDY)
    looking = Looking(FROM_FILE, known=[coming])
    looking.planner.refuses[SQL] = BROKEN
    (finding,) = looking.look().findings
    assert (finding.origin, finding.locations) == ("pending-migration", FROM_FILE.locations)
    assert finding.remedy is not None
    assert finding.remedy.sql == REMEDY.sql
    assert "pending migration 7.sql brings it" in finding.message


def test_what_a_file_holds_and_the_server_recorded_is_asked_once_and_told_with_how_often_it_runs() -> None:
    looking = Looking(FROM_FILE)
    looking.planner.recorded_ = [ran(f" {SQL}", 1230)]
    looking.planner.refuses[SQL] = BROKEN
    (finding,) = looking.look().findings
    assert looking.planner.asked == [[SQL]]
    assert finding.message.startswith("src/orders.ts:7 does not plan")
    assert finding.message.endswith("; 1,230 calls")


def test_what_cannot_be_asked_now_is_neither_over_nor_ok() -> None:
    looking = Looking(FROM_FILE)
    looking.planner.refuses[SQL] = BROKEN
    assert len(looking.decided().fired) == 1
    looking.planner.refuses[SQL] = LATER
    seen = looking.look()
    assert seen.unseen == (Subject("query", (FROM_FILE.digest,)),)
    assert seen.gap == "1 statement could not be asked, the first: src/orders.ts:7: locked"
    assert seen.coverage.queries == QueryCoverage(said=("src/orders.ts:7: locked",))
    decision = looking.decided()
    assert (decision.fired, decision.resolved, len(decision.alerts)) == ((), (), 1)
    del looking.planner.refuses[SQL]
    assert len(looking.decided().resolved) == 1


@pytest.mark.parametrize(("plan", "outcome"), [(PLANS, "ok"), (LATER, "unverified"), (BROKEN, "drift")])
def test_the_outcome_is_what_can_be_concluded(plan: Plan, outcome: str) -> None:
    looking = Looking(FROM_FILE, written("SELECT 1"))
    looking.planner.refuses[SQL] = plan
    result, _ = asyncio.run(verdict("production", "queries", looking._look, lambda: NOON))
    assert result.outcome == outcome


def test_a_look_that_found_no_statement_has_verified_nothing() -> None:
    assert "no statement was found, so none was checked" in Looking().look().gap
    holes = Looking()
    holes.harvest = Harvest(unread=(Unread(location=Location("a.ts", 1), reason="made of parts"),))
    seen, unread = holes.look(), "a.ts:1: made of parts"
    assert seen.gap == "of what was found nothing could be read whole, so nothing was checked, the first: " + unread
    assert seen.coverage.queries == QueryCoverage(unread=1, said=(unread,))
    some = Looking(FROM_FILE)
    some.harvest = Harvest(statements=some.harvest.statements, unread=holes.harvest.unread)
    assert some.look().gap == ""


def test_a_recorded_statement_breaks_once_it_was_seen_to_plan() -> None:
    looking = Looking(FROM_FILE)
    never, statement = ran("SELECT old FROM gone", 9, 1), ran("SELECT id FROM public.orders", 5, 2)
    looking.planner.recorded_ = [never, statement]
    looking.planner.refuses[never.sql] = refused("42P01", never.sql, "gone")
    assert looking.decided().fired == ()
    assert looking.disk.statements[statement.digest] == Known(planned_at=NOON, calls=5)
    looking.planner.refuses[statement.sql] = refused("42703", statement.sql, "id")
    (finding,) = looking.decided().fired
    assert finding.identity == (statement.digest,)
    assert finding.message.startswith("query 2 (SELECT id FROM public.orders) no longer plans")
    assert looking.disk.statements[statement.digest].planned_at == NOON
    # It is one finding, however long it lasts.
    assert looking.decided().fired == ()
    del looking.planner.refuses[statement.sql]
    assert [each.identity for each in looking.decided().resolved] == [(statement.digest,)]


def test_a_broken_statement_that_others_overtake_in_the_record_stays_broken() -> None:
    looking = Looking()
    statement = ran(SQL, 5)
    looking.planner.recorded_ = [statement]
    looking.planner.beyond = "3 recorded statements that ran less often (queries.recorded)"
    looking.decided()
    looking.planner.refuses[SQL] = BROKEN
    assert len(looking.decided().fired) == 1
    looking.planner.recorded_ = [ran("SELECT 1", 99)]
    assert looking.decided().resolved == ()
    looking.planner.recorded_ = [statement]
    assert looking.decided().resolved == ()
    assert len(looking.alerts) == 1
    # The server has no more, and not this one: it forgot it.
    looking.planner.recorded_, looking.planner.beyond = [ran("SELECT 1", 99)], ""
    assert len(looking.decided().resolved) == 1


def test_a_statement_is_one_finding_wherever_it_is_found() -> None:
    looking = Looking(FROM_FILE)
    looking.planner.recorded_ = [ran(SQL, 5, 1), ran(f" {SQL}", 6, 2)]
    looking.planner.refuses = dict.fromkeys([SQL, f" {SQL}"], BROKEN)
    (finding,) = looking.look().findings
    assert finding.locations == FROM_FILE.locations


def test_what_a_team_decided_holds_for_statements_too() -> None:
    rules = Rules(exclusions=[Exclusion(pattern=Pattern(kind="query", name="*"), reason="legacy")])
    excluding = Looking(FROM_FILE, policy=Policy(rules=rules))
    excluding.planner.refuses[SQL] = BROKEN
    seen = excluding.look()
    assert (seen.findings, seen.coverage.excluded) == ((), 1)
    undecided = Looking(FROM_FILE)
    undecided.planner.refuses[SQL] = BROKEN
    (finding,) = undecided.look().findings
    accepted = Acceptance(fingerprint=finding.fingerprint, actual=finding.actual, by="ada", reason="known")
    accepting = Looking(FROM_FILE, policy=Policy(acceptances=lambda: [accepted]))
    accepting.planner.refuses[SQL] = BROKEN
    assert [each.state for each in accepting.look().findings] == ["accepted"]


def test_of_what_is_not_judged_the_first_are_told_and_all_are_counted() -> None:
    looking = Looking(*(written(f"CALL p{number}()", f"a.ts:{number}") for number in range(50)))
    looking.planner.refuses = {each.sql: Plan(verdict="unjudged", words="never") for each in looking.harvest.statements}
    looking.planner.beyond = "7 others"
    queries = looking.look().coverage.queries
    assert queries is not None
    assert (queries.checked, queries.unjudged, len(queries.said), queries.beyond) == (0, 50, MOST_SAID, "7 others")


def test_sources_that_cannot_be_read_end_the_look() -> None:
    def harvest() -> Harvest:
        raise CaptureError("src: no such folder")

    look = QueriesLook("production", Planner(), harvest, Disk().memory, tuple, Policy())
    with pytest.raises(CaptureError, match="no such folder"):
        asyncio.run(look(NOON))
