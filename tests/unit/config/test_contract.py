from datetime import timedelta
from pathlib import Path

import pytest

from watchdog.config.contract import load, parse
from watchdog.contracts.contract import Because, Column
from watchdog.errors import ConfigError
from watchdog.rows.terms import Freshness

SHIPPED = Path(__file__).parents[3] / "config" / "contracts" / "milo-aggregator.yaml"
WHOLE = """\
component: milo-aggregator
role: milo
since: 2025-01-01
why: all of it
tables:
  public.sealed_epochs:
    why: seals an epoch an hour
    columns:
      epoch: bigint
      token_group: [text, varchar(10)]
      any:
      published: {type: int, nullable: false, default: 0, since: "2.10", why: marks what was published}
      root: {type: [text], default: true}
      label: {default: "'x'"}
    unique: [[epoch, channel]]
    privileges: [select, INSERT]
    min_rows: 7
    freshness: {column: sealed_at, max_age: 2h, unit: s}
  public."My orders":
views:
  public.newest: {columns: {epoch: bigint}}
functions: ['public.seal(int8, numeric(8, 2), public."A, b")', app."F"()]
enums: {public.mood: [happy, sad]}
extensions: [citext]
schemas: [app]
"""


def mistakes(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text, "f.yaml")
    return list(caught.value.mistakes)


def test_the_shipped_contract_is_what_the_first_user_needs() -> None:
    [contract] = load([SHIPPED.parent])
    assert (contract.component, len(contract.relations)) == ("milo-aggregator", 3)
    tables = {relation.name[1]: relation for relation in contract.relations}
    assert {name: table.unique for name, table in tables.items()} == {
        "channel_participation": (("epoch", "channel", "user_hash"),),
        "sealed_epochs": (("epoch", "channel"),),
        "sealed_participants": (("epoch", "channel", "idx"),),
    }
    assert tables["sealed_epochs"].freshness == Freshness(column="sealed_at", max_age=timedelta(hours=2), unit="s")
    for table in tables.values():
        [group] = [column for column in table.columns if column.name == "token_group"]
        assert group.wants == "text, NOT NULL, DEFAULT 'MILO'"
        assert str(group.because) == " (since 2025-11-17: groups token families)"
    nullable = {column.name for table in tables.values() for column in table.columns if column.nullable is not False}
    assert nullable == {"published_at", "username"}


def test_each_need_is_read_with_the_reason_that_is_nearest() -> None:
    contract = parse(WHOLE, "f.yaml")
    table, other, view = contract.relations
    columns = {column.name: column for column in table.columns}
    seals = Because("", "seals an epoch an hour")
    assert columns["epoch"] == Column(name="epoch", types=("bigint",), because=seals)
    assert columns["token_group"].types == ("text", "character varying(10)")
    assert columns["any"] == Column(name="any", because=seals)
    assert columns["published"] == Column(
        name="published",
        types=("integer",),
        nullable=False,
        default="0",
        because=Because("2.10", "marks what was published"),
    )
    assert (columns["root"].default, columns["label"].default, columns["epoch"].default) == (True, "'x'", None)
    assert (table.privileges, table.min_rows, contract.role) == (("SELECT", "INSERT"), 7, "milo")
    assert (other.name, other.is_view, view.name, view.is_view) == (
        ("public", "My orders"),
        False,
        ("public", "newest"),
        True,
    )
    assert other.because == contract.because == Because("2025-01-01", "all of it")
    assert contract.functions == (("public", 'seal(bigint, numeric, public."A, b")'), ("app", '"F"()'))
    assert contract.enums == {("public", "mood"): ("happy", "sad")}
    assert (contract.extensions, contract.schemas) == (("citext",), ("app",))


def test_a_column_that_a_key_or_freshness_names_is_needed_too() -> None:
    [table, *_] = parse(WHOLE, "f.yaml").relations
    assert {"channel", "sealed_at"} <= {column.name for column in table.columns}
    assert len({column.name for column in table.columns}) == len(table.columns)


