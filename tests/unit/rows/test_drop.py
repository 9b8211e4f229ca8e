from collections.abc import Mapping
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.rows.samples import ANALYZED, RECOVERED, RESET, SERVER, STANDBY, START, Looks, analyzed, table
from watchdog.finding import Finding, Severity, Subject
from watchdog.rows.drop import accept
from watchdog.rows.facts import ServerFacts, TableFacts
from watchdog.rows.level import Name
from watchdog.rows.loss import Thresholds
from watchdog.rows.message import doubt

NAME = ("public", "user_signals")
TRUNCATED = {"relfilenode": 104588, "relpages": 0, "reltuples": -1}


def left(rows: int, of: int = 10_000, **facts: object) -> TableFacts:
    """The table after the rest of its rows was deleted."""
    return table(of, **{"live": rows, "deleted": of - rows, **facts})


def regrown(rows: int, after: int) -> TableFacts:
    """The table of 10,000 rows that was left with `after`, and then got new ones."""
    return table(10_000, live=rows, inserted=10_000 + rows - after, deleted=10_000 - after)


def rewritten(rows: int, of: int = 10_000) -> TableFacts:
    """The table in a new file that holds fewer rows by the statistics: how many are gone only a count can tell."""
    return table(of, live=rows, relfilenode=104588, relpages=of // 100 + 1)


def one(findings: tuple[Finding, ...]) -> Finding:
    [finding] = findings
    return finding


def test_the_first_look_finds_nothing_and_sets_the_level() -> None:
    looks = Looks()
    assert looks(table(10_000)).findings == ()
    assert (looks.levels[NAME].rows, looks.levels[NAME].source, looks.levels[NAME].at) == (10_000, "live", START)


def test_a_mass_delete_says_before_now_lost_since_when_and_why() -> None:
    looks = Looks()
    looks(table(10_000))
    finding = one(looks(left(1_000), counts={NAME: 1_000}).findings)
    assert finding.message == (
        "public.user_signals lost 9,000 of 10,000 rows (90 %) since 14:31 UTC: "
        "9,000 rows deleted; by live statistics, confirmed by count"
    )
    assert (finding.kind, finding.identity, finding.change, finding.attribute) == ("rows", NAME, "changed", "rows")
    assert (finding.expected, finding.actual, finding.severity) == ("10000", "1000", Severity.CRITICAL)
    assert finding.remedy is None


@pytest.mark.parametrize(
    ("before", "after", "severity"),
    [
        (10_000, 8_001, None),
        (10_000, 8_000, Severity.WARNING),
        (10_000, 5_001, Severity.WARNING),
        (10_000, 5_000, Severity.CRITICAL),
        (10_000, 0, Severity.CRITICAL),
        (400, 301, None),
        (400, 300, Severity.WARNING),
        (99, 1, None),
        (99, 0, Severity.CRITICAL),
        (1, 0, Severity.CRITICAL),
        (0, 0, None),
        (10_000, 20_000, None),
    ],
)
def test_severity_follows_the_thresholds_and_small_tables_are_only_checked_for_emptiness(
    before: int, after: int, severity: Severity | None
) -> None:
    looks = Looks()
    looks(table(before))
    now = left(after, of=before) if after <= before else table(after)
    findings = looks(now, counts={NAME: after}).findings
    assert [finding.severity for finding in findings] == ([severity] if severity else [])


def test_a_count_is_asked_for_only_where_rows_seem_lost_and_only_as_far_as_needed() -> None:
    looks = Looks()
    looks(table(10_000), table(700, table="quiet"))
    looks(left(1_000), table(700, table="quiet"), counts={NAME: 1_000})
    assert looks.floors == {NAME: 8_001}
    looks(left(1_000), table(700, table="quiet"))
    assert looks.floors == {}


def test_the_count_is_what_is_told_where_it_differs_from_the_statistics() -> None:
    looks = Looks()
    looks(table(10_000))
    finding = one(looks(rewritten(1_000), counts={NAME: 7_000}).findings)
    assert (finding.actual, finding.severity) == ("7000", Severity.WARNING)


def test_statistics_that_a_count_disproves_are_no_drop_and_are_not_counted_again() -> None:
    looks = Looks()
    looks(table(10_000))
    assert looks(rewritten(1_000), counts={NAME: 10_000}).findings == ()
    assert looks(rewritten(990), counts={NAME: 10_000}).findings == ()
    assert (looks.floors, looks.levels[NAME].rows) == ({}, 10_000)


def test_a_disproved_zero_is_not_counted_again() -> None:
    looks = Looks()
    looks(table(10_000))
    looks(rewritten(0), counts={NAME: 10_000})
    assert looks(rewritten(0), counts={NAME: 10_000}).findings == ()
    assert looks.floors == {}


def test_a_reading_that_was_disproved_once_is_believed_again_after_a_count_agreed() -> None:
    looks = Looks()
    looks(table(10_000))
    looks(rewritten(5_000), counts={NAME: 10_000})
    looks(rewritten(1_000), counts={NAME: 1_000})
    assert one(looks(rewritten(4_500)).findings).actual == "4500"


def test_a_disproved_reading_that_falls_on_is_counted_against_the_old_level() -> None:
    looks = Looks()
    looks(table(10_000))
    looks(rewritten(1_000), counts={NAME: 10_000})
    finding = one(looks(table(10_000, live=0, deleted=9_000), counts={NAME: 1_000}).findings)
    assert (finding.expected, finding.actual) == ("10000", "1000")


def test_what_cannot_be_confirmed_stays_a_warning_and_says_why() -> None:
    looks = Looks()
    looks(table(10_000))
    finding = one(looks(rewritten(1_000), refused="no SELECT privilege").findings)
    assert finding.severity is Severity.WARNING
    assert finding.message.endswith("; by live statistics, not confirmed: no SELECT privilege")


def test_deletes_that_account_for_the_loss_are_proof_without_a_count() -> None:
    looks = Looks()
    looks(table(10_000))
    finding = one(looks(left(1_000)).findings)
    assert finding.severity is Severity.CRITICAL
    assert finding.message.endswith("9,000 rows deleted; by live statistics, borne out by the catalogs")


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (analyzed(10_000, live=1_000, relfilenode=104588), "(relfilenode 24589 -> 104588); by live"),
        (analyzed(1_000, oid=7), "dropped and recreated (oid 24588 -> 7); by live"),
    ],
)
def test_a_cause_that_does_not_account_for_the_loss_is_told_but_is_no_proof(now: TableFacts, why: str) -> None:
    looks = Looks()
    looks(analyzed(10_000) if now.analyzed_at else table(10_000))
    finding = one(looks(now).findings)
    assert why in finding.message
    assert finding.severity is Severity.WARNING


