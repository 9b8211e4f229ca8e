"""Which statement mends what: with its lock, its dangers, its proof and its way back.

Nothing is offered that takes away what somebody may rely on. Each statement is safe to run twice.
"""

from collections.abc import Callable, Mapping

import msgspec

from watchdog.finding import Remedy
from watchdog.schema.ddl import WRITTEN_FROM, owned_sequences
from watchdog.schema.diff import Change
from watchdog.schema.kinds import sql_name
from watchdog.schema.remedies import changed, objects, parts, routine
from watchdog.schema.remedies.renamed import renamed
from watchdog.schema.snapshot import ObjectId, Snapshot
from watchdog.sqltext import names_in, qualified

Writer = Callable[[Change, Snapshot, Snapshot], Remedy | None]


def remedy(change: Change, expected: Snapshot, actual: Snapshot) -> Remedy | None:
    """The remedy of a change, or None where no safe statement is written for it, or nothing tells what it would be."""
    if change.change == "renamed":
        return renamed(change, expected, actual)
    write, kinds = _WRITERS.get((change.subject.kind, change.attribute or change.change), (None, ()))
    # An older baseline may not speak of something; a table without its row level security would be worse than none.
    told = all(set(WRITTEN_FROM[kind]) <= set(expected.covers.get(kind, ())) for kind in kinds)
    if write is None or not told or not (change.attribute or expected.objects[change.subject]):
        return None
    written = write(change, expected, actual)
    first = _needed(change.subject, written.sql, expected, actual) if written else []
    needs = [f"needs {qualified(name)} first" for name in first]
    return written and msgspec.structs.replace(written, safety="; ".join([written.safety, *needs]))


def remedy_of_fault(subject: ObjectId, attribute: str, actual: Snapshot) -> Remedy | None:
    """The remedy of what is wrong as it stands, whether or not it was expected to be there."""
    write = _OF_FAULTS.get((subject.kind, attribute))
    sound = Change(subject=subject, change="changed", attribute=attribute, expected=True, actual=False)
    return write(sound, actual, actual) if write else None


def _needed(subject: ObjectId, sql: str, expected: Snapshot, actual: Snapshot) -> list[tuple[str, ...]]:
    """What the statements name and what is missing too, other than what they make themselves."""
    own = {subject.name, *(each.name for each in owned_sequences(sql_name(subject), expected))}
    return [
        name
        for name in dict.fromkeys(names_in(sql))
        if name not in own
        and any(
            ObjectId(kind, name) in expected.objects and ObjectId(kind, name) not in actual.objects
            for kind in ("relation", "enum", "domain", "composite")
        )
    ]


_OF_FAULTS: Mapping[tuple[str, str], Writer] = {
    ("constraint", "validated"): changed.validated,
    ("index", "valid"): changed.valid_index,
    ("view", "populated"): changed.populated,
}
_WITH_PRIVILEGES = ("relation", "column", "schema", "routine", "enum", "domain", "composite", "range", "base_type")
# What is written by whom, by kind and by what happened to it; and the kinds that it is written from.
_WRITERS: Mapping[tuple[str, str], tuple[Writer, tuple[str, ...]]] = {
    ("column", "default"): (changed.default, ()),
    ("column", "missing"): (parts.missing_column, ("column",)),
    ("column", "not_null"): (changed.not_null, ()),
    ("constraint", "missing"): (parts.missing_constraint, ("constraint",)),
    ("enum", "missing"): (objects.missing_enum, ("enum",)),
    ("event_trigger", "enabled"): (changed.enabled, ()),
    ("index", "missing"): (parts.missing_index, ("index",)),
    ("policy", "missing"): (parts.missing_policy, ("policy",)),
    ("relation", "maintain_privileges"): (changed.privileges, ()),
    ("relation", "missing"): (
        objects.missing_relation,
        ("relation", "column", "constraint", "index", "enum", "view", "sequence"),
    ),
    ("relation", "row_security"): (changed.row_security, ()),
    ("relation", "row_security_forced"): (changed.row_security, ()),
    ("routine", "missing"): (routine.missing_routine, ("routine",)),
    ("rule", "enabled"): (changed.enabled, ()),
    ("schema", "missing"): (objects.missing_schema, ("schema",)),
    ("trigger", "enabled"): (changed.enabled, ()),
    ("trigger", "missing"): (parts.missing_trigger, ("trigger",)),
    **{key: (write, ()) for key, write in _OF_FAULTS.items()},
    **{(kind, "privileges"): (changed.privileges, ()) for kind in _WITH_PRIVILEGES},
}