def test_every_mistake_is_named_at_once_with_its_place_and_line() -> None:
    text = """\
component: a b
tables:
  orders: {}
  public.Orders: {}
  pg_catalog.pg_class: {}
  public.t:
    columns:
      a: bigitn
      b: {type: [text, mood], nullable: 1, default: false}
      on: text
      c: {typ: text}
    unique: [[a, a], []]
    privileges: [SELECT, EXECUTE]
    freshness: {column: a}
    min_rows: 0
views:
  public.v: {unique: [[a]]}
functions: [public.f, 'f(int)', 'public.f(nothing)']
enums: {public.mood: []}
extensions: [1]
since: 2.10
surplus: 1
"""
    unknown = "is not a setting known here (a typing error, or its indentation?)"
    default = "write true for any default, or SQL in quotes, such as 'false'"
    kinds = "Input should be 'SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES' or 'TRIGGER'"
    function = "must be a name and the types of its arguments, such as public.seal(bigint, text)"
    no_type = "is no type of the server's own; of another say the schema too, such as public.mood"
    name = 'must be schema.name as in SQL, such as public.orders or public."My orders"'
    assert sorted(mistakes(text)) == sorted(
        [
            "f.yaml: component: String should match pattern '^[A-Za-z0-9][A-Za-z0-9_.-]*$' [line 1]",
            f"f.yaml: tables.orders: {name} [line 3]",
            f"f.yaml: tables.public.Orders: {name} [line 4]",
            "f.yaml: tables.pg_catalog.pg_class: belongs to the server itself, which no contract speaks of [line 5]",
            f"f.yaml: tables.public.t.columns.a: 'bigitn' {no_type} [line 8]",
            f"f.yaml: tables.public.t.columns.b.type[1]: 'mood' {no_type} [line 9]",
            "f.yaml: tables.public.t.columns.b.nullable: Input should be a valid boolean [line 9]",
            f"f.yaml: tables.public.t.columns.b.default: {default} [line 9]",
            "f.yaml: tables.public.t.columns.on: YAML reads this as no text: put it in quotes [line 10]",
            f"f.yaml: tables.public.t.columns.c.typ: {unknown} [line 11]",
            "f.yaml: tables.public.t.unique[0]: names something twice [line 12]",
            "f.yaml: tables.public.t.unique[1]: is empty [line 12]",
            f"f.yaml: tables.public.t.privileges[1]: {kinds} [line 13]",
            "f.yaml: tables.public.t.freshness.max_age: is missing [line 14]",
            "f.yaml: tables.public.t.min_rows: Input should be greater than or equal to 1 [line 15]",
            f"f.yaml: views.public.v.unique: {unknown} [line 17]",
            f"f.yaml: functions[0]: {function} [line 18]",
            f"f.yaml: functions[1]: {name} [line 18]",
            f"f.yaml: functions[2]: 'nothing' {no_type} [line 18]",
            "f.yaml: enums.public.mood: is empty [line 19]",
            "f.yaml: extensions[0]: YAML reads this as no text: put it in quotes [line 20]",
            "f.yaml: since: YAML reads this as no text: put it in quotes [line 21]",
            "f.yaml: surplus: is not a setting known here (a typing error, or its indentation?) [line 22]",
        ]
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("component: c", "f.yaml: needs nothing: give tables, views, functions, enums, extensions or schemas [line 1]"),
        (
            "component: c\ntables: {public.t: {privileges: [SELECT]}}",
            "f.yaml: privileges are of a role: say which, as role: name [line 1]",
        ),
        (
            "component: c\ntables: {public.t: {}}\nviews: {public.t: {}}",
            "f.yaml: views: public.t is among the tables too [line 3]",
        ),
        ("tables: {public.t: {}}", "f.yaml: component: is missing [line 1]"),
        (
            "component: c\ntables:\n  public.t: {}\n  public.t: {}",
            "f.yaml: tables.public.t: is given twice; only one can hold [line 4]",
        ),
        ("component: c\ntables: {public.t: text}", "f.yaml: tables.public.t: should be a mapping, key: value [line 2]"),
        ("a: [", "f.yaml: not YAML: expected the node content, but found '<stream end>' [line 1]"),
    ],
)
def test_what_is_no_contract_is_refused_in_a_sentence(text: str, told: str) -> None:
    assert mistakes(text) == [told]


def test_a_folder_without_a_contract_is_a_mistake_and_either_name_of_yaml_is_one(tmp_path: Path) -> None:
    (tmp_path / "app.txt").write_text("component: app\nschemas: [app]")
    with pytest.raises(ConfigError, match=r"holds no contract \(\*\.yaml\)"):
        load([tmp_path])
    (tmp_path / "app.txt").rename(tmp_path / "app.yml")
    assert [contract.component for contract in load([tmp_path])] == ["app"]


def test_a_folder_holds_contracts_of_which_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("component: same\ntables: {public.t: {}}")
    (tmp_path / "a.yaml").write_text("component: same\nschemas: [app]")
    (tmp_path / "c.yaml").write_text("component: c")
    (tmp_path / "notes.txt").write_text("no contract")
    with pytest.raises(ConfigError) as caught:
        load([tmp_path, tmp_path / "none.yaml"])
    assert list(caught.value.mistakes) == [
        f"{tmp_path}/b.yaml: component: same has another contract already; put both into one",
        f"{tmp_path}/c.yaml: needs nothing: give tables, views, functions, enums, extensions or schemas [line 1]",
        f"{tmp_path}/none.yaml: no such file (a contract: what a component needs)",
    ]
    (tmp_path / "b.yaml").unlink()
    (tmp_path / "c.yaml").unlink()
    assert [contract.schemas for contract in load([tmp_path, tmp_path / "a.yaml"])] == [("app",)]
