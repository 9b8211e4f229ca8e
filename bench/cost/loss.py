"""From the commit of a loss to the alert at a receiver, by the real daemon, and the pages that it read of the table."""

import asyncio
import time
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import asyncpg
import msgspec
from rich.table import Table

from bench.cost.place import CONSOLE, ROLES, Statements, as_role, measured_server, new_database, statements
from tests.acceptance.support import Daemon, Json, Receiver, watched, webhook
from tests.servers.query import rows, sql

LOSSES = {"big_truncated": "TRUNCATE big_truncated", "big_thinned": "DELETE FROM big_thinned WHERE id % 3 = 0"}
# The wide one has more pages than `counting.pages` allows a look to count, once it holds ten million rows.
WIDTHS = {"narrow": "", "wide": ", body text DEFAULT repeat('x', 40) NOT NULL"}
LONGEST_SECONDS = 300.0


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """One loss.

    Attributes:
        seconds: from the commit's answer to the first message that a receiver had of it.
        pages: of the table, by the planner, before.
        counts: of it that the watchdog asked for, by what the server keeps of each role's statements: the loss itself,
            and whoever else there is, moves pg_statio_user_tables too.
    """

    case: str
    role: str
    seconds: float
    pages: int
    counts: Statements
    words: str


def losses(number: int, runs: int, every: str, width: str, *, stays: bool) -> None:
    """Measure each loss `runs` times, of tables of `number` rows, by each role.

    Whoever made the loss `stays` connected, as a pool does, and PostgreSQL then has up to 10 s to count it.
    """
    measured: list[Measured] = []
    with measured_server() as server, Receiver() as receiver:
        for run in range(1, runs + 1):
            for role in ROLES:
                CONSOLE.print(f"run {run} of {runs}, {role}: loading 2 {width} tables of {number:,} rows ...")
                dsn = new_database(server, "cost")
                for table in LOSSES:
                    load(dsn, table, number, width)
                measured += run_of(dsn, role, receiver, every, stays=stays)
                for each in measured[-len(LOSSES) :]:
                    CONSOLE.print(f"  {each.seconds:.2f} s: {each.words}", highlight=False, soft_wrap=True)
    session = "stays" if stays else "ends"
    report(
        measured,
        f"{runs} runs, {width} tables of {number:,} rows, looked at every {every}, the session {session}",
    )


def load(dsn: str, table: str, number: int, width: str) -> None:
    sql(dsn, f"CREATE TABLE {table} (id bigint NOT NULL, epoch bigint NOT NULL, value real NOT NULL{WIDTHS[width]})")
    sql(dsn, f"INSERT INTO {table} SELECT n, 1700000000 + n, n % 97 FROM generate_series(1, {number}) AS n")
    sql(dsn, f"ALTER TABLE {table} ADD PRIMARY KEY (id)")
    sql(dsn, f"VACUUM ANALYZE {table}")


def run_of(dsn: str, role: str, receiver: Receiver, every: str, *, stays: bool) -> list[Measured]:
    """Each loss once, one after the other, before a daemon that knows the tables whole."""
    with TemporaryDirectory(prefix="schema-watchdog-") as name:
        config = watched(as_role(dsn, role), Path(name)) | {"every": {"probe": "5s", "schema": "1h", "rows": every}}
        del config["timeouts"]  # those of tests: here the default ones
        with Daemon(Path(name), config, channels={"bench": webhook(receiver.url("/"))}) as daemon:
            receiver.received["/"] = []
            daemon.start()
            daemon.until("a first look", lambda: daemon.report()["status"] == "ok", LONGEST_SECONDS)
            measured = [one(dsn, role, table, receiver.received["/"], stays=stays) for table in LOSSES]
            daemon.stop()
    return measured


def one(dsn: str, role: str, table: str, received: Sequence[Json], *, stays: bool) -> Measured:
    [[pages]] = rows(dsn, "SELECT relpages FROM pg_class WHERE relname = $1", table)
    rows(dsn, "SELECT pg_stat_statements_reset()")
    seconds, words = asyncio.run(lose(dsn, table, received, stays=stays))
    counts = statements(dsn, role, f"%count(*)%{table}%")
    return Measured(case=table, role=role, seconds=seconds, pages=int(str(pages)), counts=counts, words=words)


async def lose(dsn: str, table: str, received: Sequence[Json], *, stays: bool) -> tuple[float, str]:
    """Seconds from the commit to the first message, and its words."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(LOSSES[table])
        committed = time.monotonic()
        if not stays:
            await connection.close()
        while time.monotonic() - committed < LONGEST_SECONDS:
            for message in received:
                for finding in message["findings"]:
                    if table in finding["message"]:
                        return time.monotonic() - committed, finding["message"]
            await asyncio.sleep(0.002)
    finally:
        await connection.close()
    raise SystemExit(f"nobody was told of {table} in {LONGEST_SECONDS:.0f} s")


def report(measured: Sequence[Measured], title: str) -> None:
    table = Table("loss", "role", "commit to alert, s", "each run", "pages", "counts", "buffers they touched", "s")
    table.title = title
    for case, role in product(LOSSES, ROLES):
        found = [each for each in measured if (each.case, each.role) == (case, role)]
        table.add_row(
            case,
            role,
            f"{median(each.seconds for each in found):.2f}",
            ", ".join(f"{each.seconds:.2f}" for each in found),
            f"{median(each.pages for each in found):,.0f}",
            f"{median(each.counts.calls for each in found):.0f}",
            f"{median(each.counts.buffers for each in found):,.0f}",
            f"{median(each.counts.seconds for each in found):.2f}",
        )
    CONSOLE.print(table)
