"""How bad a change is: the table of kinds, and the few rules that need to look at the object itself."""

from watchdog.finding import Severity
from watchdog.schema.ddl import needs_value
from watchdog.schema.diff import Change
from watchdog.schema.kinds import KINDS
from watchdog.schema.snapshot import Attributes


def severity(change: Change, actual: Attributes) -> Severity:
    """Judge one change; `actual` are the attributes of the object as it is now (empty when it is missing)."""
    kind = KINDS[change.subject.kind]
    if change.change == "missing":
        return kind.missing
    if change.change == "unexpected":
        # An added column that every writer must name breaks the writers that do not know it.
        refuses_inserts = kind.name == "column" and needs_value(actual)
        return Severity.CRITICAL if refuses_inserts else kind.unexpected
    return next(attribute.severity for attribute in kind.attributes if attribute.name == change.attribute)
