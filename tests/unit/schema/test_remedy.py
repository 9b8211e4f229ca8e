import re

import msgspec
import pytest

from tests.unit.schema.samples import HOSTILE, column, findings, relation, snapshot, thing, without
from watchdog.finding import Remedy
from watchdog.schema.diff import diff
from watchdog.schema.remedy import remedy
from watchdog.schema.snapshot import ObjectId, Snapshot, Value
from watchdog.sqltext import quote_ident


def only_remedy(expected: Snapshot, actual: Snapshot) -> Remedy | None:
    [change] = diff(expected, actual).changes
    return remedy(change, expected, actual)


def for_missing_column(holder: dict[str, Value] | None = None, **facts: Value) -> Remedy | None:
    table = relation("public", "t", **(holder or {}))
    return only_remedy(snapshot(table, column("public", "t", "c", **facts)), snapshot(table))


def test_the_incidents_remedy_is_the_one_that_people_wrote() -> None:
    written = for_missing_column(data_type="character varying(10)", default="'milo'::character varying")
    assert written == Remedy(
        before_sql="SET lock_timeout = '2s';\nSET statement_timeout = '60s';",
        sql="ALTER TABLE public.t\n  ADD COLUMN IF NOT EXISTS c character varying(10) DEFAULT 'milo';",
        verify_sql=(
            "SELECT table_schema, table_name, column_name, data_type, column_default, is_nullable\n"
            "FROM information_schema.columns\n"
            "WHERE table_schema = 'public' AND table_name = 't' AND column_name = 'c';"
        ),
        revert_sql="ALTER TABLE public.t\n  DROP COLUMN IF EXISTS c;",
        safety="additive",
        lock="ACCESS EXCLUSIVE, brief",
        rewrites_table=False,
    )


def test_a_rewrite_is_said_before_it_is_pasted() -> None:
    written = for_missing_column(default="gen_random_uuid()", data_type="uuid")
    assert written
    assert written.rewrites_table
    assert written.lock == "ACCESS EXCLUSIVE, as long as the rewrite takes"
    assert "rewrite every row" in written.safety


def test_a_column_that_would_fail_on_rows_warns_of_it() -> None:
    written = for_missing_column(not_null=True)
    assert written
    assert written.safety.startswith("additive; fails if the table has rows")
    assert for_missing_column(not_null=True, default="0").safety == "additive"  # type: ignore[union-attr]


def test_a_partitioned_table_gets_the_column_and_a_partition_or_a_view_does_not() -> None:
    assert for_missing_column({"relation_kind": "partitioned table"})
    assert for_missing_column({"partition_bound": "FOR VALUES IN (1)"}) is None
    for kind in ("view", "materialized view", "foreign table"):
        assert for_missing_column({"relation_kind": kind}) is None


def test_a_table_that_could_not_be_read_gets_no_advice() -> None:
    whole = snapshot(relation("public", "t"), column("public", "t", "c"))
    assert only_remedy(whole, snapshot(thing("relation", "public", "t"))) is None


def index(table: str, **facts: Value) -> tuple[Snapshot, Snapshot]:
    holder = relation("public", table, **facts)
    definition = f"CREATE INDEX i ON public.{quote_ident(table)} USING btree (a)"
    return snapshot(holder, thing("index", "public", table, "i", definition=definition, valid=True)), snapshot(holder)


def test_an_index_of_a_table_is_built_while_people_work() -> None:
    written = only_remedy(*index("t"))
    assert written
    assert written.sql == "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON public.t USING btree (a);"
    assert written.revert_sql == "DROP INDEX CONCURRENTLY IF EXISTS public.i;"
    assert "outside a transaction" in written.safety
    assert written.before_sql == "SET lock_timeout = 0;\nSET statement_timeout = 0;"
    assert "to_regclass('public.i')" in written.verify_sql


def test_an_index_of_a_partitioned_table_cannot_be_and_says_what_it_blocks() -> None:
    written = only_remedy(*index("t", relation_kind="partitioned table", partition_key="HASH (a)"))
    assert written
    assert written.sql == "CREATE INDEX IF NOT EXISTS i ON public.t USING btree (a);"
    assert "CONCURRENTLY" not in written.revert_sql
    assert "blocks writes" in written.safety
    assert written.before_sql.startswith("SET lock_timeout = '2s'")


def test_an_index_whose_definition_is_not_understood_has_no_remedy() -> None:
    strange = thing("index", "public", "t", "i", definition="CREATE SPARKLING INDEX", valid=True)
    assert only_remedy(snapshot(relation("public", "t"), strange), snapshot(relation("public", "t"))) is None


@pytest.mark.parametrize("kind", ["table", "partitioned table"])
def test_a_missing_table_is_made_anew_without_its_rows(kind: str) -> None:
    written = only_remedy(snapshot(relation("public", "t", relation_kind=kind)), snapshot())
    assert written
    assert written.sql.startswith("CREATE TABLE IF NOT EXISTS public.t (")
    assert written.revert_sql == "DROP TABLE IF EXISTS public.t;"
    assert "not the rows" in written.safety


def test_a_missing_sequence_is_made_anew_and_a_view_whose_definition_is_not_known_is_not_guessed_at() -> None:
    written = only_remedy(snapshot(relation("public", "q", relation_kind="sequence")), snapshot())
    assert written
    assert written.revert_sql == "DROP SEQUENCE IF EXISTS public.q;"
    assert only_remedy(snapshot(relation("public", "v", relation_kind="view")), snapshot()) is None


def test_only_what_is_missing_has_a_remedy_because_only_that_can_be_added() -> None:
    before = snapshot(relation("public", "t"), column("public", "t", "c"))
    after = snapshot(relation("public", "t"), column("public", "t", "c", data_type="text"))
    assert only_remedy(before, after) is None
    assert only_remedy(snapshot(relation("public", "t")), before) is None


def test_hostile_names_and_defaults_are_quoted_everywhere() -> None:
    table = relation(HOSTILE, HOSTILE)
    new = column(HOSTILE, HOSTILE, HOSTILE, data_type="text", default="'x'::text")
    [found] = findings(snapshot(table, new), snapshot(table))
    assert found.remedy
    name = quote_ident(HOSTILE)
    assert found.remedy.sql == f"ALTER TABLE {name}.{name}\n  ADD COLUMN IF NOT EXISTS {name} text DEFAULT 'x';"
    assert found.remedy.revert_sql == f"ALTER TABLE {name}.{name}\n  DROP COLUMN IF EXISTS {name};"
    assert "a\"b''c" in found.remedy.verify_sql


def test_the_same_finding_has_the_same_remedy_in_any_order_of_reading() -> None:
    keys = [
        thing("constraint", "public", "t", f"fk{number}", constraint_kind="foreign key", definition="-", validated=True)
        for number in range(20)
    ]
    whole = snapshot(relation("public", "t"), *keys)
    written = only_remedy(whole, without(whole, *whole.objects))
    assert written
    assert re.findall(r"CONSTRAINT (fk\d+)", written.sql) == [f"fk{number}" for number in range(20)]
    assert ObjectId("relation", ("public", "t")) in whole.objects


def test_nothing_is_written_from_a_baseline_that_does_not_speak_of_all_of_it() -> None:
    whole = snapshot(relation("public", "t"), column("public", "t", "c"))
    covers = {**whole.covers, "relation": tuple(name for name in whole.covers["relation"] if name != "row_security")}
    partial = msgspec.structs.replace(whole, covers=covers)
    assert only_remedy(whole, snapshot()) is not None
    assert only_remedy(partial, snapshot()) is None
