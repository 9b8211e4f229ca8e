"""Knowing that nothing changed: the gate, beside SELECT 1 and pg_dump, at each size; and on each major."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Self

import asyncpg
import msgspec

from bench.parts.part import Options, Part
from bench.parts.table import cell, lines
from bench.peers.all import REFERENCE
from bench.peers.contender import ENVIRONMENT, Target
from bench.stand.place import CONSOLE, Place, fill, version
from bench.stand.run import run
from bench.stand.spent import buffers, cpu_seconds
from tests.servers.query import rows
from tests.servers.servers import MAJORS, Server
from watchdog.postgres.connection import APPLICATION_NAME, Connection
from watchdog.postgres.gate import Gate
from watchdog.schema.gate import FIRST_MAJOR_THAT_FLUSHES

PROBES, ROUNDS = 2_000, 5
PLAIN, GATE, DUMP = "SELECT 1", "the gate", REFERENCE.name
# On each major: a database of so many tables, and as many probes between which somebody commits.
MAJOR_TABLES, COMMITTED = 1_000, 50
_NEXT_XID = "SELECT txid_current()"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One question, asked over and over on one connection; medians of rounds.

    Attributes:
        server: seconds of the backend's processor, a question.
        client: seconds of ours, a question.
        buffers: that the server touched, a question.
        questions: asked in all.
    """

    what: str
    server: float
    client: float
    buffers: float
    questions: int


class Size(msgspec.Struct, frozen=True, kw_only=True):
    tables: int
    asked: list[Asked]


class OfMajor(msgspec.Struct, frozen=True, kw_only=True):
    """The gate on one major, quiet and with somebody's commit before each question.

    Attributes:
        distrust: why the counters are not used there; empty where they are.
    """

    version: str
    distrust: str
    quiet: Asked
    committed: Asked


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    sizes: list[Size]
    majors: list[OfMajor]


def measure(place: Place, options: Options) -> Probe:
    """Ask at each size, in turns, and on each major."""
    sizes = []
    for tables in options.sizes:
        dsn = place.database(tables)
        CONSOLE.print(f"probe: {tables:,} tables")
        asked = asyncio.run(_asked(place.server(), dsn))
        sizes.append(Size(tables=tables, asked=[*asked, _dumped(place, dsn, tables)]))
    majors = [_of_major(place.server(major), major) for major in MAJORS]
    return Probe(sizes=sizes, majors=majors)


async def _asked(server: Server, dsn: str) -> list[Asked]:
    async with _Asking(server, dsn) as plain, _Asking(server, dsn) as gated:
        gate = Gate(gated.connection)
        for _ in range(ROUNDS + 1):
            await plain.ask(PROBES, lambda: plain.connection.row("SELECT 1"))
            await gated.ask(PROBES, gate.read)
    return [plain.asked(PLAIN), gated.asked(GATE)]


class _Asking:
    """A connection on which a question is asked over and over, and what its backend spent on it."""

    def __init__(self, server: Server, dsn: str) -> None:
        self.connection = Connection(dsn)
        self._server = server
        self._dsn = dsn
        self._pid = 0
        self._rounds: list[tuple[float, float]] = []
        self._touched = 0
        self._questions = 0

    async def __aenter__(self) -> Self:
        known = await asyncio.to_thread(self._backends)
        await self.connection.row("SELECT 1")
        [self._pid] = await asyncio.to_thread(self._backends) - known
        return self

    def _backends(self) -> set[int]:
        found = rows(self._dsn, "SELECT pid FROM pg_stat_activity WHERE application_name = $1", APPLICATION_NAME)
        return {int(str(pid)) for (pid,) in found}

    async def ask(self, times: int, question: Callable[[], Awaitable[object]]) -> None:
        """One round. The first, in which plans and caches are made, does not count."""
        await question()
        first = await self._flushed()
        before = await self._flushed()
        server, client = cpu_seconds(self._pid), time.process_time()
        for _ in range(times):
            await question()
        server, client = cpu_seconds(self._pid) - server, time.process_time() - client
        if self._questions or self._rounds:
            # Less what to look at the counters touches itself.
            self._touched += await self._flushed() - before - (before - first)
            self._questions += times
        self._rounds.append((server / times, client / times))

    async def _flushed(self) -> int:
        """Buffers touched on the server until now, those of this connection's backend included."""
        async with self.connection.transaction() as transaction:
            flushes = transaction.get_server_version().major >= FIRST_MAJOR_THAT_FLUSHES
            if flushes:
                await transaction.execute("SELECT pg_catalog.pg_stat_force_next_flush()")
        if not flushes:
            # A session tells at a transaction's end, half a second after the last time, and its collector later.
            await asyncio.sleep(0.6)
            async with self.connection.transaction():
                pass
            await asyncio.sleep(1.1)
        return await asyncio.to_thread(buffers, self._server)

    def asked(self, what: str) -> Asked:
        counted = self._rounds[1:]
        return Asked(
            what=what,
            server=median(server for server, _ in counted),
            client=median(client for _, client in counted),
            buffers=max(self._touched / self._questions, 0.0),
            questions=self._questions,
        )

    async def __aexit__(self, *_: object) -> None:
        await self.connection.close()


