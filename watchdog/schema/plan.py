"""The order in which remedies can run."""

from collections.abc import Sequence

from watchdog.finding import Finding
from watchdog.schema.kinds import KINDS
from watchdog.sqltext import names_in

_ORDER = list(KINDS)


def in_order(findings: Sequence[Finding]) -> list[Finding]:
    """By the table of kinds, each after what its remedy names; then what needs all of its kind to be there first.

    In a circle, such as tables that refer to each other, one comes first all the same: a second run mends it.
    """
    missing = {finding.identity: finding for finding in findings if finding.change == "missing"}
    waiting = sorted(findings, key=_turn)[::-1]
    begun: set[str] = set()
    done: dict[str, Finding] = {}
    while waiting:
        finding = waiting[-1]
        begun.add(finding.fingerprint)
        named = names_in(finding.remedy.sql) if finding.remedy else []
        first = [missing[name] for name in named if name in missing and missing[name].fingerprint not in begun]
        if first:
            waiting += first
        else:
            done.setdefault(finding.fingerprint, waiting.pop())
    return list(done.values())


def _turn(finding: Finding) -> tuple[bool, int]:
    expected = finding.expected or ""
    late = (
        # They read columns too.
        expected in {"view", "materialized view"}
        # It refers to a key, which its statement does not name.
        or (finding.kind == "constraint" and expected.startswith("FOREIGN KEY"))
        # Without its policies nobody would see a row.
        or (finding.attribute or "").startswith("row_security")
    )
    return late, _ORDER.index(finding.kind)
