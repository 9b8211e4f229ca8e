"""What people type, or send, in the forms that the configuration has: durations, moments, what alerts are asked for."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from watchdog.alerts.route import ASKED
from watchdog.config.alerts import Match
from watchdog.config.fields import Duration, Moment

T = TypeVar("T")

_DURATION: TypeAdapter[float] = TypeAdapter(Duration)
_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)


def duration(text: str) -> timedelta:
    """`4h` as a length of time. Raises ValueError."""
    return timedelta(seconds=_checked(_DURATION, text))


def moment(text: str) -> datetime:
    """`2026-12-01T22:00:00Z`, UTC. Raises ValueError, also where the offset from UTC is missing."""
    return _checked(_MOMENT, text)


def end(lasts: str | None, until: str | None, now: datetime) -> datetime | None:
    """When something ends, UTC, by its length or its end, of which not both are given; None: by neither.

    Raises:
        ValueError: one cannot be read, or both are given.
    """
    if lasts is not None and until is not None:
        raise ValueError("say for how long, or until when, not both")
    if lasts is not None:
        return now.astimezone(UTC) + duration(lasts)
    return None if until is None else moment(until)


def matchers(given: Mapping[str, Sequence[str]]) -> Mapping[str, tuple[str, ...]]:
    """What alerts are asked for -> patterns, checked as those of a route are. Raises ValueError."""
    for name in given:
        if name not in ASKED:
            raise ValueError(f"{name}: alerts cannot be asked for it; they can for {', '.join(ASKED)}")
    try:
        return Match.model_validate({name: tuple(patterns) for name, patterns in given.items()}).patterns
    except ValidationError as error:
        raise ValueError(_words(error)) from None


def _checked(adapter: TypeAdapter[T], text: str) -> T:
    try:
        return adapter.validate_python(text)
    except ValidationError as error:
        raise ValueError(f"{text!r}: {_words(error)}") from None


def _words(error: ValidationError) -> str:
    details = error.errors(include_url=False, include_input=False, include_context=False)
    said = [(detail["loc"], detail["msg"].removeprefix("Value error, ")) for detail in details]
    return "; ".join(": ".join([*(str(part) for part in loc if isinstance(part, str)), what]) for loc, what in said)