def test_the_last_row_of_a_table_is_told_as_one() -> None:
    looks = Looks()
    looks(table(1))
    [finding] = looks(table(1, live=0, deleted=1)).findings
    assert "lost its only row since 14:31 UTC: 1 row deleted;" in finding.message


def test_truncate_is_proof_without_a_count() -> None:
    looks = Looks()
    looks(analyzed(10_000))
    finding = one(looks(analyzed(10_000, live=0, **TRUNCATED)).findings)
    assert finding.severity is Severity.CRITICAL
    assert "lost all 10,000 rows since 14:31 UTC: TRUNCATE or rewrite (relfilenode 24589 -> 104588)" in finding.message


def test_truncate_seen_before_its_counters_arrived_is_found_with_its_cause_at_the_next_look() -> None:
    looks = Looks()
    looks(analyzed(10_000))
    early = looks(analyzed(10_000, **TRUNCATED))
    assert (early.findings, early.unseen) == ((), (Subject("rows", NAME, ("rows",)),))
    assert "TRUNCATE" in one(looks(analyzed(10_000, live=0, **TRUNCATED)).findings).message


def test_truncate_whose_counters_arrive_after_its_file_was_taken_for_a_rewritten_one_is_found() -> None:
    looks = Looks()
    looks(analyzed(10_000))
    for _ in range(3):
        assert looks(analyzed(10_000, **TRUNCATED)).findings == ()
    finding = one(looks(analyzed(10_000, live=0, **TRUNCATED)).findings)
    assert (finding.severity, finding.actual) == (Severity.CRITICAL, "0")
    assert "TRUNCATE, told late" in finding.message


