"""Falls by small steps, silent falls, and falls that a table makes by itself."""

from datetime import timedelta

import msgspec
import pytest

from tests.unit.rows.samples import SERVER, START, Looks, analyzed, table
from watchdog.finding import Finding, Severity
from watchdog.rows.drop import accept
from watchdog.rows.usual import Break

NAME = ("public", "user_signals")
HOUR = timedelta(hours=1)


class Table:
    """A table whose rows come and go, looked at hour by hour."""

    def __init__(self, rows: int, deleted: int = 0) -> None:
        self.rows = rows
        self.inserted = rows + deleted
        self.deleted = deleted
        self.looks = Looks()
        self.looks.every = HOUR
        self.told: list[Finding] = []

    def hour(self, *, gone: int = 0, came: int = 0) -> list[Finding]:
        """An hour later; returns what is open then."""
        self.rows += came - gone
        self.inserted += came
        self.deleted += gone
        now = table(self.inserted, live=self.rows, inserted=self.inserted, deleted=self.deleted)
        self.told = list(self.looks(now, counts={NAME: self.rows}).findings)
        return self.told


def test_a_slow_bleeding_is_found_once_it_took_a_fifth_and_says_since_when() -> None:
    bled = Table(10_000)
    for _ in range(48):
        assert bled.hour() == []
    began = bled.looks.at - HOUR
    for hour in range(19):
        assert bled.hour(gone=100) == [], hour
    [finding] = bled.hour(gone=100)
    assert finding.message == (
        f"public.user_signals lost 2,000 of 10,000 rows (20 %) since {began:%Y-%m-%d %H:%M} UTC: 2,000 rows deleted; "
        "by live statistics, confirmed by count"
    )
    [finding] = bled.hour(gone=3_000)
    assert (finding.expected, finding.actual, finding.severity) == ("10000", "5000", Severity.CRITICAL)
    assert bled.hour(came=4_500) == []


def test_a_fifteenth_at_each_look_is_found_in_the_first_hours_of_all() -> None:
    bled = Table(10_000)
    bled.looks.every = timedelta(minutes=10)
    bled.hour()
    assert bled.hour(gone=1_500) == []
    assert len(bled.hour(gone=1_500)) == 1


def test_a_table_that_grows_as_fast_as_it_bleeds_has_lost_nothing() -> None:
    steady = Table(10_000)
    for _ in range(72):
        assert steady.hour(gone=200, came=200) == []


def test_of_a_table_that_loses_as_much_as_it_gets_only_what_is_less_counts_while_little_is_known() -> None:
    for deleted_before, told in ((100_000, False), (0, True)):
        churned = Table(10_000, deleted=deleted_before)
        churned.hour()
        assert bool(churned.hour(gone=2_000, came=400)) is told


def test_deletes_that_were_rolled_back_have_taken_nothing() -> None:
    rolled_back = Table(10_000)
    rolled_back.hour()
    rolled_back.deleted += 6_000
    assert rolled_back.hour() == []
    assert rolled_back.looks.levels[NAME].track.removed == 0


@pytest.mark.parametrize("wrong_by", [90, -30])
@pytest.mark.parametrize(("more", "told"), [(0, False), (99, False), (134, True)])
def test_a_load_is_undone_by_what_it_brought_though_an_estimate_was_put_right_beside_it(
    *, wrong_by: int, more: int, told: bool
) -> None:
    known = Table(400, deleted=wrong_by)
    for _ in range(30):
        known.hour()
    known.rows += wrong_by  # found by an ANALYZE
    assert known.hour(came=1_346) == []
    assert bool(known.hour(gone=1_346 + more)) is told


def test_a_load_is_undone_though_an_estimate_was_put_right_beside_its_end() -> None:
    known = Table(10_000)
    for _ in range(30):
        known.hour()
    assert known.hour(came=12_000) == []
    # 40 of them never were there; and nobody may count.
    undone = analyzed(9_960, inserted=known.inserted, deleted=12_000, maintained=1)
    for _ in range(3):
        assert known.looks(undone).findings == ()
        assert known.looks.levels[NAME].rows == 9_960


def test_a_load_that_was_rolled_back_before_it_was_made_excuses_no_loss() -> None:
    known = Table(10_000)
    for _ in range(30):
        known.hour()
    known.inserted += 12_000  # rolled back
    assert known.hour(came=12_000) == []
    assert len(known.hour(gone=19_000)) == 1


@pytest.mark.parametrize(("gone", "told"), [(12_000, False), (9_000, True)])
def test_a_load_is_undone_though_the_table_grew_unseen_before_it(*, gone: int, told: bool) -> None:
    known = Table(10_000)
    for _ in range(30):
        known.hour()
    reset = msgspec.structs.replace(SERVER, stats_reset_at=known.looks.at)
    known.looks(analyzed(10_000, live=0, inserted=0), server=reset)
    loaded = analyzed(23_000, live=23_000, inserted=0, analyzed_at=known.looks.at)
    assert known.looks(loaded, server=reset, counts={NAME: 23_000}).findings == ()
    undone = analyzed(23_000, live=23_000 - gone, inserted=0, deleted=gone, analyzed_at=known.looks.at)
    assert bool(known.looks(undone, server=reset, counts={NAME: 23_000 - gone}).findings) is told


def test_a_load_is_undone_though_the_table_grew_meanwhile() -> None:
    known = Table(400_000)
    known.looks.every = timedelta(minutes=20)
    for _ in range(90):
        known.hour(came=300)
    assert known.hour(came=400_000) == []
    assert known.hour(came=300) == []
    assert known.hour(gone=400_000, came=300) == []


