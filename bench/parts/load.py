"""pgbench on the watched database, with and without the daemon, in short rounds by turns."""

import re
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from tempfile import mkdtemp

import msgspec

from bench.parts.part import Options, Part
from bench.parts.table import cell, lines
from bench.stand.figures import interval, paired_ratio
from bench.stand.place import CONSOLE, Place
from bench.stand.spent import children, postmaster, process_seconds, server_seconds, settle
from tests.acceptance.support import Daemon
from tests.servers.query import sql
from tests.servers.servers import Server
from watchdog.postgres.embedded import embedded_wheel

PGBENCH = Path(embedded_wheel().__file__).parent / "pginstall" / "bin" / "pgbench"
PAIRS, SECONDS = 12, 6
QUICK_PAIRS, QUICK_SECONDS = 4, 3
SCALE, CLIENTS, TABLES = 10, 2, 1_000
PATIENCE_SECONDS = 60.0
REST_SECONDS = 1.0
PROBE = "1s"


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """One round.

    Attributes:
        transactions: a second.
        server: seconds of the server's processors for each of them, all its processes together.
        own: the daemon's share of a core, 0 to 1.
    """

    transactions: float
    server: float
    own: float


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """The rounds without and with the daemon, those of one pair at the same place.

    Attributes:
        seconds: of each.
        tables: of the database beside pgbench's own.
    """

    seconds: int
    tables: int
    alone: list[Round]
    watched: list[Round]


def measure(place: Place, options: Options) -> Load:
    """Pairs of rounds, one with the daemon and one without; which comes first alternates."""
    pairs, seconds = (QUICK_PAIRS, QUICK_SECONDS) if options.quick else (PAIRS, SECONDS)
    tables = min(TABLES, max(options.sizes))
    dsn = place.copy(tables, "loaded")
    subprocess.run([str(PGBENCH), "-i", "-q", "-s", str(SCALE), dsn], check=True, capture_output=True)
    sql(dsn, "VACUUM ANALYZE")
    folder = Path(mkdtemp(prefix="load-", dir=place.folder))
    alone: list[Round] = []
    watched: list[Round] = []
    _transactions(place.server(), dsn, seconds)  # warms up
    for number in range(pairs):
        for stays in (number % 2 == 0, number % 2 == 1):
            (watched if stays else alone).append(_round(place.server(), folder, dsn, seconds, stays=stays))
        CONSOLE.print(
            f"load: round {number + 1} of {pairs}: {alone[-1].transactions:,.0f} transactions a second alone,"
            f" {watched[-1].transactions:,.0f} watched"
        )
    sql(place.server().dsn(), "DROP DATABASE loaded WITH (FORCE)")
    return Load(seconds=seconds, tables=tables, alone=alone, watched=watched)


def _round(server: Server, folder: Path, dsn: str, seconds: int, *, stays: bool) -> Round:
    """Where the daemon does not stay it ends before: so both kinds of round follow upon the same work."""
    database = {"name": "loaded", "dsn": dsn, "baseline": str(folder / "baseline.json"), "every": {"probe": PROBE}}
    with Daemon(folder, database) as daemon:
        daemon.start()
        daemon.until("a first look", lambda: daemon.report("loaded")["status"] == "ok", PATIENCE_SECONDS)
        if not stays:
            daemon.stop()
        time.sleep(REST_SECONDS)
        if not stays:
            return _transactions(server, dsn, seconds)
        own, began = process_seconds(daemon.process.pid), time.monotonic()
        found = _transactions(server, dsn, seconds)
        own = (process_seconds(daemon.process.pid) - own) / (time.monotonic() - began)
        daemon.stop()
    return msgspec.structs.replace(found, own=own)


def _transactions(server: Server, dsn: str, seconds: int) -> Round:
    command = [str(PGBENCH), "-c", str(CLIENTS), "-j", "1", "-n", "-M", "prepared", "-T", str(seconds), dsn]
    at_rest = children(postmaster(server))
    spent = server_seconds(server)
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    settle(server, at_rest)
    count, transactions = counted(done.stdout)
    return Round(transactions=transactions, server=(server_seconds(server) - spent) / count, own=0.0)


def counted(printed: str) -> tuple[int, float]:
    """Transactions in all and a second, by what pgbench printed. Raises ValueError."""
    count = re.search(r"^number of transactions actually processed: ([0-9]+)", printed, re.MULTILINE)
    a_second = re.search(r"^tps = ([0-9.]+)", printed, re.MULTILINE)
    if not (count and a_second):
        raise ValueError(f"pgbench told no transactions: {printed}")
    return int(count[1]), float(a_second[1])


def told(result: Load) -> Iterator[str]:
    """The medians, and the intervals of their ratios."""
    yield (
        f"`pgbench -c {CLIENTS} -M prepared` (TPC-B, scale {SCALE}) in a database of {result.tables:,} more tables,"
        f" PostgreSQL 18; {len(result.alone)} pairs of rounds of {result.seconds} s, one with a daemon that watches the"
        f" database, a probe every {PROBE}, all else as by default, and one without, where it was started and stopped"
        " before. A ratio is the median of those of the pairs, its interval by a bootstrap over them. Server, pgbench"
        " and daemon share the machine's cores, so the daemon's own CPU lessens the transactions; the server's CPU for"
        " each of them has only what the server does for it."
    )
    yield ""
    own = median(each.own for each in result.watched)
    rows = [
        _row("transactions a second", _of(result, lambda each: each.transactions), 1.0, ""),
        _row("server CPU a transaction", _of(result, lambda each: each.server), 1e6, " µs"),
    ]
    yield from lines(("", "alone", "the rounds alone", "watched", "ratio", "95 % interval"), rows)
    yield ""
    yield f"The daemon took {cell(own * 100)} % of a core meanwhile."


def _of(result: Load, what: Callable[[Round], float]) -> tuple[list[float], list[float]]:
    return [what(each) for each in result.alone], [what(each) for each in result.watched]


def _row(name: str, figures: tuple[list[float], list[float]], times: float, unit: str) -> Sequence[str]:
    alone, watched = figures
    return (
        name,
        f"{cell(median(alone) * times)}{unit}",
        f"{cell(min(alone) * times)} to {cell(max(alone) * times)}",
        f"{cell(median(watched) * times)}{unit}",
        *_ratio(figures),
    )


def _ratio(figures: tuple[list[float], list[float]]) -> tuple[str, str]:
    """The ratio, and its interval with what that says."""
    alone, watched = figures
    low, high = interval(watched, alone)
    says = "no difference was measured" if low <= 1 <= high else "1 is not within"
    return f"{paired_ratio(watched, alone):.3f}", f"{low:.3f} to {high:.3f}: {says}"


def short(result: Load) -> Iterator[tuple[str, str, str]]:
    """The ratios and their intervals."""
    what, goal = f"pgbench on the watched database, a probe every {PROBE}", "no difference that can be measured"
    ratio, within = _ratio(_of(result, lambda each: each.transactions))
    yield f"{what}: transactions", f"{ratio}, 95 % interval {within}", goal
    ratio, within = _ratio(_of(result, lambda each: each.server))
    yield f"{what}: server CPU for each", f"{ratio}, 95 % interval {within}", goal


LOAD = Part(name="load", title="A load beside the daemon", result=Load, measure=measure, told=told, short=short)
