from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec
import pytest

from watchdog.schema.faces import renamed, shows_another_face
from watchdog.schema.gate import Mark
from watchdog.schema.kinds import KINDS
from watchdog.schema.roots import (
    CLUSTER,
    FOLLOWED,
    PUBLICATIONS,
    READ_BY,
    RELATION,
    ROUTINE,
    DoubtError,
    Moved,
    Root,
    Roots,
    counted_only,
    followable,
)
from watchdog.schema.snapshot import Address, Attributes, ObjectId, Server, Snapshot

TABLE = ObjectId("relation", ("public", "t"))
COLUMN = ObjectId("column", ("public", "t", "c"))
CHECK = ObjectId("constraint", ("public", "t", "low"))
ROLE = ObjectId("role", ("milo",))
CAST = ObjectId("cast", ("(integer AS text)",))
ADDRESSES = {
    TABLE: Address(1259, 100, 0),
    COLUMN: Address(1259, 100, 1),
    CHECK: Address(2606, 200, 0),
    ROLE: Address(1260, 300, 0),
    CAST: Address(2605, 400, 0),
}
T = Root(RELATION, 100)
INCOMPARABLE = "what was counted in the catalogs cannot be compared with the last time"
CLASS = frozenset({"pg_class"})
NONE: frozenset[str] = frozenset()


def snapshot(**objects: Attributes) -> Snapshot:
    """A table, its column, its constraint, a role and a cast; what is given by kind is added to what they are."""
    return Snapshot(
        server=Server(version_num=180000, in_recovery=False),
        covers={},
        objects={subject: {"said": True, **objects.get(subject.kind, {})} for subject in ADDRESSES},
        addresses=ADDRESSES,
    )


def mark(distrust: str = "", **catalogs: tuple[int, ...]) -> Mark:
    return Mark(epoch=(datetime(2026, 1, 1, tzinfo=UTC),), catalogs=catalogs, distrust=distrust)


def test_every_kind_that_is_read_by_roots_is_one_and_is_read_by_roots_of_one_catalog() -> None:
    kinds = [kind for sorts in READ_BY.values() for kind in {kind for read in sorts.values() for kind in read}]
    assert len(kinds) == len(set(kinds))
    assert set(kinds) <= KINDS.keys()
    assert READ_BY.keys() <= FOLLOWED


@pytest.mark.parametrize(
    ("before", "now", "moves"),
    [
        (mark(pg_class=(1, 1, 1)), mark(pg_class=(1, 1, 1)), Moved(NONE, NONE)),
        (mark(pg_class=(1, 1, 1)), mark(pg_class=(2, 1, 1)), Moved(CLASS, NONE)),
        (mark(pg_class=(1, 1, 1)), mark(pg_class=(2, 1, 2)), Moved(CLASS, CLASS)),
        (mark("slow", pg_class=(1, 7)), mark("slow", pg_class=(1, 8)), Moved(CLASS, CLASS, frozenset({CLUSTER}))),
        (mark(pg_depend=(1, 1, 1)), mark(pg_depend=(2, 1, 2)), Moved(NONE, NONE)),
        (mark(pg_authid=(1, 1, 1)), mark(pg_authid=(2, 1, 2)), Moved(NONE, NONE, frozenset({CLUSTER}))),
        (mark(pg_cast=(1, 1, 1)), mark(pg_cast=(2, 1, 1)), "pg_cast changed"),
        (mark(pg_class=(1, 1, 1)), mark("slow", pg_class=(1, 8)), INCOMPARABLE),
        (mark("slow", pg_class=(1, 8)), mark("slow"), INCOMPARABLE),
    ],
)  # fmt: skip
def test_what_moved_can_be_followed_where_rows_tell_what_changed(before: Mark, now: Mark, moves: Moved | str) -> None:
    assert followable(before, now) == moves


def test_an_object_is_read_by_its_relation_and_what_is_of_no_root_only_as_a_whole() -> None:
    roots = Roots(snapshot())
    assert roots.objects == {T: [TABLE, COLUMN, CHECK], CLUSTER: [ROLE]}
    assert roots.of(CHECK, ADDRESSES) == T
    assert roots.of(ObjectId("publication_table", ("p", "public", "t")), ADDRESSES) == PUBLICATIONS
    assert roots.of(CAST, ADDRESSES) is None


def test_a_row_that_is_gone_leads_to_its_root() -> None:
    roots = Roots(snapshot())
    assert (roots.rows("pg_class"), roots.rows("pg_constraint"), roots.rows("pg_enum")) == ([100], [200], [])
    assert roots.in_rows("pg_constraint", [200]) == {T}


