"""`rows` as it is read in a terminal: a table a line, and below it what there is to say."""

from datetime import UTC, datetime, timedelta

from tests.unit.alerts.samples import HOSTILE, finding
from watchdog.cli.text import rows_text
from watchdog.rows.reading import Counted, Reading
from watchdog.status import CheckResult

NOW = datetime(2025, 11, 17, 14, 31, tzinfo=UTC)
EARLIER = NOW - timedelta(hours=26)


def looked(*readings: Reading, reason: str | None = None) -> CheckResult:
    lost = finding("public", "b", kind="rows", message="public.b lost rows")
    return CheckResult(
        database="production",
        check="rows",
        checked_at=NOW,
        duration_seconds=0.1,
        outcome="drift",
        findings=(lost,),
        readings=readings,
        reason=reason,
    )


def test_the_columns_stand_below_each_other_and_the_words_below_their_table() -> None:
    result = looked(
        Reading(schema="public", table="a", rows=1230, source="exact", note="counted", counted=Counted(1230, EARLIER)),
        Reading(schema="public", table="b", rows=0, source="live", note="a note", newest_at=NOW - timedelta(hours=3)),
        Reading(schema="public", table="c", rows=None, source="unknown"),
    )

    assert rows_text(result, {("public", "a"): "▁▂█"}).splitlines() == [
        "production: 3 tables",
        "  table        rows  source   last day  counted (UTC)",
        "  public.a    1,230  exact         ▁▂█  2025-11-16 12:31",
        "  public.b        0  live               never",
        "      CRITICAL: public.b lost rows",
        "      a note",
        "      newest value: 3 h old, of 2025-11-17 11:31:00 UTC",
        "  public.c  unknown  unknown            never",
    ]


def test_a_table_that_was_counted_again_is_compared_with_the_count_before() -> None:
    same, fewer = (
        Reading(
            schema="public",
            table="c",
            rows=rows,
            source="exact",
            counted=Counted(rows, NOW),
            counted_before=Counted(1230, EARLIER),
        )
        for rows in (1230, 1000)
    )

    assert "counted now: unchanged since 2025-11-16 12:31 UTC" in rows_text(looked(same), {})
    assert "counted now: 230 fewer than 2025-11-16 12:31 UTC" in rows_text(looked(fewer), {})


def test_what_could_not_be_verified_is_said_first_also_where_nothing_could_be_read() -> None:
    assert rows_text(looked(reason="the server is gone"), {}).splitlines() == [
        "production: 0 tables",
        "  not verified: the server is gone",
    ]


def test_a_long_name_moves_its_own_line_alone() -> None:
    long = Reading(schema="public", table="t" * 60, rows=1, source="live")
    short = Reading(schema="public", table="t", rows=1, source="live")

    lines = rows_text(looked(long, short), {}).splitlines()

    assert [line.split()[:3] for line in lines[2:]] == [
        [f"public.{'t' * 60}", "1", "live"],
        ["public.t", "1", "live"],
    ]
    assert len(lines[3]) < 60 < len(lines[2])


def test_every_name_and_note_stays_on_its_line() -> None:
    hostile = Reading(schema=HOSTILE, table=HOSTILE, rows=1, source="live", note=HOSTILE)

    assert len(rows_text(looked(hostile, reason=HOSTILE), {}).splitlines()) == 5
