"""What of a configured database, or of one that is only named, the doctor looks at."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import msgspec

from watchdog.address import hosts, parameters
from watchdog.config.settings import Config, Database
from watchdog.doctor.examine import examined, unreachable
from watchdog.doctor.facts import Wanted
from watchdog.doctor.line import Line
from watchdog.errors import UnverifiedError
from watchdog.migrations.formats import FORMATS
from watchdog.postgres.examination import Subject, asked, examine, reach
from watchdog.rows.selection import matches
from watchdog.sqltext import name_parts
from watchdog.wiring.database import timeouts

LONGEST_SECONDS = 120.0
# Two tools call theirs alike.
_TOOLS = tuple(dict.fromkeys(each.table for each in FORMATS.values() if each.table))


class Patient(msgspec.Struct, frozen=True, kw_only=True):
    """One database to be examined, by the name that it is shown under."""

    name: str
    subject: Subject
    wanted: Wanted = Wanted()
    seconds: float = LONGEST_SECONDS


def given(dsn: str) -> Patient:
    """A database of which nothing is configured."""
    return Patient(name="database", subject=Subject(dsn=dsn, histories=_TOOLS))


def configured(config: Config, database: Database) -> Patient:
    """A configured one, with what it needs there."""
    migrations, queries = database.migrations, database.queries
    replica = database.rows.counting.dsn
    return Patient(
        name=database.name,
        subject=Subject(
            dsn=database.dsn.get_secret_value(),
            replica=None if replica is None else replica.get_secret_value(),
            timeouts=timeouts(database),
            watched=lambda schema, table: matches(schema, table, database.rows.watch),
            histories=_tables(database),
        ),
        wanted=Wanted(
            sessions=sum(_place(other) == _place(database) for other in config.databases),
            migrations=migrations is not None,
            statements=bool(queries and queries.recorded),
        ),
        seconds=database.timeouts.look,
    )


def _tables(database: Database) -> Sequence[tuple[str | None, str]]:
    """The migration tool's table; all that tools have, where it is not known which tool it is."""
    migrations = database.migrations
    if migrations and migrations.table:
        parts = name_parts(migrations.table)
        return [(parts[0], parts[1]) if parts else (None, migrations.table)]
    if migrations and migrations.format:
        table = FORMATS[migrations.format].table
        return [table] if table else []
    return _TOOLS


def _place(database: Database) -> object:
    """The server and the role: what is the same counts against the same limit."""
    values = parameters(database.dsn.get_secret_value()) or {"dsn": database.dsn.get_secret_value()}
    return hosts(values), values.get("user"), values.get("service"), values.get("dsn")


async def visit(patient: Patient, now: datetime) -> tuple[Line, ...]:
    """What there is to say of it, reached or not."""
    subject = patient.subject
    try:
        async with asyncio.timeout(patient.seconds):
            return examined(await examine(subject), patient.wanted, now)
    except UnverifiedError as error:
        words = str(error)
    except TimeoutError:
        words = f"the server did not answer everything within {patient.seconds:g} s (timeouts.look)"
    return unreachable(asked(subject.dsn), words, await reach(subject.dsn, subject.timeouts.connect))
