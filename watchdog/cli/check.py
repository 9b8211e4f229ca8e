"""`check`, `diff` and `plan`: one look, a verdict, an exit code."""

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from pathlib import Path

import typer

from watchdog.address import is_dsn
from watchdog.check import verdict
from watchdog.cli.choices import Format
from watchdog.cli.formats import Terms
from watchdog.cli.given import (
    chosen_databases,
    strict_on_pending,
)
from watchdog.cli.looks import look_at
from watchdog.cli.output import Output, cleared
from watchdog.cli.tell import tell
from watchdog.cli.text import can_be_pasted, remedy_text
from watchdog.errors import CaptureError
from watchdog.expect.source import label, snapshot_of
from watchdog.finding import Severity
from watchdog.look.seen import Seen
from watchdog.schema.compare import compare
from watchdog.schema.plan import in_order
from watchdog.schema.selection import Selection
from watchdog.schema.snapshot import unread, unread_in_words
from watchdog.sqltext import how_many, visible
from watchdog.status import CheckResult
from watchdog.wiring.database import utc_now


def check(
    *,
    config: Path,
    database: list[str] | None,
    dsn: str | None,
    baseline: Path | None,
    migrations: Path | None,
    migrations_format: str | None,
    contract: list[Path] | None,
    queries: list[Path] | None,
    recorded: int,
    search_path: str | None,
    scratch_url: str | None,
    fail_on_pending: bool,
    format: Format,  # noqa: A002 the option's name
    output: Sequence[Output] | None,
    fail_on: Severity,
) -> None:
    """What `check` does, as its help has it."""
    outputs = cleared(output)
    described = {
        "baseline": baseline,
        "migrations": migrations,
        "migrations_format": migrations_format,
        "contract": contract,
        "queries": queries,
        "recorded": recorded,
        "search_path": search_path,
    }
    chosen = chosen_databases(config, database, dsn, described, scratch_url)
    if fail_on_pending:
        chosen = [strict_on_pending(each) for each in chosen]
    results = asyncio.run(_all(look_at(each.database, each.kept) for each in chosen))
    tell(results, format, outputs, Terms(fail_on=fail_on, source=_shown(baseline or migrations or config)))
    raise typer.Exit(exit_code(results, fail_on))


def diff(*, expected: str, actual: str, format: Format, output: Sequence[Output] | None, fail_on: Severity) -> None:  # noqa: A002 the option's name
    """What `diff` does, as its help has it."""
    outputs = cleared(output)
    result = asyncio.run(_difference(expected, actual))
    source = label(expected) if is_dsn(expected) else _shown(Path(expected))
    tell([result], format, outputs, Terms(fail_on=fail_on, source=source))
    raise typer.Exit(exit_code([result], fail_on))


def plan(
    *,
    config: Path,
    database: list[str] | None,
    dsn: str | None,
    baseline: Path | None,
    migrations: Path | None,
    migrations_format: str | None,
    contract: list[Path] | None,
    scratch_url: str | None,
) -> None:
    """What `plan` does, as its help has it."""
    described = {
        "baseline": baseline,
        "migrations": migrations,
        "migrations_format": migrations_format,
        "contract": contract,
    }
    chosen = chosen_databases(config, database, dsn, described, scratch_url)
    results = asyncio.run(_all(look_at(each.database, each.kept, ("schema",)) for each in chosen))
    findings = [[finding for finding in result.findings if finding.state == "open"] for result in results]
    for result, opened in zip(results, findings, strict=True):
        typer.echo(f"-- {result.database}: {visible(result.reason or how_many(len(opened), 'finding'))}")
        for finding in in_order(opened):
            typer.echo(f"\n-- {visible(finding.message)}")
            typer.echo(
                remedy_text(finding.remedy) if finding.remedy else "-- no statement is written for this: see to it"
            )
    left = any(finding.remedy is None or not can_be_pasted(finding.remedy) for opened in findings for finding in opened)
    raise typer.Exit(3 if partial(results) else 1 if left else 0)


def exit_code(results: Sequence[CheckResult], fail_on: Severity) -> int:
    """1 for findings that count; else 3 if anything was not looked at; else 0."""
    findings = [finding for result in results for finding in result.findings]
    if any(finding.state == "open" and finding.severity.rank >= fail_on.rank for finding in findings):
        return 1
    return 3 if partial(results) else 0


def partial(results: Sequence[CheckResult]) -> bool:
    """Something was not looked at, or not judged as a migration is under way, so the rest is no whole verdict."""
    return any(result.outcome == "unverified" or result.reason for result in results)


async def _all(looks: Iterable[Awaitable[CheckResult]]) -> Sequence[CheckResult]:
    return await asyncio.gather(*looks)


async def _difference(expected: str, actual: str) -> CheckResult:
    wanted = await snapshot_of(expected)
    if wanted.stale:
        raise CaptureError(f"{label(expected)}: {unread_in_words(unread(wanted))}")

    async def look(_: object) -> Seen:
        found = await snapshot_of(actual)
        findings, coverage = compare(label(actual), wanted, found, Selection())
        return Seen(server=found.server, findings=findings, coverage=coverage)

    return (await verdict(label(actual), "schema", look, utc_now))[0]


def _shown(path: Path) -> str:
    """A path as one of the repository knows it: from the working folder, where it lies below that."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
