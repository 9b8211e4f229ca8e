"""What the watchdog finds of itself: checks that do not succeed any more, and channels that do not take messages."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

from watchdog.alerts.alert import SELF
from watchdog.alerts.queue import Queue
from watchdog.finding import Finding, Severity, Subject, fingerprint
from watchdog.look.seen import Seen
from watchdog.sqltext import how_many
from watchdog.status import CheckName, DatabaseStatus, Overdue, patience
from watchdog.store.file import Unreadable

# A message that waits for so long waits for a channel that does not work.
LATE = timedelta(minutes=15)
# How many times later than a check that fails one is told that is not made.
_LATE_TIMES = 4


class ChecksLook:
    """Looks at the checks of one database: whether each has concluded something lately."""

    def __init__(self, status: Callable[[], DatabaseStatus], began: datetime) -> None:
        """Hold the parts.

        Args:
            status: what is known now.
            began: since when the checks are made, UTC.
        """
        self._status = status
        self._began = began
        # Whether the database did not answer at the last look, and when it was seen to answer again, or not to.
        self._is_down = False
        self._down_at: datetime | None = None

    async def __call__(self, now: datetime) -> Seen:
        status = self._status()
        late = [
            overdue
            for check in status.every
            if (overdue := status.overdue_check(check, now)) and _tells(overdue, status, now)
        ]
        was_down, self._is_down = self._is_down, any(each.check == "probe" for each in late)
        if was_down or self._is_down:
            self._down_at = now
        # A check that has not been made yet says nothing; neither of before the start, nor of before the database
        # answered again.
        unmade = [each for each in late if self._is_yet_to_be_made(each, status, now)]
        return Seen(
            server=None,
            findings=tuple(_overdue(each, status) for each in late if each not in unmade),
            unseen=tuple(Subject("check", (each.check,)) for each in unmade),
        )

    def _is_yet_to_be_made(self, overdue: Overdue, status: DatabaseStatus, now: datetime) -> bool:
        check, latest = overdue.check, status.latest.get(overdue.check)
        waits_since = self._began if overdue.last_success_at is None else None
        if check != "probe" and self._down_at is not None and (latest is None or latest.checked_at <= self._down_at):
            waits_since = self._down_at
        return waits_since is not None and timedelta(0) <= now - waits_since <= patience(status.every[check])


class ChannelsLook:
    """Looks at the channels: whether each takes what it is sent."""

    def __init__(
        self,
        channels: Sequence[str],
        queues: Callable[[Sequence[str]], Awaitable[Mapping[str, Queue]]],
        mirrors: Mapping[str, Callable[[], datetime]] = {},
    ) -> None:
        """Hold the parts.

        Args:
            channels: those that messages wait for.
            queues: what waits for each of them; may raise StateError.
            mirrors: those that are shown what stands -> when one last took that, or when it was first to; UTC.
        """
        self._channels = channels
        self._queues = queues
        self._mirrors = mirrors

    async def __call__(self, now: datetime) -> Seen:
        queues = await self._queues(self._channels)
        found = [
            *(_stuck(channel, queues[channel], now) for channel in self._channels),
            *(_unshown(channel, taken_at(), now) for channel, taken_at in self._mirrors.items()),
        ]
        return Seen(server=None, findings=tuple(finding for finding in found if finding is not None))


class StateLook:
    """Looks at the state: whether its file can be used, and all that stands in it can be read."""

    def __init__(self, reason: Callable[[], str | None], unreadable: Callable[[], Awaitable[Unreadable]]) -> None:
        """Hold the parts.

        Args:
            reason: tells why the state lives in memory; None where it lives in its file.
            unreadable: tells what was put aside; it may raise StateError.
        """
        self._reason = reason
        self._unreadable = unreadable

    async def __call__(self, _: datetime) -> Seen:
        reason = self._reason()
        found = []
        if reason:
            found.append(
                _finding(
                    SELF,
                    "state",
                    "file",
                    expected="it can be used",
                    actual=reason,
                    severity=Severity.CRITICAL,
                    message=f"the state cannot be used, so what is known and told is kept in memory alone: {reason}",
                )
            )
        aside = await self._unreadable()
        if aside.rows:
            what = f"{how_many(aside.rows, 'row')} of {', '.join(aside.tables)}"
            found.append(
                _finding(
                    SELF,
                    "state",
                    "rows",
                    expected="all of it can be read",
                    actual=f"{what}: {aside.error}",
                    severity=Severity.WARNING,
                    message=f"{what} in the state could not be read, and were put aside into its table unreadable "
                    "within the last 7 days: open findings among them are told anew, and words about them must be "
                    f"said again ({aside.error})",
                )
            )
        return Seen(server=None, findings=tuple(found))


def _has_failed(status: DatabaseStatus, check: CheckName) -> bool:
    return check in status.latest and status.latest[check].outcome == "unverified"


def _tells(overdue: Overdue, status: DatabaseStatus, now: datetime) -> bool:
    """A check that has not failed was not made: then it is the watchdog that is late, and may yet come to it."""
    since, check = overdue.last_success_at, overdue.check
    return since is None or _has_failed(status, check) or abs(now - since) > _LATE_TIMES * patience(status.every[check])


def _overdue(overdue: Overdue, status: DatabaseStatus) -> Finding:
    check, database = overdue.check, overdue.database
    if overdue.last_success_at is not None and not _has_failed(status, check):
        what = f"check {check} of {database} is not made any more: the watchdog is overloaded, or a look hangs"
    elif check == "probe":
        what = f"{database} does not answer"
    else:
        what = f"check {check} of {database} does not succeed"
    return _finding(
        database,
        "check",
        check,
        expected=f"a conclusive look every {status.every[check]:g} s",
        actual=overdue.words,
        severity=Severity.CRITICAL if check == "probe" else Severity.WARNING,
        message=f"{what}: {overdue.words}",
    )


def _stuck(channel: str, queue: Queue, now: datetime) -> Finding | None:
    is_late = queue.oldest_at is not None and now - queue.oldest_at >= LATE
    if not (is_late or queue.given_up):
        return None
    parts = []
    if is_late and queue.oldest_at is not None:
        parts.append(f"{how_many(queue.waiting, 'message')} since {queue.oldest_at:%Y-%m-%d %H:%M} UTC wait")
    if queue.given_up:
        parts.append(f"{how_many(queue.given_up, 'message')} given up")
    again = f"schema-watchdog alerts outbox --retry {channel}"
    return _finding(
        SELF,
        "channel",
        channel,
        expected="messages are taken",
        actual=f"{' and '.join(parts)}: {queue.error}",
        severity=Severity.CRITICAL if queue.given_up else Severity.WARNING,
        message=f"channel {channel} does not take messages: {' and '.join(parts)} ({queue.error})"
        + (f"; to send them again: {again}" if queue.given_up else ""),
    )


def _unshown(channel: str, taken_at: datetime, now: datetime) -> Finding | None:
    if now - taken_at < LATE:
        return None
    since = f"{taken_at:%Y-%m-%d %H:%M} UTC"
    return _finding(
        SELF,
        "channel",
        channel,
        expected="what stands is taken",
        actual=f"none of it since {since}",
        severity=Severity.WARNING,
        message=f"channel {channel} has taken nothing of what stands since {since}: the watchdog's log says why",
    )


def _finding(
    database: str, kind: str, name: CheckName | str, *, expected: str, actual: str, severity: Severity, message: str
) -> Finding:
    return Finding(
        fingerprint=fingerprint(database, kind, (name,), "missing", None),
        kind=kind,
        identity=(name,),
        change="missing",
        expected=expected,
        actual=actual,
        severity=severity,
        message=message,
    )
