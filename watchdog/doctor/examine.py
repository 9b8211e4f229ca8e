"""All that there is to say of one database, in order, and the SQL that mends it."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from watchdog.doctor import role, server, sight, way
from watchdog.doctor.facts import Asked, Facts, Reach, Wanted
from watchdog.doctor.line import Level, Line
from watchdog.sqltext import printable

UNVERIFIED = 3
# Nobody waits long behind what waits for a lock.
BOUNDS = ("SET lock_timeout = '2s';", "SET statement_timeout = '30s';")


def examined(facts: Facts, wanted: Wanted, now: datetime) -> tuple[Line, ...]:
    """What is said of a database that answered."""
    lines = (
        *way.asked(facts.asked),
        *way.tls(facts, now),
        *way.pooler(facts),
        *role.rights(facts),
        *role.limits(facts, wanted, now),
        *sight.rows(facts),
        *sight.sequences(facts),
        *sight.migrations(facts, wanted),
        *sight.statements(facts, wanted),
        *server.version(facts, now),
        *server.settings(facts),
        *role.settings(facts),
        *server.replica(facts),
        *server.budget(facts, wanted),
        *way.clock(facts),
    )
    # Nobody is to paste a grant to, or a limit on, the application's own role.
    return lines if role.is_ours(facts) else tuple(msgspec.structs.replace(line, sql=()) for line in lines)


def unreachable(asked: Asked, words: str, hosts: Sequence[Reach]) -> tuple[Line, ...]:
    """What is said of one that did not."""
    return (*way.asked(asked), *way.unreached(words, tuple(hosts)))


def mending(lines: Sequence[Line]) -> str:
    """The SQL of all lines as one block, each statement once; empty where there is none."""
    parts = (
        ("-- What is to be mended:", [line for line in lines if line.level in (Level.WARNING, Level.FAULT)]),
        ("-- An offer, as nothing is wrong without it:", [line for line in lines if line.level == Level.NOTE]),
    )
    block: list[str] = []
    for head, chosen in parts:
        said = dict.fromkeys(printable(each) for line in chosen for each in line.sql)
        statements = [each for each in said if each not in block]
        block += [head, *statements] if statements else []
    return "\n".join([*BOUNDS, *block]) if block else ""


def exit_code(lines: Sequence[Line]) -> int:
    """0: nothing to mend; 1: something; 3: nothing could be verified."""
    if any(line.check == "connection" for line in lines):
        return UNVERIFIED
    return int(any(line.level in (Level.WARNING, Level.FAULT) for line in lines))
