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
# What a baseline keeps; the rest belongs to one look.
COVERS = {kind.name: tuple(each.name for each in kind.attributes if each.kept) for kind in KINDS.values()}
HOSTILE = "a\"b'c\n<script>alert(1)</script> %s {} {0} \x00\x1b[31m \u202e 🦊 \\"

TABLE: Attributes = {
    **dict.fromkeys(COVERS["relation"]),
    "relation_kind": "table",
    "persistence": "permanent",
    "row_security": False,
    "row_security_forced": False,
    "replica_identity": "default",
}
COLUMN: Attributes = {**dict.fromkeys(COVERS["column"]), "data_type": "integer", "not_null": False, "position": 1}
SEQUENCE: Attributes = {
    **dict.fromkeys(COVERS["sequence"]),
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
    """An object of which only `facts` were read."""
    return ObjectId(kind, name), facts


def whole(kind: str, *name: str, **facts: Value) -> tuple[ObjectId, Attributes]:
    """An object of which `facts` are set, and nothing else is."""
    return ObjectId(kind, name), {**dict.fromkeys(COVERS[kind]), **facts}


def snapshot(*objects: tuple[ObjectId, Attributes], covers: Mapping[str, tuple[str, ...]] = COVERS) -> Snapshot:
    return Snapshot(server=SERVER, covers=covers, objects=dict(objects))


def without(whole: Snapshot, *subjects: ObjectId) -> Snapshot:
    kept = {subject: facts for subject, facts in whole.objects.items() if subject not in subjects}
    return msgspec.structs.replace(whole, objects=kept)


def findings(expected: Snapshot, actual: Snapshot) -> tuple[Finding, ...]:
    return judge("production", diff(expected, actual), actual)


texts = st.text("ab01\"'`\\\n\r\t\x00\x1b\x7f{}%<>&|$é🦊\u202e\u2028 .,;:-/*", max_size=8) | st.just(HOSTILE)
# An empty list is not set, as nothing is.
lists = st.lists(texts, min_size=1, max_size=3).map(tuple)
seen = st.booleans() | st.integers(-(2**63), 2**63 - 1) | texts | lists


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
        read = [each for each in kind.attributes if each.name in covers[kind.name]]
        unset = {each.name: None for each in read if not each.veiled}
        some = draw(st.lists(st.sampled_from(read), max_size=4)) if read else []
        values = {each.name: draw(texts | lists if kind.is_text(each) else seen) for each in some}
        objects[ObjectId(kind.name, name)] = unset | values
    return Snapshot(server=SERVER, covers=covers, objects=objects)
