"""What departs from what is expected, and what breaks a component: told once where it is the same."""

from collections.abc import Sequence

import msgspec

from watchdog.contracts.keys import columns_of
from watchdog.finding import Finding


def merged(drift: Sequence[Finding], contracts: Sequence[Finding]) -> tuple[Finding, ...]:
    """The drift in its order, then what only contracts say.

    Findings of one fingerprint become one, and so do a key that drifted away and the need of a key of these columns:
    with the components, the worse severity, the words of the contract and the remedy that there is; that of the drift
    knows the whole object. What a rename explains keeps no remedy of its own, which would make it a second time.
    """
    by_fingerprint = {finding.fingerprint: finding for finding in contracts}
    by_key = {key: finding for finding in contracts if (key := _key(finding))}
    renamed = {(finding.kind, finding.identity) for finding in drift if finding.change == "renamed"}
    told: set[str] = set()
    found = []
    for finding in drift:
        same = by_fingerprint.get(finding.fingerprint) or by_key.get(_key(finding) or ())
        if same:
            told.add(same.fingerprint)
        found.append(_both(finding, same) if same else finding)
    for finding in contracts:
        if finding.fingerprint not in told:
            is_renamed = (finding.kind, finding.identity) in renamed
            found.append(msgspec.structs.replace(finding, remedy=None) if is_renamed else finding)
    return tuple(found)


def _both(drift: Finding, contract: Finding) -> Finding:
    return msgspec.structs.replace(
        drift,
        severity=max(drift.severity, contract.severity, key=lambda severity: severity.rank),
        # What was accepted as drift was not accepted by whom it breaks.
        state=contract.state if drift.state == "accepted" else drift.state,
        message=contract.message,
        components=tuple(sorted({*drift.components, *contract.components})),
        remedy=drift.remedy or contract.remedy,
    )


def _key(finding: Finding) -> tuple[object, ...] | None:
    """Of a key that is missing, the table and the columns."""
    if finding.change != "missing" or finding.kind not in ("constraint", "index") or finding.expected is None:
        return None
    columns = columns_of(finding.expected)
    return (finding.identity[:2], columns) if columns else None
