from collections.abc import Sequence

import msgspec
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.contracts.samples import EPOCH, GROUP, KEY, NAME, ROLE, SCHEMA, TABLE, THERE
from tests.unit.schema.samples import HOSTILE, column, relation, snapshot, whole
from watchdog.config.contract import parse
from watchdog.contracts.compare import compare
from watchdog.contracts.suggest import suggested
from watchdog.schema.snapshot import Snapshot
from watchdog.sqltext import qualified, quote_ident

STATEMENTS = [
    "SELECT token_group FROM sealed_epochs WHERE epoch > $1",
    "INSERT INTO public.sealed_epochs (epoch, token_group) VALUES ($1, $2) ON CONFLICT (token_group, epoch) DO NOTHING",
    "SELECT unknown FROM gone",
]


def test_statements_suggest_columns_with_their_types_keys_and_what_a_person_must_decide() -> None:
    text = suggested("milo-aggregator", STATEMENTS, THERE, None)
    assert text == (
        "# What milo-aggregator needs, as its statements suggest it: read it, and say since when and what for.\n"
        "# gone is named by a statement and is not there, or not alone\n"
        "# public.sealed_epochs: it does SELECT, INSERT; --role, or role: in the contract, has that compared\n"
        "component: milo-aggregator\n"
        "tables:\n"
        "  public.sealed_epochs:\n"
        "    columns:\n"
        "      epoch: bigint\n"
        "      token_group: text\n"
        "    unique: [[token_group, epoch]]\n"
    )


def test_only_privileges_that_the_role_holds_are_suggested_and_the_others_are_told() -> None:
    granted = msgspec.structs.replace(
        THERE, objects={**THERE.objects, TABLE[0]: {**TABLE[1], "privileges": ("SELECT to milo",)}}
    )
    text = suggested("c", STATEMENTS, granted, "milo")
    assert "# public.sealed_epochs: milo is not known to hold INSERT\n" in text
    assert parse(text, "f").relations[0].privileges == ("SELECT",)
    closed = {**granted.objects, SCHEMA[0]: {**SCHEMA[1], "privileges": ("not USAGE to PUBLIC",)}}
    text = suggested("c", STATEMENTS, msgspec.structs.replace(granted, objects=closed), "milo")
    assert "# public.sealed_epochs: milo is not known to hold SELECT, INSERT\n" in text


def test_a_key_that_is_not_there_is_told_and_not_asked_for() -> None:
    text = suggested("c", ["INSERT INTO sealed_epochs (epoch) VALUES (1) ON CONFLICT (epoch) DO NOTHING"], THERE, None)
    assert "# public.sealed_epochs: ON CONFLICT (epoch) finds no such unique key\n" in text
    assert "unique" not in yaml.safe_load(text)["tables"]["public.sealed_epochs"]


def test_a_bare_name_is_of_schema_public_or_of_the_only_one() -> None:
    there = snapshot(
        *(
            relation(schema, table)
            for schema, table in (("app", "a"), ("app", "t"), ("public", "t"), ("x", "b"), ("y", "b"))
        )
    )
    text = suggested("c", ["SELECT 1 FROM a, t, b"], there, None)
    assert list(yaml.safe_load(text)["tables"]) == ["app.a", "public.t"]
    assert "# b is named by a statement and is not there, or not alone" in text


def test_a_view_is_suggested_as_one_and_a_star_is_told() -> None:
    there = snapshot(
        SCHEMA, relation("public", "v", relation_kind="view"), column("public", "v", "a", data_type="text")
    )
    text = suggested("c", ["SELECT * FROM v WHERE a = 1"], there, None)
    assert yaml.safe_load(text)["views"] == {"public.v": {"columns": {"a": "text"}}}
    assert "# public.v: a statement reads *; name the columns that it uses" in text


def test_statements_without_a_table_that_is_there_are_no_contract_and_say_so() -> None:
    text = suggested("c", ["SELECT 1", "nonsense ((", ""], THERE, None)
    assert "# no statement names a table that is there, so this is no contract yet\n" in text