def test_a_table_that_was_dropped_and_recreated_empty_lost_its_rows() -> None:
    looks = Looks()
    looks(table(10_000))
    looks()
    finding = one(looks(table(0, oid=30_000, relfilenode=30_000)).findings)
    assert "dropped and recreated (oid 24588 -> 30000)" in finding.message
    assert finding.severity is Severity.CRITICAL


def test_a_table_that_vanished_is_no_row_drop_and_keeps_its_level() -> None:
    looks = Looks()
    looks(table(10_000))
    verdict = looks()
    assert (verdict.findings, verdict.unseen, looks.levels[NAME].rows) == ((), (), 10_000)


@pytest.mark.parametrize("server", [RESET, RECOVERED, STANDBY])
@pytest.mark.parametrize("before", [table(10_000), analyzed(10_000)], ids=["never analysed", "analysed"])
def test_lost_statistics_are_no_lost_rows(server: ServerFacts, before: TableFacts) -> None:
    looks = Looks()
    looks(before)
    wiped = msgspec.structs.replace(before, live=0, inserted=0, deleted=0, analyzed_at=None)
    refilled = msgspec.structs.replace(wiped, live=30, inserted=30)
    for now in (wiped, refilled, refilled):
        verdict = looks(now, server=server)
        # Where not even the planner knows, a count is asked for; refused, it is no drop.
        assert (verdict.findings, looks.floors) == ((), {NAME: 8_001} if before.analyzed_at is None else {})


def test_live_statistics_that_come_back_lower_than_the_planner_are_no_drop() -> None:
    looks = Looks()
    looks(analyzed(5_000, reltuples=10_000))
    looks(analyzed(0, reltuples=10_000, relpages=99, analyzed_at=None), server=RESET)
    later = analyzed(5_000, inserted=0, analyzed_at=START + timedelta(minutes=2))
    assert looks(later, server=RESET, counts={NAME: 5_000}).findings == ()


def test_a_loss_behind_lost_statistics_is_found_when_an_analyze_shows_it() -> None:
    looks = Looks()
    looks(analyzed(10_000))
    looks(analyzed(0, reltuples=10_000, relpages=99, analyzed_at=None), server=RECOVERED)
    later = analyzed(1_000, inserted=0, analyzed_at=START + timedelta(minutes=2))
    finding = one(looks(later, server=RECOVERED, counts={NAME: 1_000}).findings)
    assert (finding.expected, finding.actual, finding.severity) == ("10000", "1000", Severity.CRITICAL)


def test_the_first_live_count_after_a_planners_is_a_drop_only_by_count() -> None:
    standby, promoted = analyzed(0, reltuples=10_000, relpages=99), analyzed(1_000)
    looks = Looks()
    looks(standby, server=STANDBY)
    assert looks(promoted).findings == ()
    assert looks.levels[NAME].rows == 1_000
    looks = Looks()
    looks(standby, server=STANDBY)
    assert one(looks(promoted, counts={NAME: 1_000}).findings).severity is Severity.CRITICAL


def test_the_first_live_count_waits_for_a_count_that_may_succeed_later() -> None:
    looks = Looks()
    looks(analyzed(0, reltuples=10_000, relpages=99), server=STANDBY)
    verdict = looks(analyzed(1_000), refused="the table is locked", again=True)
    assert (verdict.findings, verdict.unseen) == ((), (Subject("rows", NAME, ("rows",)),))
    assert one(looks(analyzed(1_000), counts={NAME: 1_000}).findings).expected == "10000"


