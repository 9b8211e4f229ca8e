import hashlib
import json
import os
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.schema.samples import HOSTILE, column, relation, sequence, snapshot, snapshots, thing, whole
from watchdog.errors import BaselineError
from watchdog.expect.baseline import FORMAT, Accepted, Baseline, dump, load, read
from watchdog.schema.diff import diff
from watchdog.schema.snapshot import Address, ObjectId, Snapshot

NOON = datetime(2025, 11, 17, 14, 31, 2, tzinfo=UTC)
WHOLE = snapshot(
    relation("public", "sealed_epochs"),
    column("public", "sealed_epochs", "token_group", data_type="character varying(10)", default="'milo'"),
    whole("enum", "public", HOSTILE, labels=(HOSTILE, "ok")),
)
BASELINE = Baseline(snapshot=WHOLE, captured_at=NOON, accepted=Accepted(by="ada", reason='"hotfix"\n🦊'))
CONTENT = dump(BASELINE)


def signed(body: str) -> bytes:
    """A file that is whole by its digest, whatever it says."""
    digest = hashlib.sha256(body.encode()).hexdigest()
    return f'{{\n"schema_watchdog_baseline": "sha256:{digest}",\n{body}\n}}\n'.encode()


@given(snapshots(), st.none() | st.builds(Accepted, by=st.text('a"\n🦊'), reason=st.text('a"\n🦊')))
def test_what_is_written_reads_back_the_same_for_any_names_and_values(one: Snapshot, accepted: Accepted | None) -> None:
    baseline = Baseline(snapshot=one, captured_at=NOON, accepted=accepted)
    assert load(dump(baseline), "x") == baseline


@given(snapshots())
def test_the_same_baseline_gives_the_same_bytes_in_whatever_order_it_was_read(one: Snapshot) -> None:
    turned = msgspec.structs.replace(
        one, objects=dict(reversed(list(one.objects.items()))), covers=dict(reversed(list(one.covers.items())))
    )
    assert dump(Baseline(snapshot=one, captured_at=NOON)) == dump(Baseline(snapshot=turned, captured_at=NOON))


def test_an_object_is_one_line_and_its_change_is_one_line_of_a_diff() -> None:
    lines = CONTENT.decode().splitlines()
    assert [json.loads(line.rstrip(",")) for line in lines if line.startswith('{"kind"')] == [
        {
            "kind": subject.kind,
            "identity": list(subject.name),
            "attributes": {
                name: json.loads(msgspec.json.encode(value)) for name, value in facts.items() if value is not None
            },
        }
        for subject, facts in sorted(WHOLE.objects.items())
    ]
    changed = msgspec.structs.replace(WHOLE, objects={**WHOLE.objects, **snapshot(relation("public", "new")).objects})
    after = dump(msgspec.structs.replace(BASELINE, snapshot=changed)).decode().splitlines()
    assert len(set(after) - set(lines)) == 2  # the object and the digest


def test_the_file_is_plain_json_that_other_programs_can_read() -> None:
    document = json.loads(CONTENT)
    assert document["format"] == FORMAT == 2
    assert document["captured_at"] == "2025-11-17T14:31:02Z"
    assert document["accepted"] == {"by": "ada", "reason": '"hotfix"\n🦊'}
    assert document["server"] == {"version_num": 180006, "in_recovery": False}
    assert set(document["covers"]) == set(WHOLE.covers)


def test_what_belongs_to_one_look_is_not_kept() -> None:
    subject, facts = sequence("public", "q")
    kept = snapshot((subject, facts))
    moving = {**facts, "used_percent": 12}
    covers = {**kept.covers, "sequence": (*kept.covers["sequence"], "used_percent")}
    looked = msgspec.structs.replace(
        kept, covers=covers, objects={subject: moving}, unmodelled={"large object": 1}, hidden=frozenset({subject})
    )
    assert load(dump(Baseline(snapshot=looked, captured_at=NOON)), "x").snapshot == kept


