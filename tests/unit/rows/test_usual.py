import math
import random
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.rows.samples import START
from watchdog.rows.history import HOUR, Point
from watchdog.rows.usual import Break, Usual, ratio, usual

NOON = START.replace(hour=12, minute=0)
WEEKS = 24 * 7


def hours(count: int, rows: Callable[[int], tuple[int, int]], deleted: int = 0) -> list[Point]:
    """The hours before NOON, the i-th of them with its lowest and highest rows."""
    points = []
    for index in range(count):
        low, high = rows(index - count)
        points.append(Point(at=NOON + (index - count) * HOUR, rows=high, low=low, high=high, deleted=deleted))
    return points


def asked(points: list[Point], since: datetime = NOON - HOUR / 2, at: datetime = NOON) -> Usual:
    return usual(points, at, since)


def test_without_a_history_nothing_is_usual_and_nothing_is_known() -> None:
    assert asked([]) == Usual()


def test_a_table_that_is_purged_every_hour_may_fall_so_after_a_day_and_no_deeper() -> None:
    purged = asked(hours(24, lambda _: (100, 1_000)))
    assert ratio(100, 1_000) >= purged.quick > ratio(50, 1_000)
    assert asked(hours(13, lambda _: (100, 1_000))).quick == 0


def test_what_is_left_of_a_hundredth_is_as_good_as_nothing() -> None:
    leaves_some = asked(hours(24, lambda hour: (20 + hour % 3, 17_000)))
    assert ratio(0, 17_000) >= leaves_some.quick
    assert ratio(0, 17_000) == pytest.approx(ratio(0, 10**9))


def test_a_nightly_purge_is_usual_at_its_hour_and_at_no_other() -> None:
    nightly = hours(24 * 10, lambda hour: (100, 1_000) if hour % 24 == 0 else (1_000, 1_000))
    assert asked(nightly).quick <= ratio(100, 1_000)
    later = [*nightly, *(Point(at=NOON + hour * HOUR, rows=1_000, low=1_000, high=1_000) for hour in range(5))]
    assert asked(later, at=NOON + 5 * HOUR, since=NOON + 4 * HOUR).quick > ratio(800, 1_000)


def test_what_falls_at_other_hours_of_the_day_widens_nothing_once_this_hour_is_known() -> None:
    swings = hours(24 * 8, lambda hour: (800, 1_000) if hour % 24 in range(6, 18) else (1_000, 1_000))
    assert asked(swings).quick > ratio(800, 1_000)
    assert asked(swings[-24 * 2 :]).quick < ratio(800, 1_000), "of two days all hours are one kind"


def test_a_weekly_purge_is_usual_after_three_weeks_at_its_hour() -> None:
    weekly = hours(3 * WEEKS, lambda hour: (100, 1_000) if hour % WEEKS == 0 else (1_000, 1_000))
    assert asked(weekly).quick <= ratio(100, 1_000)
    assert asked(weekly[WEEKS:]).quick > ratio(800, 1_000)


def test_a_weekend_is_usual_after_three_weeks_and_a_loss_within_it_is_not() -> None:
    def shop(hour: int) -> tuple[int, int]:
        day = (hour // 24) % 7
        rows = 500 if day in {0, 1} else 1_000
        return rows, rows

    known = asked(hours(4 * WEEKS, shop), since=NOON - timedelta(days=2))
    assert known.slow is not None
    assert ratio(500, 1_000) >= known.slow > ratio(400, 1_000)
    assert asked(hours(2 * WEEKS, shop)).slow is None


def test_what_falls_at_any_hour_of_most_days_is_restless() -> None:
    chance = random.Random(4)  # noqa: S311 a case, not a secret
    falls = {(day, chance.randrange(24)) for day in range(21)}
    queue = hours(21 * 24, lambda hour: (0, 50) if ((hour + 504) // 24, hour % 24) in falls else (40, 50))
    assert asked(queue).quick <= ratio(0, 50)
    thrice = {(day, hour) for day, hour in falls if day < 3}
    calm = hours(21 * 24, lambda hour: (0, 50) if ((hour + 504) // 24, hour % 24) in thrice else (40, 50))
    assert asked(calm).quick > ratio(10, 50)


def test_what_is_emptied_at_any_hour_of_each_day_may_be_seen_a_little_emptier_than_ever() -> None:
    chance = random.Random(5)  # noqa: S311 a case, not a secret
    left = {(day, chance.randrange(24)): chance.randint(20, 90) for day in range(21)}

    def staging(hour: int) -> tuple[int, int]:
        return left.get(((hour + 504) // 24, hour % 24), 900), 1_000

    assert asked(hours(21 * 24, staging)).quick <= ratio(1, 1_000)
    sound = hours(21 * 24, lambda hour: (800 if staging(hour)[0] < 100 else 900, 1_000))
    assert asked(sound).quick > ratio(600, 1_000)


def test_one_loss_among_quiet_hours_does_not_make_the_next_one_usual() -> None:
    once = hours(20, lambda hour: (100, 1_000) if hour == -5 else (1_000, 1_000))
    assert asked(once).quick > ratio(800, 1_000)


def test_an_accepted_drop_trains_nothing_and_ends_the_heights_of_before() -> None:
    dropped = hours(4 * WEEKS, lambda hour: (1_000, 1_000) if hour < -30 else (200, 200))
    breaks = (Break(NOON - 30 * HOUR, NOON - 20 * HOUR, 1_000),)
    after = usual(dropped, NOON, NOON - HOUR, breaks)
    assert after.slow is not None
    assert after.slow > ratio(150, 200)


def test_the_pace_of_deletes_is_of_the_hours_before_the_fall() -> None:
    points = hours(48, lambda _: (1_000, 1_000), deleted=10)
    assert asked(points).gone == pytest.approx(10, abs=0.5)
    mass = Point(at=NOON - HOUR, rows=1_000, low=1_000, high=1_000, deleted=10**6)
    assert asked([*points[:-1], mass], since=NOON - HOUR).gone == pytest.approx(10, abs=0.5)
    assert asked(points[30:]).gone is None


def test_an_hour_without_a_point_stood_as_the_one_before() -> None:
    sparse = [Point(at=NOON - 4 * WEEKS * HOUR, rows=1_000, low=1_000, high=1_000)]
    slow = asked(sparse, since=NOON - HOUR).slow
    assert slow is not None
    assert slow > ratio(800, 1_000)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)), max_size=400), st.integers(0, 400))
def test_whatever_was_read_the_answer_is_finite_and_never_above_zero(read: list[tuple[int, int]], since: int) -> None:
    points = hours(len(read), lambda hour: (min(read[hour]), max(read[hour])))
    known = usual(points, NOON, NOON - since * HOUR)
    for depth in (known.quick, known.slow if known.slow is not None else 0.0):
        assert math.isfinite(depth)
        assert depth <= 0