def _dumped(place: Place, dsn: str, tables: int) -> Asked:
    folder = place.folder / f"probe-{tables}"
    folder.mkdir(exist_ok=True)
    aim = Target(dsn=dsn, host="", port=0, database="", twin="", tables=tables, folder=folder)
    runs = [run(place.server(), REFERENCE.command(aim), Path(folder), ENVIRONMENT, 300)[0] for _ in range(4)][1:]
    return Asked(
        what=DUMP,
        server=median(each.server for each in runs),
        client=median(each.client for each in runs),
        buffers=median(each.buffers for each in runs),
        questions=len(runs),
    )


def _of_major(server: Server, major: int) -> OfMajor:
    name = f"probed_{MAJOR_TABLES}"
    fill(server, name, MAJOR_TABLES)
    CONSOLE.print(f"probe: PostgreSQL {major}")
    return asyncio.run(_on(server, server.dsn(name), version(server)))


async def _on(server: Server, dsn: str, number: str) -> OfMajor:
    other = await asyncpg.connect(dsn)
    try:
        async with _Asking(server, dsn) as quiet, _Asking(server, dsn) as busy:
            gate, gate_beside = Gate(quiet.connection), Gate(busy.connection)

            async def after_a_commit() -> None:
                await other.execute(_NEXT_XID)
                await gate_beside.read()

            for _ in range(3):
                await quiet.ask(PROBES // 2, gate.read)
                await busy.ask(COMMITTED, after_a_commit)
            _, mark = await gate.read()
    finally:
        await other.close()
    return OfMajor(
        version=number,
        distrust=mark.distrust,
        quiet=quiet.asked("nobody commits"),
        committed=busy.asked("somebody commits"),
    )


def told(result: Probe) -> Iterator[str]:
    """A table of sizes, a table of majors."""
    yield (
        "The question that the daemon asks every few seconds, over and over on one connection, in turns with"
        " `SELECT 1`; PostgreSQL 18, caches warm, medians of rounds. Server CPU is the backend's, by the kernel's count"
        " in nanoseconds; of pg_dump the whole server's."
    )
    yield ""
    rows = []
    for size in result.sizes:
        [dump] = [each for each in size.asked if each.what == DUMP]
        for each in size.asked:
            less = f"{cell(dump.server / each.server)} times less" if each is not dump and each.server else ""
            rows.append(
                (
                    f"{size.tables:,}",
                    each.what,
                    f"{cell(each.server * 1000)} ms",
                    less,
                    cell(each.buffers),
                    f"{cell(each.client * 1000)} ms",
                    f"{each.questions:,}",
                )
            )
    head = ("tables", "question", "server CPU", "than pg_dump", "buffers", "client CPU", "asked")
    yield from lines(head, rows)
    yield ""
    yield (
        f"On each major, {MAJOR_TABLES:,} tables. Where the counters cannot be trusted the gate goes through the rows"
        " of the catalogs, but only when somebody has committed something since; the daemon bounds how often."
    )
    yield ""
    yield from lines(
        ("PostgreSQL", "nobody commits", "buffers", "somebody commits before each", "buffers", "why no counters"),
        [
            (
                each.version,
                f"{cell(each.quiet.server * 1000)} ms",
                cell(each.quiet.buffers),
                f"{cell(each.committed.server * 1000)} ms",
                cell(each.committed.buffers),
                each.distrust,
            )
            for each in result.majors
        ],
    )


def short(result: Probe) -> Iterator[tuple[str, str, str]]:
    """The gate at the largest size."""
    size = result.sizes[-1]
    asked = {each.what: each for each in size.asked}
    gate, dump = asked[GATE], asked[DUMP]
    figure = f"{cell(gate.server * 1000)} ms of server CPU, {cell(gate.buffers)} buffers"
    yield f"a quiet probe, {size.tables:,} tables", figure, "0.2 ms, 0 buffers"
    less = f"{cell(dump.server / gate.server)} times less server CPU"
    yield f"a quiet probe beside pg_dump, {size.tables:,} tables", less, "10,000 times"


PROBE = Part(name="probe", title="Knowing that nothing changed", result=Probe, measure=measure, told=told, short=short)
