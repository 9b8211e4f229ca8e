"""What a team has decided about findings, in files that live in git: left out, judged otherwise, or accepted."""

from collections.abc import Sequence
from datetime import date
from fnmatch import fnmatchcase
from typing import Literal

import msgspec

from watchdog.finding import Accepted, Finding, Severity


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

    def outlasts(self, other: "Acceptance") -> bool:
        """Whether it accepts the same for as long as the other, or longer, so that the other adds nothing."""
        return (
            (self.fingerprint, self.actual) == (other.fingerprint, other.actual)
            and (self.until is None or (other.until is not None and other.until <= self.until))
        )  # fmt: skip

    def recorded(self, where: Literal["file", "state"]) -> Accepted:
        """As a finding shows it."""
        return Accepted(by=self.by, reason=self.reason, until=self.until, recorded_in=where)


_Recorded = tuple[Acceptance, Literal["file", "state"]]


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """All of them. Of overrides the first that fits counts."""

    exclusions: Sequence[Exclusion] = ()
    overrides: Sequence[Override] = ()


def ruled(
    findings: Sequence[Finding],
    rules: Rules,
    acceptances: Sequence[Acceptance],
    today: date,
    unfiled: Sequence[Acceptance] = (),
) -> tuple[tuple[Finding, ...], int]:
    """The findings that are left, each with its severity and state; and how many were left out.

    Args:
        findings: as they were found.
        rules: what the configuration says of them.
        acceptances: those of the file.
        today: the day, UTC.
        unfiled: acceptances that are in the state only.
    """
    left = [
        finding for finding in findings if not any(exclusion.pattern.takes(finding) for exclusion in rules.exclusions)
    ]
    recorded: list[_Recorded] = [(each, "file") for each in acceptances]
    recorded += [(each, "state") for each in unfiled]
    return tuple(_decided(finding, rules, recorded, today) for finding in left), len(findings) - len(left)


def _decided(finding: Finding, rules: Rules, recorded: Sequence[_Recorded], today: date) -> Finding:
    severities = (override.severity for override in rules.overrides if override.pattern.takes(finding))
    accepted = next((each.recorded(where) for each, where in recorded if each.covers(finding, today)), None)
    return msgspec.structs.replace(
        finding,
        severity=next(severities, finding.severity),
        state="accepted" if accepted else finding.state,
        accepted=accepted,
    )
