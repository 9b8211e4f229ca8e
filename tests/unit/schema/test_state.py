from collections.abc import Mapping

import pytest

from tests.unit.schema.samples import relation, sequence, snapshot, whole
from watchdog.finding import Finding
from watchdog.schema.diff import diff
from watchdog.schema.findings import judge_state
from watchdog.schema.kinds import KINDS, attribute_of
from watchdog.schema.selection import Selection
from watchdog.schema.snapshot import ObjectId, Snapshot, Value
from watchdog.schema.state import FAULTS, most_used


def told(expected: Snapshot, actual: Snapshot) -> list[tuple[str, str]]:
    return [(each.state, each.message) for each in found(expected, actual)]


def found(expected: Snapshot, actual: Snapshot) -> tuple[Finding, ...]:
    return judge_state("production", diff(expected, actual), actual)


def test_each_object_is_told_of_that_shares_what_is_wrong_with_others() -> None:
    _, facts = whole("index", "a", "b", "c", valid=False)
    actual = snapshot(*((ObjectId("index", ("a", "b", name)), facts) for name in "cde"))
    assert [each.identity[-1] for each in found(snapshot(), actual)] == ["c", "d", "e"]


@pytest.mark.parametrize(
    ("kind", "facts", "severity", "words"),
    [
        ("index", {"valid": False}, "warning", "index a.b.c is invalid"),
        ("constraint", {"valid": False}, "critical", "constraint a.b.c is invalid"),
        ("constraint", {"validated": False}, "info", "constraint a.b.c is NOT VALID"),
        ("trigger", {"enabled": "disabled"}, "info", "trigger a.b.c is disabled"),
        ("rule", {"enabled": "disabled"}, "info", "rule a.b.c is disabled"),
        ("event_trigger", {"enabled": "disabled"}, "info", "event trigger a is disabled"),
        ("relation", {"policies": 2, "row_security": False}, "warning", "its row level security is off"),
        ("relation", {"detach_pending": True}, "critical", "relation a.b is only half detached"),
        ("view", {"populated": False}, "warning", "view a.b is not populated"),
        ("sequence", {"used_percent": 90}, "critical", "sequence a.b has used up 90 %"),
        ("sequence", {"used_percent": 75}, "warning", "sequence a.b has used up 75 %"),
        ("column", {"used_percent": 100}, "critical", "column a.b.c has used up 100 %"),
        ("collation", {"version_mismatch": True}, "warning", "collation a.b was made with another version"),
        ("database", {"version_mismatch": True}, "warning", "database was made with another version"),
        ("extension", {"version": "1.1", "available_version": "1.2"}, "info", "extension a is at version 1.1"),
        ("publication", {"tables_without_identity": ("s.t",)}, "warning", "UPDATE and DELETE fail: s.t"),
        ("server_setting", {"pending_restart": True}, "info", "counts only after a restart"),
    ],
)
def test_what_is_faulty_as_it_stands_is_found(kind: str, facts: dict[str, Value], severity: str, words: str) -> None:
    subject = ObjectId(kind, ("a", "b", "c")[: len(KINDS[kind].identity)])
    [fault] = found(snapshot(), snapshot((subject, facts)))
    assert (fault.severity, fault.state, fault.change) == (severity, "open", "changed")
    assert words in fault.message


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("index", {"valid": True}),
        ("index", {}),
        ("relation", {"policies": 2, "row_security": True}),
        ("relation", {"policies": None, "row_security": False}),
        ("view", {"populated": None}),
        ("sequence", {"used_percent": 74}),
        ("sequence", {"used_percent": None}),
        ("extension", {"version": "1.1", "available_version": None}),
        ("publication", {"tables_without_identity": None}),
    ],
)
def test_what_is_sound_or_was_not_read_is_not(kind: str, facts: Mapping[str, Value]) -> None:
    subject = ObjectId(kind, ("a", "b", "c")[: len(KINDS[kind].identity)])
    assert found(snapshot(), snapshot((subject, facts))) == ()


def test_a_fault_that_the_expectation_has_too_is_borne() -> None:
    invalid = whole("index", "s", "t", "i", valid=False)
    assert [state for state, _ in told(snapshot(invalid), snapshot(invalid))] == ["accepted"]


def test_what_moves_by_itself_is_borne_by_nobody() -> None:
    full = sequence("s", "q", used_percent=99)
    assert [state for state, _ in told(snapshot(full), snapshot(full))] == ["open"]


def test_a_fault_that_is_a_change_is_one_finding() -> None:
    before = snapshot(relation("s", "t"), whole("index", "s", "t", "i", valid=True))
    after = snapshot(relation("s", "t"), whole("index", "s", "t", "i", valid=False))
    assert [change.attribute for change in diff(before, after).changes] == ["valid"]
    assert told(before, after) == []


def test_the_fullest_sequence_is_of_those_that_are_watched_and_may_be_seen() -> None:
    column = whole("column", "s", "t", "id", used_percent=40)
    unseen, excluded = sequence("s", "q", used_percent=None), sequence("scratch", "q", used_percent=99)
    selection = Selection(exclude=["scratch"])
    assert most_used(snapshot(column, unseen, excluded), selection) == 0.4
    assert most_used(snapshot(unseen, excluded), selection) is None
    assert most_used(snapshot(sequence("s", "q", used_percent=0)), selection) == 0


def test_every_rule_looks_at_attributes_that_there_are() -> None:
    for fault in FAULTS:
        for name in (fault.attribute, *fault.depends):
            attribute_of(fault.kind, name)
