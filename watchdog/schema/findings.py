"""Changes judged: severity, one English sentence, a remedy. The words are made here, once, for every reader."""

from typing import TypeGuard

from watchdog.finding import Finding, fingerprint
from watchdog.schema.diff import Change, Difference
from watchdog.schema.kind import Attribute
from watchdog.schema.kinds import KINDS, attribute_of, in_words, noun, parent_of, sql_name, summary
from watchdog.schema.remedy import remedy, remedy_of_fault
from watchdog.schema.severity import Case, severity
from watchdog.schema.snapshot import Attributes, ObjectId, Snapshot, Value
from watchdog.schema.state import Faulty, faults
from watchdog.sqltext import quote_ident, visible

# A sentence stays readable on a phone; the whole values are in `expected` and `actual`.
LONGEST_VALUE = 160
LEAD_IN = 40


def judge(database: str, difference: Difference, actual: Snapshot) -> tuple[Finding, ...]:
    """A finding for each change, in the order of the changes."""
    return tuple(_of_change(database, change, difference.expected, actual) for change in difference.changes)


def judge_state(database: str, difference: Difference, actual: Snapshot) -> tuple[Finding, ...]:
    """A finding for each fault that is not told as a change already."""
    told = {(change.subject, change.attribute) for change in difference.changes}
    return tuple(
        _of_fault(database, faulty, actual)
        for faulty in faults(difference.expected, actual)
        if (faulty.subject, faulty.fault.attribute) not in told
    )


def _of_change(database: str, change: Change, expected: Snapshot, actual: Snapshot) -> Finding:
    subject = change.subject
    wanted = expected.objects.get(change.now or subject, {})
    found = actual.objects.get(change.now or subject, {})
    values = _values(change, wanted, found)
    return Finding(
        fingerprint=fingerprint(database, subject.kind, subject.name, change.change, change.attribute),
        kind=subject.kind,
        identity=subject.name,
        change=change.change,
        attribute=change.attribute,
        expected=values[0],
        actual=values[1],
        severity=severity(Case(change, wanted, found)),
        message=_sentence(change, wanted, found, actual if found else expected)
        + (f"; {visible(change.note)}" if change.note else ""),
        remedy=remedy(change, expected, actual),
    )


def _of_fault(database: str, faulty: Faulty, actual: Snapshot) -> Finding:
    subject, fault = faulty.subject, faulty.fault
    found = actual.objects[subject]
    value = in_words(attribute_of(subject.kind, fault.attribute), faulty.value)
    return Finding(
        fingerprint=fingerprint(database, subject.kind, subject.name, "changed", fault.attribute),
        kind=subject.kind,
        identity=subject.name,
        change="changed",
        attribute=fault.attribute,
        expected=fault.sound,
        actual=value,
        severity=fault.severity,
        state="accepted" if faulty.known else "open",
        message=f"{_named(subject, found, actual)} {fault.words.format(short(value))}",
        remedy=remedy_of_fault(subject, fault.attribute, actual),
    )


def _values(change: Change, wanted: Attributes, found: Attributes) -> tuple[str | None, str | None]:
    """What was expected, and what is there."""
    match change.change:
        case "missing":
            return _described(change, wanted), None
        case "unexpected":
            return None, _described(change, found)
        case "renamed" if change.now:
            return sql_name(change.subject), sql_name(change.now)
        case _:
            attribute = attribute_of(change.subject.kind, str(change.attribute))
            return in_words(attribute, change.expected), in_words(attribute, change.actual)


def _described(change: Change, attributes: Attributes) -> str:
    return summary(change.subject.kind, attributes) or noun(change.subject, attributes)


def _named(subject: ObjectId, attributes: Attributes, snapshot: Snapshot) -> str:
    """What people call it, and its name. What only tells more of a relation is called as the relation is."""
    if phrase := KINDS[subject.kind].phrase:
        return visible(phrase.format(*map(quote_ident, subject.name)))
    holder = parent_of(subject)
    if holder and holder.name == subject.name and holder in snapshot.objects:
        subject, attributes = holder, snapshot.objects[holder]
    return visible(f"{noun(subject, attributes)} {sql_name(subject)}".rstrip())


def _sentence(change: Change, wanted: Attributes, found: Attributes, snapshot: Snapshot) -> str:
    name = _named(change.subject, wanted or found, snapshot)
    match change.change:
        case "missing":
            described = summary(change.subject.kind, wanted)
            expected = f"expected {short(described)}" if described else ""
            return ": ".join(filter(None, (f"{name} is missing", visible(change.needed) or expected)))
        case "unexpected":
            described = summary(change.subject.kind, found)
            return f"{name} is not expected" + (f": {short(described)}" if described else "")
        case "renamed" if change.now:
            return f"{name} is now called {_cut(visible(sql_name(change.now)))}"
        case _:
            return "; ".join(filter(None, (f"{name}{_difference(change)}", visible(change.needed))))


def _difference(change: Change) -> str:
    attribute = attribute_of(change.subject.kind, str(change.attribute))
    words = attribute.name.replace("_", " ")
    before, after = change.expected, change.actual
    if _is_set(before) and _is_set(after):
        wanted, found = set(before or ()), set(after or ())
        if wanted != found:
            lacks, beyond = sorted(wanted - found), sorted(found - wanted)
            parts = [
                *([f"lacks {short(', '.join(lacks))}"] if lacks else []),
                *([f"has unexpected {short(', '.join(beyond))}"] if beyond else []),
            ]
            return f": {words}: {' and '.join(parts)}"
    is_now, should_be = _apart(_said(attribute, after), _said(attribute, before))
    what = " is" if isinstance(before, bool) or attribute.said else f": {words} is"
    return f"{what} {is_now}" + ("" if change.needed else f", expected {should_be}")


def _said(attribute: Attribute, value: Value) -> str:
    """As a sentence has it."""
    return dict(attribute.said).get(str(value)) or in_words(attribute, value)


def _is_set(value: Value) -> TypeGuard[tuple[str, ...] | None]:
    return value is None or isinstance(value, tuple)


def short(text: str) -> str:
    """On one line, and no longer than a sentence bears."""
    return _cut(visible(" ".join(text.split())))


def _apart(one: str, other: str) -> tuple[str, str]:
    """Both values on their line; long ones from a little before where they differ, which a cut may not take away."""
    lines = [visible(" ".join(text.split())) for text in (one, other)]
    if lines[0] == lines[1]:
        lines = [visible(one), visible(other)]
    pairs = enumerate(zip(*lines, strict=False))
    same = next((place for place, (here, there) in pairs if here != there), min(map(len, lines)))
    start = max(same - LEAD_IN, 0) if same > LONGEST_VALUE - LEAD_IN else 0
    is_one, is_other = (_cut(f"…{line[start:]}" if start else line) for line in lines)
    return is_one, is_other


def _cut(line: str) -> str:
    return line if len(line) <= LONGEST_VALUE else f"{line[: LONGEST_VALUE - 1]}…"
