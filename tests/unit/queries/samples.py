"""Statements, how a server took them, and what is known of the schema."""

from datetime import UTC, datetime

from tests.unit.alerts.samples import add_column
from watchdog.finding import ChangeKind, Finding, Location, Origin, Remedy, Severity, fingerprint
from watchdog.queries.plan import Plan
from watchdog.queries.statement import Statement

NOON = datetime(2025, 11, 17, 12, 0, tzinfo=UTC)
RELATIONS = frozenset({("public", "orders"), ("public", "lines"), ("archive", "orders"), ("public", 'Od"d.one')})
REMEDY = add_column("orders")


def written(sql: str, *places: str) -> Statement:
    """A statement of the sources, at `file:line` each."""
    split = [place.rsplit(":", 1) for place in places or ("src/orders.ts:7",)]
    return Statement(sql=sql, locations=tuple(Location(file, int(line)) for file, line in split))


def ran(sql: str, calls: int = 5, query_id: int = 42) -> Statement:
    return Statement(sql=sql, query_id=query_id, calls=calls, recorded=True)


def refused(sqlstate: str, sql: str, at: str | None = None, words: str = "no") -> Plan:
    """A refusal that points at the first place where `at` stands in the statement."""
    position = None if at is None else sql.index(at) + 1
    return Plan(verdict="refused", sqlstate=sqlstate, words=words, position=position)


def lack(
    kind: str,
    *identity: str,
    change: ChangeKind = "missing",
    origin: Origin = "out-of-band",
    file: str | None = None,
    remedy: Remedy | None = None,
    components: tuple[str, ...] = (),
) -> Finding:
    return Finding(
        fingerprint=fingerprint("production", kind, identity, change, None),
        kind=kind,
        identity=identity,
        change=change,
        severity=Severity.CRITICAL,
        message="m",
        origin=origin,
        locations=(Location(file, 1),) if file else (),
        remedy=remedy,
        components=components,
    )
