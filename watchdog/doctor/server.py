"""The server: its version, its settings, its place in a replication, its connections."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from watchdog.doctor.facts import Facts, Wanted
from watchdog.doctor.line import Level, Line, ok
from watchdog.sqltext import how_many

OLDEST, NEWEST = 13, 18
# The last day of each major: https://www.postgresql.org/support/versioning/
ENDS = {
    13: date(2025, 11, 13),
    14: date(2026, 11, 12),
    15: date(2027, 11, 11),
    16: date(2028, 11, 9),
    17: date(2029, 11, 8),
    18: date(2030, 11, 14),
}
SOON = timedelta(days=180)
LAG_SECONDS = 60.0
# Settings that are asked for.
ASKED = (
    "track_counts", "track_activities", "autovacuum", "log_statement", "log_min_duration_statement", "log_connections",
    "idle_session_timeout", "max_connections", "superuser_reserved_connections", "reserved_connections",
    "hot_standby_feedback",
)  # fmt: skip


def version(facts: Facts, now: datetime) -> Iterator[Line]:
    """Whether the watchdog knows this major, and its makers still mend it."""
    major = facts.version_num // 10_000
    shown = f"PostgreSQL {major}.{facts.version_num % 10_000}"
    if major < OLDEST:
        yield Line(
            check="version",
            level=Level.FAULT,
            what=f"{shown} is older than {OLDEST}",
            why="its catalogs are others than the watchdog reads",
            do=f"upgrade it; {OLDEST} to {NEWEST} are watched",
        )
    elif major > NEWEST:
        yield Line(
            check="version",
            level=Level.WARNING,
            what=f"{shown} is newer than {NEWEST}",
            why="the watchdog was not tried with it: what is new there is not seen, and a query may fail",
            do="upgrade schema-watchdog",
        )
    elif ENDS[major] - now.date() < SOON:
        yield Line(
            check="version",
            level=Level.NOTE,
            what=f"{shown}, which {'ended' if ENDS[major] < now.date() else 'ends'} on {ENDS[major]:%Y-%m-%d}",
            why="after that its mistakes are no longer mended; the watchdog works with it",
            do="plan the upgrade",
        )
    else:
        yield ok("version", shown)


def settings(facts: Facts) -> Iterator[Line]:
    """What the rows need of the server, and what would fill its log."""
    known = facts.settings
    if known.get("track_counts") == "off":
        yield Line(
            check="settings",
            level=Level.FAULT,
            what="track_counts is off",
            why="the server counts no rows, so the planner's estimates are all that there is, and nothing is analysed",
            do="set it on: in postgresql.conf, by ALTER SYSTEM, or in the provider's parameters",
        )
    if known.get("autovacuum") == "off":
        yield Line(
            check="settings",
            level=Level.WARNING,
            what="autovacuum is off",
            why="nothing renews the planner's estimates, which row counts rest on where statistics were lost",
            do="set it on, or have something else vacuum and analyse",
        )
    if known.get("track_activities") == "off":
        yield Line(
            check="settings",
            level=Level.NOTE,
            what="track_activities is off",
            why="what other sessions run is not known, so a migration in flight is not known for one",
        )
    if known.get("log_statement") == "all" or known.get("log_min_duration_statement") == "0":
        yield Line(
            check="settings",
            level=Level.NOTE,
            what="the server logs every statement",
            why="each look writes some dozens of lines into its log",
            do="a superuser can spare it: ALTER ROLE ... SET log_statement = 'none' and log_min_duration_... = -1",
        )
    idle = known.get("idle_session_timeout", "0")
    if idle not in ("0", ""):
        yield Line(
            check="settings",
            level=Level.NOTE,
            what=f"idle_session_timeout is {int(idle) / 1000:g} s",
            why="a connection that rests for longer between two looks is closed, and opened again by the next",
        )
    if known.get("track_counts") == known.get("autovacuum") == "on":
        yield ok("settings", "rows are counted by the statistics, and tables are analysed")


def replica(facts: Facts) -> Iterator[Line]:
    """Whether this is a standby, and whether the one that counts can."""
    if facts.in_recovery:
        yield Line(
            check="replica",
            level=Level.WARNING,
            what="this server is a standby",
            why="it keeps no statistics of rows, so the planner's estimates are all that there is; a change is seen "
            "once it is replayed",
            do="watch the primary (target_session_attrs=primary), and name the standby as rows.counting.dsn",
        )
        if facts.settings.get("hot_standby_feedback") == "off":
            yield Line(
                check="replica",
                level=Level.NOTE,
                what="hot_standby_feedback is off",
                why="the replay of a vacuum may cancel a look; it is made again",
            )
        if facts.lag_seconds is not None and facts.lag_seconds > LAG_SECONDS:
            yield Line(
                check="replica",
                level=Level.WARNING,
                what=f"it is {facts.lag_seconds:,.0f} s behind its primary",
                why="what is found is as old",
                do="see its replication (pg_stat_wal_receiver)",
            )
    else:
        yield ok("replica", "this server is a primary")
    if facts.replica and facts.replica.fault:
        yield Line(
            check="replica",
            level=Level.WARNING,
            what=f"the replica that counts{facts.replica.to} cannot: {facts.replica.fault}",
            why="no suspected loss is confirmed while it cannot",
            do="see rows.counting",
        )
    elif facts.replica:
        yield ok("replica", f"the replica that counts{facts.replica.to} is a standby of this server")


def budget(facts: Facts, wanted: Wanted) -> Iterator[Line]:
    """How many connections are left, and how many the watchdog takes."""
    known = facts.settings
    most = int(known.get("max_connections", 0))
    kept = int(known.get("superuser_reserved_connections", 0)) + int(known.get("reserved_connections", 0))
    free = most - kept - facts.used
    if facts.database_limit >= 0:
        free = min(free, facts.database_limit - facts.database_used)
    ours = f"the watchdog takes {how_many(wanted.sessions, 'connection')}"
    said = f"{facts.used:,} of {most:,} are in use, {kept} are reserved"
    if facts.database_limit >= 0:
        said += f", and this database may have {facts.database_limit:,} and has {facts.database_used:,}"
    if free < wanted.sessions + 1:
        yield Line(
            check="connections",
            level=Level.WARNING,
            what=f"{said}; {ours}",
            why="the next one may be refused, to the watchdog or to the application",
            do="see who keeps them (pg_stat_activity), raise max_connections, or put a pooler before the application",
        )
    else:
        yield ok("connections", f"{said}; {ours}")
