"""`check`, `diff` and `plan`: one look, a verdict, an exit code."""

import asyncio
import enum
import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from watchdog.check import verdict
from watchdog.cli.looks import look_at, state_file
from watchdog.cli.options import DEFAULT_CONFIG, ConfigFile, DatabaseNames, Dsn, FailOn, databases, one_of
from watchdog.cli.text import can_be_pasted, remedy_text, report_text
from watchdog.config.load import load
from watchdog.config.settings import Database
from watchdog.errors import CaptureError, UsageError
from watchdog.expect.expectation import BaselineFile
from watchdog.expect.source import label, snapshot_of
from watchdog.finding import Severity
from watchdog.look.schema import SchemaLook, compare
from watchdog.look.seen import Policy, Seen
from watchdog.postgres.capture import capture_once
from watchdog.postgres.connection import Connection
from watchdog.schema.plan import in_order
from watchdog.schema.selection import Selection
from watchdog.schema.snapshot import unread, unread_in_words
from watchdog.sqltext import how_many, visible
from watchdog.status import CheckResult, report
from watchdog.wiring import connect, schema_look, utc_now


class Format(enum.StrEnum):
    """How a report is printed."""

    TEXT = "text"
    JSON = "json"


# As a database without settings of its own is looked at.
AS_BY_DEFAULT = Policy(selection=Selection(without=["order", "partitions"]))

FormatOption = Annotated[
    Format,
    typer.Option(
        "--format", parser=one_of(Format), metavar=f"[{'|'.join(Format)}]", help="text for people, json for scripts."
    ),
]
BaselineOption = Annotated[Path | None, typer.Option("--baseline", help="With --dsn: the baseline file.")]


def check(
    config: ConfigFile = DEFAULT_CONFIG,
    database: DatabaseNames = None,
    dsn: Dsn = None,
    baseline: BaselineOption = None,
    format: FormatOption = Format.TEXT,  # noqa: A002 the option's name
    fail_on: FailOn = Severity.WARNING,
) -> None:
    """Look once at the configured databases, or at --dsn, and compare them with their baselines.

    Of configured databases also the rows are looked at, and counted again where they were counted before.
    Exits 0 when verified, 1 on findings, 2 on a usage error, 3 when something could not be verified.
    """
    results = asyncio.run(_looks(config, database, dsn, baseline, rows=True))
    _print(results, format)
    raise typer.Exit(exit_code(results, fail_on))


def diff(
    expected: Annotated[
        str, typer.Argument(help="postgresql://..., a baseline file, a .sql file or a folder of them.")
    ],
    actual: Annotated[str, typer.Argument(help="The same.")],
    format: FormatOption = Format.TEXT,  # noqa: A002 the option's name
    fail_on: FailOn = Severity.WARNING,
) -> None:
    """Compare any two schemas. Exit codes are those of check.

    SQL files run on an empty embedded PostgreSQL that has no roles and few extensions: of pg_dump it takes
    --schema-only --no-owner --no-privileges.
    """
    result = asyncio.run(_difference(expected, actual))
    _print([result], format)
    raise typer.Exit(exit_code([result], fail_on))


def plan(
    config: ConfigFile = DEFAULT_CONFIG,
    database: DatabaseNames = None,
    dsn: Dsn = None,
    baseline: BaselineOption = None,
) -> None:
    """Print the SQL that brings back what is missing or lost, in the order in which it can run. Nothing is executed.

    Of what is accepted, or may yet be part of a migration, nothing is printed. Exits 0 when nothing is found or all of
    it has a remedy, 1 when something is left to a person, 3 as check.
    """
    results = asyncio.run(_looks(config, database, dsn, baseline, rows=False))
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


async def _looks(
    config: Path, names: list[str] | None, dsn: str | None, baseline: Path | None, *, rows: bool
) -> Sequence[CheckResult]:
    if dsn is None:
        if baseline is not None:
            raise UsageError("--baseline goes with --dsn; a configured database has its own")
        loaded = load(config)
        chosen = databases(loaded, names)
        if rows:
            return await asyncio.gather(*(look_at(database, state_file(loaded)) for database in chosen))
        return await asyncio.gather(*(_schema_of(database) for database in chosen))
    if baseline is None:
        raise UsageError(
            "--dsn needs --baseline FILE (make one: schema-watchdog baseline capture --dsn ... --output FILE)"
        )
    if names:
        raise UsageError("--database and --dsn exclude each other")
    look = SchemaLook(
        "database", functools.partial(capture_once, Connection(dsn)), BaselineFile(baseline, "fail"), AS_BY_DEFAULT
    )
    return [(await verdict("database", "schema", look, utc_now))[0]]


async def _schema_of(database: Database) -> CheckResult:
    look = schema_look(database, connect(database))
    return (await verdict(database.name, "schema", look, utc_now))[0]


async def _difference(expected: str, actual: str) -> CheckResult:
    wanted = await snapshot_of(expected)
    if wanted.stale:
        raise CaptureError(f"{label(expected)}: {unread_in_words(unread(wanted))}")

    async def look(_: object) -> Seen:
        found = await snapshot_of(actual)
        findings, coverage = compare(label(actual), wanted, found, Selection())
        return Seen(server=found.server, findings=findings, coverage=coverage)

    return (await verdict(label(actual), "schema", look, utc_now))[0]


def _print(results: Sequence[CheckResult], format: Format) -> None:  # noqa: A002
    if format is Format.JSON:
        # One database is the object that others read; several are a list of it.
        reports = [report(result) for result in results]
        typer.echo(msgspec.json.format(msgspec.json.encode(reports[0] if len(reports) == 1 else reports), indent=2))
    else:
        typer.echo("\n\n".join(report_text(report(result)) for result in results))
