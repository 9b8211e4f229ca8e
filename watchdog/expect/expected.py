"""What a database should be like, by whatever says so."""

from datetime import datetime

import msgspec

from watchdog.finding import Finding, Origin
from watchdog.schema.snapshot import ObjectId, Snapshot


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """An expectation, and what its source says beside it.

    Attributes:
        snapshot: the schema that should be there now.
        captured_at: when it was captured, UTC; None where it was made for this look.
        origin: what a departure from it is called.
        findings: about the expectation itself, such as migrations that are pending or were edited.
        coming: what pending migrations bring, as findings that say that it is missing: no drift, but what mends one.
        tables: (schema, name) of tables that a migration tool keeps for itself, which nobody expects.
        unknown: of `coming`, what there is already in a form that is not known, as of a migration that is run again.
        notes: what this source cannot tell by its nature, one sentence each.
    """

    snapshot: Snapshot
    captured_at: datetime | None = None
    origin: Origin = "unknown"
    findings: tuple[Finding, ...] = ()
    coming: tuple[Finding, ...] = ()
    tables: tuple[tuple[str, str], ...] = ()
    unknown: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()

    def expects_nothing_of(self, finding: Finding) -> bool:
        """Whether it is about a tool's own table and what hangs on it, or about what is there in an unknown form."""
        return finding.identity[:2] in self.tables or any(_covers(each, finding) for each in self.unknown)

    def without_made(self, actual: Snapshot) -> Snapshot:
        """What is there but for the schemas that a tool has made for its tables; what else is in them is there."""
        schemas = {ObjectId("schema", table[:1]) for table in self.tables}
        made = {schema for schema in schemas if schema not in self.snapshot.objects}
        if not made:
            return actual
        return msgspec.structs.replace(
            actual,
            objects={subject: attributes for subject, attributes in actual.objects.items() if subject not in made},
            stale=actual.stale - made,
            hidden=actual.hidden - made,
        )


def _covers(unknown: Finding, finding: Finding) -> bool:
    """Whether one is about the same object or attribute as the other, or about a part of an object that is new."""
    if unknown.change == "missing":
        return finding.identity[: len(unknown.identity)] == unknown.identity
    return (unknown.kind, unknown.identity, unknown.attribute) == (finding.kind, finding.identity, finding.attribute)
