from tests.unit.schema.samples import HOSTILE, column, sequence
from watchdog.schema.kinds import KINDS, in_words, noun, parent_of, sql_name, summary
from watchdog.schema.snapshot import ObjectId


def test_a_parent_stands_before_its_children_and_its_name_is_a_prefix_of_theirs() -> None:
    order = list(KINDS)
    for kind in KINDS.values():
        if kind.parent is not None:
            parent = KINDS[kind.parent].identity
            assert kind.identity[: len(parent)] == parent
            assert order.index(kind.parent) < order.index(kind.name)


def test_no_kind_has_two_attributes_of_one_name() -> None:
    for kind in KINDS.values():
        names = [attribute.name for attribute in kind.attributes]
        assert len(names) == len(set(names))


def test_a_parent_is_named_by_the_first_parts() -> None:
    assert parent_of(ObjectId("column", ("s", "t", "c"))) == ObjectId("relation", ("s", "t"))
    assert parent_of(ObjectId("view", ("s", "v"))) == ObjectId("relation", ("s", "v"))
    assert parent_of(ObjectId("relation", ("s", "t"))) == ObjectId("schema", ("s",))
    assert parent_of(ObjectId("schema", ("s",))) is None
    assert parent_of(ObjectId("extension", ("e",))) is None


def test_a_name_is_written_as_sql_takes_it() -> None:
    assert sql_name(ObjectId("column", ("public", "user", 'To"tal'))) == 'public."user"."To""tal"'
    assert sql_name(ObjectId("routine", ("My", 'area(integer, "my type")'))) == '"My".area(integer, "my type")'


def test_people_call_an_object_by_its_own_noun() -> None:
    assert noun(ObjectId("relation", ("s", "t")), {"relation_kind": "materialized view"}) == "materialized view"
    assert noun(ObjectId("relation", ("s", "t")), {}) == "relation"
    assert noun(ObjectId("enum", ("s", "t")), {"labels": ()}) == "enum"


def test_a_summary_reads_like_the_definition() -> None:
    _, facts = column("s", "t", "c", data_type="text", collation='pg_catalog."C"', default="'x'::text", not_null=True)
    assert summary("column", facts) == "text COLLATE pg_catalog.\"C\" DEFAULT 'x'::text NOT NULL"
    assert summary("enum", {"labels": ("sad", "ok")}) == "(sad, ok)"
    assert summary("schema", {}) == summary("column", {}) == ""


def test_zero_is_worth_saying_and_what_is_not_set_is_not() -> None:
    _, facts = sequence("s", "q", start=0, minimum=0)
    assert summary("sequence", facts) == "AS integer START 0 INCREMENT 1 MINVALUE 0 MAXVALUE 2147483647 CACHE 1"


def test_braces_in_a_value_stay_as_they_are() -> None:
    assert summary("index", {"definition": HOSTILE}) == HOSTILE


def test_a_value_has_words() -> None:
    words = {attribute.name: attribute for attribute in KINDS["column"].attributes}
    assert in_words(words["not_null"], value=True) == "NOT NULL"
    assert in_words(words["not_null"], value=False) == "nullable"
    assert in_words(words["default"], None) == "none"
    assert in_words(words["storage"], None) == "the default"
    assert in_words(words["default"], ("b", "a")) == "b, a"
    assert in_words(words["position"], 0) == "0"
