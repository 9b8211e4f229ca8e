from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.rows.samples import START
from watchdog.rows.peak import MOST_PEAKS, WINDOW, Peak, highest, pushed, shifted

STEPS = st.lists(st.tuples(st.integers(1, 60), st.integers(0, 1_000)), min_size=1, max_size=60)


@given(STEPS)
def test_the_highest_of_a_week_is_kept_to_the_row(steps: list[tuple[int, int]]) -> None:
    at, seen = START, []
    peaks: tuple[Peak, ...] = ()
    for hours, rows in steps:
        at += timedelta(hours=hours)
        peaks = pushed(peaks, Peak(at, rows, 0))
        seen.append((at, rows))
        window = [height for then, height in seen if at - then <= WINDOW]
        found = highest(peaks, at - WINDOW)
        assert found is not None
        assert found.rows <= max(window)
        if len(peaks) < MOST_PEAKS:
            assert found.rows == max(window)
        assert list(peaks) == sorted(peaks, key=lambda peak: (-peak.rows, peak.at))
        assert len(peaks) <= MOST_PEAKS


def test_a_table_that_grows_has_one_peak_and_a_slow_fall_keeps_where_it_began() -> None:
    peaks: tuple[Peak, ...] = ()
    for hour in range(50):
        peaks = pushed(peaks, Peak(START + timedelta(hours=hour), 1_000 + hour, 0))
    assert len(peaks) == 1
    for hour in range(50, 100):
        peaks = pushed(peaks, Peak(START + timedelta(hours=hour), 1_049 - hour, hour))
    first = highest(peaks, START)
    assert first == Peak(START + timedelta(hours=49), 1_049, 0)


def test_heights_that_were_estimates_move_with_them_and_never_below_nothing() -> None:
    peaks = (Peak(START, 100, 0), Peak(START, 10, 0))
    assert [peak.rows for peak in shifted(peaks, -20)] == [80, 0]
    assert [peak.rows for peak in shifted(peaks, 5)] == [105, 15]
