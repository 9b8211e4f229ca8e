import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from watchdog.alerts.queue import Queue
from watchdog.finding import Severity
from watchdog.look.own import LATE, ChannelsLook, ChecksLook, StateLook
from watchdog.look.seen import Seen
from watchdog.status import CheckName, CheckResult, DatabaseStatus, patience
from watchdog.store.file import Unreadable

NOON = datetime(2025, 11, 17, 12, 0, tzinfo=UTC)
EVERY: dict[CheckName, float] = {"probe": 5.0, "schema": 300.0}
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


def looked(status: DatabaseStatus, now: datetime, began: datetime = NOON - timedelta(days=1)) -> Seen:
    return asyncio.run(ChecksLook(lambda: status, began)(now))


def failed(check: CheckName, reason: str) -> CheckResult:
    return CheckResult(
        database="production", check=check, checked_at=NOON, duration_seconds=1.0, outcome="unverified", reason=reason
    )


def test_checks_that_conclude_are_no_finding_and_one_that_fails_is_by_its_own_interval() -> None:
    status = DatabaseStatus(
        name="production",
        every=EVERY,
        last_success={"probe": NOON, "schema": NOON},
        latest={"probe": failed("probe", "refused"), "schema": failed("schema", "refused")},
    )
    assert looked(status, NOON + patience(5.0)).findings == ()
    [finding] = looked(status, NOON + patience(5.0) + SECOND).findings
    assert (finding.kind, finding.identity, finding.severity) == ("check", ("probe",), Severity.CRITICAL)
    assert finding.message == "production does not answer: no conclusive look since 2025-11-17 12:00:00 UTC: refused"
    up = msgspec.structs.replace(status, last_success={**status.last_success, "probe": NOON + patience(300.0)})
    assert looked(up, NOON + patience(300.0)).findings == ()
    [finding] = looked(up, NOON + patience(300.0) + SECOND).findings
    assert (finding.identity, finding.severity) == (("schema",), Severity.WARNING)


def test_of_a_database_that_was_down_no_other_check_is_told_before_it_was_made_again() -> None:
    now, status = NOON + HOUR, DatabaseStatus(name="production", every=EVERY)
    look = ChecksLook(lambda: status, NOON - timedelta(days=1))

    def sees(probe: datetime, schema: datetime) -> tuple[list[str], list[str]]:
        nonlocal status
        status = DatabaseStatus(
            name="production",
            every=EVERY,
            last_success={"probe": probe, "schema": NOON},
            latest={
                "probe": msgspec.structs.replace(failed("probe", "refused"), checked_at=now),
                "schema": msgspec.structs.replace(failed("schema", "refused"), checked_at=schema),
            },
        )
        seen = asyncio.run(look(now))
        return [each.identity[0] for each in seen.findings], [each.identity[0] for each in seen.unseen]

    assert sees(NOON, now) == (["probe"], ["schema"])
    now += 5 * SECOND
    # It failed as the database came up.
    assert sees(now - 2 * SECOND, now - 3 * SECOND) == ([], ["schema"])
    now += 5 * SECOND
    assert sees(now, now - 8 * SECOND) == ([], ["schema"])
    # It fails though the database answers.
    assert sees(now, now - SECOND) == (["schema"], [])
    # It is not made though the database answers.
    now += patience(300.0)
    assert sees(now, NOON) == (["schema"], [])


def test_a_check_that_is_not_made_is_told_later_and_not_put_to_the_database() -> None:
    status = DatabaseStatus(name="production", every={"probe": 5.0}, last_success={"probe": NOON})
    assert looked(status, NOON + 4 * patience(5.0)).findings == ()
    [finding] = looked(status, NOON + 4 * patience(5.0) + SECOND).findings
    assert finding.message.startswith(
        "check probe of production is not made any more: the watchdog is overloaded, or a look hangs: "
    )


