"""`queries`: whether the application's statements plan."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from watchdog.check import verdict
from watchdog.cli.check import FormatOption, exit_code, print_results
from watchdog.cli.given import (
    MigrationsFormatOption,
    MigrationsOption,
    RecordedOption,
    ScratchOption,
    SearchPathOption,
    given,
)
from watchdog.cli.looks import parts_of, queries_of, tomorrow_of
from watchdog.cli.options import DEFAULT_CONFIG, ConfigFile, DatabaseNames, Dsn, FailOn, databases
from watchdog.config.load import load
from watchdog.errors import UsageError
from watchdog.finding import Severity

app = typer.Typer(help="Check whether the application's statements plan.", no_args_is_help=True)
