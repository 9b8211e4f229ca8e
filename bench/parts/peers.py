"""A whole look by everyone, in turns: the time, what the server does for it, and the client's memory."""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import mkdtemp

import msgspec

from bench.parts.part import Options, Part
from bench.parts.table import cell, lines
from bench.peers.all import CONTENDERS, REFERENCE
from bench.peers.contender import ENVIRONMENT, Contender, MissingError, Target
from bench.peers.ours import Ours
from bench.peers.schemainspect import Schemainspect
from bench.stand.figures import paired_ratio
from bench.stand.place import CONSOLE, Place, version
from bench.stand.run import Run, run
from tests.servers.query import sql

ROOT = Path(__file__).parents[2]
# Rounds that count of each size: as many as fit into a contender's share of time, within bounds.
ROUNDS, SHARE_SECONDS = 5, 12.0
# Of one whose first run took longer than that, one will do.
FEW_ROUNDS, SLOW_SECONDS = 3, 15.0
HELPS = 5
# A first run that took longer than this is counted; of quicker ones it warms the caches.
WARMING_SECONDS = 10.0
OURS, SCHEMAINSPECT = Ours.name, Schemainspect.name
# What nobody else calls so.
MARK = "seen_by_whom"


class Of(msgspec.Struct, frozen=True, kw_only=True):
    """One contender at one size.

    Attributes:
        runs: that counted, oldest first; every contender's first are of the same round.
        why_not: why there is none, or not all; empty when there is no reason.
    """

    name: str
    runs: list[Run]
    why_not: str = ""


class Size(msgspec.Struct, frozen=True, kw_only=True):
    tables: int
    contenders: list[Of]


class About(msgspec.Struct, frozen=True, kw_only=True):
    """A contender in words.

    Attributes:
        version: empty where it could not be had, and then `why_not` says why.
        proof: how it is known to have read the schema.
    """

    name: str
    version: str
    does: str
    reads: str
    proof: str
    why_not: str


class Peers(msgspec.Struct, frozen=True, kw_only=True):
    """All of it.

    Attributes:
        helps: seconds of `check --help`, each time.
    """

    server: str
    limit: float
    about: list[About]
    sizes: list[Size]
    helps: list[float]


def measure(place: Place, options: Options) -> Peers:
    """Run everyone at each size, one after the other, round by round."""
    there: list[Contender] = []
    about: list[About] = []
    for each in CONTENDERS:
        CONSOLE.print(f"peers: {each.name} ...")
        try:
            found = each.install()
        except MissingError as error:
            CONSOLE.print(f"peers: {each.name} is not there: {error}")
            about.append(_about(each, "", "", str(error)))
            continue
        proof = proven(place, each, min(options.sizes))
        CONSOLE.print(f"peers: {each.name} {found}: {proof}")
        about.append(_about(each, found, proof, ""))
        there.append(each)
    sizes: list[Size] = []
    for tables in options.sizes:
        sizes.append(_in_turns(place, there, tables, options, sizes[-1] if sizes else None))
    return Peers(
        server=version(place.server()),
        limit=options.limit,
        about=about,
        sizes=sizes,
        helps=[_helped(place) for _ in range(HELPS)],
    )


def _helped(place: Place) -> float:
    command = [sys.executable, "-m", "watchdog", "check", "--help"]
    return run(place.server(), command, place.folder, {**ENVIRONMENT, "PYTHONPATH": str(ROOT)}, 60)[0].seconds


def _about(each: Contender, found: str, proof: str, why_not: str) -> About:
    return About(name=each.name, version=found, does=each.does, reads=each.reads, proof=proof, why_not=why_not)


def target(place: Place, each: Contender, tables: int, dsn: str, twin: str) -> Target:
    server = place.server()
    name = re.sub(r"\W+", "-", each.name)
    return Target(
        dsn=dsn,
        host="127.0.0.1",
        port=server.port,
        database=dsn.rpartition("/")[2],
        twin=twin,
        tables=tables,
        folder=Path(mkdtemp(prefix=f"{name}-{tables}-", dir=place.folder)),
    )


