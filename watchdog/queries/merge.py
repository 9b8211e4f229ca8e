"""What was found in several sources, as one."""

from collections.abc import Sequence

from watchdog.queries.statement import Harvest, Statement


def merge(harvests: Sequence[Harvest]) -> Harvest:
    """All that was found in several sources. The same statement at several places is one, with all of them.

    What a server recorded is the statement that a file holds where both read the same; its calls are added up, also of
    one that the server numbers anew because its table was made anew.
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
    counted = [each.calls for each in (one, other) if each.calls is not None]
    daily = [each.calls_a_day for each in (one, other) if each.calls_a_day is not None]
    return Statement(
        sql=other.sql if one.recorded and not other.recorded else one.sql,
        locations=tuple(dict.fromkeys((*one.locations, *other.locations))),
        query_id=other.query_id if one.query_id is None else one.query_id,
        calls=sum(counted) if counted else None,
        calls_a_day=sum(daily) if daily else None,
        recorded=one.recorded and other.recorded,
    )