def test_an_open_drop_is_measured_against_the_level_before_it_until_it_is_back_within_half() -> None:
    looks = Looks()
    looks(table(10_000))
    looks(left(7_500), counts={NAME: 7_500})
    for rows in (7_501, 8_500, 8_999):
        finding = one(looks(regrown(rows, after=7_500)).findings)
        assert (finding.expected, finding.actual, finding.severity) == ("10000", str(rows), Severity.WARNING)
    assert looks(regrown(9_000, after=7_500)).findings == ()
    assert looks.levels[NAME].rows == 9_000


def test_a_small_table_that_was_emptied_is_back_with_half_of_its_rows() -> None:
    looks = Looks()
    looks(table(30))
    assert one(looks(left(0, of=30)).findings).severity is Severity.CRITICAL
    assert one(looks(table(44, live=14, deleted=30)).findings).expected == "30"
    assert looks(table(45, live=15, deleted=30)).findings == ()


def test_a_drop_that_gets_worse_stays_the_same_finding_and_is_counted_once_more() -> None:
    looks = Looks()
    looks(table(10_000))
    first = one(looks(rewritten(7_000), counts={NAME: 7_000}).findings)
    second = one(looks(rewritten(1_000), counts={NAME: 1_000}).findings)
    assert looks.floors == {NAME: 5_001}
    assert (first.severity, second.severity) == (Severity.WARNING, Severity.CRITICAL)
    assert first.fingerprint == second.fingerprint


def test_a_worsening_that_a_count_disproves_leaves_the_warning_as_it_was() -> None:
    looks = Looks()
    looks(table(10_000))
    first = one(looks(rewritten(7_000), counts={NAME: 7_000}).findings)
    assert one(looks(rewritten(1_000), counts={NAME: 7_000}).findings) == first
    assert one(looks(rewritten(999), counts={NAME: 7_000}).findings) == first
    assert looks.floors == {}


def test_a_critical_drop_eases_only_within_half_of_its_threshold() -> None:
    looks = Looks()
    looks(table(10_000))
    looks(left(4_000), counts={NAME: 4_000})
    assert one(looks(regrown(7_499, after=4_000)).findings).severity is Severity.CRITICAL
    assert one(looks(regrown(7_500, after=4_000)).findings).severity is Severity.WARNING


def test_an_unconfirmed_drop_is_counted_again_and_ends_when_the_count_disproves_it() -> None:
    looks = Looks()
    looks(table(10_000))
    one(looks(rewritten(1_000), refused="no SELECT privilege").findings)
    assert looks(rewritten(1_000), counts={NAME: 10_000}).findings == ()
    assert looks.levels[NAME].rows == 10_000


def test_what_the_catalogs_do_not_bear_out_waits_for_the_count_that_may_come_and_says_so() -> None:
    looks = Looks()
    looks(table(10_000))
    verdict = looks(rewritten(1_000), refused="the table is locked", again=True)
    assert (verdict.findings, verdict.unseen) == ((), (Subject("rows", NAME, ("rows",)),))
    assert verdict.doubts == ("public.user_signals may have lost rows, and is not counted yet: the table is locked",)
    assert one(looks(rewritten(1_000), counts={NAME: 1_000}).findings).severity is Severity.CRITICAL


def test_an_unconfirmed_warning_becomes_critical_when_a_count_confirms_it() -> None:
    looks = Looks()
    looks(table(10_000))
    assert one(looks(rewritten(1_000)).findings).severity is Severity.WARNING
    assert one(looks(rewritten(1_000), counts={NAME: 1_000}).findings).severity is Severity.CRITICAL