def proven(place: Place, each: Contender, tables: int) -> str:
    """How a contender is known to read the schema: it tells of an added column, or as many tables as there are.

    Raises SystemExit when it does neither: its time would mean nothing.
    """
    own = place.copy(tables, "proof")
    aim = target(place, each, tables, own, place.database(tables))
    if making := each.prepare(aim):
        _run(place, making, aim, 300)
    table = f"t{tables // 2}"
    sql(own, f"ALTER TABLE {table} ADD COLUMN {MARK} integer")
    done, printed = _run(place, each.command(aim), aim, 300)
    read = each.tables(printed)
    if read == tables:
        return f"tells of {read} tables of {tables}"
    if read is None and MARK in printed:
        return "tells of a column that was added"
    raise SystemExit(f"{each.name} did not read {own}: it ended with {done.code} and said: {printed[-2000:]}")


def _run(place: Place, command: Sequence[str], aim: Target, limit: float) -> tuple[Run, str]:
    return run(place.server(), command, aim.folder, {**ENVIRONMENT, "PYTHONPATH": str(ROOT)}, limit)


def _in_turns(place: Place, there: Sequence[Contender], tables: int, options: Options, smaller: Size | None) -> Size:
    dsn = place.database(tables)
    twin = place.copy(tables, f"twin_of_{tables}")
    course = Course(options.limit, 2 if options.quick else ROUNDS)
    steps: dict[str, Callable[[], Run]] = {}
    for each in there:
        aim = target(place, each, tables, dsn, twin)
        steps[each.name] = partial(_look, place, each, aim, options.limit)
        making = each.prepare(aim)
        matters = each.name in {OURS, REFERENCE.name}
        if smaller and not matters and (why := hopeless(each.name, smaller, tables, options.limit, twice=bool(making))):
            course.give_up(each.name, why)
        elif making:
            CONSOLE.print(f"{tables:,} tables: {each.name} makes what it compares with ...")
            made, _ = _run(place, making, aim, options.limit)
            if made.code is None:
                course.give_up(each.name, f"over {options.limit:.0f} s already for what it compares with")
    for number in range(course.most + 1):
        for name in [name for name in steps if course.wants(name, number)]:
            done = steps[name]()
            CONSOLE.print(f"{tables:,} tables, round {number}: {name}: {done.seconds:.2f} s")
            course.note(name, done)
    sql(place.server().dsn(), f"DROP DATABASE twin_of_{tables}")
    contenders = [Of(name=name, runs=course.runs.get(name, []), why_not=course.why_not.get(name, "")) for name in steps]
    return Size(tables=tables, contenders=contenders)


def _look(place: Place, each: Contender, aim: Target, limit: float) -> Run:
    return _run(place, each.command(aim), aim, limit)[0]


def hopeless(name: str, smaller: Size, tables: int, limit: float, *, twice: bool) -> str:
    """Why a contender need not be run, by what it took at a smaller size; empty where it is to be run.

    `twice`: it also has to make what it compares with, which takes as long again.
    """
    [of] = [each for each in smaller.contenders if each.name == name]
    if not of.runs:
        return f"not run: {of.why_not} at {smaller.tables:,} tables"
    seconds = median(run.seconds for run in of.runs)
    if seconds * (1 + twice) * tables / smaller.tables <= limit:
        return ""
    again = ", and as long again for what it compares with" if twice else ""
    return f"not run: {cell(seconds)} s at {smaller.tables:,} tables{again}; the limit is {limit:.0f} s"


class Course:
    """Who still runs: a quick contender in every round, a slow one once."""

    def __init__(self, limit: float, most: int) -> None:
        """`most` rounds count, after one that warms up."""
        self.limit = limit
        self.most = most
        self.runs: dict[str, list[Run]] = {}
        self.why_not: dict[str, str] = {}
        self._first: dict[str, float] = {}

    def give_up(self, name: str, why: str) -> None:
        self.why_not[name] = why

    def wants(self, name: str, number: int) -> bool:
        """Whether it runs in the round of this number; 0 is the first."""
        if name in self.why_not:
            return False
        return number == 0 or len(self.runs.get(name, [])) < self._rounds(name)

    def _rounds(self, name: str) -> int:
        first = self._first[name]
        least = 1 if first > SLOW_SECONDS else FEW_ROUNDS
        return min(max(int(SHARE_SECONDS / first), least), self.most)

    def note(self, name: str, done: Run) -> None:
        if done.code is None:
            self.give_up(name, f"over {self.limit:.0f} s")
        elif done.code:
            self.give_up(name, f"ended with {done.code}")
        elif self._first.setdefault(name, done.seconds) > WARMING_SECONDS or name in self.runs:
            self.runs.setdefault(name, []).append(done)
        else:
            self.runs[name] = []  # that one warmed up


