"""What may have been renamed where nothing proves it: at most a hint. In one database it is known (`renames`)."""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence

import msgspec

from watchdog.schema.diff import Change
from watchdog.schema.kinds import parent_of, sql_name
from watchdog.schema.renames import same_database
from watchdog.schema.snapshot import ObjectId, Snapshot

_OF_A_COLUMN = ("data_type", "not_null", "default", "identity", "generated")


def hinted(changes: Sequence[Change], expected: Snapshot, actual: Snapshot) -> tuple[Change, ...]:
    """The changes, where a table or a column that is missing names the only unexpected one that looks the same."""
    if same_database(expected, actual) or not {"missing", "unexpected"} <= {change.change for change in changes}:
        return tuple(changes)
    before, after = _looks(expected), _looks(actual)
    alike: dict[Hashable, list[ObjectId]] = defaultdict(list)
    for change in changes:
        if change.change == "unexpected" and change.subject in after:
            alike[after[change.subject]].append(change.subject)

    def hint(change: Change) -> Change:
        candidates = alike.get(before.get(change.subject), []) if change.change == "missing" else []
        if len(candidates) != 1:
            return change
        [other] = candidates
        note = f"perhaps it was renamed: {sql_name(other)} looks the same and is not expected"
        return msgspec.structs.replace(change, note=note)

    return tuple(map(hint, changes))


def _looks(snapshot: Snapshot) -> Mapping[ObjectId, Hashable]:
    """A table by its columns' names and types, a column by its table and what a writer must know."""
    looks: dict[ObjectId, Hashable] = {}
    columns: dict[ObjectId | None, set[Hashable]] = defaultdict(set)
    for subject, facts in snapshot.objects.items():
        if subject.kind == "column":
            table = parent_of(subject)
            columns[table].add((subject.name[-1], facts.get("data_type")))
            looks[subject] = (table, *(facts.get(name) for name in _OF_A_COLUMN))
    # All partitions of a table look the same.
    return looks | {
        table: frozenset(names)
        for table, names in columns.items()
        if table and not snapshot.objects.get(table, {}).get("partition_bound")
    }
