"""A remedy taken at its word: pasted into psql as printed, twice, shown to work, and taken back."""

import re
import shutil
import subprocess
import sysconfig
from collections.abc import Collection
from typing import Any

import msgspec

from tests.postgres.looks import look
from tests.servers.query import sql
from watchdog.finding import Finding
from watchdog.postgres.psql import _program
from watchdog.schema.diff import diff
from watchdog.schema.findings import judge
from watchdog.schema.selection import Selection, select
from watchdog.schema.snapshot import Snapshot

# What squawk says beyond safety, and why it is no fault of a remedy.
STYLE = {
    "prefer-robust-stmts",  # asks for IF NOT EXISTS where there is none; that they run twice is tested by running them
    "prefer-text-field",  # the type is the expectation's, not ours to choose; so with the next ones
    "prefer-bigint-over-int",
    "prefer-bigint-over-smallint",
    "prefer-timestamp-tz",
    "prefer-identity",
    "ban-char-field",
    "require-timeout-settings",  # a concurrent build waits without end by design, and blocks nobody
}


# A statement that is made safe to repeat; squawk does not look into it.
_IN_DO = re.compile(
    r"DO (?P<tag>\$\w+\$)BEGIN\n(?:  IF NOT EXISTS .*? THEN\n)?\s*"
    r"(?P<statement>.*?;)\n(?:EXCEPTION|  END IF).*?END(?P=tag);",
    re.DOTALL,
)
# The locks of a table, weakest first.
LOCKS = [
    "AccessShare", "RowShare", "RowExclusive", "ShareUpdateExclusive", "Share", "ShareRowExclusive", "Exclusive",
    "AccessExclusive",
]  # fmt: skip


def psql(dsn: str, script: str) -> str:
    """What psql prints, each statement a transaction of its own. Raises AssertionError with the server's words."""
    done = subprocess.run(
        [_program(), "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1", "--file=-", dsn],
        input=script, capture_output=True, text=True, check=False, env={"PGCLIENTENCODING": "UTF8", "LC_ALL": "C"},
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stderr}\n{script}"
    return done.stdout


def found(expected: Snapshot, actual: Snapshot) -> tuple[Finding, ...]:
    """As a configured database is judged: what was mended by ADD COLUMN has another order for good."""
    chosen = Selection(without=["order"])
    expected, actual = select(expected, chosen), select(actual, chosen)
    return judge("db", diff(expected, actual), actual)


def words(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.message for finding in findings]


def unsafe(script: str, announced: Collection[str]) -> set[str]:
    """The rules that squawk finds broken, beyond style and beyond those that the remedy announces itself."""
    squawk = shutil.which("squawk", path=sysconfig.get_path("scripts"))
    assert squawk is not None
    script = _IN_DO.sub(lambda found: found["statement"], script)
    command = [squawk, "--reporter=json", "--pg-version=13.0"]
    done = subprocess.run(command, input=script, capture_output=True, text=True, check=False)
    complaints = msgspec.json.decode(done.stdout, type=list[dict[str, Any]])
    return {complaint["rule_name"] for complaint in complaints} - STYLE - set(announced)


def mend(dsn: str, finding: Finding) -> None:
    """Paste a finding's remedy twice, then verify."""
    remedy = finding.remedy
    assert remedy is not None, finding.message
    for _ in range(2):
        psql(dsn, f"{remedy.before_sql}\n{remedy.sql}\n")
    assert psql(dsn, remedy.verify_sql).strip(), remedy.verify_sql


def mended_and_taken_back(dsn: str, drop: str) -> tuple[Finding, list[str]]:
    """Drop one thing, mend it, take it back.

    Returns:
        The finding, and the messages left after the remedy.
    """
    expected = look(dsn)
    sql(dsn, drop)
    missing = found(expected, look(dsn))
    assert missing, drop
    return missing[0], left_by(dsn, expected, missing[0])


def left_by(dsn: str, expected: Snapshot, finding: Finding) -> list[str]:
    """Mend a finding and take the remedy back, upon which it has to be there again.

    Returns:
        The messages left after the remedy.
    """
    mend(dsn, finding)
    left = words(found(expected, look(dsn)))
    assert finding.remedy is not None
    psql(dsn, finding.remedy.revert_sql)
    again = words(found(expected, look(dsn)))
    assert finding.message in again, again
    return left


def strongest_lock(dsn: str, finding: Finding, relation: str) -> str:
    """The strongest lock that a remedy takes on a relation, as it calls it; "none" for one that only DROP waits for."""
    remedy = finding.remedy
    assert remedy is not None
    held = psql(
        dsn,
        f"BEGIN;\n{remedy.sql}\nSELECT mode FROM pg_locks\n"
        f"WHERE pid = pg_backend_pid() AND relation = to_regclass('{relation}');\nROLLBACK;",
    )
    modes = [line.removesuffix("Lock") for line in held.splitlines() if line.endswith("Lock")]
    place = max((LOCKS.index(mode) for mode in modes), default=0)
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", LOCKS[place]).upper() if place else "none"
