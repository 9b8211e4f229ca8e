"""`baseline`: make, change, show and verify what is expected."""

import asyncio
from datetime import date, datetime
from pathlib import Path

import typer

from watchdog.cli.given import one_database
from watchdog.cli.looks import Kept, kept_by, look_at
from watchdog.cli.options import who
from watchdog.cli.text import MOST_NAMED
from watchdog.config.load import load
from watchdog.config.settings import Database
from watchdog.errors import BaselineError, UsageError
from watchdog.expect.acceptances import append
from watchdog.expect.baseline import Accepted, Baseline, read
from watchdog.expect.baseline_file import write_new
from watchdog.postgres.capture import capture_once
from watchdog.postgres.connection import Connection
from watchdog.schema.compare import compare
from watchdog.schema.kinds import KINDS, sql_name, summary
from watchdog.schema.rules import Acceptance
from watchdog.schema.selection import Selection
from watchdog.sqltext import how_many, visible
from watchdog.wiring.database import connect, selection, utc_now


def capture_baseline(*, config: Path, database: list[str] | None, dsn: str | None, output: Path | None) -> None:
    """What `baseline capture` does, as its help has it."""
    connection, path, _ = _target(config, database, dsn, output)
    if path.exists():
        raise UsageError(f"{path}: there is one already; `schema-watchdog baseline accept` changes it")
    snapshot = asyncio.run(capture_once(connection))
    write_new(path, snapshot, utc_now(), None)
    typer.echo(f"{path}: captured {how_many(len(snapshot.objects), 'object')}; put it into git")


def accept(
    *,
    reason: str,
    config: Path,
    database: list[str] | None,
    dsn: str | None,
    baseline: Path | None,
    fingerprint: list[str] | None,
    until: datetime | None,
) -> None:
    """What `baseline accept` does, as its help has it."""
    if fingerprint:
        if until and until.date() < utc_now().date():
            raise UsageError(f"--until {until.date()}: that day is over (UTC), so nothing would be accepted")
        if dsn is not None:
            raise UsageError("--fingerprint needs a configured database, whose `accepted` names the file")
        kept = kept_by(load(config))
        _accept_findings(one_database(config, database), kept, fingerprint, reason, until.date() if until else None)
        return
    if until:
        raise UsageError("--until goes with --fingerprint")
    connection, path, chosen = _target(config, database, dsn, baseline)
    old = _existing(path)
    snapshot = asyncio.run(capture_once(connection))
    findings, _ = compare("accept", old.snapshot, snapshot, chosen)
    for finding in findings:
        typer.echo(f"accepted: {finding.message}")
    if not findings and old.snapshot.covers == snapshot.covers:
        typer.echo(f"{path}: nothing to accept, it is as expected")
        return
    write_new(path, snapshot, utc_now(), Accepted(by=who(), reason=reason))
    typer.echo(f"{path}: {how_many(len(findings), 'change')} accepted; put it into git")


def show(*, file: Path | None, config: Path, database: list[str] | None) -> None:
    """What `baseline show` does, as its help has it."""
    baseline = _existing(file or _configured(one_database(config, database)))
    for subject, attributes in sorted(baseline.snapshot.objects.items()):
        typer.echo(
            visible(
                f"{subject.kind} {sql_name(subject)} {' '.join(summary(subject.kind, attributes).split())}"
            ).rstrip()
        )


def verify(*, file: Path | None, config: Path, database: list[str] | None) -> None:
    """What `baseline verify` does, as its help has it."""
    path = file or _configured(one_database(config, database))
    baseline = _existing(path)
    server, accepted = baseline.snapshot.server, baseline.accepted
    typer.echo(f"{path}: whole and unedited")
    typer.echo(f"captured {baseline.captured_at:%Y-%m-%d %H:%M:%S} UTC from PostgreSQL {server.major}")
    if accepted:
        typer.echo(f"accepted by {visible(accepted.by)}: {visible(accepted.reason)}")
    objects, kinds = len(baseline.snapshot.objects), len(baseline.snapshot.covers)
    typer.echo(f"{how_many(objects, 'object')} of {how_many(kinds, 'kind')}")
    missing = [kind for kind in KINDS if kind not in baseline.snapshot.covers][:MOST_NAMED]
    if missing:
        typer.echo(f"does not speak of: {', '.join(missing)}")


def _accept_findings(database: Database, kept: Kept, fingerprints: list[str], reason: str, until: date | None) -> None:
    path = database.accepted
    if path is None:
        raise UsageError(f"database {database.name} has no file of acceptances: set `accepted` in the configuration")
    result = asyncio.run(look_at(database, kept))
    found = {finding.fingerprint: finding for finding in result.findings}
    if missing := [each for each in fingerprints if each not in found]:
        raise UsageError(
            f"no such finding now: {', '.join(missing)}"
            + (f" ({result.reason})" if result.reason else " (`schema-watchdog check` prints the fingerprints)")
        )
    if drops := [found[each] for each in fingerprints if (found[each].kind, found[each].attribute) == ("rows", "rows")]:
        name = ".".join(drops[0].identity)
        raise UsageError(f"rows move: a drop is accepted by `schema-watchdog rows --accept {name} --reason ...`")
    for finding in (found[each] for each in fingerprints):
        acceptance = Acceptance(
            fingerprint=finding.fingerprint, actual=finding.actual, by=who(), reason=reason, until=until
        )
        append(path, acceptance, finding.message)
        typer.echo(f"accepted{f' until {until}' if until else ''}: {finding.message}")
    typer.echo(f"{path}: put it into git")


def _target(
    config: Path, names: list[str] | None, dsn: str | None, path: Path | None
) -> tuple[Connection, Path, Selection]:
    if dsn is not None:
        if path is None:
            raise UsageError("--dsn needs the file too: --output FILE")
        return Connection(dsn), path, Selection()
    if path is not None:
        raise UsageError("--output goes with --dsn; a configured database has its own baseline file")
    database = one_database(config, names)
    return connect(database), _configured(database), selection(database)


def _configured(database: Database) -> Path:
    if database.baseline is None:
        raise UsageError(f"database {database.name} has no baseline in its configuration: name the file")
    return database.baseline


def _existing(path: Path) -> Baseline:
    try:
        return read(path)
    except FileNotFoundError:
        raise BaselineError(f"{path.absolute()}: no such file (make one: schema-watchdog baseline capture)") from None
