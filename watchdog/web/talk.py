"""The JSON documents about alerts and silences, and what a client may ask to be noted. Pure."""

from collections.abc import Mapping, Sequence
from typing import Annotated, TypeVar

import msgspec

from watchdog.alerts.hush import Silence
from watchdog.alerts.overview import OpenAlert
from watchdog.alerts.said import LONGEST_NAME, LONGEST_REASON

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_NAME)]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_REASON)]
Pattern = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_REASON)]


class AlertsDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Every open alert, the worst first."""

    version: int = 1
    alerts: tuple[OpenAlert, ...]


class SilencesDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The silences that hold now, which end soonest first."""

    version: int = 1
    silences: tuple[Silence, ...]


class _Asking(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    by: Name
    reason: Words


Asking = TypeVar("Asking", bound=_Asking)


class Acknowledging(_Asking, frozen=True, kw_only=True, rename={"lasts": "for"}):
    """Somebody has an alert in hand, for so long or until a moment; with neither, as long as it stands."""

    fingerprint: str
    lasts: str | None = None
    until: str | None = None


class Silencing(_Asking, frozen=True, kw_only=True, rename={"lasts": "for"}):
    """Somebody wants quiet about what matches, or about all, for so long or until a moment."""

    match: Mapping[str, Pattern | Sequence[Pattern]] = {}
    all: bool = False
    lasts: str | None = None
    until: str | None = None

    @property
    def patterns(self) -> Mapping[str, tuple[str, ...]]:
        return {name: (each,) if isinstance(each, str) else tuple(each) for name, each in self.match.items()}


class Acceptable(_Asking, frozen=True, kw_only=True):
    """Somebody bears a finding, until a day; without one, as long as it stays as it is."""

    fingerprint: str
    until: str | None = None


def decoded(body: bytes, kind: type[Asking]) -> Asking:
    """What a client asks for. Raises ValueError, whatever the body is."""
    try:
        asked = msgspec.json.decode(body, type=kind)
    except RecursionError:
        raise ValueError("the body is nested too deeply") from None
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise ValueError(f"the body: {error}") from None
    by, reason = " ".join(asked.by.split()), " ".join(asked.reason.split())
    if not by or not reason:
        raise ValueError("by and reason: say them in words")
    return msgspec.structs.replace(asked, by=by, reason=reason)
