"""`demo`: the incident, replayed in front of the user on an embedded PostgreSQL, by the real daemon."""

import asyncio
import contextlib
import functools
import json
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.resources import as_file, files
from pathlib import Path
from typing import NoReturn

import httpx
import msgspec
import typer

from watchdog.cli.run import run
from watchdog.cli.text import remedy_text
from watchdog.config.load import load
from watchdog.config.settings import Config
from watchdog.errors import ScratchError, UsageError
from watchdog.expect.baseline_file import write_new
from watchdog.finding import Finding
from watchdog.postgres.capture import capture_once
from watchdog.postgres.connection import Connection
from watchdog.postgres.embedded import EmbeddedServer, embedded_wheel
from watchdog.postgres.psql import run_file, run_sql
from watchdog.status.report import Report
from watchdog.store.files import exclusive_lock
from watchdog.web.api import FindingsDocument
from watchdog.web.server import listener
from watchdog.wiring.database import utc_now

PATIENCE_SECONDS = 60.0

# What somebody did by hand, and the retention job that went too far.
DRIFT = """\
ALTER TABLE sealed_epochs DROP COLUMN token_group;
ALTER TABLE sealed_participants DROP COLUMN token_group;"""
LOSS = "DELETE FROM user_signals WHERE epoch < (SELECT max(epoch) - 100 * 3600 FROM user_signals);"
RESTORE = """\
INSERT INTO user_signals
SELECT epoch, 'main', md5(epoch || ' ' || signal), 'restored', signal / 10.0, epoch + signal
FROM sealed_epochs, generate_series(1, 80) AS signal
ON CONFLICT DO NOTHING;"""


def demo(*, watch: bool, folder: Path, listen: str) -> None:
    """What `demo` does, as its help has it."""
    folder = folder.resolve()
    configuration = folder / "watchdog.yaml"
    # SIGTERM ends the preparations as Ctrl-C does; the daemon sets its own.
    signal.signal(signal.SIGTERM, _interrupted)
    if not watch and _is_watching(folder):

        def fail_when_over() -> None:
            if not _is_watching(folder):
                raise ScratchError(f"{folder}: the demonstration that ran there has ended")

        asyncio.run(_replay(load(configuration), fail_when_over))
        return
    with _prepared(folder, listen):
        if watch:
            typer.echo(f"\nIn another terminal, replay the incident: {_command()} demo --folder {_shown(folder)}\n")
            run(config=configuration, listen=None)
        else:
            with _daemon(configuration) as fail_when_dead:
                asyncio.run(_replay(load(configuration), fail_when_dead))
    typer.echo("demo: PostgreSQL stopped, nothing is left running")


@contextlib.contextmanager
def _prepared(folder: Path, listen: str) -> Iterator[None]:
    """The embedded server with the aggregator's database, its baseline and a configuration for the daemon."""
    embedded_wheel()
    try:
        with exclusive_lock(folder / "state" / "lock", 0):
            for leftover in ("state/watchdog.sqlite3", "state/watchdog.sqlite3-wal", "state/watchdog.sqlite3-shm"):
                (folder / leftover).unlink(missing_ok=True)
    except UsageError:
        raise UsageError(f"{folder}: a demonstration runs there already; stop it, or name another --folder") from None
    host, _, port = listen.rpartition(":")
    listener(host, int(port)).close()  # what is in the way is said before half a million rows are written
    typer.echo("demo: starting an embedded PostgreSQL ...")
    server = EmbeddedServer(folder / "postgres")
    try:
        asyncio.run(_fill(server, folder))
        # JSON is YAML, whatever is in the names.
        content = json.dumps(_configuration(server.dsn("milo"), folder, listen), indent=2)
        (folder / "watchdog.yaml").write_text(content, encoding="utf-8")
        yield
    finally:
        server.stop()


def _configuration(dsn: str, folder: Path, listen: str) -> dict[str, object]:
    every = {"probe": "1s", "schema": "2s", "rows": "2s"}
    baseline = str(folder / "milo.baseline.json")
    milo = {"name": "milo", "dsn": dsn, "baseline": baseline, "every": every, "cost_limit": "1m"}
    return {"databases": [milo], "state": str(folder / "state"), "listen": listen}


async def _fill(server: EmbeddedServer, folder: Path) -> None:
    typer.echo("demo: writing half a million rows of the aggregator's database (about 10 s) ...")
    await run_sql(server.dsn(), "DROP DATABASE IF EXISTS milo WITH (FORCE);\nCREATE DATABASE milo;")
    with as_file(files("watchdog.cli") / "milo.sql") as script:
        await run_file(server.dsn("milo"), script)
    snapshot = await capture_once(Connection(server.dsn("milo")))
    baseline = folder / "milo.baseline.json"
    write_new(baseline, snapshot, utc_now(), None)
    typer.echo(f"demo: baseline captured: {len(snapshot.objects)} objects in {baseline}")
    typer.echo(f'demo: look around with: psql "{server.dsn("milo")}"')


