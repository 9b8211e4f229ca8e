"""A database in figures: what a healthy look reads, and looks that follow one another."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from watchdog.rows.drop import Verdict, judge, suspects
from watchdog.rows.facts import Confirmation, ServerFacts, TableFacts
from watchdog.rows.label import label
from watchdog.rows.level import Level, Name
from watchdog.rows.loss import Thresholds

START = datetime(2025, 11, 17, 14, 31, tzinfo=UTC)
BOOT = datetime(2025, 11, 1, 8, 0, tzinfo=UTC)
ANALYZED = datetime(2025, 11, 16, 3, 0, tzinfo=UTC)

SERVER = ServerFacts(
    version_num=180006,
    in_recovery=False,
    started_at=BOOT,
    stats_reset_at=None,
    shared_reset_at=BOOT,
    track_counts=True,
    system_identifier="7438291",
)
RESET = msgspec.structs.replace(SERVER, stats_reset_at=START + timedelta(seconds=30))
RECOVERED = msgspec.structs.replace(SERVER, shared_reset_at=START + timedelta(seconds=30))
STANDBY = msgspec.structs.replace(SERVER, in_recovery=True)


def table(rows: int = 10_000, **facts: object) -> TableFacts:
    """A table that holds `rows`, all inserted since its statistics began, and was never analysed."""
    usual: dict[str, object] = {
        "schema": "public",
        "table": "user_signals",
        "oid": 24588,
        "relkind": "r",
        "relfilenode": 24589,
        "relpages": 0,
        "reltuples": -1,
        "live": rows,
        "inserted": rows,
        "updated": 0,
        "deleted": 0,
        "analyzed_at": None,
    }
    return msgspec.convert({**usual, **facts}, TableFacts)


def analyzed(rows: int = 10_000, **facts: object) -> TableFacts:
    """The same, analysed when it held `rows`."""
    usual = {"relpages": rows // 100 + 1, "reltuples": rows, "analyzed_at": ANALYZED}
    return table(rows, **{**usual, **facts})


class Looks:
    """Looks a minute apart at one database, each with what the one before left."""

    def __init__(self, thresholds: Thresholds = Thresholds()) -> None:  # noqa: B008 frozen
        self.levels: Mapping[Name, Level] = {}
        self.at = START
        self.thresholds = thresholds
        self.floors: dict[Name, int] = {}

    def __call__(
        self,
        *tables: TableFacts,
        server: ServerFacts = SERVER,
        counts: Mapping[Name, int] | None = None,
        refused: str = "no SELECT privilege",
        again: bool = False,
    ) -> Verdict:
        """One look. `counts` is what is truly there, for a role that may count; else each count is `refused`."""
        observed = label(server, tables, self.levels, self.at)
        self.floors = {one.name: one.floor for one in suspects(self.levels, observed, self.thresholds)}
        confirmations = {
            name: Confirmation(floor=floor, reason=refused, again=again)
            if counts is None
            else Confirmation(floor=floor, counted=min(floor, counts[name]))
            for name, floor in self.floors.items()
        }
        verdict = judge("production", self.levels, observed, confirmations, self.thresholds)
        # Through the disk and back, as between two runs of the process.
        stored = msgspec.json.encode(list(verdict.levels.values()))
        self.levels = {level.name: level for level in msgspec.json.decode(stored, type=list[Level])}
        self.at += timedelta(minutes=1)
        return verdict


def words(findings: Sequence[object]) -> str:
    """All messages of findings, for asserting on what is said."""
    return "\n".join(str(getattr(finding, "message", finding)) for finding in findings)
