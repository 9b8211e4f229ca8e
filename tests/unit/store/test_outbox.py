"""What waits for channels, as people ask for it."""

from datetime import timedelta
from pathlib import Path

import msgspec

from tests.unit.alerts.samples import NOON, firing
from tests.unit.store.looks import with_state
from watchdog.alerts.plan import Plan
from watchdog.store.outbox import Head
from watchdog.store.state import State

MINUTE = timedelta(minutes=1)


def test_a_queue_is_shown_by_its_oldest_message_and_what_keeps_it(tmp_path: Path) -> None:
    oldest, newer = firing(line="oldest"), msgspec.structs.replace(firing(line="newer"), sent_at=NOON + MINUTE)

    async def work(state: State) -> tuple[Head, ...]:
        assert await state.heads() == ()
        await state.put("ops", Plan(messages=(oldest, newer)))
        await state.put("team", Plan(messages=(newer,)))
        due = await state.due("ops", NOON)
        assert due is not None
        await state.postponed(due.id, NOON + 2 * MINUTE, "HTTP status 503")
        return await state.heads()

    ops, team = with_state(tmp_path / "state.db", work)
    assert ops == Head(
        channel="ops",
        messages=2,
        oldest=oldest,
        since=NOON,
        attempts=1,
        last_error="HTTP status 503",
        next_attempt_at=NOON + 2 * MINUTE,
    )
    assert (team.channel, team.messages, team.attempts, team.last_error) == ("team", 1, 0, "")