@contextlib.contextmanager
def _daemon(configuration: Path) -> Iterator[Callable[[], None]]:
    """The daemon as a process of its own; what is given raises ScratchError once it has ended."""
    logs = configuration.parent / "daemon.log"
    typer.echo(f"demo: starting the daemon (its log: {logs}) ...")
    with logs.open("wb") as stream:
        process = subprocess.Popen(  # noqa: S603 our own program
            [sys.executable, "-m", "watchdog", "run", "--config", str(configuration)], stdout=stream, stderr=stream
        )

        def fail_when_dead() -> None:
            if process.poll() is not None:
                last = logs.read_text(encoding="utf-8", errors="replace").strip().rpartition("\n")[2]
                raise ScratchError(f"the demonstration's daemon has ended, it said last: {last}")

        try:
            yield fail_when_dead
        finally:
            process.terminate()
            process.wait(timeout=30)


def _command() -> str:
    """This program as it can be typed again from here."""
    program = Path(sys.argv[0])
    if program.name == "__main__.py":
        return f"{_shown(Path(sys.executable))} -m watchdog"
    return _shown(program)


def _shown(path: Path) -> str:
    path = path.absolute()
    return shlex.quote(str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path))


def _is_watching(folder: Path) -> bool:
    if not (folder / "state" / "lock").exists():
        return False
    try:
        with exclusive_lock(folder / "state" / "lock", 0):
            return False
    except UsageError:
        return True


async def _replay(config: Config, fail_when_dead: Callable[[], None]) -> None:
    address, dsn = f"http://{config.listen}", config.databases[0].dsn.get_secret_value()
    async with httpx.AsyncClient(base_url=address) as client:
        wait = functools.partial(_until, client, config.databases[0].name, fail_when_dead)
        await wait("a first look", lambda report: report.status == "ok")
        typer.echo(f"\nAll is well. The page: {address}/   the metrics: {address}/metrics")

        _act("1. Somebody changes production by hand:", DRIFT)
        await run_sql(dsn, DRIFT)
        drift = await wait("the drift to be found", lambda report: len(_of(report, "column")) == 2)  # noqa: PLR2004
        _tell(_of(drift, "column"))

        _act("2. A retention job goes too far:", LOSS)
        await run_sql(dsn, LOSS)
        loss = await wait("the loss to be found", lambda report: len(_of(report, "rows")) == 1)
        _tell(_of(loss, "rows"))

        remedies = [finding.remedy for finding in _of(drift, "column") if finding.remedy]
        fix = "\n".join(f"{remedy.before_sql}\n{remedy.sql}" for remedy in remedies)
        _act("3. The remedies as printed, and the rows from the backup:", f"{fix}\n{RESTORE}")
        await run_sql(dsn, f"{fix}\n{RESTORE}")
        await wait("the all-clear", lambda report: report.status == "ok")
        typer.echo("\nAll clear: no finding is open. What was told, oldest first:")
        events = msgspec.json.decode((await client.get("/api/v1/events?limit=10")).content)
        for event in reversed(events["events"]):
            typer.echo(f"  {event['at'][11:19]} UTC {event['event']:8} {event['message']}")


async def _until(
    client: httpx.AsyncClient, name: str, fail_when_dead: Callable[[], None], what: str, holds: Callable[[Report], bool]
) -> Report:
    """Ask the daemon until its report is as awaited, and say how long that took."""
    started = time.monotonic()
    while time.monotonic() - started < PATIENCE_SECONDS:
        with contextlib.suppress(httpx.TransportError, msgspec.DecodeError):
            answer = await client.get("/api/v1/findings")
            document = msgspec.json.decode(answer.content, type=FindingsDocument)
            fail_when_dead()  # first, as then it was another that answered
            for report in document.databases:
                if report.database == name and holds(report):
                    typer.echo(f"\n... {time.monotonic() - started:.1f} s later:")
                    return report
        fail_when_dead()
        await asyncio.sleep(0.2)
    raise ScratchError(f"the demonstration waited {PATIENCE_SECONDS:.0f} s for {what}, in vain; see the daemon's log")


def _of(report: Report, kind: str) -> list[Finding]:
    return [finding for finding in report.findings if finding.kind == kind]


def _act(title: str, sql: str) -> None:
    typer.echo(f"\n{title}\n")
    typer.echo("\n".join(f"    {line}" for line in sql.splitlines()))


def _tell(findings: list[Finding]) -> None:
    for finding in findings:
        typer.echo(f"  {finding.severity.upper()} {finding.message}")
        if finding.remedy:
            typer.echo(remedy_text(finding.remedy))


def _interrupted(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt
