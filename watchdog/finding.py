"""The one vocabulary that every room shares: a judged change, what mends it, and what a verdict speaks for.

Field names are the JSON interface: they are encoded as they stand.
"""

import enum
import hashlib
import json
from datetime import date
from typing import Literal

import msgspec

ChangeKind = Literal["missing", "unexpected", "changed", "renamed"]
FindingState = Literal["open", "accepted", "in_transition"]
Origin = Literal["out-of-band", "pending-migration", "unknown"]


class Severity(enum.StrEnum):
    """How bad, in the order of `rank`."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return list(Severity).index(self)


class Remedy(msgspec.Struct, frozen=True, kw_only=True):
    """SQL that mends a finding, and all that one must know before pasting it.

    Attributes:
        before_sql: run first in the same session: on a busy table the remedy then gives up instead of queueing others.
        sql: the change itself.
        verify_sql: shows that it worked.
        revert_sql: the way back.
        safety: one or two words, then any warning: "additive", "additive; fails on a table that has rows".
        lock: the strongest lock taken and for how long.
        rewrites_table: True when every row is written anew while the lock is held.
    """

    before_sql: str
    sql: str
    verify_sql: str
    revert_sql: str
    safety: str
    lock: str
    rewrites_table: bool


class Location(msgspec.Struct, frozen=True):
    """A place in a file: its path as it was given, with `/`, and the line, from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        """`src/epochs.ts:12`."""
        return f"{self.file}:{self.line}"


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """Who bears a finding, and why.

    Attributes:
        until: the last day, UTC; None: as long as it stands there.
        recorded_in: the file of acceptances, or the watchdog's state, until somebody writes it into the file.
    """

    by: str
    reason: str
    until: date | None = None
    recorded_in: Literal["file", "state"]

    @property
    def words(self) -> str:
        """`accepted by ada until 2026-12-31: known`, and where it is not in git yet."""
        until = f" until {self.until}" if self.until else ""
        where = " (in the state only: `schema-watchdog alerts accepted`)" if self.recorded_in == "state" else ""
        return f"accepted by {self.by}{until}: {self.reason}{where}"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A judged change of one object, or of one attribute of it.

    Attributes:
        components: who needs what is lacking.
        locations: the places in sources that it is about, such as a query or a migration.
        accepted: where its state is "accepted" by an acceptance, whose.
    """

    fingerprint: str
    kind: str
    identity: tuple[str, ...]
    change: ChangeKind
    attribute: str | None = None
    expected: str | None = None
    actual: str | None = None
    severity: Severity
    state: FindingState = "open"
    message: str
    components: tuple[str, ...] = ()
    origin: Origin = "unknown"
    locations: tuple[Location, ...] = ()
    remedy: Remedy | None = None
    accepted: Accepted | None = None

    @property
    def is_drift(self) -> bool:
        """Whether it is open, and more than that a migration has not run yet: that is how it stands before each one."""
        waits = self.origin == "pending-migration" and self.change == "missing" and self.severity is Severity.INFO
        return self.state == "open" and not waits


class Subject(msgspec.Struct, frozen=True, omit_defaults=True):
    """An object that coverage speaks of; of a hidden one also which attributes, of an unreadable one also why.

    Attributes:
        reason: the server's words, where it cannot render the object; empty where a lock is held.
    """

    kind: str
    identity: tuple[str, ...]
    attributes: tuple[str, ...] = ()
    reason: str = ""


class QueryCoverage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a verdict speaks for of the application's statements.

    Attributes:
        checked: statements that the server was asked to plan, and said something of.
        unjudged: statements that need their values, that no server plans, or that were recorded and never seen to plan.
        unread: places in sources that hold a statement which cannot be read whole.
        beyond: what of the server's record was not asked, in words; empty where all was.
        said: of what is not judged or not read the first ones, each as `place: why`.
    """

    checked: int = 0
    unjudged: int = 0
    unread: int = 0
    beyond: str = ""
    said: tuple[str, ...] = ()


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """What a verdict can speak for, and what it cannot.

    Attributes:
        kinds: the kinds compared.
        compared: how many objects were compared.
        unmodelled: kind -> how many objects of it exist that no comparison knows.
        hidden: what the role may not see.
        stale: objects that exist but could not be read now, so judged by their last known facts or not at all.
        not_in_baseline: kinds, or kind.attribute, that the expectation does not speak of.
        not_comparable: the same, of which one of the servers says nothing that holds for the other.
        partition_churn: how many partitions came or went as they do, which is no finding.
        excluded: how many findings the configuration leaves out.
        in_flight: migrations that were under way, in words.
        queries: the application's statements; None where none were looked at.
        notes: what the expectation cannot tell by its nature, one sentence each.
    """

    kinds: tuple[str, ...] = ()
    compared: int = 0
    unmodelled: dict[str, int] = {}
    hidden: tuple[Subject, ...] = ()
    stale: tuple[Subject, ...] = ()
    not_in_baseline: tuple[str, ...] = ()
    not_comparable: tuple[str, ...] = ()
    partition_churn: int = 0
    excluded: int = 0
    in_flight: tuple[str, ...] = ()
    queries: QueryCoverage | None = None
    notes: tuple[str, ...] = ()


def fingerprint(database: str, kind: str, identity: tuple[str, ...], change: str, attribute: str | None) -> str:
    """A finding's name for life: 16 hex digits, the same in every run, after every restart, on every machine.

    Values are left out on purpose: a default that drifts twice is one finding that got worse, not two.
    """
    subject = json.dumps([database, kind, list(identity), change, attribute], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(subject.encode()).hexdigest()[:16]
