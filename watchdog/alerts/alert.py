"""An alert is a finding with a life: it began, it was told, it will end."""

from datetime import datetime
from typing import Literal

import msgspec

from watchdog.finding import Finding


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """An open finding: its newest text, and the worst severity that people were told.

    Attributes:
        since: when it was first found, UTC.
    """

    finding: Finding
    since: datetime


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel carries; encoded as it stands it is the webhook's body.

    Attributes:
        message: one line for a person.
        sent_at: UTC; stamped anew at each attempt.
    """

    version: int = 1
    status: Literal["firing", "resolved"]
    database: str
    message: str
    findings: tuple[Finding, ...]
    sent_at: datetime
