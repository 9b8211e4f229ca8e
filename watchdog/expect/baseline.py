"""A baseline: an expected snapshot in a file that lives in git.

One JSON document with a header, then one object a line, sorted, so that a change reads well in a diff. The digest
covers everything else in the file: what was truncated or edited by hand is refused.
"""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from watchdog.errors import BaselineError
from watchdog.schema.kinds import KINDS
from watchdog.schema.snapshot import ObjectId, Server, Snapshot, Value
from watchdog.store.files import read_regular

FORMAT = 1
_MARK = "schema_watchdog_baseline"


class Acceptance(msgspec.Struct, frozen=True, kw_only=True):
    """Who made this the expectation, and why."""

    by: str
    reason: str


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot, when it was captured (UTC, to the second), and who accepted it (None for a first capture)."""

    snapshot: Snapshot
    captured_at: datetime
    accepted: Acceptance | None = None


class _Line(msgspec.Struct, frozen=True):
    kind: str
    identity: tuple[str, ...]
    attributes: dict[str, Value]


class _File(msgspec.Struct, frozen=True, kw_only=True):
    captured_at: datetime
    accepted: Acceptance | None
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
        "covers": dict(sorted(snapshot.covers.items())),
    }
    lines = [_json(_Line(*subject, dict(attributes))) for subject, attributes in sorted(snapshot.objects.items())]
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
    if marks.get("format") != FORMAT:
        raise BaselineError(
            f"{source}: format {marks.get('format')} is not known to this schema-watchdog (it knows {FORMAT}): "
            "use the version that wrote it"
        )
    if text != _framed(text.partition(",\n")[2].removesuffix("\n}\n")):
        raise BaselineError(
            f"{source}: the digest does not fit the content, so it was edited or damaged: restore it from git, "
            "and use `schema-watchdog baseline accept` to change it"
        )
    try:
        return _baseline(msgspec.json.decode(text, type=_File))
    except msgspec.ValidationError as error:
        raise BaselineError(
            f"{source}: whole, but not as this schema-watchdog reads it ({error}): use the version that wrote it"
        ) from error


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


def _baseline(file: _File) -> Baseline:
    """Kinds that a newer version wrote and this one does not know are left out, and thereby not covered."""
    covers = {kind: attributes for kind, attributes in file.covers.items() if kind in KINDS}
    objects = {ObjectId(line.kind, line.identity): line.attributes for line in file.objects if line.kind in covers}
    return Baseline(
        snapshot=Snapshot(server=file.server, covers=covers, objects=objects),
        captured_at=file.captured_at,
        accepted=file.accepted,
    )
