"""A baseline: an expected snapshot in a file that lives in git.

One JSON document with a header, then one object a line, sorted, so that a change reads well in a diff. An attribute
that is not set is left out of its line; `covers` says which were read. The digest covers everything else in the file:
what was truncated or edited by hand is refused.
"""

import contextlib
import hashlib
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import Any

import msgspec

from watchdog.errors import BaselineError
from watchdog.schema.kind import Kind
from watchdog.schema.kinds import KINDS
from watchdog.schema.likeness import Likeness
from watchdog.schema.renames import same_database
from watchdog.schema.snapshot import Address, Attributes, ObjectId, Server, Snapshot, Value, without
from watchdog.store.files import read_regular

FORMAT = 2
# 1: no addresses, () for an empty list.
FORMATS = (1, 2)
# server_version_num of 10, the first that is counted so.
_OLDEST = 100000
_MARK = "schema_watchdog_baseline"
# Between the header and the objects, and behind them. Within a JSON text no string holds an end of line.
_OBJECTS, _BETWEEN, _END = b',\n"objects": [\n', b",\n", b"\n]\n}\n"
# Lines that are read in one go: read at once, a large schema would take ten times its size for a while.
_GO = 5000


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """Who made this the expectation, and why."""

    by: str
    reason: str


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot, when it was captured (UTC, to the second), and who accepted it (None for a first capture)."""

    snapshot: Snapshot
    captured_at: datetime
    accepted: Accepted | None = None


class _Line(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One object; `at` is its address in the cluster it was captured from, by which a rename is known."""

    kind: str
    identity: tuple[str, ...]
    attributes: msgspec.Raw
    at: Address | None = None


class _Marks(msgspec.Struct, frozen=True):
    """What says whether a file is a baseline at all, and of which format."""

    mark: Any = msgspec.field(name=_MARK, default=msgspec.UNSET)
    format: Any = None


class _Header(msgspec.Struct, frozen=True, kw_only=True):
    captured_at: datetime
    accepted: Accepted | None
    server: Server
    covers: dict[str, tuple[str, ...]]


# kind -> what of it moves by itself, which no baseline keeps.
_PASSING = {name: {each.name for each in kind.attributes if not each.kept} for name, kind in KINDS.items()}
_LINES = msgspec.json.Decoder(list[_Line])
_ATTRIBUTES = msgspec.json.Decoder(dict[str, Value])


class _MistakeError(Exception):
    """What no schema-watchdog writes, with its place."""


def dump(baseline: Baseline) -> bytes:
    """The file's content; the same baseline gives the same bytes."""
    snapshot = baseline.snapshot
    header = {
        "format": FORMAT,
        "captured_at": baseline.captured_at.astimezone(UTC).replace(microsecond=0),
        "accepted": baseline.accepted,
        "server": snapshot.server,
        "covers": {
            kind: tuple(name for name in names if name not in _PASSING[kind])
            for kind, names in sorted(snapshot.covers.items())
        },
    }
    body = b",\n".join(b'"%s": %s' % (name.encode(), msgspec.json.encode(value)) for name, value in header.items())
    body += _OBJECTS + _BETWEEN.join(_lines(snapshot, sorted(snapshot.objects.items(), key=itemgetter(0)))) + b"\n]"
    return b'{\n"%s": "sha256:%s",\n%s\n}\n' % (_MARK.encode(), hashlib.sha256(body).hexdigest().encode(), body)


def load(content: bytes, source: str, like: Snapshot | None = None) -> Baseline:
    """Read what `dump` wrote; `source` names it in errors. What is the same as in `like` is kept once.

    Raises:
        BaselineError: the content is not a whole, unedited baseline of a format known here.
    """
    return unpacked(unpack(content, source), like)


class Packed(msgspec.Struct, frozen=True, gc=False):
    """What stands in a baseline's file, whole, as lines."""

    source: str
    header: _Header
    lines: Sequence[bytes]


