"""What one channel was told of one finding: from here follows what is news to it, and what is none."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Self

import msgspec

from watchdog.alerts.alert import Moment
from watchdog.finding import Finding, Severity

# Who opens so often within so long flaps; then its ends are told only once it has been quiet for a while.
FLAPS = 4
FLAPS_WITHIN = timedelta(hours=1)
QUIET_FOR = timedelta(minutes=15)


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one channel was told of one finding. It is kept for an hour after the finding's end, for those that flap.

    Attributes:
        finding: as it was told; once it is over, as it ended.
        since: when it was first found; all times are UTC.
        told_at: the last time.
        thread: of the messages that told it.
        group: of the route that it was told on; see `watchdog.alerts.route.Route.group`.
        route: its name.
        openings: when it was found anew, within the last hour of its life.
        closed_at: when it was no longer found; None while it stands.
        is_over: its end was told.
        is_acknowledged: that somebody has it in hand was told.
        outgrown: other severities that it was told with, each until when: to some receivers those are other alerts.
    """

    finding: Finding
    database: str
    since: Moment
    told_at: Moment
    thread: str = ""
    group: str = ""
    route: str = ""
    openings: tuple[Moment, ...] = ()
    closed_at: Moment | None = None
    is_over: bool = False
    is_acknowledged: bool = False
    outgrown: Mapping[Severity, Moment] = {}

    def reopened(self, at: datetime) -> Self:
        """It stands again before its end was told."""
        return msgspec.structs.replace(self, closed_at=None, openings=recent((*self.openings, at), at))

    def outgrown_by(self, severity: Severity, at: datetime) -> dict[Severity, datetime]:
        """What of it is outgrown once it is told with a severity."""
        until = {**self.outgrown, self.finding.severity: self.closed_at or at}
        return {each: end for each, end in until.items() if each is not severity}

    def shifted(self, by: timedelta) -> Self:
        """The same by a clock that was set."""
        return msgspec.structs.replace(
            self,
            told_at=self.told_at + by,
            openings=tuple(at + by for at in self.openings),
            closed_at=self.closed_at and self.closed_at + by,
            outgrown={severity: until + by for severity, until in self.outgrown.items()},
        )


def recent(openings: tuple[datetime, ...], now: datetime) -> tuple[datetime, ...]:
    """Those that count, of which no more are kept than are told."""
    return tuple(at for at in openings if now - at < FLAPS_WITHIN)[-10 * FLAPS :]


def flaps(openings: tuple[datetime, ...], now: datetime) -> bool:
    return len(recent(openings, now)) >= FLAPS