CAVEATS = """\
- Who reads less has less to do: SQLAlchemy and driftbrake read tables, and no views, functions, triggers or policies.
- Who compares nothing has less to do: pg_dump writes a script, schemainspect and SQLAlchemy make a model. The time of
  the watchdog has the comparison within, and the loading of its baseline.
- migra and @pgkit/migra read two databases, so their server CPU and buffers are those of two.
- check_postgres and driftbrake compare with a file of their own, as the watchdog does; to make it is not in the time.
- pg_dump locks every table, each in a place of the server's lock table, which was made larger for it
  (`max_locks_per_transaction = 1024`).
"""


def told(result: Peers) -> Iterator[str]:
    """A table a size, then who reads what."""
    yield (
        f"PostgreSQL {result.server} on the same machine, by TCP on loopback, 1 GB of shared buffers, caches warm."
        " Everyone is a process that starts, reads the whole schema and ends; one after the other, round by round."
        " Medians; a ratio is the median of the ratios within a round. Server CPU is that of all its processes, in"
        " steps of 10 ms; buffers are of 8 kB, found in memory or read; memory is the peak of the client's largest"
        " process, 9 MB at least."
    )
    for size in result.sizes:
        yield ""
        yield f"### {size.tables:,} tables"
        yield ""
        yield from size_told(size, result.limit)
    yield ""
    yield "### Who does how much"
    yield ""
    rows = [
        (each.name, each.version or "not there", each.does, each.reads, each.proof or each.why_not)
        for each in result.about
    ]
    yield from lines(("", "version", "what it does", "what it reads", "how that is known"), rows)
    yield ""
    yield from CAVEATS.splitlines()


def size_told(size: Size, limit: float) -> Iterator[str]:
    of = {each.name: each for each in size.contenders}
    reference = of[REFERENCE.name].runs
    rows = []
    for each in size.contenders:
        if not each.runs:
            rows.append((each.name, f"{each.why_not or f'over {limit:.0f} s'}", *[""] * 8))
            continue
        runs = each.runs
        rows.append(
            (
                each.name,
                f"{cell(median(run.seconds for run in runs))} s",
                _ratio([run.seconds for run in runs], [run.seconds for run in reference]),
                f"{cell(median(run.server for run in runs))} s",
                _ratio([run.server for run in runs], [run.server for run in reference]),
                f"{median(run.buffers for run in runs):,.0f}",
                f"{cell(median(run.client for run in runs))} s",
                f"{median(run.memory for run in runs) / 1e6:.0f} MB",
                str(len(runs)) + (f" ({each.why_not})" if each.why_not else ""),
            )
        )
    head = ("", "time", "to pg_dump", "server CPU", "to pg_dump", "buffers", "client CPU", "client memory", "rounds")
    yield from lines(head, [row[: len(head)] for row in rows])


def _ratio(values: Sequence[float], references: Sequence[float]) -> str:
    """A tick of the clock may be all of a short run, so no ratio to nothing."""
    kept = [(value, other) for value, other in zip(values, references, strict=False) if other > 0]
    return cell(paired_ratio([one for one, _ in kept], [other for _, other in kept])) if kept else ""


def short(result: Peers) -> Iterator[tuple[str, str, str]]:
    """The watchdog beside pg_dump and schemainspect at each size."""
    goals = {100: "under 1 s", 1_000: "at most as long", 10_000: "half the time, a third of the CPU"}
    for size in result.sizes:
        runs = {each.name: each.runs for each in size.contenders}
        ours, reference = runs[OURS], runs[REFERENCE.name]
        if not ours or not reference:
            continue
        wall = _ratio([run.seconds for run in ours], [run.seconds for run in reference])
        server = _ratio([run.server for run in ours], [run.server for run in reference])
        took = f"{cell(median(run.seconds for run in ours))} s"
        figure = f"{took}: {wall} of pg_dump's time, {server} of its server CPU"
        yield f"a whole look, {size.tables:,} tables", figure, goals.get(size.tables, "")
        if slower := runs.get(SCHEMAINSPECT):
            times = median(run.seconds for run in slower) / median(run.seconds for run in ours)
            goal = "10 times" if size.tables == 10_000 else ""
            yield f"a whole look, {size.tables:,} tables, beside schemainspect", f"{cell(times)} times as quick", goal
    yield "`check --help`", f"{cell(median(result.helps))} s", "under 0.3 s"


PEERS = Part(name="peers", title="A whole look, beside others", result=Peers, measure=measure, told=told, short=short)
