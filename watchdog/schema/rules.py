"""What a team has decided about findings, in files that live in git: left out, judged otherwise, or accepted."""

from collections.abc import Sequence
from datetime import date
from fnmatch import fnmatchcase

import msgspec

from watchdog.finding import Finding, Severity


class Pattern(msgspec.Struct, frozen=True, kw_only=True):
    """Which findings: name patterns (`*`, `?`, `[...]`; case matters). `name` is the dotted name without quotes."""

    kind: str = "*"
    name: str = "*"
    attribute: str = "*"
    change: str = "*"

    def takes(self, finding: Finding) -> bool:
        return (
            fnmatchcase(finding.kind, self.kind)
            and fnmatchcase(".".join(finding.identity), self.name)
            and fnmatchcase(finding.attribute or "", self.attribute)
            and fnmatchcase(finding.change, self.change)
        )


class Exclusion(msgspec.Struct, frozen=True, kw_only=True):
    """Findings that are none: what an application makes at run time, for one. The reason is for the next reader."""

    pattern: Pattern
    reason: str


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """Findings that are worse, or less bad, than the tables say."""

    pattern: Pattern
    severity: Severity


class Acceptance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One finding that is known and borne.

    Attributes:
        actual: what was accepted; when it turns into something else the finding is open again.
        until: the last day on which it holds, UTC; None for as long as it stands in the file.
    """

    fingerprint: str
    actual: str | None
    by: str
    reason: str
    until: date | None = None

    def covers(self, finding: Finding, today: date) -> bool:
        return (
            (self.fingerprint, self.actual) == (finding.fingerprint, finding.actual)
            and (self.until is None or today <= self.until)
        )  # fmt: skip


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """All of them. Of overrides the first that fits counts."""

    exclusions: Sequence[Exclusion] = ()
    overrides: Sequence[Override] = ()


def ruled(
    findings: Sequence[Finding], rules: Rules, acceptances: Sequence[Acceptance], today: date
) -> tuple[tuple[Finding, ...], int]:
    """The findings that are left, each with its severity and state; and how many were left out."""
    left = [
        finding for finding in findings if not any(exclusion.pattern.takes(finding) for exclusion in rules.exclusions)
    ]
    return tuple(_decided(finding, rules, acceptances, today) for finding in left), len(findings) - len(left)


def _decided(finding: Finding, rules: Rules, acceptances: Sequence[Acceptance], today: date) -> Finding:
    severities = (override.severity for override in rules.overrides if override.pattern.takes(finding))
    accepted = any(acceptance.covers(finding, today) for acceptance in acceptances)
    return msgspec.structs.replace(
        finding,
        severity=next(severities, finding.severity),
        state="accepted" if accepted else finding.state,
    )