names = st.sampled_from(
    ["a", "t", "epoch", "select", "My t", "on", "null", "1", "2020-01-01", "a.b", "~", "é", HOSTILE.replace("\x00", "")]
)
types = st.sampled_from(
    [
        "bigint", "text", "character varying(10)", "timestamp(3) with time zone[]", 'public."My type"(3)', '"char"',
        "interval day to second(3)", "character(1)", "bpchar", "bit varying(3)", "???", "-",
    ]
)  # fmt: skip


@st.composite
def databases(draw: st.DrawFn) -> Snapshot:
    schemas = ["public", draw(names)]
    objects = [*(whole("schema", each) for each in schemas), ROLE]
    for _ in range(draw(st.integers(1, 3))):
        table = (draw(st.sampled_from(schemas)), draw(names))
        kind = draw(st.sampled_from(["table", "view", "partitioned table", "foreign table", "materialized view"]))
        grants = draw(st.sampled_from([None, ("SELECT to milo",), ("INSERT to PUBLIC", "UPDATE to milo")]))
        objects.append(
            relation(*table, relation_kind=kind, privileges=grants, owner=draw(st.sampled_from(["milo", "x"])))
        )
        columns = draw(st.lists(names, min_size=1, max_size=3, unique=True))
        objects += [column(*table, each, data_type=draw(types)) for each in columns]
        if draw(st.booleans()):
            definition = f"UNIQUE ({', '.join(map(quote_ident, columns))})"
            valid = draw(st.booleans())
            kind = "unique constraint"
            objects.append(whole("constraint", *table, "k", constraint_kind=kind, definition=definition, valid=valid))
    return snapshot(*objects)


@st.composite
def sent(draw: st.DrawFn, there: Snapshot) -> Sequence[str]:
    tables = [each for each in there.objects if each.kind == "relation"]
    statements = []
    for _ in range(draw(st.integers(1, 4))):
        table = draw(st.sampled_from(tables))
        columns = [each.name[-1] for each in there.objects if each.kind == "column" and each.name[:-1] == table.name]
        listed = ", ".join(map(quote_ident, columns))
        name = draw(st.sampled_from([qualified(table.name), quote_ident(table.name[1])]))
        statements.append(
            draw(
                st.sampled_from(
                    [
                        f"SELECT {listed} FROM {name}",
                        f"SELECT * FROM {name} AS x, gone",
                        f"INSERT INTO {name} ({listed}) VALUES (1) ON CONFLICT ({listed}) DO UPDATE SET a = 1",
                        f"INSERT INTO {name} ({listed}) VALUES (1) ON CONFLICT ({listed}, {listed}) DO NOTHING",
                        f"UPDATE {name} SET a = 1 WHERE {listed}",
                        f"DELETE FROM {name} RETURNING {listed}",
                        f"TRUNCATE {name}",
                    ]
                )
            )
        )
    return statements


@given(st.data())
def test_what_is_suggested_lacks_nothing_of_the_database_that_it_came_from(data: st.DataObject) -> None:
    there = data.draw(databases())
    statements = data.draw(sent(there))
    role = data.draw(st.sampled_from([None, "milo"]))
    contract = parse(suggested("c", statements, there, role), "suggested.yaml")
    assert compare("production", [contract], there) == ((), ())
    tables = {each.name for each in there.objects if each.kind == "relation"}
    spelt_out = {name for name in tables if any(qualified(name) in sql for sql in statements)}
    assert {each.name for each in contract.relations} >= spelt_out


def test_a_suggested_contract_finds_what_is_lost_afterwards() -> None:
    contract = parse(suggested("c", STATEMENTS, THERE, None), "suggested.yaml")
    lost = snapshot(SCHEMA, TABLE, EPOCH, ROLE)
    assert [each.identity for each in compare("production", [contract], lost)[0]] == [GROUP[0].name]
    keyless = snapshot(SCHEMA, TABLE, EPOCH, GROUP, ROLE)
    assert [each.identity[:2] for each in compare("production", [contract], keyless)[0]] == [NAME]
    assert KEY[0] not in keyless.objects
