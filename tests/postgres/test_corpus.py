"""Pairs of schemas on a real server, compared both ways. A case is a folder of tests/corpus.

`expected.txt` holds what is found in after.sql where before.sql is expected; with UPDATE_CORPUS=1 it is written anew.
"""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.servers.query import sql
from tests.servers.servers import Server
from watchdog.finding import Finding
from watchdog.postgres.capture import capture
from watchdog.postgres.connection import Connection
from watchdog.schema.diff import Change, diff
from watchdog.schema.findings import judge
from watchdog.schema.kinds import KINDS, sql_name
from watchdog.schema.snapshot import ObjectId, Snapshot
from watchdog.sqltext import visible

CORPUS = Path(__file__).parents[1] / "corpus"
CASES = sorted(path.name for path in CORPUS.iterdir() if path.is_dir())
QUERIES = Path(__file__).parents[2] / "watchdog" / "postgres" / "sql" / "kinds"
MIRRORED = {"missing": "unexpected", "unexpected": "missing", "changed": "changed"}


def line(finding: Finding) -> str:
    name = visible(sql_name(ObjectId(finding.kind, finding.identity)))
    return f"{finding.severity} {finding.change} {finding.kind} {name} {finding.attribute or '-'}: {finding.message}"


def mirrored(change: Change) -> Change:
    return msgspec.structs.replace(
        change, change=MIRRORED[change.change], expected=change.actual, actual=change.expected
    )


@pytest.fixture(scope="module")
def sides(server: Server, worker_id: str) -> Iterator[tuple[str, str]]:
    """The names of two databases that this module makes anew for each case."""
    names = (f"before_{worker_id}", f"after_{worker_id}")
    yield names
    for name in names:
        sql(server.dsn(), f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def loaded(server: Server, name: str, script: Path) -> Snapshot:
    sql(server.dsn(), f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    sql(server.dsn(), f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY file_copy")
    sql(server.dsn(name), script.read_text(encoding="utf-8"))

    async def look() -> Snapshot:
        connection = Connection(server.dsn(name))
        try:
            return await capture(connection)
        finally:
            await connection.close()

    return asyncio.run(look())


@pytest.mark.parametrize("case", CASES)
def test_a_change_is_found_both_ways_and_nothing_else_is(server: Server, sides: tuple[str, str], case: str) -> None:
    before = loaded(server, sides[0], CORPUS / case / "before.sql")
    after = loaded(server, sides[1], CORPUS / case / "after.sql")
    there, back = diff(before, after), diff(after, before)
    assert sorted(map(repr, map(mirrored, there.changes))) == sorted(map(repr, back.changes))
    assert diff(before, before).changes == diff(after, after).changes == ()
    assert there.not_covered == back.not_covered == ()
    found = judge("production", there.changes, before, after)
    text = "".join(f"{line(finding)}\n" for finding in found)
    if "UPDATE_CORPUS" in os.environ:
        (CORPUS / case / "expected.txt").write_text(text, encoding="utf-8")
    assert text == (CORPUS / case / "expected.txt").read_text(encoding="utf-8")


def test_the_kinds_are_the_same_in_the_table_the_queries_and_the_corpus() -> None:
    assert {path.name.split(".")[0] for path in QUERIES.iterdir()} == set(KINDS)
    assert {case.split("--")[0] for case in CASES} == set(KINDS)


def test_every_kind_goes_missing_and_comes_unexpected_and_every_compared_attribute_changes_in_a_case() -> None:
    texts = [(CORPUS / case / "expected.txt").read_text(encoding="utf-8") for case in CASES]
    heads = [line.split(": ")[0].split() for text in texts for line in text.splitlines()]
    seen = {(kind, change if change != "changed" else words[-1]) for _, change, kind, *words in heads}
    wanted = {
        (kind.name, what)
        for kind in KINDS.values()
        for what in ("missing", "unexpected", *(each.name for each in kind.attributes if each.compared))
    }
    assert seen == wanted


def test_every_case_says_something_unless_its_difference_is_none_to_the_database() -> None:
    silent = [case for case in CASES if not (CORPUS / case / "expected.txt").read_text(encoding="utf-8")]
    assert silent == ["column--position"]
