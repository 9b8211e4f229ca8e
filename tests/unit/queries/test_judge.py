from collections.abc import Sequence
from datetime import timedelta

import msgspec
import pytest

from tests.unit.queries.samples import NOON, RELATIONS, REMEDY, lack, ran, refused, written
from watchdog.finding import Finding, Location, Severity, fingerprint
from watchdog.queries.judge import BY_MIGRATION, LONGEST_SQL, Judged, judge, named
from watchdog.queries.memory import Known, Memory
from watchdog.queries.plan import PLANS, Plan
from watchdog.queries.statement import Harvest, Statement, Unread

SQL = "SELECT total FROM public.orders"
NO_TOTAL = refused("42703", SQL, "total", 'column "total" does not exist')
EMPTY = Harvest()
LATER = Plan(verdict="unanswered", sqlstate="55P03", words="locked")
NEVER = Plan(verdict="unjudged", words="no server plans such a statement")


def judged(
    *asked: tuple[Statement, Plan],
    memory: Memory | None = None,
    known: Sequence[Finding] = (),
    harvest: Harvest = EMPTY,
) -> Judged:
    return judge("production", asked, harvest, memory or {}, known, RELATIONS)


def test_a_statement_of_the_sources_that_is_refused_is_a_critical_break_with_its_places() -> None:
    statement = written(SQL, "src/a.ts:7", "src/b.ts:12")
    found = judged((statement, NO_TOTAL))
    assert found.checked == 1
    (finding,) = found.findings
    assert finding == Finding(
        fingerprint=fingerprint("production", "query", (statement.digest,), "changed", "plan"),
        kind="query",
        identity=(statement.digest,),
        change="changed",
        attribute="plan",
        expected=SQL,
        actual='column "total" does not exist (42703)',
        severity=Severity.CRITICAL,
        message=(
            'src/a.ts:7, src/b.ts:12 does not plan: column "total" does not exist (42703); it lacks public.orders.total'
        ),
        locations=(Location("src/a.ts", 7), Location("src/b.ts", 12)),
    )


def test_a_recorded_statement_is_a_break_only_if_it_is_remembered_to_have_planned() -> None:
    statement = ran(SQL, 1230)
    for memory in ({}, {statement.digest: Known(calls=1, ran_at=NOON)}, {"other": Known(planned_at=NOON)}):
        found = judged((statement, NO_TOTAL), memory=memory)
        assert (found.findings, found.checked) == ((), 0)
        assert found.unjudged == (f'query 42 ({SQL}): column "total" does not exist, and it was never seen to plan',)
    known = Known(planned_at=NOON, calls=1229, ran_at=NOON - timedelta(days=1))
    (finding,) = judged((statement, NO_TOTAL), memory={statement.digest: known}).findings
    assert finding.message == (
        f'query 42 ({SQL}) no longer plans: column "total" does not exist (42703); it lacks public.orders.total; '
        "1,230 calls, last seen to run 2025-11-16 12:00 UTC, planned last 2025-11-17 12:00 UTC"
    )
    assert finding.locations == ()
    often = msgspec.structs.replace(statement, calls_a_day=1229.1)
    (finding,) = judged((often, NO_TOTAL), memory={statement.digest: known}).findings
    assert "; 1,230 calls, about 1,230 a day, last seen to run" in finding.message


def test_what_was_not_answered_or_not_judged_is_counted_and_is_no_break() -> None:
    found = judged(
        (written("SELECT 1"), PLANS),
        (written("SELECT 2", "b.ts:2"), LATER),
        (written("CREATE TABLE t ()", "c.ts:3"), NEVER),
        harvest=Harvest(unread=(Unread(location=Location("d\x1b.ts", 4), reason="made of \n parts"),)),
    )
    assert found == Judged(
        checked=1,
        unanswered=("b.ts:2: locked",),
        unjudged=("c.ts:3: no server plans such a statement",),
        unread=("d\\u001b.ts:4: made of \\u000a parts",),
    )


