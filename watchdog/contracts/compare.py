"""Contracts beside a database. Only what is missing or narrower is a finding; what there is beyond that is none."""

from collections.abc import Iterator, Sequence

import msgspec

from watchdog.contracts.columns import attributes
from watchdog.contracts.contract import Because, Contract
from watchdog.contracts.known import known
from watchdog.contracts.lack import A_DEFAULT, IT, NOT_READ, Doubt, Lack, differs, doubts_in_order, unread
from watchdog.contracts.relations import relation_lacks
from watchdog.finding import Finding, Severity, Subject
from watchdog.schema.ddl import WRITTEN_FROM
from watchdog.schema.diff import Change, Difference
from watchdog.schema.findings import judge
from watchdog.schema.snapshot import Attributes, ObjectId, Snapshot, Value
from watchdog.sqltext import quote_literal

# What a contract says all of that a statement is written from. Of a table or an enum it may know a part only.
_TOLD = {kind: WRITTEN_FROM[kind] for kind in ("column", "index", "schema")}
_MOST_NAMED = 3


def compare(
    database: str, contracts: Sequence[Contract], actual: Snapshot
) -> tuple[tuple[Finding, ...], tuple[Subject, ...]]:
    """A critical finding for each need that is not met, and what could not be judged, with its reason.

    What several components need alike is one finding that names them all. The findings are in the order of kind, name
    and attribute.
    """
    if not contracts:
        return (), ()
    there = known(actual)
    told = [
        each
        for contract in contracts
        for each in (
            *(one for need in contract.relations for one in relation_lacks(contract, need, there)),
            *_others(contract, actual),
        )
    ]
    lacks: dict[tuple[ObjectId, str, str], list[Lack]] = {}
    for each in told:
        if isinstance(each, Lack):
            change = each.change
            lacks.setdefault((change.subject, change.change, change.attribute or ""), []).append(each)
    groups = [sorted(lacks[key], key=lambda lack: lack.component) for key in sorted(lacks)]
    judged = judge(database, _difference(groups, actual), actual)
    findings = tuple(_of_components(finding, group) for finding, group in zip(judged, groups, strict=True))
    return findings, doubts_in_order([each for each in told if isinstance(each, Doubt)])


def _others(contract: Contract, actual: Snapshot) -> Iterator[Lack | Doubt]:
    """What else but relations a contract needs."""
    for subject in (
        *(ObjectId("schema", (name,)) for name in contract.schemas),
        *(ObjectId("extension", (name,)) for name in contract.extensions),
        *(ObjectId("routine", name) for name in contract.functions),
        *(ObjectId("enum", name) for name in contract.enums),
    ):
        if subject.kind not in actual.covers:
            yield Doubt(subject=subject, component=contract.component, reason=NOT_READ)
        elif subject not in actual.objects:
            yield Lack(
                change=Change(subject=subject, change="missing"),
                component=contract.component,
                wants=IT,
                because=contract.because,
                # What is empty is not known, and no statement is written from it.
                wanted={"owner": None} if subject.kind == "schema" else {},
            )
    for name, labels in contract.enums.items():
        if (subject := ObjectId("enum", name)) in actual.objects:
            yield from _labels(contract.component, subject, labels, contract.because, actual)


def _labels(
    component: str, subject: ObjectId, labels: Sequence[str], because: Because, actual: Snapshot
) -> Iterator[Lack | Doubt]:
    if reason := unread(subject, "labels", actual):
        yield Doubt(subject=subject, component=component, attribute="labels", reason=reason)
        return
    there = actual.objects[subject]["labels"]
    known = there if isinstance(there, tuple) else ()
    missing = [each for each in map(_literal, labels) if each not in known]
    if missing:
        change = differs(subject, "labels", (*known, *missing), actual)
        yield Lack(change=change, component=component, wants=", ".join(missing), because=because)


def _literal(label: str) -> str:
    """As quote_literal of the server has it, which puts no space before an E."""
    return quote_literal(label).strip()


def _difference(groups: Sequence[Sequence[Lack]], actual: Snapshot) -> Difference:
    """What all of them lack as changes from a schema that would do for them."""
    wanted = {group[0].change.subject: _wanted(group) for group in groups if group[0].change.change == "missing"}
    return Difference(
        changes=tuple(
            msgspec.structs.replace(group[0].change, expected=_expected(group), needed=_needed(group))
            for group in groups
        ),
        expected=msgspec.structs.replace(actual, covers=_TOLD, objects={**actual.objects, **wanted}),
        kinds=(),
        compared=0,
        not_covered=(),
        not_comparable=(),
    )


def _of_components(finding: Finding, group: Sequence[Lack]) -> Finding:
    wants = list(dict.fromkeys(lack.wants for lack in group if lack.wants != IT))
    return msgspec.structs.replace(
        finding,
        severity=Severity.CRITICAL,
        components=tuple(sorted({lack.component for lack in group})),
        # Of the types that do, it can be made of one only.
        expected="; ".join(wants) if wants and any(lack.column for lack in group) else finding.expected,
        # That any default will do is no default.
        remedy=None if all(lack.change.expected == A_DEFAULT for lack in group) else finding.remedy,
    )


def _wanted(group: Sequence[Lack]) -> Attributes:
    columns = [lack.column for lack in group if lack.column]
    return attributes(columns) if columns else group[0].wanted


def _expected(group: Sequence[Lack]) -> Value:
    """Of lists all that anyone needs; of anything else what the first does, but for any default."""
    values = [lack.change.expected for lack in group]
    if any(isinstance(value, tuple) for value in values):
        return tuple(dict.fromkeys(item for value in values if isinstance(value, tuple) for item in value))
    return next((value for value in values if value != A_DEFAULT), values[0])


def _needed(group: Sequence[Lack]) -> str:
    words = list(dict.fromkeys(lack.words for lack in group))
    more = [f"and {len(words) - _MOST_NAMED} more needs"] if len(words) > _MOST_NAMED else []
    return "; ".join((*words[:_MOST_NAMED], *more))