def test_an_unconfirmed_drop_of_one_row_ends_when_the_count_finds_it() -> None:
    looks = Looks()
    looks(table(1))
    one(looks(rewritten(0, of=1)).findings)
    assert looks(rewritten(0, of=1), counts={NAME: 1}).findings == ()
    assert looks.levels[NAME].rows == 1


def test_an_unknown_reading_neither_alerts_nor_resolves_nor_moves_the_level() -> None:
    looks = Looks()
    looks(table(10_000))
    told = looks(left(1_000), counts={NAME: 1_000}).findings
    verdict = looks(table(3), server=RESET)
    assert (verdict.findings, verdict.unseen) == (told, (Subject("rows", NAME, ("rows",)),))
    assert looks.levels[NAME].rows == 10_000


EMPTIED = table(0, unlogged=True)


def test_rows_that_are_unknown_are_counted_and_their_loss_is_told() -> None:
    looks = Looks()
    looks(table(10_000, unlogged=True))
    verdict = looks(EMPTIED, server=RECOVERED, counts={NAME: 0})
    finding = one(verdict.findings)
    assert (finding.severity, finding.expected, finding.actual) == (Severity.CRITICAL, "10000", "0")
    assert finding.message.endswith("by no reading, confirmed by count")
    assert (verdict.unseen, verdict.unknown) == ((), ())

    verdict = looks(EMPTIED, server=RECOVERED)
    assert (verdict.findings, looks.floors) == ((finding,), {}), "nothing moved, so nothing is counted again"

    refilled = table(9_500, unlogged=True, relpages=9)
    assert looks(refilled, server=RECOVERED, counts={NAME: 9_500}).findings == ()
    assert looks.levels[NAME].rows == 10_000


def test_rows_that_are_unknown_and_were_counted_to_be_there_are_counted_again_only_when_something_moved() -> None:
    looks = Looks()
    looks(table(10_000))
    for now, server, counted in [
        (table(0), RESET, True),
        (table(0), RESET, False),
        (table(0, deleted=1), RESET, True),
        (table(0, deleted=1, relfilenode=3), RESET, True),
        (table(0, deleted=1, relfilenode=3), RESET, False),
        (table(0, deleted=1, relfilenode=3), RECOVERED, True),
    ]:
        verdict = looks(now, server=server, counts={NAME: 10_000})
        assert looks.floors == ({NAME: 8_001} if counted else {})
        assert (verdict.findings, verdict.unknown) == ((), ())
    assert one(looks(table(0, deleted=9_000), server=RECOVERED, counts={NAME: 1_000}).findings).actual == "1000"


@pytest.mark.parametrize("again", [True, False])
def test_rows_that_are_unknown_and_cannot_be_counted_are_in_doubt(*, again: bool) -> None:
    looks = Looks()
    looks(table(10_000))
    for _ in range(2):
        verdict = looks(table(0), server=RESET, again=again)
        assert looks.floors == {NAME: 8_001}
        assert [each.name for each in verdict.unknown] == [NAME]
        assert doubt(verdict.unknown).startswith("the rows of public.user_signals are unknown: ")
    assert looks(table(0, may_select=False), server=RESET).unknown != ()
    assert looks.floors == {}
    assert looks(analyzed(10_000), server=RESET).unknown == ()


def test_a_table_without_rows_to_lose_is_in_no_doubt() -> None:
    looks = Looks()
    looks(table(0))
    assert looks(table(0, relfilenode=3, relpages=2), server=RESET).unknown == ()
    assert looks.floors == {}


def test_a_loss_that_was_counted_for_want_of_a_reading_ends_by_live_statistics_and_by_a_persons_word() -> None:
    for end_by_hand in (False, True):
        looks = Looks()
        looks(table(10_000))
        one(looks(table(0), server=RESET, counts={NAME: 1_000}).findings)
        if end_by_hand:
            looks.levels = {NAME: accept(looks.levels[NAME])}
            assert looks(table(0), server=RESET, counts={NAME: 1_000}).findings == ()
            assert looks.levels[NAME].rows == 1_000
        else:
            assert looks(analyzed(10_000), server=RESET).findings == ()


