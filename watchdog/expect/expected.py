"""What a database should be like, by whatever says so."""

from datetime import datetime

import msgspec

from watchdog.finding import Finding, Origin
from watchdog.schema.snapshot import Snapshot


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """An expectation, and what its source says beside it.

    Attributes:
        snapshot: the schema that should be there now.
        captured_at: when it was captured, UTC; None where it was made for this look.
        origin: what a departure from it is called.
        findings: about the expectation itself, such as migrations that are pending or were edited.
        coming: what pending migrations bring, as findings that say that it is missing: no drift, but what mends one.
        tables: (schema, name) of tables that a migration tool keeps for itself, which nobody expects.
        notes: what this source cannot tell by its nature, one sentence each.
    """

    snapshot: Snapshot
    captured_at: datetime | None = None
    origin: Origin = "unknown"
    findings: tuple[Finding, ...] = ()
    coming: tuple[Finding, ...] = ()
    tables: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()

    def expects_nothing_of(self, finding: Finding) -> bool:
        """Whether it is about a tool's own table, what hangs on it, or the schema that the tool has made for it."""
        is_a_tools = finding.identity[:2] in self.tables
        made_for_it = finding.kind == "schema" and finding.change == "unexpected"
        return is_a_tools or (made_for_it and any(finding.identity == table[:1] for table in self.tables))
