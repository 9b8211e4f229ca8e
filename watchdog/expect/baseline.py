"""A baseline: an expected snapshot in a file that lives in git.

One JSON document with a header, then one object a line, sorted, so that a change reads well in a diff. An attribute
that is not set is left out of its line; `covers` says which were read. The digest covers everything else in the file:
what was truncated or edited by hand is refused.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from watchdog.errors import BaselineError
from watchdog.schema.kinds import KINDS, attribute_of
from watchdog.schema.snapshot import Address, ObjectId, Server, Snapshot, Value
from watchdog.store.files import read_regular

FORMAT = 2
# 1: no addresses, () for an empty list.
FORMATS = (1, 2)
# server_version_num of 10, the first that is counted so.
_OLDEST = 100000
_MARK = "schema_watchdog_baseline"


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """Who made this the expectation, and why."""

    by: str
    reason: str


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot, when it was captured (UTC, to the second), and who accepted it (None for a first capture)."""

    snapshot: Snapshot
    captured_at: datetime
    accepted: Accepted | None = None


class _Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One object; `at` is its address in the cluster it was captured from, by which a rename is known."""

    kind: str
    identity: tuple[str, ...]
    attributes: dict[str, Value]
    at: Address | None = None


class _File(msgspec.Struct, frozen=True, kw_only=True):
    captured_at: datetime
    accepted: Accepted | None
    server: Server
    covers: dict[str, tuple[str, ...]]
    objects: tuple[_Line, ...]


def dump(baseline: Baseline) -> bytes:
    """The file's content; the same baseline gives the same bytes."""
    snapshot = baseline.snapshot
    header = {
        "format": FORMAT,
        "captured_at": baseline.captured_at.astimezone(UTC).replace(microsecond=0),
        "accepted": baseline.accepted,
        "server": snapshot.server,
        "covers": {kind: _kept(kind, names) for kind, names in sorted(snapshot.covers.items())},
    }
    lines = [_json(_line(subject, snapshot)) for subject in sorted(snapshot.objects)]
    body = ",\n".join(f'"{name}": {_json(value)}' for name, value in header.items())
    body += ',\n"objects": [\n' + ",\n".join(lines) + "\n]"
    return _framed(body).encode()


def load(content: bytes, source: str) -> Baseline:
    """Read what `dump` wrote; `source` names it in errors.

    Raises:
        BaselineError: the content is not a whole, unedited baseline of a format known here.
    """
    try:
        text = content.decode().replace("\r\n", "\n")
        marks = msgspec.json.decode(text, type=dict[str, Any])
    except (UnicodeDecodeError, msgspec.DecodeError, RecursionError) as error:
        raise BaselineError(f"{source}: not a baseline, or cut short ({error}): restore it from git") from error
    if _MARK not in marks:
        raise BaselineError(f"{source}: not a baseline: `schema-watchdog baseline capture` writes one")
    if type(marks.get("format")) is not int or marks["format"] not in FORMATS:
        raise BaselineError(
            f"{source}: format {marks.get('format')} is not known to this schema-watchdog (it knows up to {FORMAT}): "
            "use the version that wrote it"
        )
    if text != _framed(text.partition(",\n")[2].removesuffix("\n}\n")):
        raise BaselineError(
            f"{source}: the digest does not fit the content, so it was edited or damaged: restore it from git, "
            "and use `schema-watchdog baseline accept` to change it"
        )
    try:
        file = msgspec.json.decode(text, type=_File)
        mistake = next(_mistakes(file), None)
    except msgspec.ValidationError as error:
        mistake = str(error)
    if mistake:
        raise BaselineError(
            f"{source}: whole, but not as this schema-watchdog reads it ({mistake}): use the version that wrote it, "
            "or restore it from git"
        )
    return _baseline(file)


def read(path: Path) -> Baseline:
    """Load a file. Raises BaselineError, also when it cannot be read; FileNotFoundError only when there is none."""
    try:
        return load(read_regular(path), str(path))
    except FileNotFoundError:
        raise
    except OSError as error:
        raise BaselineError(f"{path}: cannot be read: {error.strerror}") from error


def _framed(body: str) -> str:
    digest = hashlib.sha256(body.encode()).hexdigest()
    return f'{{\n"{_MARK}": "sha256:{digest}",\n{body}\n}}\n'


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _kept(kind: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if attribute_of(kind, name).kept)


def _line(subject: ObjectId, snapshot: Snapshot) -> _Line:
    attributes, address = snapshot.objects[subject], snapshot.addresses.get(subject)
    kept = {name: attributes[name] for name in _kept(subject.kind, tuple(attributes)) if attributes[name] is not None}
    return _Line(*subject, kept, address)


def _mistakes(file: _File) -> Iterator[str]:
    """What no schema-watchdog writes, each with its place."""
    if file.server.version_num < _OLDEST:
        yield f"server.version_num: {file.server.version_num} is no version of PostgreSQL that is known here"
    seen: set[ObjectId] = set()
    for number, line in enumerate(file.objects):
        where = f"objects[{number}], {line.kind} {'.'.join(line.identity)}"
        if line.kind not in file.covers:
            yield f"{where}: its kind is not in `covers`"
        if (subject := ObjectId(line.kind, line.identity)) in seen:
            yield f"{where}: stands there twice"
        seen.add(subject)
        if line.kind in KINDS:
            yield from (f"{where}: {what}" for what in _mistakes_of(line))


def _mistakes_of(line: _Line) -> Iterator[str]:
    kind = KINDS[line.kind]
    if len(line.identity) != len(kind.identity):
        yield f"its name has {len(line.identity)} parts, not {len(kind.identity)} ({', '.join(kind.identity)})"
    for attribute in kind.attributes:
        value = line.attributes.get(attribute.name)
        if kind.is_text(attribute) and isinstance(value, int):
            yield f"{attribute.name} is {value}, where text belongs"


def _baseline(file: _File) -> Baseline:
    """Objects of kinds that only a newer version knows are left out; that it covers them is kept, to be said."""
    lines = {ObjectId(line.kind, line.identity): line for line in file.objects if line.kind in KINDS}
    return Baseline(
        snapshot=Snapshot(
            server=file.server,
            covers=file.covers,
            objects={subject: _attributes(line, file.covers[line.kind]) for subject, line in lines.items()},
            addresses={subject: line.at for subject, line in lines.items() if line.at},
        ),
        captured_at=file.captured_at,
        accepted=file.accepted,
    )


def _attributes(line: _Line, covered: tuple[str, ...]) -> dict[str, Value]:
    """What was read and not written is not set; unless it may have been hidden, then nothing is known of it."""
    known = {attribute.name: attribute.veiled for attribute in KINDS[line.kind].attributes}
    unset = {name: None for name in covered if name in known and not known[name]}
    # Format 1 wrote an empty list where 2 says that there is none.
    return unset | {
        name: value if value != () or known[name] else None for name, value in line.attributes.items() if name in known
    }
