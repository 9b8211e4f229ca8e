from datetime import UTC, datetime

import msgspec
import pytest

from tests.unit.alerts.samples import HOSTILE, add_column, finding
from tests.unit.schema.samples import SERVER
from watchdog.cli.text import MOST_NAMED, remedy_text, report_text
from watchdog.finding import Coverage, Finding, Severity, Subject
from watchdog.schema.snapshot import Server
from watchdog.status import Outcome
from watchdog.status.report import Report


def report(
    *findings: Finding,
    status: Outcome = "drift",
    coverage: Coverage = Coverage(kinds=("relation", "column"), compared=12),  # noqa: B008 frozen
    server: Server | None = SERVER,
    reason: str | None = None,
) -> Report:
    return Report(
        status=status,
        database="production",
        checked_at=datetime(2025, 11, 17, tzinfo=UTC),
        server=server,
        findings=findings,
        coverage=coverage,
        reason=reason,
    )


def test_the_verdict_stands_first_with_the_server_it_speaks_of() -> None:
    assert report_text(report(status="ok")).splitlines()[0] == "production: no drift (PostgreSQL 18.6)"
    standby = Server(version_num=150018, in_recovery=True)
    first = report_text(report(status="unverified", server=standby, reason="2 objects are locked")).splitlines()[0]
    assert first == "production: could not be verified (PostgreSQL 15.18, standby): 2 objects are locked"
    first = report_text(report(status="ok", reason="rows: the rows of public.t are unknown")).splitlines()[0]
    assert first == "production: no drift (PostgreSQL 18.6); but not verified: rows: the rows of public.t are unknown"
    assert report_text(report(status="unverified", server=None)).splitlines()[0] == "production: could not be verified"
    first = report_text(report(finding(kind="migration"), status="ok")).splitlines()[0]
    assert first == "production: no drift, migrations are pending (PostgreSQL 18.6)"


def test_a_finding_says_how_bad_it_is_what_it_is_and_its_fingerprint() -> None:
    one = finding(message="column public.t.c is missing", severity=Severity.WARNING)
    lines = report_text(report(one)).splitlines()
    assert "WARNING  column public.t.c is missing" in lines
    assert f"    fingerprint {one.fingerprint} (column, missing)" in lines


def test_a_finding_says_by_which_kind_and_attribute_a_pattern_takes_it() -> None:
    one = msgspec.structs.replace(finding(kind="relation", change="changed"), attribute="privileges")
    assert f"    fingerprint {one.fingerprint} (relation, privileges)" in report_text(report(one)).splitlines()


def test_a_remedy_comes_with_all_that_must_be_known_before_pasting_it() -> None:
    assert remedy_text(add_column("sealed_epochs")) == (
        "-- additive\n"
        "-- lock: ACCESS EXCLUSIVE, brief; rewrites the table: no\n"
        "SET lock_timeout = '3s';\n"
        "ALTER TABLE public.sealed_epochs\n"
        "  ADD COLUMN IF NOT EXISTS token_group character varying(10) DEFAULT 'milo';\n"
        "-- check:\n"
        "SELECT count(*) FROM public.sealed_epochs WHERE token_group IS NULL;\n"
        "-- way back:\n"
        "--   ALTER TABLE public.sealed_epochs DROP COLUMN token_group;"
    )
    assert "ALTER TABLE public.sealed_epochs" in report_text(report(finding(remedy=add_column("sealed_epochs"))))


def test_sql_keeps_the_lines_that_a_literal_spans() -> None:
    remedy = msgspec.structs.replace(add_column("t"), sql="ALTER TABLE t ALTER c SET DEFAULT 'one\ntwo';")
    assert "SET DEFAULT 'one\ntwo';" in report_text(report(finding(remedy=remedy)))


@pytest.mark.parametrize("char", ["\x1b", "\t", "\r", "\u00a0", "\u202e", "\u2028", "\u3000"])
@pytest.mark.parametrize("field", ["before_sql", "sql", "verify_sql", "revert_sql"])
def test_sql_that_pasting_would_change_is_not_shown_and_nothing_stands_in_its_place(field: str, char: str) -> None:
    remedy = msgspec.structs.replace(add_column("t"), **{field: f"SELECT 'a{char}b'"})
    lines = remedy_text(remedy).split("\n")
    assert all(line.startswith("--") and line.isprintable() for line in lines), lines
    assert "--format json" in lines[-1]


def test_a_warning_stays_a_comment_whatever_name_is_in_it() -> None:
    remedy = msgspec.structs.replace(add_column("t"), safety='additive; needs "a\nDROP TABLE b" first')
    assert remedy_text(remedy).split("\n")[0] == '-- additive; needs "a\\u000aDROP TABLE b" first'


def test_the_coverage_says_what_the_verdict_cannot_speak_for() -> None:
    text = report_text(
        report(
            coverage=Coverage(
                kinds=("relation", "column"),
                compared=12,
                unmodelled={"cast": 2, "rule": 1},
                hidden=(Subject("relation", ("s", "secret"), ("owner", "options")),),
                stale=(
                    Subject("relation", ("public", 'My "table"')),
                    Subject("view", ("public", "v"), reason="cache lookup\nfailed"),
                ),
                not_in_baseline=("policy", "column.identity"),
            )
        )
    )
    assert text.splitlines()[-6:] == [
        "compared: 12 objects of 2 kinds (relation, column)",
        "not compared, of kinds not known here: 2 cast, 1 rule",
        "not spoken of by what is expected, so not compared: policy, column.identity",
        'not read, locked by another session: relation public."My ""table"""',
        "not read, the server cannot render it: view public.v: cache lookup\\u000afailed",
        "not visible to this role: relation s.secret (owner, options)",
    ]


def test_what_is_whole_is_not_spoken_of() -> None:
    assert report_text(report(status="ok")).splitlines()[-1].startswith("compared: ")


def test_a_verdict_on_nothing_does_not_say_what_it_compared() -> None:
    text = report_text(report(status="unverified", coverage=Coverage(), server=None, reason="no baseline"))
    assert text == "production: could not be verified: no baseline"


def test_many_locked_objects_are_named_in_part_and_counted() -> None:
    stale = tuple(Subject("relation", ("public", f"t{number}")) for number in range(MOST_NAMED + 5))
    last = report_text(report(coverage=Coverage(stale=stale))).splitlines()[-1]
    assert last.endswith(f"relation public.t{MOST_NAMED - 1} and 5 more")


def test_a_hostile_name_stays_on_its_line() -> None:
    text = report_text(report(coverage=Coverage(stale=(Subject("relation", (HOSTILE, HOSTILE)),))))
    assert all(line.isprintable() for line in text.split("\n"))
    assert len(text.split("\n")) == len(
        report_text(report(coverage=Coverage(stale=(Subject("a", ("b",)),)))).split("\n")
    )
