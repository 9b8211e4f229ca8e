"""How reports are written down: a pure function a format, and the table that `--format` and `--output` choose from.

Each of them shows every open finding, names accepted ones and those in transition as such, and says of what could not
be verified why. Whatever stands in a name or a message stays text.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from watchdog.cli.choices import Format
from watchdog.cli.formats import github, junit, markdown, sarif
from watchdog.cli.text import report_text
from watchdog.finding import Severity
from watchdog.status.report import Report


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What a format may need beside the reports.

    Attributes:
        fail_on: the least severity that makes the command fail.
        source: the file that says what is expected; findings that stand in no file of their own are shown at it.
    """

    fail_on: Severity = Severity.WARNING
    source: str = "config/watchdog.yaml"


def text(reports: Sequence[Report]) -> str:
    """For people, a report below the other."""
    return "\n\n".join(report_text(report) for report in reports)


def json(reports: Sequence[Report]) -> str:
    """For scripts: one database is the object that others read; several are a list of it."""
    return msgspec.json.format(
        msgspec.json.encode(reports[0] if len(reports) == 1 else list(reports)), indent=2
    ).decode()


FORMATS: Mapping[Format, Callable[[Sequence[Report], Terms], str]] = {
    Format.TEXT: lambda reports, _: text(reports),
    Format.JSON: lambda reports, _: json(reports),
    Format.MARKDOWN: lambda reports, _: markdown.comment(reports),
    Format.JUNIT: lambda reports, terms: junit.suites(reports, terms.fail_on),
    Format.SARIF: lambda reports, terms: sarif.log(reports, terms.source),
    Format.GITHUB: lambda reports, _: github.commands(reports),
}
