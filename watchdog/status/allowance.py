"""What asking a server may cost it, and when the next question may be asked."""

import time
from collections.abc import Callable

MINUTE_SECONDS = 60.0


class Allowance:
    """So many seconds of a server's time a minute; what was not used is kept for a minute.

    A question is not cut short for it. What one takes beyond the allowance the next ones wait for, so that over any
    time the server gives what was allowed, and one question more at most. The time is what passed until the answer: at
    least what the server worked.
    """

    def __init__(self, seconds_a_minute: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._allowed = seconds_a_minute
        self._clock = clock
        self._left = seconds_a_minute
        self._at = clock()

    def spend(self, seconds: float) -> None:
        """A question took so long."""
        self._left = self._now_left() - seconds
        self._at = self._clock()

    def wait(self) -> float:
        """In how many seconds the next question may be asked; 0: now."""
        return max(0.0, -self._now_left() * MINUTE_SECONDS / self._allowed)

    def is_left(self) -> bool:
        """Whether the next question may be asked now."""
        return self.wait() == 0

    def _now_left(self) -> float:
        earned = (self._clock() - self._at) * self._allowed / MINUTE_SECONDS
        return min(self._allowed, self._left + earned)