def unpack(content: bytes, source: str) -> Packed:
    """What of `load` can be done before it is known what is there. Raises as `load`."""
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n")
    try:
        marks = msgspec.json.decode(content, type=_Marks)
    except (UnicodeDecodeError, msgspec.DecodeError, RecursionError) as error:
        raise BaselineError(f"{source}: not a baseline, or cut short ({error}): restore it from git") from error
    if marks.mark is msgspec.UNSET:
        raise BaselineError(f"{source}: not a baseline: `schema-watchdog baseline capture` writes one")
    if type(marks.format) is not int or marks.format not in FORMATS:
        raise BaselineError(
            f"{source}: format {marks.format} is not known to this schema-watchdog (it knows up to {FORMAT}): "
            "use the version that wrote it"
        )
    if not _is_whole(content):
        raise BaselineError(
            f"{source}: the digest does not fit the content, so it was edited or damaged: restore it from git, "
            "and use `schema-watchdog baseline accept` to change it"
        )
    with _told(source):
        return _packed(content, source)


def unpacked(packed: Packed, like: Snapshot | None = None) -> Baseline:
    """The rest of `load`. Raises as it does."""
    header, lines = packed.header, packed.lines
    snapshot = Snapshot(server=header.server, covers=header.covers, objects={})
    if like and same_database(snapshot, like):
        unlike, lines = _unlike(packed, like)
        snapshot = msgspec.structs.replace(
            snapshot, objects=without(like.objects, unlike), addresses=without(like.addresses, unlike)
        )
    with _told(packed.source):
        if lines:
            snapshot = _read(lines, snapshot, like)
    return Baseline(snapshot=snapshot, captured_at=header.captured_at, accepted=header.accepted)


@contextlib.contextmanager
def _told(source: str) -> Iterator[None]:
    """Of what no schema-watchdog writes BaselineError is raised."""
    try:
        yield
    except (msgspec.DecodeError, UnicodeDecodeError, _MistakeError) as error:
        raise BaselineError(
            f"{source}: whole, but not as this schema-watchdog reads it ({error}): use the version that wrote it, "
            "or restore it from git"
        ) from error


def read(path: Path, like: Snapshot | None = None) -> Baseline:
    """Load a file. Raises BaselineError, also when it cannot be read; FileNotFoundError only when there is none."""
    return unpacked(read_packed(path), like)


def read_packed(path: Path) -> Packed:
    """What of `read` can be done before it is known what is there. Raises as it does."""
    try:
        content = read_regular(path)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise BaselineError(f"{path}: cannot be read: {error.strerror}") from error
    return unpack(content, str(path))


def _is_whole(content: bytes) -> bool:
    start, close = content.find(b",\n") + 2, b"\n}\n"
    digest = hashlib.sha256(memoryview(content)[start : -len(close)]).hexdigest().encode()
    return content.endswith(close) and content[:start] == b'{\n"%s": "sha256:%s",\n' % (_MARK.encode(), digest)


def _lines(snapshot: Snapshot, objects: Iterable[tuple[ObjectId, Attributes]]) -> Iterator[bytes]:
    """What is written of each of its objects. Attributes that many of a kind share are made JSON once."""
    known: dict[str, dict[int, msgspec.Raw]] = {name: {} for name in KINDS}
    addresses, encode = snapshot.addresses.get, msgspec.json.Encoder().encode
    for subject, attributes in objects:
        kind = subject.kind
        text = known[kind].get(id(attributes))
        if text is None:
            left = _PASSING[kind]
            set_ = {name: value for name, value in attributes.items() if value is not None and name not in left}
            text = known[kind][id(attributes)] = msgspec.Raw(encode(set_))
        yield encode(_Line(kind, subject.name, text, addresses(subject)))


def _packed(content: bytes, source: str) -> Packed:
    end = content.find(_OBJECTS)
    header = msgspec.json.decode(content[:end] + b"}" if end >= 0 else content, type=_Header)
    if header.server.version_num < _OLDEST:
        version = header.server.version_num
        raise _MistakeError(f"server.version_num: {version} is no version of PostgreSQL that is known here")
    if end < 0 or not content.endswith(_END):
        raise _MistakeError("its objects are not there, a line each")
    body = content[end + len(_OBJECTS) : -len(_END)]
    return Packed(source, header, body.split(_BETWEEN) if body else ())


