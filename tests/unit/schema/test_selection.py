import msgspec
import pytest

from tests.unit.schema.samples import column, relation, snapshot, thing, whole
from watchdog.schema.selection import Selection, select, untaken
from watchdog.schema.snapshot import Address, ObjectId

WHOLE = snapshot(
    thing("schema", "public"),
    thing("schema", "scratch_1"),
    relation("public", "t"),
    relation("scratch_1", "t"),
    column("scratch_1", "t", "c"),
    thing("extension", "hstore", version="1.8", schema="scratch_1"),
)


def test_everything_is_watched_unless_said_otherwise() -> None:
    assert select(WHOLE, Selection()).objects == WHOLE.objects


def test_an_exclusion_beats_an_inclusion() -> None:
    chosen = Selection(include=["public", "scratch_*"], exclude=["scratch_?"])
    assert chosen.takes("public")
    assert chosen.takes("scratch_10")
    assert not chosen.takes("scratch_1")


def test_case_matters_and_the_whole_name_must_fit() -> None:
    chosen = Selection(include=["Sales"])
    assert chosen.takes("Sales")
    assert not chosen.takes("sales")
    assert not chosen.takes("Sales2")


def test_an_excluded_schema_goes_with_all_that_lives_in_it() -> None:
    left = select(WHOLE, Selection(exclude=["scratch_*"])).objects
    assert {subject.name[0] for subject in left} == {"public", "hstore"}


def test_an_extension_lives_in_no_schema_and_is_always_watched() -> None:
    assert list(select(WHOLE, Selection(include=["nothing"])).objects) == [ObjectId("extension", ("hstore",))]


def test_what_is_left_out_is_left_out_of_all_that_is_said_of_a_snapshot() -> None:
    there, gone = relation("app", "t"), relation("scratch", "t")
    subjects = frozenset({there[0], gone[0]})
    both = msgspec.structs.replace(
        snapshot(there, gone),
        stale=subjects,
        broken=dict.fromkeys(subjects, "damaged"),
        hidden=subjects,
        addresses=dict.fromkeys(subjects, Address(1, 2, 0)),
    )
    left = select(both, Selection(exclude=["scratch"]))
    assert set(left.objects) == left.stale == set(left.broken) == left.hidden == set(left.addresses) == {there[0]}


def test_a_group_is_left_out_as_kinds_as_attributes_and_as_objects() -> None:
    role = whole("role", "ada")
    left = select(snapshot(role, relation("app", "t")), Selection(without=["roles", "owners"]))
    assert role[0] not in left.objects
    assert "role" not in left.covers
    assert "owner" not in left.covers["relation"]
    assert "privileges" in left.covers["relation"]


def test_what_only_a_newer_version_knows_is_structure() -> None:
    covers = {"aura": ("hue",), "relation": ("relation_kind", "aura")}
    assert select(snapshot(covers=covers), Selection(without=["owners"])).covers == covers


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        (Selection(), ""),
        (Selection(include=["public"], exclude=["nothing"]), ""),
        (Selection(include=["gone"]), ""),
        (
            Selection(include=["pulbic"]),
            "schemas: include: pulbic takes no schema (there are gone, public, ",
        ),
        (Selection(include=["public", "scratch"]), "schemas: include: scratch takes no schema (there are "),
        (Selection(exclude=["*"]), "schemas: include and exclude together leave no schema (there are "),
        (Selection(include=["public"], exclude=["pub*"]), "schemas: include and exclude together leave no schema "),
    ],
)
def test_a_selection_that_passes_over_what_it_names_is_said(selection: Selection, words: str) -> None:
    said = untaken(selection, WHOLE, snapshot(thing("schema", "gone")))
    assert said.startswith(words)
    assert bool(said) == bool(words)


def test_a_database_without_a_schema_has_none_to_pass_over() -> None:
    assert untaken(Selection(), snapshot(thing("extension", "hstore"))) == ""


@pytest.mark.parametrize(
    ("kind", "name", "is_held"),
    [
        ("publication_table", ("paying", "scratch", "t"), False),
        ("publication_table", ("paying", "app", "t"), True),
        ("default_privileges", ("ada", "scratch", "tables"), False),
        ("default_privileges", ("ada", "", "tables"), True),
        ("role", ("scratch",), True),
    ],
)
def test_an_excluded_schema_goes_wherever_it_stands_in_a_name(
    kind: str, name: tuple[str, ...], *, is_held: bool
) -> None:
    assert Selection(exclude=["scratch", "paying", "ada"]).holds(ObjectId(kind, name)) is is_held
