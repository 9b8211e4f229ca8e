"""Snapshots to compare: one by hand, and any by Hypothesis."""

from collections.abc import Mapping

import msgspec
from hypothesis import strategies as st

from watchdog.finding import Finding
from watchdog.schema.diff import diff
from watchdog.schema.findings import judge
from watchdog.schema.kinds import KINDS
from watchdog.schema.snapshot import Attributes, ObjectId, Server, Snapshot, Value

SERVER = Server(version_num=180006, in_recovery=False)
COVERS = {kind.name: tuple(attribute.name for attribute in kind.attributes) for kind in KINDS.values()}
HOSTILE = "a\"b'c\n<script>alert(1)</script> %s {} {0} \x00\x1b[31m \u202e 🦊 \\"

TABLE: Attributes = {
    "relation_kind": "table",
    "persistence": "permanent",
    "options": (),
    "partition_key": None,
    "partition_bound": None,
    "parents": (),
    "row_security": False,
    "row_security_forced": False,
    "replica_identity": "default",
}
COLUMN: Attributes = {
    "data_type": "integer",
    "collation": None,
    "default": None,
    "not_null": False,
    "identity": None,
    "generated": None,
    "position": 1,
}
SEQUENCE: Attributes = {
    "data_type": "integer",
    "start": 1,
    "increment": 1,
    "minimum": 1,
    "maximum": 2147483647,
    "cache": 1,
    "cycle": False,
    "owned_by": None,
}


def relation(*name: str, **facts: Value) -> tuple[ObjectId, Attributes]:
    return ObjectId("relation", name), {**TABLE, **facts}


def column(*name: str, **facts: Value) -> tuple[ObjectId, Attributes]:
    return ObjectId("column", name), {**COLUMN, **facts}


def sequence(*name: str, **facts: Value) -> tuple[ObjectId, Attributes]:
    return ObjectId("sequence", name), {**SEQUENCE, **facts}


def thing(kind: str, *name: str, **facts: Value) -> tuple[ObjectId, Attributes]:
    return ObjectId(kind, name), facts


def snapshot(*objects: tuple[ObjectId, Attributes], covers: Mapping[str, tuple[str, ...]] = COVERS) -> Snapshot:
    return Snapshot(server=SERVER, covers=covers, objects=dict(objects))


def without(whole: Snapshot, *subjects: ObjectId) -> Snapshot:
    kept = {subject: facts for subject, facts in whole.objects.items() if subject not in subjects}
    return msgspec.structs.replace(whole, objects=kept)


def findings(expected: Snapshot, actual: Snapshot) -> tuple[Finding, ...]:
    return judge("production", diff(expected, actual).changes, expected, actual)


texts = st.text("ab01\"'`\\\n\r\t\x00\x1b\x7f{}%<>&|$é🦊\u202e\u2028 .,;:-/*", max_size=8) | st.just(HOSTILE)
values = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | texts | st.lists(texts, max_size=3).map(tuple)


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    covers = draw(
        st.sampled_from(list(KINDS.values())).flatmap(
            lambda kind: st.just({**COVERS, kind.name: COVERS[kind.name][1:]}) | st.just(COVERS)
        )
    )
    names = st.sampled_from(["public", "t", HOSTILE])
    objects = {}
    for kind in draw(st.lists(st.sampled_from(list(KINDS.values())), max_size=6)):
        name = tuple(draw(names) for _ in kind.identity)
        objects[ObjectId(kind.name, name)] = {attribute: draw(values) for attribute in covers[kind.name]}
    return Snapshot(server=SERVER, covers=covers, objects=objects)