def _unlike(packed: Packed, like: Snapshot) -> tuple[Collection[ObjectId], Sequence[bytes]]:
    """The objects of a snapshot of which a file does not have the very line that is written of them; its other lines.

    Most of a schema is as it was, and to write an object is far less to do than to read one.
    """
    lines, covers = packed.lines, packed.header.covers
    left, unlike = set(lines), set()
    # What stands there twice is to be read, and said where. Of what could not be read now nothing is known: its line is
    # that of an object of which nothing is set.
    if len(left) < len(lines) or like.stale:
        return like.objects, lines
    for subject, line in zip(like.objects, _lines(like, like.objects.items()), strict=True):
        if line in left and subject.kind in covers:
            left.remove(line)
        else:
            unlike.add(subject)
    return unlike, [line for line in lines if line in left]


def _read(lines: Sequence[bytes], snapshot: Snapshot, like: Snapshot | None) -> Snapshot:
    """The snapshot with the objects that stand in these lines, too.

    Objects of kinds that only a newer version knows are left out; that it covers them is kept, to be said.

    Raises:
        msgspec.DecodeError, UnicodeDecodeError, _MistakeError: no schema-watchdog writes this.
    """
    readers = {name: _Reader(KINDS[name], covered) for name, covered in snapshot.covers.items() if name in KINDS}
    objects, addresses, unknown = dict(snapshot.objects), dict(snapshot.addresses), set()
    known = Likeness(like)
    # A large schema is hundreds of thousands of lines: what is done for each has to be little.
    for number, line in enumerate(_decoded(lines), len(objects)):
        subject = ObjectId(line.kind, line.identity)
        reader = readers.get(line.kind)
        if reader:
            try:
                subject = known.subjects.get(subject) or reader.named(line)
                text = bytes(line.attributes)
                objects[subject] = reader.known.get(text) or reader.attributes(text, subject, known)
            except (_MistakeError, msgspec.ValidationError) as error:
                raise _mistake(line, str(error)) from error
        elif line.kind in snapshot.covers:
            unknown.add(subject)
        else:
            raise _mistake(line, "its kind is not in `covers`")
        if len(objects) + len(unknown) == number:
            raise _mistake(line, "it stands there twice")
        if reader and line.at:
            addresses[subject] = at if (at := known.addresses.get(subject)) == line.at else line.at
    return msgspec.structs.replace(snapshot, objects=objects, addresses=addresses)


def _mistake(line: _Line, words: str) -> _MistakeError:
    return _MistakeError(f"{line.kind} {'.'.join(line.identity)}: {words}")


def _decoded(lines: Sequence[bytes]) -> Iterator[_Line]:
    for start in range(0, len(lines), _GO):
        yield from _LINES.decode(b"[" + b",".join(lines[start : start + _GO]) + b"]")


class _Reader:
    """Reads the objects of one kind.

    Attributes:
        known: text -> the attributes that it was decoded to, once: most are those of many objects.
    """

    def __init__(self, kind: Kind, covered: tuple[str, ...]) -> None:
        self.kind = kind
        self._veiled = {attribute.name: attribute.veiled for attribute in kind.attributes}
        # What was read and not written is not set; unless it may have been hidden, then nothing is known of it.
        self._unset = {name: None for name in covered if name in self._veiled and not self._veiled[name]}
        self._texts = {attribute.name for attribute in kind.attributes if kind.is_text(attribute)}
        self.known: dict[bytes, Attributes] = {}

    def named(self, line: _Line) -> ObjectId:
        """Its name, of which each part is kept once. Raises _MistakeError."""
        if len(line.identity) != len(self.kind.identity):
            parts = ", ".join(self.kind.identity)
            raise _MistakeError(f"its name has {len(line.identity)} parts, not {len(self.kind.identity)} ({parts})")
        return ObjectId(self.kind.name, tuple(map(sys.intern, line.identity)))

    def attributes(self, text: bytes, subject: ObjectId, like: Likeness) -> Attributes:
        """Those in a text that is not known yet. Raises msgspec.ValidationError, _MistakeError."""
        found = self.known[text] = like.attributes(subject, self._decoded(text))
        return found

    def _decoded(self, text: bytes) -> Attributes:
        values = _ATTRIBUTES.decode(text)
        for name, value in values.items():
            if isinstance(value, int) and name in self._texts:
                raise _MistakeError(f"{name} is {value}, where text belongs")
        if () in values.values():
            # Format 1 wrote an empty list where 2 says that there is none.
            values = {name: value if value != () or self._veiled.get(name) else None for name, value in values.items()}
        found = self._unset | values
        # What only a newer version knows.
        for name in values.keys() - self._veiled.keys():
            del found[name]
        return found