def test_the_reason_of_the_last_look_is_said() -> None:
    status = DatabaseStatus(
        name="production", every={"schema": 1.0}, latest={"schema": failed("schema", "a lock is held")}
    )
    [finding] = looked(status, NOON).findings
    assert finding.message == ("check schema of production does not succeed: no conclusive look yet: a lock is held")


def test_right_after_the_start_nothing_is_said_of_a_check_and_nothing_is_resolved() -> None:
    status = DatabaseStatus(name="production", every=EVERY)
    seen = looked(status, NOON + 42 * SECOND, began=NOON)
    assert (seen.findings, [subject.identity for subject in seen.unseen]) == ((), [("probe",), ("schema",)])
    assert [each.identity for each in looked(status, NOON + 43 * SECOND, began=NOON).findings] == [("probe",)]


def test_a_start_in_the_future_is_one_before_the_clock_was_set_back() -> None:
    assert looked(DatabaseStatus(name="p", every={"probe": 5.0}), NOON, began=NOON + timedelta(days=9)).findings


def channels(**queues: Queue) -> Seen:
    async def told(_: Sequence[str]) -> Mapping[str, Queue]:
        return {**queues, "no longer configured": Queue(given_up=9)}

    return asyncio.run(ChannelsLook(tuple(queues), told)(NOON))


def test_a_channel_that_takes_its_messages_is_no_finding_and_one_that_does_not_is_in_time() -> None:
    young = Queue(waiting=3, oldest_at=NOON - LATE + SECOND, error="HTTP status 500")
    assert channels(team=Queue(), ops=young).findings == ()
    [finding] = channels(ops=msgspec.structs.replace(young, oldest_at=NOON - LATE)).findings
    assert (finding.kind, finding.identity, finding.severity) == ("channel", ("ops",), Severity.WARNING)
    assert finding.message == (
        "channel ops does not take messages: 3 messages since 2025-11-17 11:45 UTC wait (HTTP status 500)"
    )


def test_what_was_given_up_is_critical_and_says_how_to_send_it_again() -> None:
    [finding] = channels(ops=Queue(given_up=1, error="no answer within 10 s")).findings
    assert finding.severity is Severity.CRITICAL
    assert finding.message == (
        "channel ops does not take messages: 1 message given up (no answer within 10 s); "
        "to send them again: schema-watchdog alerts outbox --retry ops"
    )


def test_whoever_is_shown_what_stands_and_takes_none_of_it_is_a_finding() -> None:
    async def told(_: Sequence[str]) -> Mapping[str, Queue]:
        return {}

    mirrors = {"down": lambda: NOON - LATE, "up": lambda: NOON - LATE + SECOND}
    [finding] = asyncio.run(ChannelsLook((), told, mirrors)(NOON)).findings
    assert finding.message == (
        "channel down has taken nothing of what stands since 2025-11-17 11:45 UTC: the watchdog's log says why"
    )


def unreadable(aside: Unreadable = Unreadable()) -> Callable[[], Awaitable[Unreadable]]:  # noqa: B008 frozen
    async def answer() -> Unreadable:
        return aside

    return answer


@pytest.mark.parametrize(("reason", "count"), [(None, 0), ("x: disk is full", 1)])
def test_a_state_that_cannot_be_used_is_a_finding(reason: str | None, count: int) -> None:
    found = asyncio.run(StateLook(lambda: reason, unreadable())(NOON)).findings
    assert [each.severity for each in found] == [Severity.CRITICAL] * count
    assert all("x: disk is full" in each.message for each in found)


def test_rows_that_were_put_aside_are_a_finding_that_says_of_what() -> None:
    aside = Unreadable(rows=2, tables=("alerts", "told"), error="JSON is malformed")
    [found] = asyncio.run(StateLook(lambda: None, unreadable(aside))(NOON)).findings
    assert (found.kind, found.identity, found.severity) == ("state", ("rows",), Severity.WARNING)
    assert found.message.startswith("2 rows of alerts, told in the state could not be read")
    assert found.message.endswith("(JSON is malformed)")
