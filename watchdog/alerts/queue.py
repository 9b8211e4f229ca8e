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
    """

    waiting: int = 0
    oldest_at: datetime | None = None
    given_up: int = 0
    error: str = ""
