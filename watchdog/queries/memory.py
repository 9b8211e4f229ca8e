"""What is remembered of each statement from look to look."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from watchdog.queries.plan import Plan
from watchdog.queries.statement import Statement

# What was asked last stays longest.
MOST_KEPT = 10_000


class Known(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What earlier looks saw of a statement.

    Attributes:
        planned_at: when it last planned, UTC; None when it never did.
        calls: as the server counted them at the last look.
        ran_at: when they were last seen to have grown, UTC; None when they were not yet.
    """

    planned_at: datetime | None = None
    calls: int = 0
    ran_at: datetime | None = None


Memory = Mapping[str, Known]


def remembered(
    before: Memory, asked: Sequence[tuple[Statement, Plan]], now: datetime, *, all_asked: bool
) -> dict[str, Known]:
    """Digest -> what to remember of each recorded statement.

    Those that were not asked are forgotten, as the server did; unless it has more than was asked for (`all_asked` is
    False). For a statement that fails is counted no more, and others overtake it.
    """
    found = {} if all_asked else dict(before)
    for statement, plan in asked:
        if statement.recorded:
            known = before.get(statement.digest)
            calls = statement.calls or 0
            grew = known is not None and calls != known.calls
            found.pop(statement.digest, None)
            found[statement.digest] = Known(
                planned_at=now if plan.verdict == "plans" else known.planned_at if known else None,
                calls=calls,
                ran_at=now if grew else known.ran_at if known else None,
            )
    return dict(list(found.items())[-MOST_KEPT:])