def test_addresses_are_kept_so_that_a_rename_is_known() -> None:
    addressed = msgspec.structs.replace(WHOLE, addresses={next(iter(WHOLE.objects)): Address(1, 2, 3)})
    assert load(dump(Baseline(snapshot=addressed, captured_at=NOON)), "x").snapshot == addressed


def test_what_may_be_hidden_is_not_taken_for_unset() -> None:
    mapping = thing("user_mapping", "server", "ada")
    hidden = snapshot(mapping)
    assert load(dump(Baseline(snapshot=hidden, captured_at=NOON)), "x").snapshot.objects == dict([mapping])


def test_a_baseline_of_the_first_format_is_read_and_says_what_it_does_not_cover() -> None:
    name, facts = relation("public", "t")
    covers = {"relation": ["relation_kind", "options", "parents"]}
    old = {
        "kind": "relation",
        "identity": ["public", "t"],
        "attributes": {"relation_kind": "table", "options": [], "parents": []},
    }
    body = (
        f'"format": 1,\n"captured_at": "2025-11-17T14:31:02Z",\n"accepted": null,\n"server": '
        f'{{"version_num":180006,"in_recovery":false}},\n"covers": {json.dumps(covers)},\n'
        f'"objects": [\n{json.dumps(old)}\n]'
    )
    expected = load(signed(body), "x").snapshot
    assert expected.objects == {name: {"relation_kind": "table", "options": None, "parents": None}}
    compared = diff(expected, snapshot((name, facts)))
    assert compared.changes == ()
    assert {"column", "relation.owner"} <= set(compared.not_covered)


def test_a_time_is_kept_in_utc_to_the_second() -> None:
    there = datetime(2025, 11, 17, 15, 31, 2, 999, tzinfo=timezone(timedelta(hours=1)))
    assert load(dump(msgspec.structs.replace(BASELINE, captured_at=there)), "x") == BASELINE


@given(st.integers(0, len(CONTENT) - 1), st.integers(0, 255))
def test_any_byte_that_was_changed_is_noticed(place: int, byte: int) -> None:
    if CONTENT[place] == byte:
        return
    with pytest.raises(BaselineError, match=r"^x: "):
        load(CONTENT[:place] + bytes([byte]) + CONTENT[place + 1 :], "x")


@pytest.mark.parametrize("byte", list(b" \t\n\r0}"))
def test_a_byte_changed_in_the_first_lines_is_noticed_too(byte: int) -> None:
    for place in range(120):
        if CONTENT[place] != byte:
            with pytest.raises(BaselineError):
                load(CONTENT[:place] + bytes([byte]) + CONTENT[place + 1 :], "x")


def test_a_file_cut_short_anywhere_is_noticed() -> None:
    for length in range(len(CONTENT)):
        with pytest.raises(BaselineError, match=r"^x: "):
            load(CONTENT[:length], "x")


def test_bytes_put_in_front_behind_or_between_are_noticed() -> None:
    first = CONTENT.index(b'{"kind"')
    for content in (b" " + CONTENT, CONTENT + b"\n", CONTENT + CONTENT, CONTENT[:first] + b" " + CONTENT[first:]):
        with pytest.raises(BaselineError):
            load(content, "x")


def test_a_line_left_out_or_moved_is_noticed() -> None:
    lines = CONTENT.splitlines(keepends=True)
    for place, line in enumerate(lines):
        with pytest.raises(BaselineError):
            load(b"".join([*lines[:place], *lines[place + 1 :]]), "x")
        with pytest.raises(BaselineError):
            load(b"".join([*lines[:place], *lines[place + 1 :], line]) if line != lines[-1] else b"", "x")


