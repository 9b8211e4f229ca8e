"""Migrations in flight, and the findings that they explain for a while."""

import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from watchdog.finding import Finding
from watchdog.schema.kinds import KINDS
from watchdog.schema.snapshot import InFlight

_UINT32 = 0xFFFFFFFF
_UINT64 = 0xFFFFFFFFFFFFFFFF

# Keys that tools take as they are: Prisma, node-pg-migrate, goose.
_FIXED = {72707369: "Prisma", 7241865325823964: "node-pg-migrate", 5887940537704921958: "goose"}
# Flyway adds the 32-bit hash of its table's name to "Flyway" in ASCII.
_FLYWAY = int.from_bytes(b"Flyway")
_HASH_REACH = 1 << 31

# What shows in the catalogs between two transactions of one change.
_UNFINISHED = {("index", "valid"), ("constraint", "valid"), ("relation", "detach_pending")}

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def migration_tools(keys: Iterable[int], database: str) -> tuple[str, ...]:
    """The tools whose lock is among these advisory locks' keys (64 bits, as pg_locks has them), sorted."""
    crc = zlib.crc32(database.encode())
    known = {
        **_FIXED,
        2053462845 * crc & _UINT64: "Rails",
        0x3D32AD9E * crc & _UINT64: "sqlx",
        # golang-migrate hashes schema, table and database, in 32 bits; these are its own names.
        zlib.crc32(f"public\0schema_migrations\0{database}".encode()) * 1486364155 & _UINT32: "golang-migrate",
    }
    found = {known.get(key & _UINT64) or ("Flyway" if abs(key - _FLYWAY) <= _HASH_REACH else None) for key in keys}
    return tuple(sorted(found - {None}))  # type: ignore[arg-type]


def explained(finding: Finding, in_flight: InFlight) -> bool:
    """Whether what is under way may be what made this finding, and may unmake it."""
    if finding.kind not in KINDS or KINDS[finding.kind].group != "structure":
        return False
    if in_flight.tools:
        return True
    relation = finding.identity[:2]
    return relation in in_flight.changing or (
        finding.kind in ("index", "constraint") and relation in in_flight.building
    )


class Held(msgspec.Struct, frozen=True):
    """Findings, and since when each has been found: fingerprint -> time."""

    findings: tuple[Finding, ...]
    since: Mapping[str, datetime]


def hold(
    findings: Sequence[Finding],
    in_flight: InFlight,
    since: Mapping[str, datetime] | None,
    now: datetime,
    longest: timedelta,
) -> Held:
    """Mark what a migration explains as in transition, each for no longer than `longest` since it was first found.

    What is unfinished is held too while it is young: a build may just have been given up, or the partitions' indexes
    may be yet to come. `since` is of the look before; None at the first one, when nobody can say how old a finding is
    that nothing explains.
    """

    def first(finding: Finding) -> datetime:
        known = (since or {}).get(finding.fingerprint)
        return known or (_LONG_AGO if since is None and not explained(finding, in_flight) else now)

    found_since = {finding.fingerprint: first(finding) for finding in findings}

    def held(finding: Finding) -> Finding:
        explains = explained(finding, in_flight) or _unfinished(finding)
        if finding.state == "open" and explains and now - found_since[finding.fingerprint] < longest:
            return msgspec.structs.replace(finding, state="in_transition")
        return finding

    return Held(tuple(map(held, findings)), found_since)


def _unfinished(finding: Finding) -> bool:
    return (finding.kind, finding.attribute) in _UNFINISHED


def words(in_flight: InFlight) -> Collection[str]:
    """What is under way, for people."""
    return [
        *(f"{tool} holds its migration lock" for tool in in_flight.tools),
        *(f"{'.'.join(relation)} is being changed" for relation in sorted(in_flight.changing)),
        *(f"an index is being built on {'.'.join(relation)}" for relation in sorted(in_flight.building)),
    ]
