"""One check of one database: the only place that states the order of events.

look -> judge -> decide what is news -> note it on the disk -> show it on the board -> let people be told
 ^                                                                                     |
 +------------------ what it saw move lets another check look at once -----------------+
"""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec
import structlog

from watchdog.alerts.alert import SELF, Alert
from watchdog.alerts.policy import Decision, became, decide
from watchdog.errors import StateError, WatchdogError
from watchdog.finding import Coverage, Finding
from watchdog.look.seen import Levels, Look, Points, Seen
from watchdog.queries.memory import Known
from watchdog.schema.snapshot import unread_in_words
from watchdog.status import CheckName, CheckResult, StatusBoard

log = structlog.get_logger()

# Of a database with more tables than this, only so many have a series each; all are watched, and on the page and API.
MOST_TABLE_SERIES = 500

# After what one check sees move, the first of these looks that there is.
FOLLOWING: Mapping[CheckName, tuple[CheckName, ...]] = {"probe": ("schema", "queries"), "schema": ("queries",)}
# What could not be looked at, or was held back for a migration, is looked at again so soon: its end may move nothing.
AGAIN_SECONDS = 30.0

Clock = Callable[[], datetime]


class State(Protocol):
    """What a check needs of the disk; see `watchdog.store.state.State`."""

    async def alerts(self, database: str, check: str) -> tuple[Alert, ...]: ...

    async def commit(
        self,
        database: str,
        check: str,
        *,
        alerts: Sequence[Alert],
        fired: Sequence[Finding],
        resolved: Sequence[Finding],
        levels: Levels | None,
        points: Points | None,
        statements: Mapping[str, Known] | None,
        at: datetime,
    ) -> None: ...


async def verdict(database: str, check: CheckName, look: Look, clock: Clock) -> tuple[CheckResult, Seen | None]:
    """Look, and say what can be concluded from it; None when nothing was seen."""
    now, started = clock(), time.monotonic()
    seen, reason = None, None
    try:
        seen = await look(now)
    except WatchdogError as error:
        reason = str(error)
    except Exception as error:
        # Nobody thought of this. Nothing may be concluded, and all else goes on.
        reason = f"a mistake in the watchdog: {type(error).__name__} (its log says where)"
        log.exception("check.crashed", database=database, check=check)
    states = {finding.state for finding in seen.findings} if seen else set()
    if seen and "in_transition" in states:
        reason = (
            f"a migration is under way, its findings are held: {'; '.join(seen.coverage.in_flight) or 'an index build'}"
        )
    elif seen and seen.coverage.stale:
        reason = unread_in_words(seen.coverage.stale)
    elif seen and seen.gap:
        reason = seen.gap
    return CheckResult(
        database=database,
        check=check,
        checked_at=now,
        duration_seconds=time.monotonic() - started,
        outcome="drift" if seen and any(each.is_drift for each in seen.findings) else "unverified" if reason else "ok",
        server=seen.server if seen else None,
        findings=seen.findings if seen else (),
        coverage=seen.coverage if seen else Coverage(),
        readings=seen.readings if seen else (),
        sequence_used=seen.sequence_used if seen else None,
        reason=reason or (seen.doubt or None if seen else None),
    ), seen


