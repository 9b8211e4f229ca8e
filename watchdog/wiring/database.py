"""What every look at a configured database needs: its connection, what of it is watched, what a team decided."""

import functools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import get_args

from watchdog.config.settings import Database, Exclude, Judge
from watchdog.expect.acceptances import read as read_acceptances
from watchdog.look.seen import Policy
from watchdog.look.unfiled import Unfiled, nothing_unfiled
from watchdog.postgres.connection import Connection, Timeouts
from watchdog.schema.kind import Group
from watchdog.schema.rules import Exclusion, Override, Pattern, Rules
from watchdog.schema.selection import Selection

# Told after each question how many seconds it took.
OnAsked = Callable[[float], None]


def utc_now() -> datetime:
    return datetime.now(UTC)


def connect(database: Database, on_asked: OnAsked = lambda _: None) -> Connection:
    """The connection to a configured database; nothing is opened yet."""
    return Connection(database.dsn.get_secret_value(), timeouts(database), on_asked)


def connect_replica(database: Database, on_asked: OnAsked = lambda _: None) -> Connection | None:
    """The connection that counts go to in the place of the database's own; nothing is opened yet. None: not given."""
    dsn = database.rows.counting.dsn
    return None if dsn is None else Connection(dsn.get_secret_value(), timeouts(database), on_asked)


def timeouts(database: Database) -> Timeouts:
    """The bounds of every question to it."""
    limits = database.timeouts
    return Timeouts(connect=limits.connect, lock=limits.lock, statement=limits.statement)


def selection(database: Database) -> Selection:
    compared = database.compare.model_dump()
    without = [group for group in get_args(Group) if not compared.get(group, True)]
    return Selection(database.schemas.include, database.schemas.exclude, without)


def policy(database: Database, unfiled: Unfiled = nothing_unfiled) -> Policy:
    """What is looked at, and what was decided about what is found."""

    def pattern(matching: Exclude | Judge) -> Pattern:
        return Pattern(kind=matching.kind, name=matching.name, attribute=matching.attribute, change=matching.change)

    rules = Rules(
        exclusions=[Exclusion(pattern=pattern(each), reason=each.reason) for each in database.exclude],
        overrides=[Override(pattern=pattern(each), severity=each.severity) for each in database.severity],
    )
    return Policy(
        selection=selection(database),
        rules=rules,
        acceptances=functools.partial(read_acceptances, database.accepted),
        unfiled=unfiled,
        transition=timedelta(seconds=database.transition),
    )
