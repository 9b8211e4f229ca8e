"""How bad a change is, from the reader's and from the writer's side: a table of rules, each with its reason.

The first rule that holds decides; where none does, the table of kinds does. docs/severity.md is made from this table.
"""

import re
from collections.abc import Callable

import msgspec

from watchdog.finding import Severity
from watchdog.schema.ddl import needs_value
from watchdog.schema.diff import Change
from watchdog.schema.kind import CRITICAL, INFO, WARNING
from watchdog.schema.kinds import KINDS, attribute_of
from watchdog.schema.partitions import comes_and_goes
from watchdog.schema.snapshot import Attributes, Value


class Case(msgspec.Struct, frozen=True):
    """A change, and the object's attributes as expected and as they are; empty where it is not there."""

    change: Change
    wanted: Attributes
    found: Attributes


class Rule(msgspec.Struct, frozen=True):
    """A severity for the changes of one kind (or of all, "*") that `holds` is true of.

    Attributes:
        what: "missing", "unexpected", or the name of an attribute.
        reason: why, for people; a clause without its full stop.
    """

    kind: str
    what: str
    when: str
    severity: Severity
    reason: str
    holds: Callable[[Case], bool] = lambda _: True

    def applies(self, case: Case) -> bool:
        change = case.change
        what = change.attribute or change.change
        return self.kind in ("*", change.subject.kind) and self.what == what and self.holds(case)


def severity(case: Case) -> Severity:
    """Judge one change."""
    rule = next((rule for rule in RULES if rule.applies(case)), None)
    if rule:
        return rule.severity
    kind = KINDS[case.change.subject.kind]
    match case.change.change:
        case "unexpected":
            return kind.unexpected
        case "changed":
            return attribute_of(kind.name, str(case.change.attribute)).severity
        case _:
            # Who uses the old name of what was renamed finds it as little as what is gone.
            return kind.missing


def _is_partition(case: Case) -> bool:
    return bool(case.found.get("partition_bound"))


def _passing(case: Case) -> bool:
    return comes_and_goes(case.wanted)


def _widened(case: Case) -> bool:
    return widened(str(case.change.expected), str(case.change.actual))


def _only_added(case: Case) -> bool:
    """All that was expected is there still, in its order."""
    there = iter(_items(case.change.actual))
    return all(item in there for item in _items(case.change.expected))


def _lost_privilege(case: Case) -> bool:
    before, after = set(_items(case.change.expected)), set(_items(case.change.actual))
    return any(not item.startswith("not ") for item in before - after) or any(
        item.startswith("not ") for item in after - before
    )


def _items(value: Value) -> tuple[str, ...]:
    """The items of a list; a list in one text is split at its commas."""
    return value if isinstance(value, tuple) else tuple(str(value).split(", ")) if value is not None else ()


def _keeps_unique(case: Case) -> bool:
    facts = case.wanted or case.found
    return bool(facts.get("unique")) or facts.get("constraint_kind") in (
        "primary key",
        "unique constraint",
        "exclusion constraint",
    )


_POWERS = ("superuser", "create_role", "create_database", "replication", "bypass_rls")

RULES = (
    Rule("relation", "missing", "a partition for a range or a list", INFO, "retention drops partitions", _passing),
    Rule(
        "relation",
        "unexpected",
        "a partition that departs from its parent",
        WARNING,
        "rows that the parent takes are refused or treated otherwise there",
        lambda case: _is_partition(case) and bool(case.change.note),
    ),
    Rule("relation", "unexpected", "a partition", INFO, "new partitions are made as time goes on", _is_partition),
    Rule(
        "column",
        "unexpected",
        "that must be given a value",
        CRITICAL,
        "an INSERT that does not know it fails",
        lambda case: needs_value(case.found),
    ),
    Rule(
        "column",
        "data_type",
        "to one that holds every old value",
        WARNING,
        "old values still fit, but a reader may meet values that it has no room for",
        _widened,
    ),
    Rule(
        "column",
        "not_null",
        "dropped",
        WARNING,
        "a reader may meet NULL, and no writer is refused",
        lambda case: case.change.actual is False,
    ),
    Rule(
        "column",
        "not_null",
        "added, with a default",
        WARNING,
        "an INSERT that leaves it out still works, one that writes NULL fails",
        lambda case: not needs_value(case.found),
    ),
    Rule(
        "column",
        "default",
        "lost on a column that is NOT NULL",
        CRITICAL,
        "an INSERT that leaves it out fails",
        lambda case: needs_value(case.found),
    ),
    Rule(
        "index",
        "missing",
        "a unique one",
        CRITICAL,
        "ON CONFLICT fails and nothing refuses a second row",
        _keeps_unique,
    ),
    Rule("index", "definition", "a unique one", CRITICAL, "ON CONFLICT fails or other rows are refused", _keeps_unique),
    Rule("index", "valid", "a unique one", CRITICAL, "an invalid index refuses no second row for sure", _keeps_unique),
    Rule(
        "constraint",
        "missing",
        "a check or a foreign key",
        WARNING,
        "no statement fails for it, but wrong rows are no longer refused",
        lambda case: not _keeps_unique(case),
    ),
    Rule("enum", "labels", "labels added", WARNING, "a reader may meet a label that it does not know", _only_added),
    Rule("sequence", "data_type", "to a wider one", INFO, "all old values fit", _widened),
    Rule(
        "role",
        "unexpected",
        "without any power of its own",
        INFO,
        "it can do no more than it is granted, and each grant is a finding",
        lambda case: not any(case.found.get(power) for power in _POWERS),
    ),
    Rule("*", "privileges", "revoked", CRITICAL, "whoever relies on it is refused", _lost_privilege),
)

_TYPE = re.compile(
    r"(?P<name>[a-z ]+?)(?:\((?P<first>\d+)(?:,(?P<second>-?\d+))?\))?(?P<rest> with(?:out)? time zone)?"
)
# Each holds every value of those before it in its line.
_LADDERS = (
    ("smallint", "integer", "bigint", "numeric"),
    ("real", "double precision"),
    ("character varying", "text"),
)


def widened(before: str, after: str) -> bool:
    """Whether the new type holds every value of the old one, and compares and prints it alike."""
    old, new = _TYPE.fullmatch(before), _TYPE.fullmatch(after)
    if not old or not new or old["rest"] != new["rest"]:
        return False
    if old["name"] == new["name"]:
        return _roomier(old, new)
    return any(
        old["name"] in ladder
        and new["name"] in ladder[ladder.index(old["name"]) + 1 :]
        # numeric(5) does not hold every integer, and text has no length.
        and new["first"] is None
        for ladder in _LADDERS
    )


def _roomier(old: re.Match[str], new: re.Match[str]) -> bool:
    if new["first"] is None:
        # Fewer digits after the point than NUMERIC keeps would be padded; character and bit are padded to their length.
        return old["first"] is not None and old["name"] not in ("character", "bit")
    if old["first"] is None or int(new["first"]) < int(old["first"]):
        return False
    if old["name"] == "numeric":
        scales = int(old["second"] or 0), int(new["second"] or 0)
        return scales[0] == scales[1]
    return old["name"] not in ("character", "bit")
