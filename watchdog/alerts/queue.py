"""What waits for a channel, in numbers."""

from datetime import datetime

import msgspec


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """Of one channel.

    Attributes:
        waiting: messages that are still to be sent.
        oldest_at: when the oldest of them was made, UTC; None when none waits.
        given_up: messages that it did not take for too long, and that are still kept.
        error: why the last attempt failed, of those that wait or were given up; empty where none did.
        attempts: that failed, of the message that is sent next.
    """

    waiting: int = 0
    oldest_at: datetime | None = None
    given_up: int = 0
    error: str = ""
    attempts: int = 0


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """Why a message is on its way still.

    Attributes:
        attempts: that failed, of the message that is sent next.
        error: why the last of them did.
    """

    attempts: int
    error: str


def waiting(queue: Queue | None, told_at: datetime) -> Waiting | None:
    """Whether what was told then has not got through: None where nothing failed, or it is older than all that waits."""
    if queue is None or not queue.attempts or queue.oldest_at is None or told_at < queue.oldest_at:
        return None
    return Waiting(attempts=queue.attempts, error=queue.error)
