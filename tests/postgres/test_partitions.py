"""What retention makes and drops is no drift; a partition that departs from its parent is."""

import pytest

from tests.postgres.looks import look
from tests.servers.query import sql
from watchdog.finding import Finding
from watchdog.schema.compare import compare
from watchdog.schema.selection import Selection

SCHEMA = """
CREATE TABLE e (day date NOT NULL, id bigint, note text CHECK (note <> '')) PARTITION BY RANGE (day);
CREATE INDEX ON e (id);
CREATE TABLE e_1 PARTITION OF e FOR VALUES FROM ('2025-01-01') TO ('2025-02-01');
CREATE TABLE e_2 PARTITION OF e FOR VALUES FROM ('2025-02-01') TO ('2025-03-01');
CREATE UNIQUE INDEX ON e_2 (id);
CREATE TABLE e_rest PARTITION OF e DEFAULT;
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER g AFTER INSERT ON e FOR EACH ROW EXECUTE FUNCTION f();
CREATE TABLE l (id bigint) PARTITION BY LIST (id);
CREATE TABLE l_1 PARTITION OF l FOR VALUES IN (1);
CREATE TABLE h (id bigint) PARTITION BY HASH (id);
CREATE TABLE h_0 PARTITION OF h FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE h_1 PARTITION OF h FOR VALUES WITH (MODULUS 2, REMAINDER 1);
"""
MARCH = "FOR VALUES FROM ('2025-03-01') TO ('2025-04-01')"
NEW = f"CREATE TABLE e_3 PARTITION OF e {MARCH}"


def watched(database: str, *statements: str) -> tuple[tuple[Finding, ...], int]:
    """The findings where a database is watched, and how many partitions came or went beside them."""
    sql(database, SCHEMA)
    before = look(database)
    sql(database, ";".join(statements))
    findings, coverage = compare("production", before, look(database), Selection(without=["partitions", "order"]))
    return findings, coverage.partition_churn


@pytest.mark.parametrize(
    ("statements", "count"),
    [
        ([NEW], 1),
        ([NEW, "CREATE UNIQUE INDEX ON e_3 (id)"], 1),
        (["CREATE TABLE e_3 (LIKE e INCLUDING CONSTRAINTS)", f"ALTER TABLE e ATTACH PARTITION e_3 {MARCH}"], 1),
        ([f"{NEW} PARTITION BY LIST (id)", "CREATE TABLE e_3_1 PARTITION OF e_3 FOR VALUES IN (1)"], 2),
        (["DROP TABLE e_1"], 1),
        (["DROP TABLE e_1, e_2", NEW], 3),
        ([NEW, "ALTER TABLE e ENABLE ROW LEVEL SECURITY", "ALTER TABLE e DISABLE ROW LEVEL SECURITY"], 1),
        (["SELECT 1"], 0),
    ],
)
def test_partitions_come_and_go(database: str, statements: list[str], count: int) -> None:
    assert watched(database, *statements) == ((), count)


