"""pgbench on the watched database, with and without the daemon, in short rounds by turns."""

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import mkdtemp

import msgspec

from bench.parts.part import Options, Part
from bench.parts.table import cell, lines
from bench.stand.figures import interval, paired_ratio
from bench.stand.place import CONSOLE, Place
from bench.stand.spent import process_seconds
from tests.acceptance.support import Daemon
from tests.servers.query import sql
from watchdog.postgres.embedded import embedded_wheel

PGBENCH = Path(embedded_wheel().__file__).parent / "pginstall" / "bin" / "pgbench"
PAIRS, SECONDS = 10, 8
QUICK_PAIRS, QUICK_SECONDS = 4, 3
SCALE, CLIENTS, TABLES = 10, 2, 1_000
PATIENCE_SECONDS = 60.0
REST_SECONDS = 1.0
PROBE = "1s"


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """Transactions a second, round by round: the two of a round were measured one after the other.

    Attributes:
        seconds: of each.
        tables: of the database beside pgbench's own.
        own: the daemon's share of a core in each of its rounds, 0 to 1.
    """

    seconds: int
    tables: int
    alone: list[float]
    watched: list[float]
    own: list[float]


def measure(place: Place, options: Options) -> Load:
    """Rounds of two, one with the daemon and one without; which comes first alternates."""
    pairs, seconds = (QUICK_PAIRS, QUICK_SECONDS) if options.quick else (PAIRS, SECONDS)
    tables = min(TABLES, max(options.sizes))
    dsn = place.copy(tables, "loaded")
    subprocess.run([str(PGBENCH), "-i", "-q", "-s", str(SCALE), dsn], check=True, capture_output=True)
    sql(dsn, "VACUUM ANALYZE")
    folder = Path(mkdtemp(prefix="load-", dir=place.folder))
    alone: list[float] = []
    watched: list[tuple[float, float]] = []
    _transactions(dsn, seconds)  # warms up
    for number in range(pairs):
        for stays in (number % 2 == 0, number % 2 == 1):
            transactions, share = _round(folder, dsn, seconds, stays=stays)
            if stays:
                watched.append((transactions, share))
            else:
                alone.append(transactions)
        CONSOLE.print(f"load: round {number + 1} of {pairs}: {alone[-1]:,.0f} alone, {watched[-1][0]:,.0f} watched")
    sql(place.server().dsn(), "DROP DATABASE loaded WITH (FORCE)")
    return Load(
        seconds=seconds,
        tables=tables,
        alone=alone,
        watched=[transactions for transactions, _ in watched],
        own=[share for _, share in watched],
    )


def _round(folder: Path, dsn: str, seconds: int, *, stays: bool) -> tuple[float, float]:
    """Transactions a second, and the daemon's share of a core meanwhile.

    Where the daemon does not stay it ends before: so both kinds of round follow upon the same work.
    """
    database = {"name": "loaded", "dsn": dsn, "baseline": str(folder / "baseline.json"), "every": {"probe": PROBE}}
    with Daemon(folder, database) as daemon:
        daemon.start()
        daemon.until("a first look", lambda: daemon.report("loaded")["status"] == "ok", PATIENCE_SECONDS)
        if not stays:
            daemon.stop()
        time.sleep(REST_SECONDS)
        if not stays:
            return _transactions(dsn, seconds), 0.0
        own, began = process_seconds(daemon.process.pid), time.monotonic()
        found = _transactions(dsn, seconds)
        own = (process_seconds(daemon.process.pid) - own) / (time.monotonic() - began)
        daemon.stop()
    return found, own


def _transactions(dsn: str, seconds: int) -> float:
    command = [str(PGBENCH), "-c", str(CLIENTS), "-j", "1", "-n", "-M", "prepared", "-T", str(seconds), dsn]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return per_second(done.stdout)


def per_second(printed: str) -> float:
    """Transactions a second, by what pgbench printed. Raises ValueError."""
    found = re.search(r"^tps = ([0-9.]+)", printed, re.MULTILINE)
    if not found:
        raise ValueError(f"pgbench told no tps: {printed}")
    return float(found[1])


def told(result: Load) -> Iterator[str]:
    """The medians, and the interval of their ratio."""
    yield (
        f"`pgbench -c {CLIENTS} -M prepared` (TPC-B, scale {SCALE}) in a database of {result.tables:,} more tables,"
        f" PostgreSQL 18; {len(result.alone)} rounds of {result.seconds} s without and {result.seconds} s with a daemon"
        f" that watches it, a probe every {PROBE}, all else as by default. Server, pgbench and daemon share the"
        " machine's cores, so the daemon's own CPU is in the difference; elsewhere it runs on another machine. In"
        " rounds without it, it was started and stopped before. The ratio is the median of those of the rounds, its"
        " interval by a bootstrap over them."
    )
    yield ""
    low, high = interval(result.watched, result.alone)
    ratio = paired_ratio(result.watched, result.alone)
    rows = [
        (
            f"{median(result.alone):,.0f}",
            f"{median(result.watched):,.0f}",
            f"{ratio:.3f}",
            f"{low:.3f} to {high:.3f}",
            f"{cell(min(result.alone))} to {cell(max(result.alone))}",
            f"{cell(median(result.own) * 100)} % of a core",
        )
    ]
    head = (
        "transactions a second, alone",
        "watched",
        "ratio",
        "95 % interval",
        "range of the rounds alone",
        "the daemon took",
    )
    yield from lines(head, rows)
    yield ""
    if low <= 1 <= high:
        yield "1 is within the interval: no difference was measured."
    elif high < 1:
        yield f"1 is not within the interval: the watched database was slower by {(1 - ratio) * 100:.1f} %."
    else:
        yield "1 is not within the interval: the watched database was faster, so this is the machine's noise."


def short(result: Load) -> Iterator[tuple[str, str, str]]:
    """The ratio and its interval."""
    low, high = interval(result.watched, result.alone)
    ratio = paired_ratio(result.watched, result.alone)
    figure = f"{ratio:.3f} of the transactions, 95 % interval {low:.3f} to {high:.3f}"
    yield f"pgbench on the watched database, a probe every {PROBE}", figure, "no difference that can be measured"


LOAD = Part(name="load", title="A load beside the daemon", result=Load, measure=measure, told=told, short=short)
