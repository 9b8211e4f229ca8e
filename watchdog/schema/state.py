"""What is wrong with an object as it stands, whatever was expected: a table of faults, each with its reason.

A fault that the expectation has too is borne by whoever made it the expectation; it is said, and nobody is woken.
"""

from collections.abc import Callable, Iterator

import msgspec

from watchdog.finding import Severity
from watchdog.schema.kind import CRITICAL, INFO, WARNING
from watchdog.schema.kinds import attribute_of
from watchdog.schema.selection import Selection
from watchdog.schema.snapshot import Attributes, ObjectId, Snapshot, Value

MUCH_USED_PERCENT = 75
NEARLY_USED_UP_PERCENT = 90


class Fault(msgspec.Struct, frozen=True):
    """A kind of fault.

    Attributes:
        attribute: the one that shows it, and of which no second finding is made when it has changed too.
        sound: what it should be, in words.
        words: the rest of the sentence that begins with the object's name; `{}` is the attribute's value.
        depends: further attributes that it is judged by.
    """

    kind: str
    attribute: str
    severity: Severity
    sound: str
    words: str
    holds: Callable[[Attributes], bool]
    depends: tuple[str, ...] = ()


class Faulty(msgspec.Struct, frozen=True):
    """A fault that an object has; `known` when the expectation has it too."""

    subject: ObjectId
    fault: Fault
    value: Value
    known: bool


def _is(attribute: str, value: Value) -> Callable[[Attributes], bool]:
    return lambda facts: facts[attribute] == value


def _used(least: int, below: int) -> Callable[[Attributes], bool]:
    return lambda facts: isinstance(used := facts["used_percent"], int) and least <= used < below


def _used_faults(kind: str) -> Iterator[Fault]:
    words = "has used up {} % of its sequence's range: INSERT fails at its end"
    much, nearly = MUCH_USED_PERCENT, NEARLY_USED_UP_PERCENT
    yield Fault(kind, "used_percent", CRITICAL, f"below {much}", words, _used(nearly, 101))
    yield Fault(kind, "used_percent", WARNING, f"below {much}", words, _used(much, nearly))


FAULTS = (
    Fault(
        "index",
        "valid",
        WARNING,
        "valid",
        "is invalid, as after a build that failed: no query uses it, and every write still pays for it",
        _is("valid", value=False),
    ),
    Fault(
        "constraint",
        "valid",
        CRITICAL,
        "valid",
        "is invalid, as while a partition lacks it: rows may break it, and ON CONFLICT and foreign keys cannot name it",
        _is("valid", value=False),
    ),
    Fault(
        "constraint",
        "validated",
        INFO,
        "validated",
        "is NOT VALID: rows from before it may break it",
        _is("validated", value=False),
    ),
    *(
        Fault(kind, "enabled", INFO, "enabled", "is disabled: it does nothing", _is("enabled", "disabled"))
        for kind in ("trigger", "rule", "event_trigger")
    ),
    Fault(
        "relation",
        "row_security",
        WARNING,
        "under row level security",
        "has policies, but its row level security is off: none of them holds",
        lambda facts: bool(facts["policies"]) and facts["row_security"] is False,
        ("policies",),
    ),
    Fault(
        "relation",
        "detach_pending",
        CRITICAL,
        "attached or detached",
        "is only half detached, as after a DETACH CONCURRENTLY that was interrupted: its parent neither shows its rows "
        "nor takes new ones for it, until DETACH PARTITION ... FINALIZE",
        _is("detach_pending", value=True),
    ),
    Fault(
        "view",
        "populated",
        WARNING,
        "populated",
        "is not populated: every query of it fails until it is refreshed",
        _is("populated", value=False),
    ),
    *_used_faults("sequence"),
    *_used_faults("column"),
    *(
        Fault(
            kind,
            "version_mismatch",
            WARNING,
            "the version of the operating system",
            "was made with another version of its collation than the server has now: text may be sorted wrongly, and "
            "unique indexes on it may hold the same text twice",
            _is("version_mismatch", value=True),
        )
        for kind in ("collation", "database")
    ),
    Fault(
        "extension",
        "version",
        INFO,
        "the version that the server brings",
        "is at version {}, and the server brings a newer one",
        lambda facts: facts["available_version"] not in (None, facts["version"]),
        ("available_version",),
    ),
    Fault(
        "publication",
        "tables_without_identity",
        WARNING,
        "none",
        "publishes tables without primary key and replica identity, on which UPDATE and DELETE fail: {}",
        lambda facts: bool(facts["tables_without_identity"]),
    ),
    Fault(
        "server_setting",
        "pending_restart",
        INFO,
        "in force",
        "was changed in its file, and counts only after a restart",
        _is("pending_restart", value=True),
    ),
)


def faults(expected: Snapshot, actual: Snapshot) -> Iterator[Faulty]:
    """The faults of all objects; what was not read now, or is hidden, has none."""
    # Attributes that many objects share are judged once.
    sound: dict[str, set[int]] = {kind: set() for kind in _BY_KIND}
    for subject, facts in actual.objects.items():
        known_sound = sound.get(subject.kind)
        if known_sound is None or id(facts) in known_sound:
            continue
        found = [fault for fault in _BY_KIND[subject.kind] if _has(facts, fault)]
        if not found:
            known_sound.add(id(facts))
        for fault in found:
            before = expected.objects.get(subject, {})
            # What moves by itself is borne by nobody, though a first look is its own expectation.
            known = all(
                attribute_of(subject.kind, name).kept and name in before and before[name] == facts[name]
                for name in (fault.attribute, *fault.depends)
            )
            yield Faulty(subject, fault, facts[fault.attribute], known)


def _has(facts: Attributes, fault: Fault) -> bool:
    return all(name in facts for name in (fault.attribute, *fault.depends)) and fault.holds(facts)


def most_used(actual: Snapshot, selection: Selection) -> float | None:
    """How much of its range the fullest watched sequence has used up, from 0 to 1; None where none may be seen."""
    used = [
        percent
        for subject, facts in actual.objects.items()
        if isinstance(percent := facts.get("used_percent"), int) and selection.holds(subject)
    ]
    return max(used) / 100 if used else None


_BY_KIND = {kind: [fault for fault in FAULTS if fault.kind == kind] for kind in {fault.kind for fault in FAULTS}}