@pytest.mark.parametrize(
    ("statements", "severity", "message"),
    [
        (["DROP TABLE e_rest"], "critical", "table public.e_rest is missing: expected DEFAULT"),
        (["DROP TABLE h_1"], "critical", "table public.h_1 is missing: expected FOR VALUES WITH"),
        ([NEW, "ALTER TABLE e_3 ALTER id SET NOT NULL"], "warning", "table public.e_3 is not expected"),
        ([NEW, "ALTER TABLE e_3 ADD CHECK (id > 0)"], "warning", "table public.e_3 is not expected"),
        ([NEW, "CREATE RULE r AS ON INSERT TO e_3 DO INSTEAD NOTHING"], "warning", "table public.e_3 is not expected"),
        ([NEW.replace("TABLE", "UNLOGGED TABLE")], "warning", "table public.e_3 is not expected"),
        (["DROP TABLE e_2"], "info", "table public.e_2 is missing"),
        (["DROP TABLE l_1"], "info", "table public.l_1 is missing"),
        ([NEW, "ALTER TABLE e_3 ENABLE ROW LEVEL SECURITY"], "warning", "table public.e_3 is not expected"),
        ([NEW, "GRANT SELECT ON e_3 TO PUBLIC"], "warning", "table public.e_3 is not expected"),
        ([NEW, "ALTER TABLE e_3 OWNER TO pg_monitor"], "warning", "table public.e_3 is not expected"),
        ([f"{NEW} PARTITION BY LIST (id)"], "warning", "partitioned table public.e_3 is not expected"),
        ([NEW, "ALTER TABLE e_3 DISABLE TRIGGER g"], "warning", "table public.e_3 is not expected"),
        (["DROP TABLE e"], "critical", "partitioned table public.e is missing"),
        (["ALTER TABLE e DETACH PARTITION e_1"], "critical", "table public.e_1: partition bound is none"),
        (["CREATE INDEX ON e_1 (note)"], "info", "index public.e_1.e_1_note_idx is not expected"),
    ],
)
def test_what_departs_is_found(database: str, statements: list[str], severity: str, message: str) -> None:
    findings, _ = watched(database, *statements)
    assert [(each.severity, each.message[: len(message)]) for each in findings][:1] == [(severity, message)]
    assert len(findings) == 1 or "DROP TABLE" in statements[0]


def test_a_partition_that_departs_says_how(database: str) -> None:
    [found], _ = watched(
        database,
        "CREATE UNLOGGED TABLE bad (LIKE e)",
        "ALTER TABLE bad ALTER id SET NOT NULL, ADD CONSTRAINT early CHECK (id < 9)",
        f"ALTER TABLE bad ADD CONSTRAINT e_note_check CHECK (note <> ''); ALTER TABLE e ATTACH PARTITION bad {MARCH}",
    )
    assert found.message.endswith("; unlike its parent: unlogged, NOT NULL id, constraint early")


def test_a_partition_that_was_detached_is_one_finding_and_what_it_was_given_then_is_found(database: str) -> None:
    findings, _ = watched(
        database,
        "ALTER TABLE e DETACH PARTITION e_1",
        "CREATE RULE r AS ON INSERT TO e_1 DO INSTEAD NOTHING; CREATE INDEX more ON e_1 (note)",
        "ALTER TABLE e_1 ADD CONSTRAINT c CHECK (id > 0); CREATE POLICY p ON e_1",
    )
    assert {each.identity[-1]: each.message.partition("; ")[2] for each in findings} == {
        "e_1": "it is no partition any more",
        **dict.fromkeys(["r", "more", "c", "p"], ""),
    }


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE e ADD more int NOT NULL DEFAULT 1",
        "ALTER TABLE e DROP note",
        "ALTER TABLE e ALTER id TYPE numeric",
        "ALTER TABLE e ADD CONSTRAINT c CHECK (id > 0)",
        "ALTER TABLE e ALTER note SET NOT NULL",
    ],
)
def test_what_a_partition_has_of_its_parent_is_told_of_the_parent(database: str, statement: str) -> None:
    findings, _ = watched(database, statement)
    assert {each.identity[1] for each in findings} == {"e"}


def test_what_a_partition_has_otherwise_than_its_parent_is_told_of_it(database: str) -> None:
    findings, _ = watched(database, "ALTER TABLE e ADD more int; ALTER TABLE e_1 ALTER more SET NOT NULL")
    assert {(each.identity[1:], each.change) for each in findings} == {
        (("e", "more"), "unexpected"),
        (("e_1", "more"), "unexpected"),
    }


def test_a_partition_that_is_brought_back_shows_nobody_more_than_before(database: str) -> None:
    sql(database, SCHEMA)
    sql(database, "ALTER TABLE h_1 ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY, REPLICA IDENTITY FULL")
    sql(database, "GRANT SELECT ON h_1 TO PUBLIC")
    before = look(database)
    sql(database, "DROP TABLE h_1")
    [found], _ = compare("production", before, look(database), Selection())
    assert found.remedy is not None
    sql(database, found.remedy.sql)
    assert compare("production", before, look(database), Selection())[0] == ()
