"""One altered table among many, before the real daemon: what the server does from the alteration to the finding."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from tempfile import mkdtemp

import asyncpg
import msgspec

from bench.parts.latency import fired
from bench.parts.part import Options, Part
from bench.parts.table import cell, lines
from bench.stand.place import CONSOLE, Place
from bench.stand.spent import buffers, cpu_seconds, process_seconds, server_seconds
from tests.acceptance.support import Daemon
from tests.servers.query import sql
from tests.servers.servers import Server

# {t} is a table, {x} a name that nothing else has.
ALTERATIONS: Sequence[str] = (
    "ALTER TABLE {t} ADD COLUMN {x} integer",
    "ALTER TABLE {t} ADD CONSTRAINT {x} CHECK (amount < 1000000)",
    "CREATE INDEX {x} ON {t} (due)",
    "ALTER TABLE {t} RENAME COLUMN note TO {x}",
    "CREATE POLICY {x} ON {t} USING (is_open)",
)
ROUNDS = 1
PATIENCE_SECONDS = 120.0
# The server is at rest for so long before and after, so that nothing else is counted.
REST_SECONDS = 2.0


class Alteration(msgspec.Struct, frozen=True, kw_only=True):
    """One alteration.

    Attributes:
        seconds: from its commit to its finding; None when there came none.
        server: seconds of the server's processors meanwhile, but for those of the session that altered.
        buffers: that the server touched, those of that session included.
        client: seconds of the daemon's processor.
    """

    sql: str
    seconds: float | None
    server: float
    buffers: int
    client: float


class Size(msgspec.Struct, frozen=True, kw_only=True):
    tables: int
    alterations: list[Alteration]


class Altered(msgspec.Struct, frozen=True, kw_only=True):
    sizes: list[Size]


def measure(place: Place, options: Options) -> Altered:
    """Alter a few tables at each size, one after the other."""
    return Altered(sizes=[_at(place, tables) for tables in options.sizes])


def _at(place: Place, tables: int) -> Size:
    dsn = place.copy(tables, "altered")
    folder = Path(mkdtemp(prefix="altered-", dir=place.folder))
    database = {
        "name": "altered",
        "dsn": dsn,
        "baseline": str(folder / "baseline.json"),
        "every": {"probe": "1s", "schema": "1h", "rows": "1h"},
        "cost_limit": "60s",  # what is measured must not be held back
    }
    with Daemon(folder, database) as daemon:
        daemon.start()
        daemon.until("a first look", lambda: daemon.report("altered")["status"] == "ok", PATIENCE_SECONDS)
        CONSOLE.print(f"altered: {tables:,} tables")
        chosen = [alteration for _ in range(ROUNDS) for alteration in ALTERATIONS]
        found = asyncio.run(_alter(daemon, place.server(), dsn, tables, chosen))
        daemon.stop()
    sql(place.server().dsn(), "DROP DATABASE altered WITH (FORCE)")
    return Size(tables=tables, alterations=found)


async def _alter(daemon: Daemon, server: Server, dsn: str, tables: int, chosen: Sequence[str]) -> list[Alteration]:
    connection = await asyncpg.connect(dsn)
    found = []
    try:
        for number, alteration in enumerate(chosen):
            table, name = f"t{(number * 37 + 11) % tables}", f"x{number:05d}"
            found.append(await _one(daemon, server, connection, alteration.format(t=table, x=name), name))
    finally:
        await connection.close()
    return found


async def _one(daemon: Daemon, server: Server, connection: asyncpg.Connection, text: str, name: str) -> Alteration:
    own = connection.get_server_pid()
    # What the session has counted is told at its next commit, once a second is over.
    await asyncio.sleep(REST_SECONDS)
    touched = await asyncio.to_thread(buffers, server)
    spent, mine, client = server_seconds(server), cpu_seconds(own), process_seconds(daemon.process.pid)
    await connection.execute(text)
    committed = time.time()
    at = None
    while at is None and time.time() < committed + PATIENCE_SECONDS:
        await asyncio.sleep(0.1)
        at = fired(daemon.logged("finding.fired")).get(f"altered {name}")
    mine, client = cpu_seconds(own) - mine, process_seconds(daemon.process.pid) - client
    spent = server_seconds(server) - spent - mine
    await asyncio.sleep(REST_SECONDS)
    return Alteration(
        sql=text,
        seconds=at - committed if at else None,
        server=max(spent, 0.0),
        buffers=await asyncio.to_thread(buffers, server) - touched,
        client=client,
    )


def told(result: Altered) -> Iterator[str]:
    """A table of sizes, and one of what was altered at the largest."""
    yield (
        "The daemon watches a database, a probe every second, and nothing else happens; then one table is altered. The"
        " server's CPU is that of all its processes from then to the finding, without that of the session that altered:"
        " probes, what is read again, and what is read to be sure; in steps of 10 ms. Buffers include those of the"
        " alteration. Medians."
    )
    yield ""
    head = ("tables", "server CPU", "the most", "buffers", "the daemon's CPU", "commit to finding", "alterations")
    rows = []
    for size in result.sizes:
        of = size.alterations
        seconds = [each.seconds for each in of if each.seconds is not None]
        missed = len(of) - len(seconds)
        rows.append(
            (
                f"{size.tables:,}",
                f"{median(each.server for each in of) * 1000:,.0f} ms",
                f"{max(each.server for each in of) * 1000:,.0f} ms",
                f"{median(each.buffers for each in of):,.0f}",
                f"{median(each.client for each in of) * 1000:,.0f} ms",
                f"{cell(median(seconds))} s" if seconds else "",
                str(len(of)) + (f", {missed} not found within {PATIENCE_SECONDS:.0f} s" if missed else ""),
            )
        )
    yield from lines(head, rows)


def short(result: Altered) -> Iterator[tuple[str, str, str]]:
    """The largest size."""
    size = result.sizes[-1]
    server = median(each.server for each in size.alterations)
    what = f"one altered table among {size.tables:,}, probe to finding"
    yield what, f"{server * 1000:,.0f} ms of server CPU", "150 ms"


ALTERED = Part(
    name="altered", title="One altered table among many", result=Altered, measure=measure, told=told, short=short
)
