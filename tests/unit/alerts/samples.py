"""Findings to tell people about."""

from datetime import UTC, datetime

from watchdog.alerts.alert import Alert, Message, Standing
from watchdog.finding import ChangeKind, Finding, FindingState, Remedy, Severity, fingerprint

NOON = datetime(2025, 11, 17, 12, 0, tzinfo=UTC)
HOSTILE = (
    "<!channel> \"quoted\" 'single'; DROP TABLE x;-- \n\r\t\x00\x1b[31m %s {} {0} "
    "`code` ```fence``` &amp; <script> 🦊\u202e"
)


def finding(
    *identity: str,
    kind: str = "column",
    change: ChangeKind = "missing",
    severity: Severity = Severity.CRITICAL,
    message: str | None = None,
    state: FindingState = "open",
    remedy: Remedy | None = None,
) -> Finding:
    names = identity or ("public", "sealed_epochs", "token_group")
    return Finding(
        fingerprint=fingerprint("production", kind, names, change, None),
        kind=kind,
        identity=names,
        change=change,
        severity=severity,
        state=state,
        message=message or f"{kind} {'.'.join(names)} is {change}",
        remedy=remedy,
    )


def add_column(table: str) -> Remedy:
    return Remedy(
        before_sql="SET lock_timeout = '3s';",
        sql=f"ALTER TABLE public.{table}\n  ADD COLUMN IF NOT EXISTS token_group character varying(10) DEFAULT 'milo';",
        verify_sql=f"SELECT count(*) FROM public.{table} WHERE token_group IS NULL;",
        revert_sql=f"ALTER TABLE public.{table} DROP COLUMN token_group;",
        safety="additive",
        lock="ACCESS EXCLUSIVE, brief",
        rewrites_table=False,
    )


def alert(told: Finding, since: datetime = NOON) -> Alert:
    return Alert(finding=told, since=since)


def standing(found: Finding, database: str = "production", check: str = "schema", since: datetime = NOON) -> Standing:
    return Standing(database=database, check=check, alert=alert(found, since))


def firing(*findings: Finding, line: str = "production: 1 critical") -> Message:
    return Message(
        status="firing", database="production", message=line, findings=findings or (finding(),), sent_at=NOON
    )


def resolved(*findings: Finding, line: str = "production: resolved: 1 critical") -> Message:
    return Message(
        status="resolved", database="production", message=line, findings=findings or (finding(),), sent_at=NOON
    )