def test_an_open_drop_of_a_table_that_vanished_is_unseen_until_the_table_is_back_or_the_drop_accepted() -> None:
    looks = Looks()
    looks(table(10_000))
    looks(left(1_000), counts={NAME: 1_000})
    for _ in range(2):
        assert looks().unseen == (Subject("rows", NAME),)
    dropped = looks.levels
    verdict = looks(table(10_000, oid=30_000, relfilenode=30_000), counts={NAME: 10_000})
    assert (verdict.findings, verdict.unseen) == ((), ())
    looks.levels = {NAME: accept(dropped[NAME])}
    assert looks().unseen == ()


def test_a_stale_planners_count_does_not_resolve_what_live_statistics_showed() -> None:
    looks = Looks()
    looks(analyzed(10_000))
    told = looks(analyzed(10_000, live=1_000, deleted=9_000), counts={NAME: 1_000}).findings
    wiped = analyzed(10_000, live=0, inserted=0, analyzed_at=None)
    verdict = looks(wiped, server=RESET)
    assert (verdict.findings, verdict.unseen) == (told, (Subject("rows", NAME, ("rows",)),))
    assert looks.floors == {NAME: 9_000}
    assert looks(wiped, server=RESET, counts={NAME: 9_000}).findings == ()


def test_a_lesser_source_that_a_count_agreed_with_once_does_not_end_the_drop_alone() -> None:
    looks = Looks()
    looks(analyzed(10_000))
    looks(analyzed(10_000, live=7_000, deleted=3_000), counts={NAME: 7_000})
    wiped = analyzed(10_000, live=0, inserted=0, analyzed_at=None, reltuples=900)
    assert one(looks(wiped, server=RESET, counts={NAME: 1_000}).findings).actual == "1000"
    verdict = looks(msgspec.structs.replace(wiped, reltuples=10_000), server=RESET)
    assert (one(verdict.findings).actual, verdict.unseen) == ("1000", (Subject("rows", NAME, ("rows",)),))


def test_a_detached_partition_is_a_loss_of_the_root_with_its_name() -> None:
    root, name = table(0, table="events", relkind="p"), ("public", "events")
    older, newer = table(700, table="2025-10", root=name), table(300, table="2025-11", root=name, oid=2)
    looks = Looks()
    looks(root, older, newer)
    finding = one(looks(root, newer, msgspec.structs.replace(older, root=None)).findings)
    assert finding.message == (
        'public.events lost 700 of 1,000 rows (70 %) since 14:31 UTC: partition public."2025-10" was detached: '
        'it is public."2025-10" now with 700 rows; by live statistics, borne out by the catalogs'
    )
    assert finding.severity is Severity.CRITICAL


def test_many_lost_partitions_are_not_all_named() -> None:
    root, name = table(0, table="events", relkind="p"), ("public", "events")
    looks = Looks()
    looks(root, *(table(100, table=f"p{number}", root=name, oid=number + 1) for number in range(20)))
    message = one(looks(root).findings).message
    assert message.count("was dropped") == 3
    assert "the same or the like of 17 more partitions" in message


def test_another_cluster_is_named_as_the_cause_and_proves_nothing() -> None:
    other = msgspec.structs.replace(SERVER, system_identifier="1")
    looks = Looks()
    looks(analyzed(10_000))
    finding = one(looks(analyzed(1_000, oid=1, relfilenode=1), server=other).findings)
    assert (
        "since 14:31 UTC: another server answers, or it was restored: its system identifier changed; by live"
        in finding.message
    )
    assert finding.severity is Severity.WARNING


