"""Why an alert is not told though it stands: somebody has it in hand, or wants quiet, or another says it all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from watchdog.alerts.alert import Moment, Standing
from watchdog.alerts.route import ASKED, Match, Route, closes
from watchdog.finding import Severity


class Acknowledgement(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody has a finding in hand: it is not told again, until it becomes worse or this ends.

    Attributes:
        severity: that the finding had.
        until: UTC; None: as long as the finding stands.
    """

    fingerprint: str
    by: str
    why: str
    at: Moment
    severity: Severity
    until: Moment | None = None

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
    at: Moment
    until: Moment

    def __post_init__(self) -> None:
        unknown = set(self.match) - set(ASKED)
        if unknown:
            raise ValueError(f"alerts cannot be asked for {', '.join(sorted(unknown))}")

    def covers(self, one: Standing, now: datetime) -> bool:
        return now < self.until and Match(patterns=self.match).takes(one)


@dataclass
class _Speakers:
    """Alerts that say it all.

    Attributes:
        any: the first.
        pure: the first that is no target itself.
    """

    any: Standing | None = None
    pure: Standing | None = None


Sources = Mapping[tuple[object, ...], _Speakers]


class Inhibition(msgspec.Struct, frozen=True, kw_only=True):
    """While an alert stands that `source` takes, those of `target` are not told that have `equal` in common with it."""

    source: Match
    target: Match
    equal: tuple[str, ...] = ("database",)

    def sources(self, standing: Sequence[Standing]) -> Sources:
        """What `equal` answers -> who says it all."""
        found: dict[tuple[object, ...], _Speakers] = {}
        for one in standing:
            if self.source.takes(one):
                speakers = found.setdefault(self._alike(one), _Speakers())
                speakers.any = speakers.any or one
                if speakers.pure is None and not self.target.takes(one):
                    speakers.pure = one
        return found

    def speaker(self, one: Standing, sources: Sources) -> Standing | None:
        """The alert that says it all; None when there is none.

        What is source and target alike is inhibited only by what is source alone, as in Alertmanager: two such would
        otherwise keep each other from being told.
        """
        speakers = sources.get(self._alike(one))
        if speakers is None or not self.target.takes(one):
            return None
        return speakers.pure if self.source.takes(one) else speakers.any

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
        speakers = self._speakers(standing)
        found = {one.fingerprint: self._hold(one, speakers.get(one.fingerprint), now) for one in standing}
        return {fingerprint: held for fingerprint, held in found.items() if held is not None}

    def _speakers(self, standing: Sequence[Standing]) -> dict[str, Standing]:
        """Fingerprint -> the alert that says it all. Where rules lead in a circle, one of it speaks for itself."""
        sources = [(each, each.sources(standing)) for each in self.inhibitions]
        found: dict[str, Standing] = {}
        for one in standing:
            said = (inhibition.speaker(one, candidates) for inhibition, candidates in sources)
            speaker = next((each for each in said if each is not None), None)
            if speaker is not None:
                found[one.fingerprint] = speaker
        ends: set[str] = set()
        for start in list(found):
            way: dict[str, None] = {}
            at = start
            while at in found and at not in ends and at not in way:
                way[at] = None
                at = found[at].fingerprint
            if at in way:
                del found[at]
            ends.update(way)
        return found

    def _hold(self, one: Standing, speaker: Standing | None, now: datetime) -> Held | None:
        known = self.acknowledged(one, now)
        if known is not None:
            return Held(f"acknowledged by {known.by}: {known.why}", known.until)
        for silence in self.silences:
            if silence.covers(one, now):
                return Held(f"silenced by {silence.by}: {silence.why}", silence.until)
        return None if speaker is None else Held(f"inhibited by {speaker.fingerprint}: {speaker.finding.message}")


def muted(route: Route, now: datetime) -> datetime | None:
    """Until when a route tells nothing, UTC; None when it does now."""
    ends = [end for window in route.mute if (end := closes(window, now)) is not None and now < end]
    return max(ends, default=None)
