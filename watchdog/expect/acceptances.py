"""Findings that a team has accepted, in a YAML file that lives in git: which, who, why, and until when."""

from pathlib import Path

import msgspec

from watchdog.errors import BaselineError
from watchdog.schema.rules import Acceptance
from watchdog.store.files import make_folder_of, read_regular, write_atomically

_HEAD = "# Findings that are known and borne; written by `schema-watchdog baseline accept --fingerprint`.\n"


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
    try:
        return msgspec.yaml.decode(content, type=tuple[Acceptance, ...] | None) or ()
    except msgspec.ValidationError as error:
        raise BaselineError(
            f"{path}: {error} (each acceptance has fingerprint, actual, by, reason and until)"
        ) from error
    except msgspec.DecodeError as error:
        raise BaselineError(f"{path}: not YAML: {' '.join(str(error).split())}") from error


def append(path: Path, acceptance: Acceptance, message: str) -> None:
    """Add an acceptance to the end of a file, which is made if need be; `message` is put above it for people.

    Raises as `read`, and StateError when it cannot be written. What the file holds already stays as it is.
    """
    read(path)
    old = path.read_text(encoding="utf-8") if path.exists() else _HEAD
    item = msgspec.yaml.encode([acceptance]).decode()
    make_folder_of(path)
    write_atomically(path, f"{old.rstrip()}\n\n# {message}\n{item}".encode())
