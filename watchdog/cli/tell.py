"""Where reports go: one format to the terminal, and as many as are wanted into files, all of the same look."""

from collections.abc import Sequence

import typer

from watchdog.cli.choices import Format
from watchdog.cli.formats import FORMATS, Terms
from watchdog.cli.output import Output
from watchdog.status import CheckResult
from watchdog.status.report import report
from watchdog.store.files import write_atomically


def tell(results: Sequence[CheckResult], format: Format, outputs: Sequence[Output], terms: Terms) -> None:  # noqa: A002
    """Print the results in one format and write them in the others. Raises StateError for a file that cannot be."""
    reports = [report(result) for result in results]
    typer.echo(FORMATS[format](reports, terms))
    for each in outputs:
        write_atomically(each.file, (FORMATS[each.format](reports, terms) + "\n").encode())
