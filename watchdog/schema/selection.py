"""Which schemas are watched."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

import msgspec

from watchdog.schema.kinds import KINDS
from watchdog.schema.snapshot import ObjectId, Snapshot


class Selection(msgspec.Struct, frozen=True):
    """Schema name patterns (`*`, `?`, `[...]`; case matters). An exclusion beats an inclusion."""

    include: Sequence[str] = ("*",)
    exclude: Sequence[str] = ()

    def takes(self, schema: str) -> bool:
        return any(fnmatchcase(schema, pattern) for pattern in self.include) and not any(
            fnmatchcase(schema, pattern) for pattern in self.exclude
        )


def select(snapshot: Snapshot, selection: Selection) -> Snapshot:
    """The part of a snapshot that is watched. Objects that live in no schema are always part of it."""

    def taken(subject: ObjectId) -> bool:
        return KINDS[subject.kind].identity[0] != "schema" or selection.takes(subject.name[0])

    return msgspec.structs.replace(
        snapshot,
        objects={subject: attributes for subject, attributes in snapshot.objects.items() if taken(subject)},
        stale=frozenset(filter(taken, snapshot.stale)),
    )