@pytest.mark.parametrize(
    ("then", "now", "words"),
    [
        ((1, 5_000), (2, 6_000), ": restored or failed over (timeline 1 -> 2); "),
        ((1, 5_000), (2, 4_000), ": the server went back to an earlier state, "),
        ((1, 5_000), (1, 6_000), ": 9,000 rows deleted; "),
        ((None, None), (2, 4_000), ": 9,000 rows deleted; "),
    ],
)
def test_a_restore_and_a_failover_are_among_the_causes(
    then: tuple[int | None, int | None], now: tuple[int | None, int | None], words: str
) -> None:
    before, after = (
        msgspec.structs.replace(SERVER, timeline=timeline, wal_position=position) for timeline, position in (then, now)
    )
    looks = Looks()
    looks(table(10_000), server=before)
    assert words in one(looks(left(1_000), server=after, counts={NAME: 1_000}).findings).message


@pytest.mark.parametrize("hostile", ['a"b', "a\nb", "<script>", "%s{}", "🦀", "user", "x" * 63])
def test_a_hostile_name_stays_on_one_line_and_is_told_as_it_is_stored(hostile: str) -> None:
    looks = Looks()
    looks(table(10, table=hostile))
    finding = one(looks(left(0, of=10, table=hostile)).findings)
    assert finding.identity == ("public", hostile)
    assert finding.message.isprintable()
    assert finding.message.startswith("public.")


def test_a_drop_of_yesterday_tells_its_day() -> None:
    looks = Looks()
    looks(table(10_000))
    looks.at += timedelta(days=1)
    assert "since 2025-11-17 14:31 UTC" in one(looks(left(1_000)).findings).message


def test_an_accepted_drop_is_the_new_level() -> None:
    looks = Looks()
    looks(table(10_000))
    looks(left(1_000), counts={NAME: 1_000})
    looks.levels = {NAME: accept(looks.levels[NAME])}
    assert looks(left(1_000)).findings == ()
    assert one(looks(left(0)).findings).expected == "1000"


@pytest.mark.parametrize("after", [1, 90])
def test_an_accepted_drop_is_not_told_again_when_the_estimate_learns_what_the_count_had_seen(after: int) -> None:
    looks = Looks()
    standing = analyzed(10_000)
    looks(standing, server=STANDBY)
    # Of 9,733 deletes the estimate has seen less than a half.
    estimate = msgspec.structs.replace(standing, reltuples=6_000)
    assert one(looks(estimate, server=STANDBY, counts={NAME: 267}).findings).actual == "267"
    looks.levels = {NAME: accept(looks.levels[NAME])}
    for _ in range(after):
        assert looks(estimate, server=STANDBY, counts={NAME: 267}).findings == ()
    vacuumed = msgspec.structs.replace(estimate, reltuples=267)
    assert looks(vacuumed, server=STANDBY, counts={NAME: 267}).findings == ()
    less = msgspec.structs.replace(estimate, reltuples=100)
    assert one(looks(less, server=STANDBY, counts={NAME: 100}).findings).expected == "267"


@pytest.mark.parametrize("after", [1, 90])
@pytest.mark.parametrize("counts", [None, {NAME: 1_000}])
def test_an_estimate_that_takes_over_does_not_bring_back_what_is_known_to_have_gone(
    after: int, counts: Mapping[Name, int] | None
) -> None:
    looks = Looks()
    standing = analyzed(10_000)
    looks(standing)
    one(looks(msgspec.structs.replace(standing, live=1_000, deleted=9_000), counts=counts).findings)
    looks.levels = {NAME: accept(looks.levels[NAME])}
    reset = msgspec.structs.replace(standing, live=0, inserted=0, analyzed_at=None)
    for _ in range(after):
        assert looks(reset, server=RESET, counts=counts).findings == ()
    vacuumed = msgspec.structs.replace(reset, reltuples=1_000, maintained=1)
    assert looks(vacuumed, server=RESET, counts=counts).findings == ()
    # What it learns counts again.
    grown = msgspec.structs.replace(reset, reltuples=5_000, maintained=2)
    assert looks(grown, server=RESET).findings == ()
    looks.at += timedelta(hours=2)
    again = looks(vacuumed, server=RESET, counts={NAME: 1_000}).findings
    assert (one(again).expected, one(again).actual) == ("5000", "1000")


