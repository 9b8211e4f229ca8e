"""Findings that a team has accepted, in a YAML file that lives in git: which, who, why, and until when."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import yaml

from watchdog.errors import BaselineError
from watchdog.schema.rules import Acceptance
from watchdog.sqltext import visible
from watchdog.store.files import make_folder_of, read_regular, write_atomically

_HEAD = "# Findings that are known and borne; written by `schema-watchdog baseline accept --fingerprint`.\n"

_LARGEST = 1_000_000
_DEEPEST = 2  # a list of mappings
_FAST: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_FAST):  # type: ignore[misc]
    """Leaves a day as text: YAML's own fails on one that there is not, and does not say where."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in _FAST.yaml_implicit_resolvers.items()
    }


def read(path: Path | None) -> tuple[Acceptance, ...]:
    """The acceptances in a file; none without a file.

    Raises:
        BaselineError: the file cannot be read, or says something that is not understood: what, where and what to do.
    """
    try:
        content = read_regular(path) if path else b""
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise BaselineError(f"{path}: cannot be read: {error.strerror}") from error
    return _parsed(content, path)


def append(path: Path, acceptance: Acceptance, message: str) -> None:
    """Put an acceptance into a file, which is made if need be, in the place of an older one of the same.

    Else it comes to the end, with `message` above it for people. What the file holds besides stays as it is.

    Raises as `read`, and StateError when it cannot be written.
    """
    before = read(path)
    old = path.read_text(encoding="utf-8") if path.exists() else _HEAD
    item = _item(acceptance)
    places = [place for place, each in enumerate(before) if _same(each, acceptance)]
    if places:
        new = _replaced(old, places, item)
        after = tuple(acceptance if place in places else each for place, each in enumerate(before))
    else:
        new = f"{old.rstrip()}\n\n{entry(acceptance, message)}"
        after = (*before, acceptance)
    content = new.encode()
    if _parsed_or_none(content, path) != after:
        raise BaselineError(
            f"{path}: left as it is, as the acceptance cannot be put into it: give each entry lines of its own, "
            f"beginning with `- fingerprint: ...`, in {_LARGEST:,} bytes at most"
        )
    make_folder_of(path)
    write_atomically(path, content)


def entry(acceptance: Acceptance, message: str) -> str:
    """As the file has it, with `message` above it for people."""
    return f"# {visible(message)}\n{_item(acceptance)}"


def _item(acceptance: Acceptance) -> str:
    return msgspec.yaml.encode([acceptance]).decode()


def _same(one: Acceptance, other: Acceptance) -> bool:
    return (one.fingerprint, one.actual) == (other.fingerprint, other.actual)


def _replaced(text: str, places: Sequence[int], item: str) -> str:
    """The text with the entries at these places of its list written anew; what stands between them is kept."""
    lines = text.splitlines(keepends=True)
    root: Any = yaml.compose(text, Loader=_Loader)
    for place in reversed(places):
        entry = root.value[place]
        end = max(value.end_mark.line + bool(value.end_mark.column) for _, value in entry.value)
        while not lines[end - 1].strip():
            end -= 1
        lines[entry.start_mark.line : end] = [item]
    return "".join(lines)


def _parsed_or_none(content: bytes, path: Path) -> tuple[Acceptance, ...] | None:
    try:
        return _parsed(content, path)
    except BaselineError:
        return None


def _parsed(content: bytes, path: Path | None) -> tuple[Acceptance, ...]:
    """Raises BaselineError."""
    if len(content) > _LARGEST:
        raise BaselineError(f"{path}: too large for acceptances: {len(content):,} bytes, of {_LARGEST:,} at most")
    try:
        if line := _too_deep(content):
            raise BaselineError(f"{path}: no list of acceptances: too deeply nested [line {line}]")
        return msgspec.convert(yaml.load(content, Loader=_Loader), tuple[Acceptance, ...] | None) or ()  # noqa: S506 it is safe
    except msgspec.ValidationError as error:
        raise BaselineError(
            f"{path}: {error} (each acceptance has fingerprint, actual, by, reason and until, a day such as 2026-12-31)"
        ) from error
    except yaml.YAMLError as error:
        raise BaselineError(f"{path}: not YAML: {' '.join(str(error).split())}") from error
    except ValueError as error:
        raise BaselineError(f"{path}: a value cannot be read: {error} (quote what is text)") from error


def _too_deep(content: bytes) -> int | None:
    """The first line that is deeper than an acceptance can be. Composing recurses in C, and ends the whole process."""
    depth = 0
    for event in yaml.parse(content, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            return int(event.start_mark.line) + 1  # type: ignore[union-attr]
    return None