def test_what_falls_at_its_own_pace_is_not_told_before_three_weeks_are_known() -> None:
    sessions = Table(10_000)
    for _ in range(48):
        assert sessions.hour(gone=500, came=500) == []
    for _ in range(14):
        assert sessions.hour(gone=500, came=0) == []


def test_an_hourly_purge_that_nobody_declared_is_told_until_it_is_known() -> None:
    staging = Table(1_000)
    staging.looks.every = HOUR / 6
    told = []
    for hour in range(40):
        for _ in range(5):
            staging.hour(came=180)
        if staging.hour(gone=900):
            told.append(hour)
    assert 0 < max(told) < 16


def test_a_load_that_is_deleted_again_within_the_hour_is_no_loss_and_what_goes_with_it_is() -> None:
    for gone, losses in ((5_000, 0), (9_000, 1)):
        loaded = Table(10_000)
        loaded.looks.every = HOUR / 6
        loaded.hour()
        assert loaded.hour(came=5_000) == []
        assert len(loaded.hour(gone=gone)) == losses
        for _ in range(12):
            assert len(loaded.hour()) == losses


def test_half_of_what_was_loaded_is_a_loss_also_where_there_was_nothing_before() -> None:
    for before in (0, 10_000):
        loaded = Table(before)
        loaded.looks.every = HOUR / 6
        loaded.hour()
        assert loaded.hour(came=100_000) == []
        assert len(loaded.hour(gone=50_000)) == 1


def test_what_was_brought_back_is_no_load_so_that_its_second_loss_is_told_too() -> None:
    table = Table(10_000)
    table.looks.every = HOUR / 6
    table.hour()
    for _ in range(2):
        assert len(table.hour(gone=5_000)) == 1
        assert table.hour(came=5_000) == []


def test_a_queue_is_emptied_all_day_long() -> None:
    queue = Table(50, deleted=5_000_000)
    for _ in range(30):
        assert queue.hour(gone=50) == []
        assert queue.hour(came=50) == []
    other = Table(50)
    other.hour()
    assert len(other.hour(gone=50)) == 1


def test_an_estimate_that_falls_alone_is_no_loss_whether_it_can_be_counted_or_not() -> None:
    for counts in (None, {NAME: 7_000}):
        looks = Looks()
        looks(analyzed(10_000, inserted=7_000))
        for _ in range(4):
            assert looks(analyzed(7_000, inserted=7_000, maintained=1), counts=counts).findings == ()
        assert looks.levels[NAME].rows == 7_000


def test_deletes_that_are_told_after_an_analyze_saw_that_they_are_gone_are_found() -> None:
    looks = Looks()
    looks(table(10_000))
    seen = analyzed(7_000, inserted=10_000, maintained=1)
    assert looks(seen, counts={NAME: 7_000}).findings == ()
    late = analyzed(7_000, live=4_000, inserted=10_000, deleted=3_000, maintained=1)
    [finding] = looks(late, counts={NAME: 7_000}).findings
    assert (finding.expected, finding.actual) == ("10000", "7000")


def test_after_an_estimate_was_put_right_the_height_before_it_is_no_measure() -> None:
    looks = Looks()
    looks(analyzed(14_000, inserted=10_000))
    for _ in range(3):
        right = analyzed(10_000, inserted=10_000, maintained=1)
        assert looks(right, counts={NAME: 10_000}).findings == ()
    since = looks.at - timedelta(minutes=1)
    less = analyzed(10_000, live=7_000, deleted=3_000, maintained=1)
    [finding] = looks(less, counts={NAME: 7_000}).findings
    assert f"lost 3,000 of 10,000 rows (30 %) since {since:%H:%M} UTC" in finding.message


def test_a_loss_from_a_count_that_was_twice_too_high_is_as_bad_as_it_is() -> None:
    looks = Looks()
    looks(analyzed(10_000, live=20_000))
    [finding] = looks(analyzed(10_000, live=10_800, deleted=9_200), counts={NAME: 800}).findings
    assert (finding.expected, finding.actual, finding.severity) == ("10000", "800", Severity.CRITICAL)


def test_after_an_accepted_drop_the_height_of_before_is_no_measure() -> None:
    bled = Table(10_000)
    bled.hour()
    assert len(bled.hour(gone=4_000)) == 1
    bled.looks.levels = {NAME: accept(bled.looks.levels[NAME])}
    for _ in range(30):
        assert bled.hour() == []
    assert bled.looks.levels[NAME].track.breaks == (Break(START, START + HOUR, 10_000),)


def test_what_was_accepted_is_a_height_that_the_table_may_not_fall_from_by_steps() -> None:
    bled = Table(10_000)
    bled.looks.every = HOUR / 6
    bled.hour()
    assert len(bled.hour(gone=5_000)) == 1
    bled.looks.levels = {NAME: accept(bled.looks.levels[NAME])}
    assert bled.hour(gone=700) == []
    [finding] = bled.hour(gone=600)
    assert (finding.expected, finding.actual) == ("5000", "3700")


@pytest.mark.parametrize("declared", [5, 50])
def test_thresholds_of_one_table_are_its_own(declared: int) -> None:
    bled = Table(10_000)
    bled.looks = Looks()
    bled.looks.terms = bled.looks.terms.__class__(
        thresholds=bled.looks.terms.thresholds.__class__(warn_percent=declared, warn_rows=1)
    )
    bled.hour()
    assert bool(bled.hour(gone=600)) is (declared == 5)
