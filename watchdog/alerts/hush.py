"""Why an alert is not told though it stands: somebody has it in hand, or wants quiet, or another says it all."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from watchdog.alerts.alert import Standing
from watchdog.alerts.route import ASKED, Match, Route, closes
from watchdog.finding import Severity

_ENOUGH = 2


class Acknowledgement(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody has a finding in hand: it is not told again, until it becomes worse or this ends.

    Attributes:
        severity: that the finding had.
        until: UTC; None: as long as the finding stands.
    """

    fingerprint: str
    by: str
    why: str
    at: datetime
    severity: Severity
    until: datetime | None = None

    def covers(self, one: Standing, now: datetime) -> bool:
        return (
            self.fingerprint == one.fingerprint
            and one.finding.severity.rank <= self.severity.rank
            and (self.until is None or now < self.until)
        )


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody wants quiet about some alerts for a time.

    Attributes:
        match: as of a route: a name in `watchdog.alerts.route.ASKED` -> patterns.
        until: UTC.
    """

    id: str
    match: Mapping[str, tuple[str, ...]]
    by: str
    why: str
    at: datetime
    until: datetime

    def covers(self, one: Standing, now: datetime) -> bool:
        return now < self.until and Match(patterns=self.match).takes(one)


class Inhibition(msgspec.Struct, frozen=True, kw_only=True):
    """While an alert stands that `source` takes, those of `target` are not told that have `equal` in common with it."""

    source: Match
    target: Match
    equal: tuple[str, ...] = ("database",)

    def sources(self, standing: Sequence[Standing]) -> Mapping[tuple[object, ...], list[Standing]]:
        """What `equal` answers -> two alerts that say it all, as none speaks for itself."""
        found: dict[tuple[object, ...], list[Standing]] = {}
        for one in standing:
            if self.source.takes(one):
                known = found.setdefault(self._alike(one), [])
                known += [one] if len(known) < _ENOUGH else []
        return found

    def speaker(self, one: Standing, sources: Mapping[tuple[object, ...], list[Standing]]) -> Standing | None:
        """The alert that says it all; None when there is none."""
        others = (each for each in sources.get(self._alike(one), ()) if each.fingerprint != one.fingerprint)
        return next(others, None) if self.target.takes(one) else None

    def _alike(self, one: Standing) -> tuple[object, ...]:
        return tuple(ASKED[name](one) for name in self.equal)


class Held(msgspec.Struct, frozen=True):
    """An alert is not told.

    Attributes:
        why: in words.
        until: when that may end, UTC; None when only time cannot tell.
    """

    why: str
    until: datetime | None = None


class Quiet(msgspec.Struct, frozen=True, kw_only=True):
    """All that holds alerts back."""

    acknowledgements: Mapping[str, Acknowledgement] = {}
    silences: tuple[Silence, ...] = ()
    inhibitions: tuple[Inhibition, ...] = ()

    def acknowledged(self, one: Standing, now: datetime) -> Acknowledgement | None:
        known = self.acknowledgements.get(one.fingerprint)
        return known if known is not None and known.covers(one, now) else None

    def holds(self, standing: Sequence[Standing], now: datetime) -> Mapping[str, Held]:
        """Fingerprint -> why an alert is not told on any route."""
        sources = [each.sources(standing) for each in self.inhibitions]
        found = {one.fingerprint: self._hold(one, sources, now) for one in standing}
        return {fingerprint: held for fingerprint, held in found.items() if held is not None}

    def _hold(
        self, one: Standing, sources: Sequence[Mapping[tuple[object, ...], list[Standing]]], now: datetime
    ) -> Held | None:
        known = self.acknowledged(one, now)
        if known is not None:
            return Held(f"acknowledged by {known.by}: {known.why}", known.until)
        for silence in self.silences:
            if silence.covers(one, now):
                return Held(f"silenced by {silence.by}: {silence.why}", silence.until)
        for inhibition, candidates in zip(self.inhibitions, sources, strict=True):
            source = inhibition.speaker(one, candidates)
            if source is not None:
                return Held(f"inhibited by {source.fingerprint}: {source.finding.message}")
        return None


def muted(route: Route, now: datetime) -> datetime | None:
    """Until when a route tells nothing, UTC; None when it does now."""
    ends = [end for window in route.mute if (end := closes(window, now)) is not None and now < end]
    return max(ends, default=None)