def test_what_can_end_without_a_trace_is_read_when_a_row_of_its_catalog_was_deleted() -> None:
    plain, marked = Roots(snapshot()), Roots(snapshot(constraint={"index_comment": "of an index"}))
    assert plain.traceless(["pg_description"]) == set()
    assert (marked.traceless(["pg_description"]), marked.traceless(["pg_class"])) == ({T}, set())


def test_comments_and_parents_are_known() -> None:
    seen = snapshot(column={"comment": "of a column"}, role={"comment": "in a shared catalog"})
    assert Roots(seen).commented(seen) == [COLUMN]
    heir = snapshot(relation={"parents": ("public.p", "public.q")})
    assert Roots(heir).heirs(heir) == {T: 2}


def test_invalid_indexes_and_what_could_not_be_read_are_read_at_every_time() -> None:
    assert Roots(snapshot()).restless(snapshot()) == set()
    invalid = snapshot(constraint={"valid": False})
    assert Roots(invalid).restless(invalid) == {T}
    stale = msgspec.structs.replace(snapshot(), stale=frozenset({COLUMN}))
    assert Roots(stale).restless(stale) == {T}
    other = msgspec.structs.replace(snapshot(), stale=frozenset({CAST}))
    with pytest.raises(DoubtError):
        Roots(other).restless(other)


def test_what_is_read_anew_takes_the_place_of_all_that_the_roots_had() -> None:
    roots, addresses = Roots(snapshot()), dict(ADDRESSES)
    other = ObjectId("relation", ("public", "u"))
    left = roots.replace([T, Root(ROUTINE, 1)], {other: {"a": 1}}, {other: Address(1259, 100, 0)}, addresses)
    assert left == [TABLE, COLUMN, CHECK]
    assert addresses == {ROLE: ADDRESSES[ROLE], CAST: ADDRESSES[CAST], other: Address(1259, 100, 0)}
    assert (roots.objects, roots.rows("pg_constraint")) == ({T: [other], CLUSTER: [ROLE]}, [])


def test_a_name_that_another_root_still_has_is_a_doubt() -> None:
    other = Address(1259, 101, 0)
    with pytest.raises(DoubtError):
        Roots(snapshot()).replace([Root(RELATION, 101)], {TABLE: {}}, {TABLE: other}, dict(ADDRESSES))


BEFORE: Mapping[ObjectId, Attributes] = {TABLE: {"owner": "milo"}, COLUMN: {"data_type": "integer", "default": "1"}}


@pytest.mark.parametrize(
    ("after", "another"),
    [
        (BEFORE, False),
        ({TABLE: {"owner": "otto"}, COLUMN: {"data_type": "integer", "default": "2"}}, False),
        ({TABLE: {"owner": "milo"}, COLUMN: {"data_type": "bigint", "default": "1"}}, True),
        ({TABLE: {"owner": "milo"}}, True),
        ({TABLE: {}, COLUMN: {}}, True),  # locked, so that nobody knows
        ({}, False),  # gone, and with it whatever depended on it
    ],
)
def test_what_depends_on_a_root_reads_otherwise_when_a_name_or_a_type_does(
    after: Mapping[ObjectId, Attributes], *, another: bool
) -> None:
    assert shows_another_face(list(BEFORE), BEFORE, list(after), after, is_touched=False) == another


def test_on_what_is_new_nothing_depends_and_what_is_no_object_may_be_anything() -> None:
    assert not shows_another_face([], {}, list(BEFORE), BEFORE, is_touched=True)
    assert shows_another_face([], {}, [], {}, is_touched=True)
    assert not shows_another_face([], {}, [], {}, is_touched=False)


def test_a_role_with_another_name_is_told_from_one_that_came_and_one_that_went() -> None:
    other = ObjectId("role", ("otto",))
    assert renamed({ROLE: ADDRESSES[ROLE]}, {other: ADDRESSES[ROLE]}, "role")
    assert not renamed({ROLE: ADDRESSES[ROLE]}, {other: Address(1260, 301, 0)}, "role")
    assert not renamed({ROLE: ADDRESSES[ROLE]}, {ROLE: ADDRESSES[ROLE]}, "role")


def test_what_is_only_counted_may_be_gone_with_a_deleted_row() -> None:
    assert counted_only({"type of kind z": 1})
    assert not counted_only({"large object": 4, "privileges on an object of the system": 1})
