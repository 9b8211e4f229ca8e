"""Contracts beside real servers: met, missing, narrower, wider, locked, out of reach, and called by any name."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from tests.postgres.looks import BRISK, look
from tests.postgres.mending import mend
from tests.postgres.test_hostile_names import NAMES
from tests.servers.query import rows, sql
from watchdog.config.contract import load, parse
from watchdog.contracts.compare import compare
from watchdog.contracts.contract import Column, Contract, Relation
from watchdog.contracts.merge import merged
from watchdog.contracts.suggest import suggested
from watchdog.contracts.types import BUILT_IN, type_name
from watchdog.finding import Finding, Subject
from watchdog.postgres.capture import capture
from watchdog.postgres.connection import Connection
from watchdog.schema.diff import diff
from watchdog.schema.findings import judge
from watchdog.schema.kinds import KINDS
from watchdog.sqltext import qualified, quote_ident

ROOT = Path(__file__).parents[2]
MILO = (ROOT / "watchdog" / "cli" / "milo.sql").read_text(encoding="utf-8").partition("-- One sealed epoch")[0]
[AGGREGATOR] = load([ROOT / "config" / "contracts" / "milo-aggregator.yaml"])
KEY = ("public", "channel_participation", "channel_participation_channel_epoch_user_hash_key")


def judged(dsn: str, *contracts: Contract) -> tuple[list[Finding], list[Subject]]:
    findings, unjudged = compare("db", contracts, look(dsn))
    return list(findings), list(unjudged)


def told(dsn: str, *contracts: Contract) -> list[str]:
    """The messages; nothing may be left unjudged."""
    findings, unjudged = judged(dsn, *contracts)
    assert unjudged == []
    return [finding.message for finding in findings]


@pytest.mark.all_majors
def test_the_shipped_contract_is_met_by_the_aggregators_schema_and_each_loss_is_found_and_mended(database: str) -> None:
    sql(database, MILO)
    assert told(database, AGGREGATOR) == []
    expected = look(database)

    sql(
        database,
        "ALTER TABLE sealed_epochs DROP COLUMN token_group, ALTER COLUMN published DROP DEFAULT;"
        "ALTER TABLE channel_participation DROP CONSTRAINT channel_participation_pkey;"
        "ALTER TABLE sealed_participants ALTER COLUMN username SET NOT NULL;"
        "ALTER TABLE sealed_participants ALTER COLUMN idx TYPE smallint",
    )
    findings, unjudged = judged(database, AGGREGATOR)
    assert unjudged == []
    assert [finding.message.partition(" (")[0] for finding in findings] == [
        "column public.sealed_epochs.published: default is none; milo-aggregator expects DEFAULT 0",
        "column public.sealed_epochs.token_group is missing: milo-aggregator expects text, NOT NULL, DEFAULT 'MILO'",
        "column public.sealed_participants.idx: data type is smallint; milo-aggregator expects integer",
        "column public.sealed_participants.username is NOT NULL; milo-aggregator expects nullable",
        f"index {'.'.join(KEY)} is missing: milo-aggregator expects a unique key of",
    ]
    assert findings[1].message.endswith(" (since 2025-11-17: groups token families)")

    drift = judge("db", diff(expected, look(database)), look(database))
    both = merged(drift, findings)
    assert {finding.fingerprint for finding in both} == {finding.fingerprint for finding in drift}
    assert sum(finding.components == ("milo-aggregator",) for finding in both) == 5

    for finding in findings:
        if finding.attribute != "data_type":
            mend(database, finding)
    assert [finding.attribute for finding in judged(database, AGGREGATOR)[0]] == ["data_type"]


@pytest.mark.all_majors
def test_what_is_wider_and_what_is_more_breaks_nobody(database: str) -> None:
    sql(
        database,
        "CREATE TABLE t (a bigint, b varchar(20), c numeric(12,2), d double precision, e text NOT NULL, f int,"
        " g bigint GENERATED ALWAYS AS IDENTITY, h timestamptz DEFAULT now(), PRIMARY KEY (a), UNIQUE (b) INCLUDE (e));"
        "CREATE UNIQUE INDEX ON t (f DESC, lower(b)); CREATE UNIQUE INDEX ON t (f, a) WHERE b IS NULL",
    )
    needs = parse(
        "component: c\ntables:\n  public.t:\n    columns: {a: int, b: varchar(10), c: 'numeric(10,2)', d: real,"
        " e: {type: [int, varchar], nullable: false}, g: {default: true}, h: {type: timestamptz, default: now()}}\n"
        "    unique: [[a], [b]]\n",
        "f",
    )
    assert told(database, needs) == []
    narrower = parse(
        "component: c\ntables:\n  public.t:\n"
        "    columns: {a: numeric(5), b: 'varchar(30)', c: 'numeric(12,3)', d: text}\n"
        "    unique: [[f, a], [a, b]]\n",
        "f",
    )
    assert [message.partition(" is ")[0] for message in told(database, narrower)] == [
        "column public.t.a: data type",
        "column public.t.b: data type",
        "column public.t.c: data type",
        "column public.t.d: data type",
        "index public.t.t_a_b_key",
        "index public.t.t_a_f_key",
    ]


@pytest.mark.all_majors
def test_types_functions_and_enums_are_known_by_every_name_that_the_server_takes(database: str) -> None:
    written = [
        "int8", "varchar(10)", "timestamptz", "timestamptz(3)", "timestamp", "time(2)", "timetz", "decimal",
        "decimal(8)",
        "numeric(8, 2)", "float(24)", "float(25)", "float4", "bool", "char", "char(4)", "bpchar", "bit", "varbit(3)",
        '"char"', "int[]", "integer array", "int[3][3]", "interval", "interval day to second(3)", "interval(2)",
        "interval year", "serial", "public.mood", 'public."My type"[]', "uuid", "jsonb", "inet",
        "name", "national character(3)",
    ]  # fmt: skip
    columns = ", ".join(f"c{number} {each}" for number, each in enumerate(written))
    arguments = [each for each in written if each != "serial"]
    sql(
        database,
        "CREATE TYPE mood AS ENUM ('happy', E'it''s \\\\ ok'); CREATE TYPE \"My type\" AS (a int);"
        f"CREATE TABLE t ({columns});"
        f"CREATE FUNCTION seal({', '.join(arguments)}) RETURNS int LANGUAGE sql AS 'SELECT 1'",
    )
    needs = Contract(
        component="c",
        relations=(
            Relation(
                name=("public", "t"),
                columns=tuple(
                    Column(name=f"c{number}", types=(type_name(each),)) for number, each in enumerate(written)
                ),
            ),
        ),
        functions=(("public", f"seal({', '.join(type_name(each, modifiers=False) for each in arguments)})"),),
        enums={("public", "mood"): ("happy", "it's \\ ok")},
    )
    assert told(database, needs) == []
    for subject, facts in look(database).objects.items():
        if subject.kind == "column":
            assert type_name(str(facts["data_type"])) == facts["data_type"]


@pytest.mark.all_majors
def test_no_type_of_the_server_is_unknown(database: str) -> None:
    query = (
        "SELECT format_type(t.oid, null) FROM pg_type t WHERE typnamespace = 'pg_catalog'::regnamespace"
        " AND typrelid = 0 AND NOT EXISTS (SELECT FROM pg_type a WHERE a.typarray = t.oid)"
    )
    assert {name for (name,) in rows(database, query)} <= BUILT_IN


@pytest.mark.all_majors
def test_privileges_are_those_that_the_server_grants(major: int, database: str) -> None:
    name = database.rpartition("/")[2]
    app, group, owner = (f'"{name} {what}"' for what in ("app", "group", "owner"))
    inherit = " WITH INHERIT FALSE" if major >= 16 else ""
    sql(
        database,
        f"CREATE ROLE {app}; CREATE ROLE {group}; CREATE ROLE {owner} NOINHERIT; GRANT {group} TO {app};"
        f"GRANT {group} TO {owner}{inherit}; CREATE SCHEMA shut; CREATE TABLE shut.t (a int, b int);"
        "CREATE TABLE owned (a int); CREATE TABLE granted (a int, b int); CREATE TABLE open (a int);"
        f"ALTER TABLE owned OWNER TO {owner}; REVOKE DELETE ON owned FROM {owner};"
        f"GRANT SELECT ON granted TO {group}; GRANT UPDATE (a) ON granted TO {app}; GRANT INSERT ON open TO PUBLIC;"
        f"GRANT SELECT ON shut.t TO {app}",
    )
    held = (
        "SELECT role, name, privilege, has_schema_privilege(role, split_part(name, '.', 1), 'USAGE')"
        " AND (has_table_privilege(role, name, privilege)"
        " OR CASE WHEN privilege <> 'DELETE' THEN has_column_privilege(role, name, 'a', privilege) ELSE false END)"
        " FROM unnest($1::text[]) role, unnest('{shut.t,public.owned,public.granted,public.open}'::text[]) name,"
        " unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) privilege"
    )
    kinds = (*(kind for kind in KINDS if KINDS[kind].within != "cluster"), "role", "membership")
    try:
        actual = look(database, kinds=kinds)
        answers = rows(database, held, [role.strip('"') for role in (app, owner)])
    finally:
        sql(database, f"DROP OWNED BY {app}, {group}, {owner}; DROP ROLE {app}, {group}, {owner}")
    for role, table, privilege, wanted in answers:
        need = f"{{columns: {{a: }}, privileges: [{privilege}]}}"
        needs = parse(f'component: c\nrole: "{role}"\ntables: {{{table}: {need}}}', "f")
        findings, unjudged = compare("db", [needs], actual)
        assert unjudged == ()
        assert (findings == ()) is wanted, (role, table, privilege, findings)
        assert all(finding.remedy and finding.remedy.sql.startswith("GRANT ") for finding in findings)
    assert {(role, wanted) for role, _, _, wanted in answers} == {
        (role.strip('"'), wanted) for role in (app, owner) for wanted in (True, False)
    }


def test_a_role_that_may_use_nothing_judges_as_a_superuser_does(database: str, watcher: str) -> None:
    sql(database, MILO + "CREATE TYPE mood AS ENUM ('a'); ALTER TABLE sealed_epochs DROP COLUMN root")
    more = parse(
        "component: c\nenums: {public.mood: [a, b]}\ntables: {public.user_mapping: {unique: [[username]]}}", "f"
    )
    assert told(watcher, AGGREGATOR, more) == told(database, AGGREGATOR, more)
    assert len(told(watcher, AGGREGATOR, more)) == 3


@pytest.mark.all_majors
def test_what_is_locked_is_not_judged_and_not_called_missing(database: str) -> None:
    sql(database, MILO)

    async def run() -> tuple[tuple[Finding, ...], tuple[Subject, ...]]:
        holder = await asyncpg.connect(database)
        watching = Connection(database, BRISK)
        try:
            async with holder.transaction():
                await holder.execute("LOCK TABLE sealed_epochs IN ACCESS EXCLUSIVE MODE")
                return compare("db", [AGGREGATOR], await capture(watching))
        finally:
            await watching.close()
            await holder.close()

    findings, unjudged = asyncio.run(run())
    assert findings == ()
    assert {subject.identity[1] for subject in unjudged} == {"sealed_epochs"}
    assert {subject.identity[2] for subject in unjudged if subject.kind == "column"} == {
        "epoch", "channel", "root", "sealed_at", "published", "published_at", "token_group", "category",
    }  # fmt: skip
    assert [subject.kind for subject in unjudged][-2:] == ["index", "relation"]
    assert all(subject.reason.endswith(" (needed by milo-aggregator)") for subject in unjudged)


@pytest.mark.parametrize("name", NAMES.values(), ids=list(NAMES))
def test_a_hostile_name_is_needed_lost_mended_and_suggested(database: str, name: str) -> None:
    own = name if len(name.encode()) < 60 else "t"
    table, column = qualified((own, name)), quote_ident(name)
    sql(
        database,
        f"CREATE SCHEMA {quote_ident(own)}; CREATE TABLE {table} ({column} int, other int, UNIQUE ({column}, other))",
    )
    statement = f"INSERT INTO {table} ({column}, other) VALUES (1, 2) ON CONFLICT (other, {column}) DO NOTHING"
    needs = parse(suggested("c", [statement], look(database), None), "suggested")
    assert [(each.name, len(each.columns), len(each.unique)) for each in needs.relations] == [((own, name), 2, 1)]
    assert told(database, needs) == []

    sql(database, f"ALTER TABLE {table} DROP COLUMN {column}")
    [lost] = judged(database, needs)[0]
    assert (lost.identity, lost.message.isprintable()) == ((own, name, name), True)
    mend(database, lost)
    [key] = judged(database, needs)[0]
    assert (key.kind, key.message.isprintable()) == ("index", True)
    mend(database, key)
    assert told(database, needs) == []


@pytest.mark.all_majors
def test_a_partitions_key_and_a_views_columns_are_seen(database: str) -> None:
    sql(
        database,
        "CREATE TABLE p (a int, b text, PRIMARY KEY (a)) PARTITION BY RANGE (a);"
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9); CREATE VIEW v AS SELECT a, b FROM p;"
        "CREATE MATERIALIZED VIEW m AS SELECT a FROM p",
    )
    needs = parse(
        "component: c\ntables: {public.p: {unique: [[a]]}, public.p1: {unique: [[a]]}}\n"
        "views: {public.v: {columns: {a: int, b: varchar}}, public.m: {columns: {a: int}}}",
        "f",
    )
    assert told(database, needs) == []
    sql(database, "DROP MATERIALIZED VIEW m; DROP VIEW v; CREATE VIEW v AS SELECT a::text AS a FROM p")
    assert told(database, needs) == [
        "column public.v.a: data type is text; c expects integer",
        "column public.v.b is missing: c expects character varying",
        "view public.m is missing: c expects it",
    ]


@pytest.mark.majors(18)
def test_a_not_null_that_old_rows_need_not_keep_is_none(database: str) -> None:
    sql(database, "CREATE TABLE t (a int); ALTER TABLE t ADD CONSTRAINT n NOT NULL a NOT VALID")
    needs = parse("component: c\ntables: {public.t: {columns: {a: {nullable: false}}}}", "f")
    assert told(database, needs) == ["column public.t.a: not null rule is NOT VALID; c expects NOT NULL of all rows"]
    sql(database, "ALTER TABLE t VALIDATE CONSTRAINT n")
    assert told(database, needs) == []
