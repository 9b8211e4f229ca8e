"""What a contract asks for and a database does not give, or of which nothing can be said."""

import msgspec

from watchdog.contracts.contract import Because, Column
from watchdog.finding import Subject
from watchdog.schema.diff import Change
from watchdog.schema.findings import short
from watchdog.schema.snapshot import Attributes, ObjectId, Snapshot, Value

LOCKED = "another session holds a lock on it, so it could not be read"
HIDDEN = "this role may not see it"
NOT_READ = "what was read does not hold it"
# What is wanted of an object, in words, where there is no more to say of it; and of a column's default.
IT, A_DEFAULT = "it", "a default"


class Lack(msgspec.Struct, frozen=True, kw_only=True):
    """One need of one component that is not met.

    Attributes:
        change: how what there is departs from what is needed.
        wants: what is needed instead, in words.
        wanted: of what is missing, how it can be made; empty where the contract does not say enough.
        column: the need, where a column is missing.
    """

    change: Change
    component: str
    wants: str
    because: Because
    wanted: Attributes = {}
    column: Column | None = None

    @property
    def words(self) -> str:
        """`milo-aggregator expects text (since 2025-11-17: groups token families)`."""
        return " ".join(filter(None, (self.component, "expects", short(self.wants), short(str(self.because)))))


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """One need of one component of which nothing can be said, and why. Without an attribute: of the whole object."""

    subject: ObjectId
    component: str
    reason: str
    attribute: str = ""


def unread(subject: ObjectId, attribute: str, actual: Snapshot) -> str:
    """Why nothing can be said of an attribute of what is there; empty where it was read."""
    if subject in actual.stale:
        return actual.broken.get(subject) or LOCKED
    if attribute not in actual.covers.get(subject.kind, ()):
        return NOT_READ
    return "" if attribute in actual.objects[subject] else HIDDEN


def differs(subject: ObjectId, attribute: str, expected: Value, actual: Snapshot) -> Change:
    """The attribute of what is there, beside what it should be."""
    found = actual.objects[subject][attribute]
    return Change(subject=subject, change="changed", attribute=attribute, expected=expected, actual=found)


def doubts_in_order(doubts: list[Doubt]) -> tuple[Subject, ...]:
    """What could not be judged, each with why and for whom, once."""
    known: dict[tuple[ObjectId, str], list[Doubt]] = {}
    for doubt in doubts:
        known.setdefault((doubt.subject, doubt.reason), []).append(doubt)
    return tuple(
        Subject(
            subject.kind,
            subject.name,
            # Without an attribute it is of all of them.
            () if any(not each.attribute for each in group) else tuple(sorted({each.attribute for each in group})),
            f"{reason} (needed by {', '.join(sorted({each.component for each in group}))})",
        )
        for (subject, reason), group in sorted(known.items())
    )
