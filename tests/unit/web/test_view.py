"""What the page shows is decided without a template: the worst first, and never more than is known."""

from datetime import UTC, datetime, timedelta
from typing import get_args

import msgspec
import pytest

from watchdog.finding import Accepted, Coverage, Finding, FindingState, Remedy, Severity
from watchdog.rows.reading import Counted, Reading
from watchdog.schema.snapshot import Server
from watchdog.status import CheckName, CheckResult, DatabaseStatus, Outcome, StatusBoard
from watchdog.store.ledger import Event, EventName
from watchdog.web.spoken import Talk
from watchdog.web.view import FINDINGS_SHOWN, REFRESH_SECONDS, database_view, page_view

NOW = datetime(2025, 11, 17, 14, 31, 2, tzinfo=UTC)


def found(severity: Severity = Severity.CRITICAL, state: FindingState = "open", column: str = "c") -> Finding:
    return Finding(
        fingerprint=column,
        kind="column",
        identity=("public", "t", column),
        change="missing",
        expected="text",
        severity=severity,
        state=state,
        message=f"column public.t.{column} is missing",
        remedy=Remedy(
            before_sql="SET lock_timeout = '2s';\n",
            sql="ALTER TABLE t ADD c text;",
            verify_sql="SELECT 1",
            revert_sql="ALTER TABLE t DROP c;",
            safety="additive",
            lock="ACCESS EXCLUSIVE, brief",
            rewrites_table=True,
        ),
    )


def looked(
    outcome: Outcome = "ok",
    *findings: Finding,
    database: str = "production",
    check: CheckName = "schema",
    age: float = 0,
    reason: str | None = None,
    readings: tuple[Reading, ...] = (),
) -> CheckResult:
    return CheckResult(
        database=database,
        check=check,
        checked_at=NOW - timedelta(seconds=age),
        duration_seconds=0.2,
        outcome=outcome,
        server=Server(version_num=150018, in_recovery=True),
        findings=findings,
        coverage=Coverage(kinds=("column",), compared=7),
        reason=reason,
        readings=readings,
    )


def watched(*results: CheckResult, up: bool = True, name: str = "production") -> DatabaseStatus:
    board = StatusBoard()
    board.watch(name, {"schema": 300.0})
    for result in results:
        board.record(result)
    board.update(name, up=up)
    return board.databases[name]


@pytest.mark.parametrize(
    ("status", "tone", "label"),
    [
        (watched(up=False), "unknown", "Not checked yet"),
        (watched(looked()), "ok", "In order"),
        (watched(looked("unverified", reason="locked")), "unknown", "Not verified"),
        (watched(looked(), looked("unverified", reason="locked")), "unknown", "Not verified"),
        (watched(looked(age=781)), "unknown", "Not verified"),
        (watched(looked("unverified", reason="refused"), up=False), "critical", "Unreachable"),
        (watched(looked("drift", found(Severity.INFO))), "info", "1 info"),
        (watched(looked("drift", found(Severity.WARNING), found(column="d"))), "critical", "1 critical, 1 warning"),
        (watched(looked("drift", found(), found(state="accepted"))), "critical", "1 critical"),
        (watched(looked("drift", found(state="accepted"))), "ok", "In order"),
        (watched(looked("drift", found(state="accepted")), looked("unverified")), "unknown", "Not verified"),
        (watched(looked("drift", found()), looked("unverified"), up=False), "critical", "1 critical"),
    ],
)
def test_a_database_is_named_by_the_worst_that_is_known_of_it(status: DatabaseStatus, tone: str, label: str) -> None:
    view = database_view(status, NOW)

    assert (view.tone, view.label) == (tone, label)


def test_findings_that_could_not_be_verified_again_say_so() -> None:
    view = database_view(watched(looked("drift", found()), looked("unverified", reason="a lock"), up=False), NOW)

    assert view.headline == (
        "It does not answer now. Not verified again: schema: a lock. "
        "The findings stand from the last look that concluded something."
    )


def test_the_remedy_is_shown_as_it_is_to_be_pasted() -> None:
    (finding,) = database_view(watched(looked("drift", found())), NOW).findings

    assert finding.sql == "SET lock_timeout = '2s';\nALTER TABLE t ADD c text;"
    assert finding.notes == ("additive", "lock: ACCESS EXCLUSIVE, brief", "rewrites the table")
    assert (finding.verify_sql, finding.revert_sql) == ("SELECT 1", "ALTER TABLE t DROP c;")
    assert (finding.expected, finding.actual) == ("text", None)


def test_a_finding_without_remedy_has_no_sql() -> None:
    finding = msgspec.structs.replace(found(), remedy=None)

    (view,) = database_view(watched(looked("drift", finding)), NOW).findings

    assert (view.sql, view.verify_sql, view.revert_sql, view.notes) == ("", "", "", ())


def test_thousands_of_findings_are_cut_and_the_cut_is_told() -> None:
    many = tuple(found(column=f"c{number:05}") for number in range(FINDINGS_SHOWN + 7))

    view = database_view(watched(looked("drift", *many)), NOW)

    assert (len(view.findings), view.findings_left_out) == (FINDINGS_SHOWN, 7)
    assert view.label == "207 critical"


