"""What a channel is, and how it says what failed."""

import os
import socket
import ssl
from typing import Protocol

from watchdog.alerts.alert import Message

SILENCE_SECONDS = 10.0


class Channel(Protocol):
    """Somewhere that messages go.

    Attributes:
        name: as configured; the label of metrics and logs.
    """

    @property
    def name(self) -> str: ...

    async def send(self, message: Message, receipt: str | None) -> str | None:
        """Hand a message over; once this returns it counts as delivered.

        Args:
            message: what to tell.
            receipt: what the last message of the same thread returned; None where there was none, or it returned none.

        Returns:
            what the channel wants to know at the thread's next message, such as this one's address; None: nothing new.

        Raises:
            DeliveryError: it was not taken. The text holds no secret.
        """
        ...


def reason(error: Exception, place: str = "", *, is_connecting: bool = False) -> str:
    """A failure in fixed words only: the kind of error and, below it, what the operating system said.

    Args:
        error: what was raised; its own text may quote secrets.
        place: `host:port` of who was asked; empty where nobody knows.
        is_connecting: there was no connection yet.
    """
    kind = type(error).__name__
    if place:
        kind = f"cannot connect to {place}" if is_connecting else f"{kind} at {place}"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            said = (getattr(cause, "reason", None) or "no reason given").replace("_", " ").lower()
            return f"TLS with {place} failed: {said}" if place else f"TLS failed: {said}"
        if isinstance(cause, socket.gaierror):
            return f"{kind}: the name cannot be resolved"
        if isinstance(cause, OSError) and cause.errno is not None and cause.errno > 0:
            return f"{kind}: {os.strerror(cause.errno)}"
        cause = cause.__cause__ or cause.__context__
    return f"{kind}: {type(error).__name__}" if place and is_connecting else kind