def test_the_line_ends_of_windows_do_no_harm() -> None:
    assert load(CONTENT.replace(b"\n", b"\r\n"), "x") == BASELINE


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\x00", b"\xff\xfe", b"null", b"[]", b"{}", b"5", b'"x"', b"not json", b'{"schema_watchdog_baseline": 1}',
        b'{"schema_watchdog_baseline": null, "format": 1}', b"[" * 100_000, b'{"a":' * 100_000, b'{"format": 1}',
        b'{"a": [' + b"[" * 100_000, b'{"name": "package.json", "version": "1.0.0"}',
        b'{"\xed\xa0\x80": 1}',
    ],
)  # fmt: skip
def test_a_foreign_file_is_refused(content: bytes) -> None:
    with pytest.raises(BaselineError, match=r"^x: "):
        load(content, "x")


def test_a_format_of_the_future_is_named() -> None:
    with pytest.raises(BaselineError, match="format 3 is not known"):
        load(signed('"format": 3'), "x")


@pytest.mark.parametrize(
    "body",
    [
        '"format": 1',
        '"format": 1,\n"captured_at": "soon"',
        CONTENT.decode().partition(",\n")[2].removesuffix("\n}\n").replace('"version_num":180006', '"version_num":"x"'),
        CONTENT.decode().partition(",\n")[2].removesuffix("\n}\n").replace('"labels":[', '"labels":[3,'),
    ],
)
def test_a_whole_file_that_this_version_cannot_read_is_no_crash(body: str) -> None:
    with pytest.raises(BaselineError, match=r"^x: "):
        load(signed(body), "x")


BODY = CONTENT.decode().partition(",\n")[2].removesuffix("\n}\n")
FIRST = BODY.partition('"objects": [\n')[2].partition(",\n")[0]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"version_num":180006', '"version_num":-5', r"server\.version_num: -5 is no version"),
        ('"format": 2', '"format": true', "format True is not known"),
        ('"format": 2', '"format": 2.0', r"format 2\.0 is not known"),
        (FIRST, f"{FIRST},\n{FIRST}", r"column public\.sealed_epochs\.token_group: it stands there twice"),
        ('"column":[', '"columns":[', r"column .*: its kind is not in `covers`"),
        (
            '["public","sealed_epochs","token_group"]',
            '["public"]',
            r"column public: its name has 1 parts, not 3 \(schema, relation, column\)",
        ),
        ('["public","sealed_epochs"]', '["a","b","c"]', r"relation a\.b\.c: its name has 3 parts, not 2"),
        ('"relation_kind":"table"', '"relation_kind":5', "relation_kind is 5, where text belongs"),
        ('"default":"', '"comment":true,"default":"', "comment is True, where text belongs"),
    ],
)
def test_what_is_whole_by_its_digest_and_wrong_inside_is_named_with_its_place(old: str, new: str, words: str) -> None:
    assert old in BODY
    with pytest.raises(BaselineError, match=rf"^x: .*{words}"):
        load(signed(BODY.replace(old, new, 1)), "x")
    there = msgspec.structs.replace(
        WHOLE, server=msgspec.structs.replace(WHOLE.server, system_identifier="7", database="milo")
    )
    beside = dump(Baseline(snapshot=there, captured_at=NOON)).decode().partition(",\n")[2].removesuffix("\n}\n")
    with pytest.raises(BaselineError, match=rf"^x: .*{words}"):
        load(signed(beside.replace(old, new, 1)), "x", like=there)


def test_a_kind_of_the_future_is_left_out_and_said_to_be_not_comparable() -> None:
    future = '{"kind":"aura","identity":["public"],"attributes":{}},\n'
    body = CONTENT.decode().partition(",\n")[2].removesuffix("\n}\n")
    body = body.replace('"objects": [\n', '"objects": [\n' + future).replace(
        '"covers": {', '"covers": {"aura":["hue"],'
    )
    loaded = load(signed(body), "x").snapshot
    assert loaded.objects == WHOLE.objects
    assert set(diff(loaded, WHOLE).not_comparable) - set(diff(WHOLE, WHOLE).not_comparable) == {"aura"}