def rows_of(*results: CheckResult) -> tuple[list[tuple[str, str]], str]:
    board = StatusBoard()
    board.watch("production", {"rows": 60.0})
    for result in results:
        board.record(result)
    board.update("production", up=True, watched_tables=frozenset({("public", "z")}))
    view = database_view(board.databases["production"], NOW)
    return [(row.table, row.rows) for row in view.rows], view.rows_note


COUNTS = (
    Reading(schema="public", table="A b", rows=961567, source="live"),
    Reading(schema="public", table="u", rows=None, source="unknown", note="never analyzed"),
    Reading(schema="public", table="z", rows=0, source="exact"),
)


def test_watched_tables_come_first_and_unknown_is_not_zero() -> None:
    rows, note = rows_of(looked(check="rows", age=12, readings=COUNTS))

    assert rows == [("public.z", "0"), ('public."A b"', "961,567"), ("public.u", "unknown")]
    assert note == "Read 12 s ago."


def test_a_count_stands_with_when_it_was_made_and_how_new_the_newest_row_is() -> None:
    counted = Counted(1230, NOW - timedelta(hours=2))
    readings = (
        Reading(schema="s", table="a", rows=1230, source="exact", note="counted at 12:31 UTC", counted=counted),
        Reading(schema="s", table="b", rows=1235, source="live", note="5 inserted\nsince", counted=counted),
        Reading(schema="s", table="c", rows=7, source="live", newest_at=NOW - timedelta(minutes=12)),
    )

    rows = database_view(watched(looked(check="rows", readings=readings)), NOW).rows

    assert [(row.note, row.known) for row in rows] == [
        ("", ("counted 1,230 at 2025-11-17 12:31 UTC",)),
        ("5 inserted\\u000asince", ("counted 1,230 at 2025-11-17 12:31 UTC",)),
        ("", ("newest row 12 min ago",)),
    ]


def test_counts_of_an_earlier_look_are_called_old() -> None:
    rows, note = rows_of(
        looked(check="rows", age=300, readings=COUNTS), looked("unverified", check="rows", reason="refused")
    )

    assert len(rows) == 3
    assert note == "The last look failed: refused. These counts are 5 min old."


def test_no_rows_has_three_honest_reasons() -> None:
    assert rows_of() == ([], "Rows are not counted yet.")
    assert rows_of(looked(check="rows")) == ([], "Read just now. There is no table to count.")
    assert database_view(watched(), NOW).rows_note == "Rows are not counted on this database."


def test_before_the_first_look_nothing_is_claimed() -> None:
    view = database_view(watched(up=False), NOW)

    assert view.headline == "The first look has not ended. Nothing is known."
    assert view.coverage == ("Nothing was compared yet.",)
    assert [check.words for check in view.checks] == ["not checked yet"]


def test_the_worst_database_comes_first_and_gives_the_page_its_title() -> None:
    fine = watched(looked(database="a"), name="a")
    bad = watched(looked("drift", found(), database="b"), name="b")

    page = page_view([fine, bad], [], NOW)

    assert [view.name for view in page.databases] == ["b", "a"]
    assert (page.title, page.tone, page.refresh_seconds) == (
        "1 of 2 databases not in order",
        "critical",
        REFRESH_SECONDS,
    )
    assert page_view([fine], [], NOW, paused=True).refresh_seconds is None
    assert page_view([fine], [], NOW).title == "All in order"
    assert page_view([], None, NOW).title == "No database is watched yet"


def test_a_server_is_told_by_version_and_role() -> None:
    assert database_view(watched(looked()), NOW).facts == ("PostgreSQL 15.18, standby",)


def test_what_was_said_stands_with_the_finding_that_it_is_of() -> None:
    accepted = msgspec.structs.replace(
        found(state="accepted", column="borne"), accepted=Accepted(by="ada", reason="old\n", recorded_in="state")
    )
    said = Talk(said={"c": ("acknowledged by ada: on it",)}, silences=("everything until noon",))

    page = page_view([watched(looked("drift", found(), found(column="d"), accepted))], [], NOW, talk=said)

    assert {finding.message: finding.said for finding in page.databases[0].findings} == {
        "column public.t.c is missing": ("acknowledged by ada: on it",),
        "column public.t.d is missing": (),
        "column public.t.borne is missing": (
            "accepted by ada: old\\u000a (in the state only: `schema-watchdog alerts accepted`)",
        ),
    }
    assert page.silences == ("everything until noon",)
    assert page_view([], [], NOW, talk=None).silences is None


@pytest.mark.parametrize("event", get_args(EventName))
def test_every_event_has_a_tone_and_only_what_fires_is_alarming(event: EventName) -> None:
    past = Event(at=NOW, database="production", event=event, fingerprint="f", severity=Severity.CRITICAL, message="m")

    (view,) = page_view([], [past], NOW).events or ()

    assert view.event == event
    assert (view.tone == "critical") is (event == "firing")
