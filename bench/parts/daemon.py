"""What the daemon itself takes: by tables of one database, and by databases; and what its sessions take of servers."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import mkdtemp

import msgspec

from bench.parts.part import Options, Part
from bench.parts.table import cell, lines
from bench.stand.figures import slope
from bench.stand.place import CONSOLE, Place, fill
from bench.stand.spent import cpu_seconds, peak_bytes, private_bytes, process_seconds, resident_bytes
from tests.acceptance.support import Daemon, Json
from tests.servers.query import rows, sql
from tests.servers.servers import DEFAULT_MAJOR, MAJORS
from watchdog.postgres.connection import APPLICATION_NAME

# One look at the rows, at most, and a dozen probes.
WINDOW_SECONDS, QUICK_SECONDS = 60.0, 20.0
REST_SECONDS = 15.0
PROBE = "5s"
# Databases, and the majors that they are spread over.
FLEETS: Sequence[tuple[int, Sequence[int]]] = (
    (1, (DEFAULT_MAJOR,)),
    (10, (DEFAULT_MAJOR,)),
    (50, (DEFAULT_MAJOR,)),
    (100, MAJORS),
)
FLEET_TABLES = 20
PATIENCE_SECONDS = 300.0


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """One daemon at rest, after its first looks.

    Attributes:
        tables: of each of its `databases`.
        start: seconds of its processor until all first looks had been made.
        started: seconds that passed until then.
        cpu: share of a core, 0 to 1.
        resident: bytes, `peak` the most ever.
        server: share of a core that its sessions took of the servers, 0 to 1.
        private: bytes of all its sessions' memory on the servers, what they share with others left out.
    """

    databases: int
    servers: int
    tables: int
    start: float
    started: float
    cpu: float
    resident: int
    peak: int
    server: float
    private: int


class Own(msgspec.Struct, frozen=True, kw_only=True):
    seconds: float
    sizes: list[Taken]
    fleets: list[Taken]


class _Running(msgspec.Struct, frozen=True, kw_only=True):
    daemon: Daemon
    dsns: Sequence[str]
    servers: int
    tables: int
    start: float
    started: float


def measure(place: Place, options: Options) -> Own:
    """Start the daemons one after the other, and then watch them all for as long."""
    seconds = QUICK_SECONDS if options.quick else WINDOW_SECONDS
    fleets = FLEETS[:2] if options.quick else FLEETS
    # All are there before a daemon looks: a new database is a change of the catalogs that all share.
    of_size = {tables: place.database(tables) for tables in options.sizes}
    of_fleet = [
        [_small(place, majors[number % len(majors)], count, number) for number in range(count)]
        for count, majors in fleets
    ]
    with ExitStack() as stack:
        sizes = [_started(stack, place, [dsn], 1, tables) for tables, dsn in of_size.items()]
        fleet = [
            _started(stack, place, dsns, len(majors), FLEET_TABLES)
            for dsns, (_, majors) in zip(of_fleet, fleets, strict=True)
        ]
        time.sleep(REST_SECONDS)
        CONSOLE.print(f"daemon: {len(sizes) + len(fleet)} daemons at rest for {seconds:.0f} s")
        taken = _watch([*sizes, *fleet], seconds)
    return Own(seconds=seconds, sizes=taken[: len(sizes)], fleets=taken[len(sizes) :])


def _small(place: Place, major: int, count: int, number: int) -> str:
    """A database of a few tables, made anew."""
    server, name = place.server(major), f"fleet_{count}_{number}"
    sql(server.dsn(), f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    if not rows(server.dsn(), "SELECT FROM pg_database WHERE datname = 'fleet'"):
        fill(server, "fleet", FLEET_TABLES)
    sql(server.dsn(), f"CREATE DATABASE {name} TEMPLATE fleet")
    return server.dsn(name)


def _started(stack: ExitStack, place: Place, dsns: Sequence[str], servers: int, tables: int) -> _Running:
    folder = Path(mkdtemp(prefix="daemon-", dir=place.folder))
    databases: list[Json] = [
        {
            "name": f"d{number}",
            "dsn": dsn,
            "baseline": str(folder / f"d{number}.json"),
            "every": {"probe": PROBE},
        }
        for number, dsn in enumerate(dsns)
    ]
    daemon = stack.enter_context(Daemon(folder, *databases))
    CONSOLE.print(f"daemon: starting one for {len(dsns)} databases of {tables:,} tables")
    began = time.monotonic()
    daemon.start()

    def all_looked_at() -> bool:
        return all(report["status"] == "ok" for report in daemon.api("findings"))

    daemon.until("a first look at all", all_looked_at, PATIENCE_SECONDS)
    return _Running(
        daemon=daemon,
        dsns=dsns,
        servers=servers,
        tables=tables,
        start=process_seconds(daemon.process.pid),
        started=time.monotonic() - began,
    )


def _watch(running: Sequence[_Running], seconds: float) -> list[Taken]:
    sessions = [_sessions(each.dsns) for each in running]
    own = [process_seconds(each.daemon.process.pid) for each in running]
    server = [{pid: cpu_seconds(pid) for pid in pids} for pids in sessions]
    began = time.monotonic()
    time.sleep(seconds)
    seconds = time.monotonic() - began
    own = [process_seconds(each.daemon.process.pid) - before for each, before in zip(running, own, strict=True)]
    spent = [sum(cpu_seconds(pid) - before for pid, before in each.items() if _lives(pid)) for each in server]
    return [
        Taken(
            databases=len(each.dsns),
            servers=each.servers,
            tables=each.tables,
            start=each.start,
            started=each.started,
            cpu=cpu / seconds,
            resident=resident_bytes(each.daemon.process.pid),
            peak=peak_bytes(each.daemon.process.pid),
            server=backends / seconds,
            private=sum(private_bytes(pid) for pid in pids if _lives(pid)),
        )
        for each, cpu, backends, pids in zip(running, own, spent, sessions, strict=True)
    ]


def _sessions(dsns: Sequence[str]) -> set[int]:
    """The backends of a daemon: those that the servers have for its databases."""
    found = set()
    for dsn in dsns:
        pids = rows(
            dsn,
            "SELECT pid FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()",
            APPLICATION_NAME,
        )
        found |= {int(str(pid)) for (pid,) in pids}
    return found


def _lives(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def told(result: Own) -> Iterator[str]:
    """A table of sizes, a table of fleets, and what one more of each costs."""
    yield (
        f"Daemons at rest for {result.seconds:.0f} s after their first looks: a probe every {PROBE}, one look at the"
        " rows a minute, all else as by default. The look at the whole schema, every five minutes, falls"
        " into it or not, as the server's CPU tells; the first one is in the CPU until all are looked at,"
        " and in the peak of memory. Shares are of one core."
    )
    yield ""
    yield from _table(result.sizes, "tables", lambda each: f"{each.tables:,}")
    yield ""
    yield f"Of {FLEET_TABLES} tables each, in one process; 100 are spread over PostgreSQL {MAJORS[0]} to {MAJORS[-1]}:"
    yield ""
    yield from _table(result.fleets, "databases", lambda each: f"{each.databases} on {each.servers}")
    yield ""
    memory = slope([(each.databases, each.resident) for each in result.fleets])
    cpu = slope([(each.databases, each.cpu) for each in result.fleets])
    by_tables = slope([(each.tables, each.resident) for each in result.sizes])
    yield (
        f"One more database takes {memory / 1e6:.2f} MB and {cpu * 100:.3f} % of a core, by least squares over these; a"
        f" thousand more tables take {by_tables * 1000 / 1e6:.1f} MB."
    )


def _table(taken: Sequence[Taken], what: str, of: Callable[[Taken], str]) -> Iterator[str]:
    head = (what, "CPU", "resident", "peak", "servers' CPU", "sessions' memory", "CPU until all looked at", "after")
    yield from lines(
        head,
        [
            (
                of(each),
                f"{cell(each.cpu * 100)} %",
                f"{each.resident / 1e6:.0f} MB",
                f"{each.peak / 1e6:.0f} MB",
                f"{cell(each.server * 100)} %",
                f"{each.private / 1e6:.0f} MB",
                f"{cell(each.start)} s",
                f"{cell(each.started)} s",
            )
            for each in taken
        ],
    )


def short(result: Own) -> Iterator[tuple[str, str, str]]:
    """Each size, and the largest fleets."""
    goals = {1_000: "under 80 MB, under 1 %", 10_000: "under 250 MB"}
    for each in result.sizes:
        figure = f"{each.resident / 1e6:.0f} MB, {each.peak / 1e6:.0f} at the peak; {cell(each.cpu * 100)} % of a core"
        yield f"the daemon at rest, {each.tables:,} tables", figure, goals.get(each.tables, "")
    for each in result.fleets[-2:]:
        memory, cpu = each.resident / each.databases, each.cpu / each.databases
        figure = f"{memory / 1e6:.2f} MB and {cell(cpu * 100)} % of a core each"
        yield f"the daemon at rest, {each.databases} databases on {each.servers}", figure, "one process"


DAEMON = Part(name="daemon", title="The daemon itself", result=Own, measure=measure, told=told, short=short)
