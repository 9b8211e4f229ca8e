"""A set of verdicts: drift with all that a finding can carry, a look in part, one that failed, and a sound one."""

from datetime import UTC, date, datetime

import msgspec

from tests.unit.alerts.samples import add_column, finding
from tests.unit.schema.samples import SERVER
from watchdog.finding import Accepted, Coverage, Finding, Location, Severity, Subject
from watchdog.status import Outcome
from watchdog.status.report import Report

NOON = datetime(2025, 11, 17, 12, 0, tzinfo=UTC)
COVERAGE = Coverage(kinds=("relation", "column"), compared=12)
# All that may break out of a line, an element, a code span, a fence, a comment, a command or a direction of writing.
HOSTILE = (
    "evil\n::error::smuggled\r\n##[error]x ]]> --> </details></failure> `one` ```` four | pipe "
    "<script>alert(1)</script> &amp; \"q\" 'q' @org/team #1 https://evil.example [a](https://evil.example) ![i](x) "
    "$x$ {0} %0A%25 \\ \x00\x01\x1b[31m\x85\u2028\u202ertl\ufffe" + "🦊" * 63
)

MISSING = msgspec.structs.replace(
    finding(message="column public.sealed_epochs.token_group is missing", remedy=add_column("sealed_epochs")),
    components=("milo-aggregator", "milo-api"),
    origin="pending-migration",
    locations=(Location("src/epochs.ts", 12), Location("db/migrations/007_groups.sql", 3)),
)
DEFAULT = msgspec.structs.replace(
    finding("public", "orders", "state", change="changed", severity=Severity.WARNING),
    attribute="default",
    expected="'new'",
    actual="'open'",
    message="the default of public.orders.state is 'open' instead of 'new'",
)
INDEX = finding("public", "orders_by_day", kind="index", severity=Severity.INFO, state="in_transition")
EXTRA = msgspec.structs.replace(
    finding("public", "scratch", kind="relation", change="unexpected", severity=Severity.CRITICAL, state="accepted"),
    accepted=Accepted(by="ada", reason="gone by Christmas", until=date(2025, 12, 24), recorded_in="state"),
)


def verdict(
    *findings: Finding,
    database: str = "production",
    status: Outcome = "drift",
    reason: str | None = None,
    coverage: Coverage = COVERAGE,
) -> Report:
    return Report(
        status=status,
        database=database,
        checked_at=NOON,
        server=SERVER,
        findings=findings,
        coverage=coverage,
        reason=reason,
    )


REPORTS = (
    verdict(MISSING, EXTRA, DEFAULT, INDEX),
    verdict(
        finding("public", "carts", kind="relation", severity=Severity.WARNING),
        database="shop",
        reason="rows: 2 tables are locked and could not be counted",
        coverage=Coverage(kinds=("relation",), compared=3, stale=(Subject("relation", ("public", "payments")),)),
    ),
    msgspec.structs.replace(
        verdict(
            database="staging",
            status="unverified",
            reason="no connection to db:5432/staging as watcher: refused",
            coverage=Coverage(),
        ),
        server=None,
        checked_at=None,
    ),
    verdict(database="archive", status="ok"),
)

_HOSTILE_REMEDY = msgspec.structs.replace(
    add_column("t"), sql='ALTER TABLE t ADD "a\n::error::b\n</details>````" int;', safety=HOSTILE, lock=HOSTILE
)
HOSTILE_FINDING = msgspec.structs.replace(
    finding(HOSTILE, HOSTILE, message=HOSTILE, remedy=_HOSTILE_REMEDY),
    expected=HOSTILE,
    actual=HOSTILE,
    components=(HOSTILE,),
    locations=(Location(HOSTILE, 7),),
)
HOSTILE_REPORT = verdict(
    HOSTILE_FINDING,
    database=HOSTILE,
    reason=HOSTILE,
    coverage=Coverage(kinds=("relation",), compared=1, stale=(Subject("relation", (HOSTILE,)),), in_flight=(HOSTILE,)),
)
