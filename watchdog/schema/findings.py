"""Changes judged: severity, one English sentence, a remedy. The words are made here, once, for every reader."""

from collections.abc import Sequence

from watchdog.finding import Finding, fingerprint
from watchdog.schema.diff import Change
from watchdog.schema.kinds import KINDS, Attribute, in_words, noun, sql_name, summary
from watchdog.schema.remedy import remedy
from watchdog.schema.severity import severity
from watchdog.schema.snapshot import Attributes, Snapshot
from watchdog.sqltext import visible

# A sentence stays readable on a phone; the whole values are in `expected` and `actual`.
LONGEST_VALUE = 160
LEAD_IN = 40


def judge(database: str, changes: Sequence[Change], expected: Snapshot, actual: Snapshot) -> tuple[Finding, ...]:
    """A finding for each change, in the order of the changes."""
    return tuple(_finding(database, change, expected, actual) for change in changes)


def _finding(database: str, change: Change, expected: Snapshot, actual: Snapshot) -> Finding:
    subject = change.subject
    wanted = expected.objects.get(subject, {})
    found = actual.objects.get(subject, {})
    values: tuple[str | None, str | None]
    if change.attribute is None:
        values = (_described(change, wanted), None) if change.change == "missing" else (None, _described(change, found))
    else:
        attribute = _attribute(change)
        values = in_words(attribute, change.expected), in_words(attribute, change.actual)
    return Finding(
        fingerprint=fingerprint(database, subject.kind, subject.name, change.change, change.attribute),
        kind=subject.kind,
        identity=subject.name,
        change=change.change,
        attribute=change.attribute,
        expected=values[0],
        actual=values[1],
        severity=severity(change, found),
        message=_sentence(change, wanted, found),
        remedy=remedy(change, expected, actual),
    )


def _described(change: Change, attributes: Attributes) -> str:
    return summary(change.subject.kind, attributes) or noun(change.subject, attributes)


def _attribute(change: Change) -> Attribute:
    attributes = KINDS[change.subject.kind].attributes
    return next(attribute for attribute in attributes if attribute.name == change.attribute)


def _sentence(change: Change, wanted: Attributes, found: Attributes) -> str:
    subject = change.subject
    name = visible(f"{noun(subject, wanted or found)} {sql_name(subject)}")
    if change.change == "missing":
        described = summary(subject.kind, wanted)
        return f"{name} is missing" + (f": expected {_short(described)}" if described else "")
    if change.change == "unexpected":
        described = summary(subject.kind, found)
        return f"{name} is not expected" + (f": {_short(described)}" if described else "")
    attribute = _attribute(change)
    is_now, should_be = _apart(in_words(attribute, change.actual), in_words(attribute, change.expected))
    if isinstance(change.expected, bool):
        return f"{name} is {is_now}, expected {should_be}"
    return f"{name}: {attribute.name.replace('_', ' ')} is {is_now}, expected {should_be}"


def _short(text: str) -> str:
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
