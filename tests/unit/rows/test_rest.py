"""What needs no case: the same follows as if one had been made."""

import msgspec
from hypothesis import event, given
from hypothesis import strategies as st

from tests.unit.rows.samples import SERVER, Looks, table
from watchdog.rows.case import case_of
from watchdog.rows.drop import floor, next_level, step
from watchdog.rows.facts import TableFacts
from watchdog.rows.flow import followed
from watchdog.rows.label import label
from watchdog.rows.loss import Thresholds
from watchdog.rows.rest import is_whole

NAMES = st.sampled_from(["came", "went", "rolled back", "analysed", "truncated"])
STEPS = st.lists(st.tuples(NAMES, st.integers(0, 400)), max_size=8)
THRESHOLDS = st.sampled_from([Thresholds(), Thresholds(warn_percent=1, warn_rows=1)])


@given(STEPS, THRESHOLDS, st.sampled_from([0, 50, 1_000]))
def test_a_table_without_a_case_is_followed_as_one_with_a_case_would_be(
    steps: list[tuple[str, int]], thresholds: Thresholds, rows: int
) -> None:
    looks, facts = Looks(thresholds), table(rows)
    for name, number in [("came", 0), *steps]:
        facts = moved(facts, name, number)
        for level in looks.levels.values():
            [now] = label(SERVER, [facts], looks.levels, looks.at)
            if not is_whole(level, now, looks.terms):
                continue
            event(f"whole after: {name}")
            case = case_of(level, now, None, looks.terms, {now.parts[0].oid: now})
            assert (case.is_loss, floor(case), step(case)) == (False, None, "follow")
            assert next_level("production", case, "follow") == followed(level, now, looks.terms)
        looks(facts)


def moved(facts: TableFacts, name: str, number: int) -> TableFacts:
    went = min(number, facts.live)
    changes: dict[str, dict[str, int]] = {
        "came": {"live": facts.live + number, "inserted": facts.inserted + number},
        "went": {"live": facts.live - went, "deleted": facts.deleted + went},
        "rolled back": {"inserted": facts.inserted + number, "deleted": facts.deleted + number},
        "analysed": {"live": max(facts.live + 200 - number, 0), "maintained": facts.maintained + 1},
        "truncated": {"live": 0, "relfilenode": facts.relfilenode + 1},
    }
    return msgspec.structs.replace(facts, **changes[name])
