"""An alert is a finding with a life: it began, it was told, it will end."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from watchdog.finding import Finding, Severity
from watchdog.schema.kinds import KINDS

# One that does not know its offset from UTC cannot be compared with the present: a row of the state that holds such a
# one cannot be read.
Moment = Annotated[datetime, msgspec.Meta(tz=True)]

Status = Literal["firing", "resolved", "acknowledged"]
# Why a message is sent.
Occasion = Literal[
    "new",
    "worse",
    "repeat",
    "flapping",
    "resolved",
    "accepted",
    "acknowledged",
    "unacknowledged",
    "test",
    "all_clear",
    "digest",
]


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """An open finding: its newest text, and the worst severity that it has had.

    Attributes:
        since: when it was first found, UTC.
    """

    finding: Finding
    since: Moment


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """An alert, and whose it is.

    Attributes:
        database: its configured name; SELF for what the watchdog says of itself.
        check: the check that found it.
    """

    database: str
    check: str
    alert: Alert

    @property
    def finding(self) -> Finding:
        return self.alert.finding

    @property
    def fingerprint(self) -> str:
        return self.alert.finding.fingerprint

    @property
    def schema(self) -> str | None:
        """The schema that the finding's object lives in; None where it lives in none."""
        kind = KINDS.get(self.finding.kind)
        names = kind.identity if kind is not None else ("schema",) if self.finding.kind == "rows" else ()
        return dict(zip(names, self.finding.identity, strict=False)).get("schema")


# In the place of a database's name, for what the watchdog has to say of itself. No database may be called so.
SELF = "schema-watchdog"


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel carries; encoded as it stands it is the webhook's body.

    Attributes:
        message: one line for a person.
        findings: the worst first; `more` are left out of it.
        sent_at: UTC; when it was made, and stamped anew at each attempt.
        id: of this message: the same at each attempt, so that a receiver can tell a repetition by it.
        thread: of all messages about the same trouble, from its beginning to its end.
        since: fingerprint -> when it was first found, UTC.
        standing: how many findings of the thread are still open, by severity; empty once it is over.
        notes: sentences for a person: that a finding flaps, who has acknowledged it.
        link: the page that shows them all.
    """

    version: int = 1
    status: Status
    database: str
    message: str
    findings: tuple[Finding, ...]
    sent_at: Moment
    id: str = ""
    thread: str = ""
    occasion: Occasion = "new"
    since: Mapping[str, Moment] = {}
    standing: Mapping[Severity, int] = {}
    more: int = 0
    notes: tuple[str, ...] = ()
    link: str = ""
