"""What follows from the facts of a server by themselves."""

from datetime import timedelta

import msgspec

from tests.unit.rows.samples import BOOT, SERVER, START


def test_the_statistics_began_when_they_were_last_wiped() -> None:
    later = BOOT + timedelta(days=1)
    for stats_reset_at, shared_reset_at, since in [
        (None, None, BOOT),
        (None, later, later),
        (BOOT, later, later),
        (later, BOOT, later),
        # A clean restart keeps the statistics.
        (None, BOOT - timedelta(days=9), BOOT - timedelta(days=9)),
    ]:
        facts = msgspec.structs.replace(SERVER, stats_reset_at=stats_reset_at, shared_reset_at=shared_reset_at)
        assert facts.statistics_since == since


def test_a_timeline_parts_the_statistics_of_two_looks_and_a_position_in_the_wal_or_an_unknown_timeline_does_not() -> (
    None
):
    then = msgspec.structs.replace(SERVER, timeline=1, wal_position=10)
    now = msgspec.structs.replace(then, wal_position=20, started_at=START)
    assert now.same_statistics(then)
    assert msgspec.structs.replace(now, timeline=None).same_statistics(then)
    # A standby whose files were copied from its primary has the times of that, too.
    assert not msgspec.structs.replace(now, timeline=2).same_statistics(then)
