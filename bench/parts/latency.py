"""From a committed DDL statement to its finding: random statements on six servers before one daemon."""

import asyncio
import json
import random
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp

import asyncpg
import msgspec

from bench.parts.part import Options, Part
from bench.parts.table import cell, lines
from bench.stand.ddl import COMMON, Ddl, random_ddl
from bench.stand.figures import percentile
from bench.stand.place import CONSOLE, Place
from tests.acceptance.support import Daemon, Json
from tests.servers.query import sql
from tests.servers.servers import MAJORS

STATEMENTS, SPREAD_SECONDS = 504, 160.0
QUICK_STATEMENTS, QUICK_SPREAD_SECONDS = 96, 45.0
PROBE = "5s"
# How long a finding is waited for after the last statement.
PATIENCE_SECONDS = 45.0
STAYS, ENDS, TRANSACTION = "stays connected", "disconnects at once", "stays, in a transaction of some length"
SESSIONS = (STAYS, ENDS, TRANSACTION)
LIVING = 3  # sessions a server that stay
PAUSE_SECONDS = 0.3  # between a statement and its COMMIT


class Noticed(msgspec.Struct, frozen=True, kw_only=True):
    """One statement.

    Attributes:
        seconds: from when its COMMIT had been answered to its finding; None when there came none.
    """

    major: int
    session: str
    sql: str
    seconds: float | None


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    statements: list[Noticed]
    seconds: float


class Committed(msgspec.Struct, frozen=True, kw_only=True):
    """A statement, when it was committed (by the clock of the wall), and by whom."""

    major: int
    session: str
    ddl: Ddl
    at: float


def measure(place: Place, options: Options) -> Latency:
    """Commit the statements, spread over some minutes and over all servers, and see when the daemon tells of each."""
    count, spread = (QUICK_STATEMENTS, QUICK_SPREAD_SECONDS) if options.quick else (STATEMENTS, SPREAD_SECONDS)
    each = count // len(MAJORS)
    planned = {major: random_ddl(each, major) for major in MAJORS}
    databases = []
    for major, statements in planned.items():
        server = place.server(major)
        sql(server.dsn(), "DROP DATABASE IF EXISTS latency")
        sql(server.dsn(), "CREATE DATABASE latency")
        sql(server.dsn("latency"), COMMON + "".join(ddl.before for ddl in statements))
        databases.append(_watched(f"pg{major}", server.dsn("latency"), place))
    folder = Path(mkdtemp(prefix="latency-", dir=place.folder))
    with Daemon(folder, *databases) as daemon:
        daemon.start()
        daemon.until("a first look at each", lambda: all(report["status"] == "ok" for report in daemon.api("findings")))
        time.sleep(6.0)  # a probe of each has been seen after its first look
        CONSOLE.print(f"latency: {each * len(MAJORS)} statements within {spread:.0f} s")
        dsns = {major: place.server(major).dsn("latency") for major in MAJORS}
        committed = asyncio.run(_commit(daemon, dsns, planned, spread))
        found = fired(daemon.logged("finding.fired"))
        standing = _standing(daemon)
        daemon.stop()
    for server in map(place.server, MAJORS):
        sql(server.dsn(), "DROP DATABASE latency WITH (FORCE)")
    noticed = [_noticed(one, found, standing) for one in committed]
    return Latency(statements=noticed, seconds=spread)


def _watched(name: str, dsn: str, place: Place) -> Json:
    return {
        "name": name,
        "dsn": dsn,
        "baseline": str(place.folder / f"{name}.latency.json"),
        "every": {"probe": PROBE},
    }


async def _commit(
    daemon: Daemon, dsns: dict[int, str], planned: dict[int, list[Ddl]], spread: float
) -> list[Committed]:
    """All statements, and the daemon's time to find them while the sessions live on."""
    living = {major: [await asyncpg.connect(dsn) for _ in range(LIVING)] for major, dsn in dsns.items()}
    try:
        found = await asyncio.gather(
            *(_commit_on(major, dsns[major], living[major], planned[major], spread) for major in planned)
        )
        committed = [one for each in found for one in each]
        await asyncio.to_thread(_wait, daemon, {f"pg{one.major} {one.ddl.name}" for one in committed})
    finally:
        for connection in (connection for each in living.values() for connection in each):
            connection.terminate()
    return committed