def test_what_mends_it_is_named_with_its_remedy_and_who_needs_it() -> None:
    column = lack("column", "public", "orders", "total", remedy=REMEDY, components=("shop", "books"))
    elsewhere = lack("column", "archive", "orders", "total", remedy=None, components=("other",))
    (finding,) = judged((written(SQL), NO_TOTAL), known=[elsewhere, column]).findings
    assert finding.remedy == REMEDY
    assert finding.origin == "out-of-band"
    assert finding.components == ("shop", "books")
    assert finding.message.endswith("; it lacks public.orders.total")


def test_the_pending_migration_that_brings_it_is_named_with_its_file_and_its_sql() -> None:
    coming = lack(
        "column", "public", "orders", "total", origin="pending-migration", file="db/007_total.sql", remedy=REMEDY
    )
    (finding,) = judged((written(SQL), NO_TOTAL), known=[coming]).findings
    warned = msgspec.structs.replace(REMEDY, safety=f"{REMEDY.safety}; {BY_MIGRATION}")
    assert (finding.origin, finding.remedy) == ("pending-migration", warned)
    assert finding.message.endswith("; it lacks public.orders.total; pending migration db/007_total.sql brings it")
    assert finding.locations == (Location("src/orders.ts", 7),)


def test_a_key_that_is_lacking_is_not_said_to_be_its_table() -> None:
    sql = "INSERT INTO public.orders (id) VALUES ($1) ON CONFLICT (id) DO NOTHING"
    (finding,) = judged((written(sql), refused("42P10", sql, "ON", "there is no unique constraint"))).findings
    assert finding.message.endswith("; it lacks a unique key on public.orders")
    key = lack("constraint", "public", "orders", "orders_pkey", remedy=REMEDY)
    (finding,) = judged((written(sql), refused("42P10", sql, "ON", "no key")), known=[key]).findings
    assert finding.message.endswith("; it lacks public.orders.orders_pkey")


def test_a_remedy_is_taken_from_whichever_has_one() -> None:
    sql = "SELECT total FROM orders"
    first, second = (
        lack("column", schema, "orders", "total", remedy=remedy)
        for schema, remedy in (("archive", None), ("public", REMEDY))
    )
    (finding,) = judged((written(sql), refused("42703", sql, "total")), known=[first, second]).findings
    assert finding.remedy == REMEDY
    assert "it lacks archive.orders.total or public.orders.total" in finding.message


def test_where_nothing_can_be_blamed_nothing_is() -> None:
    sql = "SELECT a = b FROM orders"
    (finding,) = judged((written(sql), refused("42883", sql, "= b"))).findings
    assert "lacks" not in finding.message
    assert (finding.origin, finding.remedy, finding.components) == ("unknown", None, ())


def test_of_a_key_that_is_not_known_the_table_is_named() -> None:
    sql = "INSERT INTO lines (id) VALUES ($1) ON CONFLICT (id) DO NOTHING"
    (finding,) = judged((written(sql), refused("42P10", sql))).findings
    assert finding.message.endswith("; it lacks a unique key on public.lines")


def test_hostile_words_and_names_stay_on_one_line() -> None:
    sql = 'SELECT 1 FROM "a\x1b[31m\nb"'
    plan = refused("42P01", sql, '"a', "relation \x1b[31m\u202e does not exist")
    (finding,) = judged((written(sql, "src/\n\x1b.ts:1"), plan)).findings
    assert finding.message.isprintable()
    assert "it lacks" in finding.message


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        (written("x", "a.ts:1"), "a.ts:1"),
        (written("x", "a.ts:1", "b.ts:2", "c.ts:3"), "a.ts:1, b.ts:2, c.ts:3"),
        (written("x", "a.ts:1", "b.ts:2", "c.ts:3", "d.ts:4", "e.ts:5"), "a.ts:1, b.ts:2, c.ts:3 and 2 more places"),
        (written("x", "a.ts:1", "b.ts:2", "c.ts:3", "d.ts:4"), "a.ts:1, b.ts:2, c.ts:3 and 1 more place"),
        (ran("SELECT\n  1"), "query 42 (SELECT 1)"),
        (ran("SELECT " + "x" * 200), f"query 42 ({'SELECT ' + 'x' * (LONGEST_SQL - 8)}…)"),
        (Statement(sql="SELECT 1", recorded=True), "query (SELECT 1)"),
    ],
)
def test_a_statement_is_known_by_its_places_or_by_its_number_and_beginning(statement: Statement, name: str) -> None:
    assert named(statement) == name
