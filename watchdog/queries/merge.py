"""What was found in several sources, as one."""

from collections.abc import Sequence

from watchdog.queries.statement import Harvest, Statement


def merge(harvests: Sequence[Harvest]) -> Harvest:
    """All that was found in several sources. The same statement at several places is one, with all of them.

    What a server recorded is the statement that a file holds where both read the same; its calls are added up.
    """
    merged: dict[str, Statement] = {}
    for statement in (each for harvest in harvests for each in harvest.statements):
        known = merged.get(statement.digest)
        merged[statement.digest] = statement if known is None else _both(known, statement)
    return Harvest(
        statements=tuple(merged.values()),
        unread=tuple(dict.fromkeys(each for harvest in harvests for each in harvest.unread)),
    )


def _both(one: Statement, other: Statement) -> Statement:
    counted = [calls for calls in (one.calls, other.calls) if calls is not None]
    return Statement(
        sql=other.sql if one.recorded and not other.recorded else one.sql,
        locations=tuple(dict.fromkeys((*one.locations, *other.locations))),
        query_id=other.query_id if one.query_id is None else one.query_id,
        calls=sum(counted) if counted else None,
        recorded=one.recorded and other.recorded,
    )