async def _commit_on(
    major: int, dsn: str, living: Sequence[asyncpg.Connection], statements: Sequence[Ddl], spread: float
) -> list[Committed]:
    """All statements of one server, at times of chance; each of its living sessions does one at a time."""
    chance = random.Random(major)
    turns = [asyncio.Lock() for _ in living]

    async def one(number: int, ddl: Ddl, after: float) -> Committed:
        await asyncio.sleep(after)
        session = SESSIONS[number % len(SESSIONS)]
        if session == ENDS:
            other = await asyncpg.connect(dsn)
            await other.execute(ddl.sql)
            at = time.time()
            await other.close()
        else:
            mine = chance.randrange(LIVING)
            async with turns[mine]:
                if session == TRANSACTION:
                    async with living[mine].transaction():
                        await living[mine].execute(ddl.sql)
                        await asyncio.sleep(PAUSE_SECONDS)
                else:
                    await living[mine].execute(ddl.sql)
                at = time.time()
        return Committed(major=major, session=session, ddl=ddl, at=at)

    times = sorted(chance.uniform(0, spread) for _ in statements)
    each = enumerate(zip(statements, times, strict=True))
    return await asyncio.gather(*(one(number, ddl, after) for number, (ddl, after) in each))


def _wait(daemon: Daemon, names: set[str]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and names - fired(daemon.logged("finding.fired")).keys():
        time.sleep(1.0)


def fired(log: Sequence[Json]) -> dict[str, float]:
    """When the daemon first told of what has a name of ours: database and name -> the time by the clock of the wall."""
    found: dict[str, float] = {}
    for line in log:
        at = datetime.fromisoformat(line["timestamp"]).timestamp()
        for name in _names(line["message"]):
            found.setdefault(f"{line['database']} {name}", at)
    return found


def _names(text: str) -> Iterator[str]:
    for place in range(len(text) - 5):
        if text[place] == "x" and text[place + 1 : place + 6].isdigit():
            yield text[place : place + 6]


def _standing(daemon: Daemon) -> set[str]:
    """The same names, as they stand on the board."""
    return {
        f"{report['database']} {name}"
        for report in daemon.api("findings")
        for finding in report["findings"]
        for name in _names(json.dumps(finding))
    }


def _noticed(one: Committed, found: dict[str, float], standing: set[str]) -> Noticed:
    key = f"pg{one.major} {one.ddl.name}"
    is_there = key in found and key in standing
    return Noticed(
        major=one.major, session=one.session, sql=one.ddl.sql, seconds=found[key] - one.at if is_there else None
    )


def told(result: Latency) -> Iterator[str]:
    """A table of sessions and majors, and what was missed."""
    yield (
        f"{len(result.statements)} random DDL statements, each on objects of its own, committed within"
        f" {result.seconds:.0f} s on PostgreSQL {MAJORS[0]} to {MAJORS[-1]}; one daemon watches a database of each, a"
        f" probe every {PROBE}, all else as by default. The time is from the answer to COMMIT to the daemon's log"
        " telling of the finding, which then stands on the board."
    )
    yield ""
    rows = [_row("all", result.statements)]
    rows += [
        _row(f"the session {name}", [one for one in result.statements if one.session == name]) for name in SESSIONS
    ]
    rows += [_row(f"PostgreSQL {major}", [one for one in result.statements if one.major == major]) for major in MAJORS]
    yield from lines(("", "statements", "p50", "p90", "p99", "longest", "missed"), rows)
    missed = [one for one in result.statements if one.seconds is None]
    if missed:
        yield ""
        yield from (f"- missed on {one.major} ({one.session}): `{one.sql}`" for one in missed)


def _row(name: str, statements: Sequence[Noticed]) -> Sequence[str]:
    seconds = [one.seconds for one in statements if one.seconds is not None]
    shares = [f"{cell(percentile(seconds, share))} s" if seconds else "" for share in (0.5, 0.9, 0.99, 1.0)]
    return (name, str(len(statements)), *shares, str(len(statements) - len(seconds)))


def short(result: Latency) -> Iterator[tuple[str, str, str]]:
    """All statements together."""
    seconds = [one.seconds for one in result.statements if one.seconds is not None]
    figure = f"p50 {cell(percentile(seconds, 0.5))} s, p99 {cell(percentile(seconds, 0.99))} s" if seconds else "none"
    missed = f"{len(result.statements) - len(seconds)} of {len(result.statements)} missed"
    yield (
        f"DDL committed to finding, a probe every {PROBE}",
        f"{figure}, {missed}",
        "p50 under 4 s, p99 under 16 s, none",
    )


LATENCY = Part(
    name="latency", title="From a commit to its finding", result=Latency, measure=measure, told=told, short=short
)
