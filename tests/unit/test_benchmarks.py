"""The figures of the benchmarks and what is told of them: without a server."""

import pytest

from bench.parts import latency, load, peers
from bench.parts.table import cell, lines
from bench.stand.ddl import FORMS, random_ddl
from bench.stand.figures import interval, paired_ratio, percentile, slope
from bench.stand.run import Run
from bench.stand.tables import scripts


def a_run(seconds: float, code: int | None = 0) -> Run:
    return Run(seconds=seconds, server=seconds / 2, client=0.1, memory=9_000_000, buffers=7, output=1, code=code)


def test_a_percentile_is_a_value_that_was_measured() -> None:
    assert [percentile([3, 1, 2, 4], share) for share in (0.0, 0.5, 0.51, 0.99, 1.0)] == [1, 2, 3, 4, 4]
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


def test_a_ratio_is_of_what_was_measured_one_after_the_other() -> None:
    assert paired_ratio([2, 20, 6], [1, 10, 2]) == 2
    assert paired_ratio([8], [2, 1000]) == 4


def test_the_interval_of_a_ratio_holds_one_where_nothing_differs_and_not_where_all_does() -> None:
    alone = [100.0 + number % 7 for number in range(20)]
    low, high = interval(list(reversed(alone)), alone, draws=500)
    assert low <= 1 <= high
    low, high = interval([value * 0.8 for value in alone], alone, draws=500)
    assert 0.75 < low <= high < 0.85


def test_a_slope_is_what_one_more_costs() -> None:
    assert slope([(1, 12), (10, 30), (50, 110)]) == pytest.approx(2)
    assert slope([(1, 12)]) == 0


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.00312, "0.0031"),
        (0.0123, "0.012"),
        (0.456, "0.46"),
        (4.56, "4.6"),
        (45.6, "46"),
        (12345.6, "12,346"),
    ],
)
def test_a_figure_has_as_many_digits_as_mean_anything(value: float, text: str) -> None:
    assert cell(value) == text


def test_what_a_program_said_breaks_no_table() -> None:
    assert list(lines(("a",), [("x|y\nz",)])) == ["| a |", "|---|", "| x\\|y z |"]


def test_a_quick_contender_runs_in_each_round_and_a_slow_one_once() -> None:
    course = peers.Course(limit=120, most=4)
    took = {"quick": 1.0, "slow": 25.0}
    ran: dict[str, int] = dict.fromkeys(took, 0)
    for number in range(5):
        for name in [name for name in took if course.wants(name, number)]:
            ran[name] += 1
            course.note(name, a_run(took[name]))
    assert ran == {"quick": 5, "slow": 1}
    # The quick one's first run warmed up.
    assert {name: len(runs) for name, runs in course.runs.items()} == {"quick": 4, "slow": 1}


def test_a_contender_that_was_ended_or_failed_is_told_with_the_reason() -> None:
    course = peers.Course(limit=120, most=4)
    course.note("pg_dump --schema-only", a_run(30.0))
    course.note("endless", a_run(120.0, code=None))
    course.note("broken", a_run(0.1, code=3))
    assert not course.wants("endless", 1)
    assert not course.wants("broken", 1)
    contenders = [
        peers.Of(name=name, runs=course.runs.get(name, []), why_not=course.why_not.get(name, ""))
        for name in ("pg_dump --schema-only", "endless", "broken")
    ]
    text = "\n".join(peers.size_told(peers.Size(tables=100, contenders=contenders), 120))
    assert "| endless | over 120 s |" in text
    assert "| broken | ended with 3 |" in text
    assert "| pg_dump --schema-only | 30 s | 1.00 |" in text


def test_a_contender_that_would_take_too_long_is_not_run_and_the_reason_is_told() -> None:
    of = [peers.Of(name="quick", runs=[a_run(1.0)]), peers.Of(name="slow", runs=[a_run(30.0)])]
    of.append(peers.Of(name="endless", runs=[], why_not="over 120 s"))
    smaller = peers.Size(tables=1_000, contenders=of)
    assert [peers.hopeless(each.name, smaller, 10_000, 120, twice=False) for each in of] == [
        "",
        "not run: 30 s at 1,000 tables; the limit is 120 s",
        "not run: over 120 s at 1,000 tables",
    ]
    assert peers.hopeless("quick", smaller, 100_000, 120, twice=False) == ""
    assert "as long again" in peers.hopeless("quick", smaller, 100_000, 120, twice=True)


def test_each_statement_has_names_of_its_own_and_every_form_has_its_turn() -> None:
    statements = random_ddl(2 * len(FORMS), seed=3)
    assert len({one.name for one in statements}) == len(statements)
    assert all(one.name in one.sql for one in statements)
    forms = [one.sql.replace(one.name, "{x}") for one in statements]
    assert {forms.count(sql) for sql in forms} == {2}
    assert random_ddl(10, seed=3) == random_ddl(10, seed=3)


def test_the_first_word_of_the_daemons_on_a_name_counts() -> None:
    log = [
        {"timestamp": "2026-11-30T12:00:01.5Z", "database": "pg13", "message": "table public.x00001 is missing"},
        {"timestamp": "2026-11-30T12:00:03Z", "database": "pg13", "message": "index public.x00001_a of x00001"},
        {"timestamp": "2026-11-30T12:00:04Z", "database": "pg14", "message": "max 00001 and x0001 are nobody's names"},
    ]
    found = latency.fired(log)
    assert list(found) == ["pg13 x00001"]
    assert found["pg13 x00001"] % 60 == pytest.approx(1.5)


def test_pgbenchs_own_figures_are_read() -> None:
    printed = "number of transactions actually processed: 3703\ntps = 1234.5 (without initial connection time)\n"
    assert load.counted(printed) == (3703, 1234.5)
    with pytest.raises(ValueError, match="no transactions"):
        load.counted("connection failed")


def test_the_schema_has_what_it_says_in_proportion() -> None:
    text = "".join(scripts(100))
    counted = {word: text.count(f"CREATE {word} ") for word in ("TABLE", "INDEX", "VIEW", "TRIGGER", "POLICY", "TYPE")}
    assert counted == {"TABLE": 100, "INDEX": 200, "VIEW": 10, "TRIGGER": 10, "POLICY": 10, "TYPE": 2}