def test_an_estimate_that_takes_over_is_believed_where_it_is_newer_than_the_level() -> None:
    looks = Looks()
    looks(analyzed(1_000))
    loaded = analyzed(90_000, live=0, inserted=0, analyzed_at=None)
    assert looks(loaded, server=RESET).findings == ()
    looks.at += timedelta(hours=2)
    lost = msgspec.structs.replace(loaded, reltuples=40_000)
    assert one(looks(lost, server=RESET, counts={NAME: 40_000}).findings).expected == "90000"


def test_thresholds_are_the_callers() -> None:
    looks = Looks(Thresholds(warn_percent=5, warn_rows=10, critical_percent=90))
    looks(table(1_000))
    assert one(looks(left(950, of=1_000), counts={NAME: 950}).findings).severity is Severity.WARNING


FACTS = st.builds(
    lambda live, pages, planner, counters, node, seen: table(
        live,
        relpages=pages,
        reltuples=planner,
        inserted=counters[0],
        deleted=counters[1],
        relfilenode=node,
        analyzed_at=ANALYZED if seen else None,
    ),
    st.integers(0, 3_000),
    st.integers(0, 3),
    st.integers(-1, 3_000),
    st.tuples(st.integers(0, 3_000), st.integers(0, 3_000)),
    st.integers(1, 2),
    st.booleans(),
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(FACTS, st.sampled_from([SERVER, RESET, RECOVERED, STANDBY])), max_size=6), st.integers(0, 3_000)
)
def test_whatever_the_statistics_say_a_role_that_may_count_is_never_told_of_a_loss_that_is_none(
    looked: list[tuple[TableFacts, ServerFacts]], rows: int
) -> None:
    looks = Looks()
    looks(table(rows))
    for facts, server in looked:
        level = looks.levels[NAME].rows
        for finding in looks(facts, server=server, counts={NAME: max(rows, level)}).findings:
            pytest.fail(f"the table always held {max(rows, level)} rows: {finding.message}")


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 10**6), st.integers(0, 10**6))
def test_a_loss_beyond_the_threshold_is_always_found_and_a_smaller_one_never(before: int, lost: int) -> None:
    lost = min(lost, before)
    looks = Looks()
    looks(table(before))
    found = looks(left(before - lost, of=before), counts={NAME: before - lost}).findings
    assert bool(found) is (lost >= Thresholds().warn(before))


def test_an_estimate_of_long_ago_is_no_height_that_a_fall_is_told_from() -> None:
    looks = Looks()
    looks(table(0))
    emptied = table(0, relpages=0, reltuples=0, inserted=1, relfilenode=2, analyzed_at=ANALYZED)
    for facts in (table(0, relpages=1, reltuples=1, relfilenode=1), emptied, emptied):
        assert looks(facts, server=RESET, counts={NAME: 0}).findings == ()


def test_an_estimate_that_falls_beyond_what_was_deleted_leaves_an_open_drop_as_it_was_counted() -> None:
    looks = Looks()
    looks(analyzed(31_700))
    lost = analyzed(31_700, live=22_700, deleted=9_000)
    told = one(looks(lost, counts={NAME: 22_700}).findings)
    assert (told.actual, "lost 9,000 of 31,700 rows (28 %)" in told.message) == ("22700", True)
    vacuumed = analyzed(31_700, live=16_274, deleted=9_000, maintained=1)
    after = one(looks(vacuumed).findings)
    assert (after.actual, after.severity) == ("22700", Severity.WARNING)
    assert "lost 9,000 of 31,700 rows (28 %)" in after.message
    more = one(looks(analyzed(31_700, live=14_000, deleted=12_000, maintained=1)).findings)
    assert (more.actual, "confirmed by count of 22,700 rows before" in more.message) == ("19700", True)
