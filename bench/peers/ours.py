"""schema-watchdog check, as a pipeline runs it."""

import sys
from pathlib import Path

import watchdog
from bench.peers.contender import Target
from watchdog.schema.kinds import KINDS


class Ours:
    name = "schema-watchdog check"
    does = "compares with a file"
    reads = (
        f"{len(KINDS)} kinds, roles, settings and privileges included, and what is faulty as it stands; loads the"
        " baseline and judges each difference"
    )

    def install(self) -> str:
        return watchdog.__version__

    def prepare(self, target: Target) -> list[str]:
        return [*_watchdog(), "baseline", "capture", "--dsn", target.dsn, "--baseline", str(_baseline(target))]

    def command(self, target: Target) -> list[str]:
        return [*_watchdog(), "check", "--dsn", target.dsn, "--baseline", str(_baseline(target))]

    def tables(self, printed: str) -> int | None:
        return None


def _watchdog() -> list[str]:
    return [sys.executable, "-m", "watchdog"]


def _baseline(target: Target) -> Path:
    return target.folder / "baseline.json"