@given(snapshots(), snapshots(), st.data())
def test_what_is_there_makes_a_file_quicker_to_read_and_no_other_expectation(
    one: Snapshot, other: Snapshot, data: st.DataObject
) -> None:
    server = msgspec.structs.replace(WHOLE.server, system_identifier="7", database="milo")
    numbers = st.integers(3, 4)

    def placed(snapshot: Snapshot) -> Snapshot:
        places = {subject: Address(1, 2, data.draw(numbers)) for subject in snapshot.objects}
        return msgspec.structs.replace(snapshot, server=server, addresses=places)

    both = {subject: facts for subject, facts in one.objects.items() if data.draw(st.booleans())}
    there = placed(msgspec.structs.replace(other, objects={**other.objects, **both}))
    content = dump(Baseline(snapshot=placed(one), captured_at=NOON))
    quick, slow = (diff(load(content, "x", like=like).snapshot, there) for like in (there, None))
    assert msgspec.structs.replace(quick, expected=there) == msgspec.structs.replace(slow, expected=there)


def test_of_what_could_not_be_read_the_file_is_the_expectation() -> None:
    table = whole("publication_table", "p", "s", "t")
    server = msgspec.structs.replace(WHOLE.server, system_identifier="7", database="milo")
    written = msgspec.structs.replace(snapshot(table), server=server)
    locked = msgspec.structs.replace(written, objects={table[0]: {}}, stale=frozenset({table[0]}))
    content = dump(Baseline(snapshot=written, captured_at=NOON))
    assert load(content, "x", like=locked) == load(content, "x")


def test_what_stands_in_a_file_as_it_is_there_is_kept_once() -> None:
    server = msgspec.structs.replace(WHOLE.server, system_identifier="7", database="milo")
    there = msgspec.structs.replace(WHOLE, server=server)
    assert load(dump(Baseline(snapshot=there, captured_at=NOON)), "x", like=there).snapshot.objects is there.objects
    line = FIRST.replace("milo", "other")
    changed = load(
        signed(
            dump(Baseline(snapshot=there, captured_at=NOON))
            .decode()
            .partition(",\n")[2]
            .removesuffix("\n}\n")
            .replace(FIRST, line)
        ),
        "x",
        like=there,
    ).snapshot
    assert [each for each in there.objects if changed.objects[each] is not there.objects[each]] == [
        ObjectId("column", ("public", "sealed_epochs", "token_group"))
    ]


def test_the_errors_say_what_to_do_and_hold_none_of_the_content() -> None:
    secret = CONTENT.replace(b"'milo'", b"hunter2")
    with pytest.raises(BaselineError, match="restore it from git") as caught:
        load(secret, "config/baselines/production.json")
    assert "hunter2" not in str(caught.value)
    assert re.match(r"config/baselines/production\.json: ", str(caught.value))


def test_a_file_is_read_from_its_path_and_named_by_it(tmp_path: Path) -> None:
    path = tmp_path / "production.json"
    path.write_bytes(CONTENT)
    assert read(path) == BASELINE
    path.write_bytes(b"{}")
    with pytest.raises(BaselineError, match=re.escape(str(path))):
        read(path)


def test_a_file_that_is_not_there_is_told_apart_from_one_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "missing.json")
    with pytest.raises(BaselineError, match="cannot be read"):
        read(tmp_path)
    with pytest.raises(BaselineError, match="cannot be read"):
        read(Path(__file__) / "below-a-file")


def test_an_empty_schema_is_a_baseline_too() -> None:
    empty = Baseline(snapshot=snapshot(), captured_at=NOON)
    assert load(dump(empty), "x") == empty
    assert ObjectId("relation", ("public", "t")) not in load(dump(empty), "x").snapshot.objects


@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path, kind: str) -> None:
    path = tmp_path / kind
    os.mkfifo(path) if kind == "pipe" else path.mkdir()
    with pytest.raises(BaselineError, match=r"cannot be read: .*(regular file|directory)"):
        read(path)