class Watch:
    """All checks of one database, and what follows from each."""

    def __init__(
        self,
        database: str,
        looks: Mapping[CheckName, Look],
        *,
        state: State,
        board: StatusBoard,
        clock: Clock,
        wake: Callable[[], None],
        wait: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """Watch a database; `wait` says in how many seconds it may be asked again."""
        self.database = database
        self.looks = looks
        self._wait = wait
        self._state = state
        self._board = board
        self._clock = clock
        self._wake = wake

    def wait(self, check: CheckName) -> float:
        """In how many seconds the check may be made; 0: now. Whether a server answers may be asked at any time."""
        return 0.0 if check == "probe" else self._wait()

    async def run(self, check: CheckName) -> Mapping[CheckName, float]:
        """Make one check and carry out what follows from it; returns which are to be made in how many seconds."""
        result, seen = await verdict(self.database, check, self.looks[check], self._clock)
        if seen and result.outcome != "unverified":
            result = await self._decided(result, seen)
        self._show(result, seen)
        return dict(_following(check, seen, self.looks))

    async def _decided(self, result: CheckResult, seen: Seen) -> CheckResult:
        """Note and tell what is news; returns the result with the open findings of what could not be looked at."""
        try:
            decision = await noted(
                self._state, self._board, self.database, result.check, seen, result.checked_at, self._wake
            )
        except StateError as error:
            # Watching goes on: the board shows it, and what is news now is still news when the disk is back.
            log.error("state.failed", database=self.database, check=result.check, reason=str(error))  # noqa: TRY400
            return result
        found = {finding.fingerprint for finding in result.findings}
        standing = tuple(alert.finding for alert in decision.alerts if alert.finding.fingerprint not in found)
        # What stands though it was not seen is no "ok".
        is_drift = result.outcome == "ok" and any(finding.is_drift for finding in standing)
        outcome = "drift" if is_drift else result.outcome
        return msgspec.structs.replace(result, findings=(*result.findings, *standing), outcome=outcome)

    def _show(self, result: CheckResult, seen: Seen | None) -> None:
        known = self._board.databases.get(self.database)
        before = known.latest.get(result.check) if known else None
        self._board.record(result)
        if result.check == "probe":
            self._board.update(self.database, up=seen is not None)
        if seen and seen.distrust is not None:
            self._board.update(self.database, distrust=seen.distrust)
        if seen and seen.moved and result.check == "probe":
            self._board.noticed(self.database)
        if seen and result.check == "rows":
            # Those whose freshness somebody declared come first.
            names = sorted((reading.newest_at is None, reading.schema, reading.table) for reading in seen.readings)
            watched = frozenset((schema, table) for _, schema, table in names[:MOST_TABLE_SERIES])
            self._board.update(self.database, watched_tables=watched)
        if seen and seen.components is not None:
            self._board.update(self.database, components=seen.components)
        if seen and seen.baseline_captured_at:
            self._board.update(self.database, baseline_captured_at=seen.baseline_captured_at)
        # Said when it changes; a server that is down for a night is not a line every few seconds.
        changed = before is None or before.outcome != result.outcome
        news = log.warning if result.outcome == "unverified" else log.info
        say = news if changed else log.debug
        say(
            "check.finished",
            database=self.database,
            check=result.check,
            outcome=result.outcome,
            findings=len(result.findings),
            seconds=round(result.duration_seconds, 3),
            **({"reason": result.reason} if result.reason else {}),
        )


def _following(check: CheckName, seen: Seen | None, looks: Collection[CheckName]) -> Iterator[tuple[CheckName, float]]:
    is_held = seen and (seen.coverage.stale or any(finding.state == "in_transition" for finding in seen.findings))
    if check != "probe" and (seen is None or is_held):
        yield check, AGAIN_SECONDS
    if seen and seen.moved:
        yield from [(each, 0.0) for each in FOLLOWING.get(check, ()) if each in looks][:1]


class Own:
    """A look at the watchdog itself. What it finds is told to people; the board shows it in its own way."""

    def __init__(
        self,
        database: str,
        check: str,
        look: Look,
        *,
        state: State,
        board: StatusBoard,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self.database = database
        self.check = check
        self._look = look
        self._state = state
        self._board = board
        self._clock = clock
        self._wake = wake

    async def run(self) -> None:
        """Make the look and note what follows from it."""
        now = self._clock()
        try:
            seen = await self._look(now)
            await noted(self._state, self._board, self.database, self.check, seen, now, self._wake)
        except StateError as error:
            log.error("state.failed", database=self.database, check=self.check, reason=str(error))  # noqa: TRY400


async def noted(
    state: State,
    board: StatusBoard,
    database: str,
    check: str,
    seen: Seen,
    at: datetime,
    wake: Callable[[], None],
) -> Decision:
    """Decide what of a look is news, and note it with all else that the look led to; `wake` when people may be told.

    Raises StateError: nothing was noted.
    """
    known = await state.alerts(database, check)
    decision = decide(known, seen.findings, seen.unseen, at, seen.uncompared)
    # What is as it was needs no transaction. But what the watchdog finds of itself has one each time, so that a state
    # that cannot be written is known within seconds, and not when there is news.
    if database == SELF or decision.alerts != known or seen.levels or seen.points or seen.statements is not None:
        await state.commit(
            database,
            check,
            alerts=decision.alerts,
            fired=decision.fired,
            resolved=decision.resolved,
            levels=seen.levels,
            points=seen.points,
            statements=seen.statements,
            at=at,
        )
    board.became(database, (event for event, _ in became(decision.fired, decision.resolved)))
    if decision.alerts != known:
        wake()
    for finding in decision.fired:
        log.warning("finding.fired", database=database, **_told(finding))
    for finding in decision.resolved:
        log.info("finding.resolved", database=database, **_told(finding))
    return decision


def _told(finding: Finding) -> dict[str, str]:
    return {"severity": finding.severity.value, "fingerprint": finding.fingerprint, "message": finding.message}
