"""The files that a verdict is written into beside what is printed."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import typer

from watchdog.cli.choices import Format
from watchdog.errors import UsageError


class Output(msgspec.Struct, frozen=True):
    """A file, and how the reports are written into it."""

    format: Format
    file: Path


def output(given: str) -> Output:
    """`sarif=watchdog.sarif` taken apart; the parser of `--output`."""
    name, _, file = given.partition("=")
    if name not in list(Format) or not file:
        raise typer.BadParameter(f"say FORMAT=FILE, such as sarif=watchdog.sarif; the formats: {', '.join(Format)}")
    path = Path(file)
    if path.exists() and not path.is_file():
        raise typer.BadParameter(f"{path}: is there and no file")
    if not path.parent.is_dir():
        raise typer.BadParameter(f"{path.parent}: no such folder")
    return Output(Format(name), path)


def cleared(outputs: Sequence[Output] | None) -> Sequence[Output]:
    """The files that will be written, none of which is there any more.

    What an earlier run left would else pass for the verdict of one that never came to a verdict.

    Raises:
        UsageError: one of them cannot be removed.
    """
    for each in outputs or ():
        try:
            each.file.unlink(missing_ok=True)
        except OSError as error:
            raise UsageError(f"--output {each.file}: cannot be replaced: {error.strerror}") from error
    return outputs or ()
