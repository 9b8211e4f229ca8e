import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.rows.samples import RESET, SERVER, STANDBY, START, analyzed, table
from watchdog.rows.facts import ServerFacts, TableFacts
from watchdog.rows.label import label
from watchdog.rows.level import Level, Observation
from watchdog.rows.loss import Expected, Thresholds, expected

ROWS = st.integers(min_value=1, max_value=10**12)
PERCENT = st.floats(min_value=0.1, max_value=100)


def observe(
    server: ServerFacts, *tables: TableFacts, levels: dict[tuple[str, str], Level] | None = None
) -> Observation:
    [observation] = label(server, tables, levels or {}, START)
    return observation


def level_of(observation: Observation) -> Level:
    return Level(rows=observation.rows or 0, base=observation)


@pytest.mark.parametrize(
    ("level", "warn", "critical"),
    [(10_000, 2_000, 5_000), (200, 100, 100), (120, 100, 100), (99, 99, 99), (1, 1, 1), (0, 0, 0), (501, 101, 251)],
)
def test_a_loss_counts_from_both_thresholds_on_and_to_empty_always(level: int, warn: int, critical: int) -> None:
    assert (Thresholds().warn(level), Thresholds().critical(level)) == (warn, critical)


@given(ROWS, PERCENT, PERCENT, st.integers(min_value=0, max_value=10**6))
def test_losing_everything_is_critical_under_any_thresholds(
    level: int, warn: float, critical: float, rows: int
) -> None:
    thresholds = Thresholds(warn_percent=warn, warn_rows=rows, critical_percent=critical)
    assert 1 <= thresholds.warn(level) <= thresholds.critical(level) <= level


def test_the_same_source_is_compared_with_the_level() -> None:
    level = level_of(observe(SERVER, analyzed(10_000, reltuples=8_000)))
    now = observe(SERVER, analyzed(9_000, reltuples=8_000), levels={level.name: level})
    assert expected(level, now) == Expected(rows=10_000, vouched=True)


def test_another_source_is_compared_with_what_it_said_itself_when_that_was_less() -> None:
    level = level_of(observe(SERVER, analyzed(10_000, reltuples=7_000)))
    now = observe(STANDBY, analyzed(0, reltuples=7_000, relpages=9), levels={level.name: level})
    assert (now.source, expected(level, now)) == ("planner", Expected(rows=7_000, vouched=True))


def test_live_statistics_that_return_are_compared_with_those_of_before() -> None:
    level = level_of(observe(SERVER, analyzed(5_000, reltuples=10_000)))
    lost = observe(RESET, analyzed(0, analyzed_at=None, reltuples=10_000, relpages=9), levels={level.name: level})
    level = level_of(lost)
    assert (level.rows, level.source) == (10_000, "planner")
    now = observe(RESET, analyzed(4_900, inserted=0), levels={level.name: level})
    assert (now.source, expected(level, now)) == ("live", Expected(rows=5_000, vouched=True))


def test_a_source_that_never_had_a_count_before_is_not_vouched_for() -> None:
    level = level_of(observe(STANDBY, analyzed(0, reltuples=10_000, relpages=9)))
    now = observe(SERVER, analyzed(1_000), levels={level.name: level})
    assert expected(level, now) == Expected(rows=10_000, vouched=False)


def test_the_sources_of_leaves_are_compared_leaf_by_leaf_and_new_leaves_expect_nothing() -> None:
    root = table(0, table="events", relkind="p")
    name = ("public", "events")
    level = level_of(
        observe(
            SERVER,
            root,
            analyzed(5_000, table="a", root=name, reltuples=4_000),
            table(700, table="b", root=name),
            table(20, table="gone", root=name),
        )
    )
    wiped = analyzed(0, table="a", root=name, reltuples=4_000, relpages=9, analyzed_at=None)
    now = observe(
        RESET, root, wiped, table(700, table="b", root=name), table(60, table="new", root=name), levels={name: level}
    )
    assert (now.source, now.rows) == ("planner", 4_760)
    assert expected(level, now) == Expected(rows=4_720, vouched=True)
