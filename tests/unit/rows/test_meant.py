from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
import pytest

from tests.unit.rows.samples import SERVER, START, Looks, table
from watchdog.finding import Severity
from watchdog.rows.facts import TableFacts
from watchdog.rows.terms import MeantDrop, Terms

NAME = ("public", "user_signals")


def window(opens: datetime, lasts: timedelta = timedelta(hours=1)) -> Callable[[datetime, datetime], datetime | None]:
    def opened(since: datetime, until: datetime) -> datetime | None:
        return opens if opens <= until and since <= opens + lasts else None

    return opened


def drop(*, percent: float | None = None, rows: int | None = None, partitions: int | None = None) -> MeantDrop:
    return MeantDrop(opened=window(START), percent=percent, rows=rows, partitions=partitions, reason="hourly retention")


def left(rows: int, of: int = 10_000) -> TableFacts:
    return table(of, live=rows, deleted=of - rows)


def watched(*drops: MeantDrop) -> Looks:
    looks = Looks(terms=Terms(meant=drops))
    looks(table(10_000))
    return looks


def test_what_a_retention_job_may_delete_is_no_finding_and_the_new_level() -> None:
    looks = watched(drop(percent=15))
    for rows in (9_500, 9_000, 8_500):
        assert looks(left(rows), counts={NAME: rows}).findings == ()
    assert looks.levels[NAME].rows == 8_500


def test_a_retention_job_that_deletes_more_than_it_may_is_told_even_below_the_threshold() -> None:
    looks = watched(drop(percent=15))
    assert looks(left(9_000), counts={NAME: 9_000}).findings == ()
    [finding] = looks(left(8_400), counts={NAME: 8_400}).findings
    assert finding.severity is Severity.WARNING
    assert finding.message == (
        "public.user_signals lost 1,600 of 10,000 rows (16 %) since 14:31 UTC: 1,600 rows deleted, more than the 15 % "
        "that may go by hourly retention; by live statistics, confirmed by count"
    )


def test_what_went_beyond_a_declaration_is_told_so_as_long_as_it_is_open() -> None:
    looks = Looks(terms=Terms(meant=(drop(percent=15),)))
    looks.at = START + timedelta(minutes=10)
    looks(table(10_000))
    assert looks(left(9_000), counts={NAME: 9_000}).findings == ()
    assert len(looks(left(8_400), counts={NAME: 8_400}).findings) == 1
    looks.at = START + timedelta(hours=3)
    [finding] = looks(left(8_300), counts={NAME: 8_300}).findings
    # Not since the window opened, when nobody had seen the table yet.
    assert finding.message.startswith(
        "public.user_signals lost 1,700 of 10,000 rows (17 %) since 14:41 UTC: 1,700 rows deleted, more than the 15 % "
        "that may go by hourly retention; "
    )


def test_what_went_beyond_a_declaration_is_open_until_half_of_what_may_go_is_missing() -> None:
    looks = watched(drop(percent=2))
    for rows, told in ((9_700, 1), (9_700, 1), (9_899, 1), (9_900, 0)):
        back = table(10_000, live=rows, inserted=rows + 300, deleted=300)
        assert len(looks(back, counts={NAME: rows}).findings) == told, rows


def test_what_is_brought_back_after_a_job_went_too_far_is_no_load_whose_loss_would_be_undoing_it() -> None:
    looks = watched(drop(percent=40))
    assert looks(left(7_000), counts={NAME: 7_000}).findings == ()
    assert len(looks(left(4_000), counts={NAME: 4_000}).findings) == 1
    looks.terms = Terms()
    assert looks(table(10_000, inserted=16_000, deleted=6_000), counts={NAME: 10_000}).findings == ()
    again = table(7_000, inserted=16_000, deleted=9_000)
    assert len(looks(again, counts={NAME: 7_000}).findings) == 1


def test_a_bound_in_rows_and_the_tighter_of_two() -> None:
    looks = watched(drop(rows=100, percent=50))
    assert looks(left(9_900), counts={NAME: 9_900}).findings == ()
    assert len(looks(left(9_899), counts={NAME: 9_899}).findings) == 1


def test_outside_its_window_a_retention_job_excuses_nothing() -> None:
    looks = watched(drop(percent=50))
    looks.at += timedelta(hours=2)
    looks(table(10_000))
    assert len(looks(left(6_000), counts={NAME: 6_000}).findings) == 1


def test_what_a_job_did_is_seen_a_look_later() -> None:
    looks = Looks(terms=Terms(meant=(drop(percent=50),)))
    looks.at = START + timedelta(minutes=59)
    looks(table(10_000))
    looks.at = START + timedelta(minutes=65)
    assert looks(left(6_000), counts={NAME: 6_000}).findings == ()


def test_maintenance_excuses_all() -> None:
    looks = watched(MeantDrop(opened=window(START), mutes=True))
    assert looks(left(0), counts={NAME: 0}).findings == ()


def test_many_windows_that_were_used_to_the_full_are_no_slow_bleeding() -> None:
    looks = Looks()
    looks.every = timedelta(minutes=30)
    looks(table(10_000))
    rows = 10_000
    for _ in range(30):
        looks.terms = Terms(meant=(MeantDrop(opened=window(looks.at), percent=10),))
        rows = rows * 9 // 10 + 1
        assert looks(left(rows), counts={NAME: rows}).findings == ()
        looks.terms = Terms()
        assert looks(left(rows), counts={NAME: rows}).findings == ()


ROOT, PARTS = table(0, table="events", relkind="p"), ("public", "events")


def leaf(number: int) -> TableFacts:
    return table(1_000, table=f"p{number}", root=PARTS, oid=number + 1)


@pytest.mark.parametrize("gone", [1, 2])
def test_partitions_may_go_up_to_a_number(gone: int) -> None:
    looks = Looks(terms=Terms(meant=(drop(partitions=1),)))
    looks(ROOT, *map(leaf, range(4)))
    findings = looks(ROOT, *map(leaf, range(gone, 4)), counts={PARTS: 4_000 - 1_000 * gone}).findings
    assert bool(findings) is (gone > 1)


def test_rows_that_go_beside_a_partition_that_may_are_judged_as_ever() -> None:
    looks = Looks(terms=Terms(meant=(drop(partitions=1),)))
    looks(ROOT, *map(leaf, range(4)))
    bled = msgspec.structs.replace(leaf(1), live=100, deleted=900)
    [finding] = looks(ROOT, bled, leaf(2), leaf(3), counts={PARTS: 2_100}).findings
    assert (finding.expected, finding.actual) == ("4000", "2100")


def nightly(since: datetime, until: datetime) -> datetime | None:
    midnight = until.replace(hour=0, minute=0)
    return midnight if since <= midnight + timedelta(hours=1) else None


@pytest.mark.parametrize(("nights", "gone", "told"), [(1, 1_000, 0), (3, 2_700, 0), (3, 2_900, 1), (1, 2_700, 1)])
def test_what_went_while_nobody_could_tell_is_measured_by_all_windows_of_that_time(
    nights: int, gone: int, told: int
) -> None:
    looks = watched(MeantDrop(opened=nightly, percent=10, reason="nightly"))
    looks.every = timedelta(hours=12)
    blind = msgspec.structs.replace(SERVER, track_counts=False)
    for _ in range(2 * nights):
        looks(left(10_000 - gone), server=blind)
    for _ in range(2):  # and within the same window
        looks.every = timedelta(minutes=5)
        assert len(looks(left(10_000 - gone), counts={NAME: 10_000 - gone}).findings) == told
