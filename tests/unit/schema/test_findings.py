import pytest
from hypothesis import given

from tests.unit.schema.samples import HOSTILE, column, findings, relation, snapshot, snapshots, thing, whole, without
from watchdog.finding import fingerprint
from watchdog.schema.findings import LONGEST_VALUE
from watchdog.schema.snapshot import Snapshot

EPOCHS = relation("public", "sealed_epochs")
GROUP = column(
    "public", "sealed_epochs", "token_group", data_type="character varying(10)", default="'milo'::character varying"
)
WHOLE = snapshot(EPOCHS, GROUP)


@given(snapshots(), snapshots())
def test_every_message_is_one_printable_line_whatever_the_names_and_values(one: Snapshot, other: Snapshot) -> None:
    for found in findings(one, other):
        assert found.message.isprintable()
        assert len(found.message) < 3 * LONGEST_VALUE + 600


@given(snapshots(), snapshots())
def test_no_two_findings_of_a_look_share_a_fingerprint(one: Snapshot, other: Snapshot) -> None:
    found = findings(one, other)
    assert len({each.fingerprint for each in found}) == len(found)


def test_a_missing_column_says_what_was_expected() -> None:
    [found] = findings(WHOLE, without(WHOLE, GROUP[0]))
    assert found.message == (
        "column public.sealed_epochs.token_group is missing: "
        "expected character varying(10) DEFAULT 'milo'::character varying"
    )
    assert (found.expected, found.actual) == ("character varying(10) DEFAULT 'milo'::character varying", None)
    assert (found.kind, found.identity) == ("column", ("public", "sealed_epochs", "token_group"))
    assert (found.change, found.attribute, found.state) == ("missing", None, "open")
    assert found.fingerprint == fingerprint("production", "column", found.identity, "missing", None)
    assert found.remedy is not None


def test_an_unexpected_object_says_what_it_is() -> None:
    [found] = findings(without(WHOLE, GROUP[0]), WHOLE)
    assert found.message.startswith("column public.sealed_epochs.token_group is not expected: character varying(10)")
    assert (found.expected, found.actual) == (None, "character varying(10) DEFAULT 'milo'::character varying")
    assert found.remedy is None


def test_an_object_without_a_description_is_called_by_its_noun() -> None:
    [found] = findings(snapshot(relation("s", "v", relation_kind="view")), snapshot())
    assert (found.message, found.expected) == ("view s.v is missing", "view")


def test_a_changed_attribute_says_both_values_and_a_yes_or_no_reads_as_a_state() -> None:
    changed = snapshot(EPOCHS, column(*GROUP[0].name, data_type="text", default=GROUP[1]["default"], not_null=True))
    told = [(each.message, each.expected, each.actual) for each in findings(WHOLE, changed)]
    name = "column public.sealed_epochs.token_group"
    assert told == [
        (f"{name}: data type is text, expected character varying(10)", "character varying(10)", "text"),
        (f"{name} is NOT NULL, expected nullable", "nullable", "NOT NULL"),
    ]


def test_a_value_that_is_not_set_is_none_in_words() -> None:
    [found] = findings(WHOLE, snapshot(EPOCHS, column(*GROUP[0].name, data_type="character varying(10)")))
    assert found.message.endswith(": default is none, expected 'milo'::character varying")


def test_a_long_value_is_cut_in_the_sentence_and_whole_beside_it() -> None:
    long = "x" * 10_000
    body = thing("routine", "s", "f()", body=long, routine_kind="function")
    [found] = findings(snapshot(body), snapshot(thing("routine", "s", "f()", body="y", routine_kind="function")))
    assert found.message == f"function s.f(): body is y, expected {'x' * (LONGEST_VALUE - 1)}…"
    assert found.expected == long


def test_a_hostile_name_stays_on_its_line_and_whole_in_the_identity() -> None:
    whole = snapshot(EPOCHS, column("public", "sealed_epochs", HOSTILE))
    [found] = findings(whole, snapshot(EPOCHS))
    assert found.identity[-1] == HOSTILE
    assert found.message.isprintable()
    assert "\\u000a<script>alert(1)</script> %s {} {0} \\u0000\\u001b[31m \\u202e 🦊" in found.message


def test_a_value_that_drifts_twice_is_the_same_finding() -> None:
    once = findings(WHOLE, snapshot(EPOCHS, column(*GROUP[0].name, data_type="text", default=GROUP[1]["default"])))
    twice = findings(WHOLE, snapshot(EPOCHS, column(*GROUP[0].name, data_type="bytea", default=GROUP[1]["default"])))
    assert [each.fingerprint for each in once] == [each.fingerprint for each in twice]
    assert once != twice


def test_a_routines_signature_is_not_quoted_again() -> None:
    [found] = findings(
        snapshot(whole("routine", "s", 'area(integer, "my type")', routine_kind="procedure")), snapshot()
    )
    assert found.message == 'procedure s.area(integer, "my type") is missing'
    assert (found.kind, found.identity) == ("routine", ("s", 'area(integer, "my type")'))


def test_long_values_are_cut_where_they_are_alike_and_not_where_they_differ() -> None:
    start = "SELECT " + "same, " * 100
    before = thing("view", "s", "v", definition=f"{start}wanted" + " FROM t" * 100)
    [found] = findings(snapshot(before), snapshot(thing("view", "s", "v", definition=f"{start}got")))
    assert found.message.startswith("view s.v: definition is …")
    assert "got, expected …" in found.message
    assert "same, wanted FROM t" in found.message
    assert len(found.message) < 2 * LONGEST_VALUE + 60


def test_values_that_differ_in_white_space_alone_show_it() -> None:
    before = thing("routine", "s", "f()", body="a\n  b", routine_kind="function")
    [found] = findings(snapshot(before), snapshot(thing("routine", "s", "f()", body="a b", routine_kind="function")))
    assert found.message == "function s.f(): body is a b, expected a\\u000a  b"


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ("disabled", "is disabled, expected enabled"),
        ("replica", "is enabled on replicas only, expected enabled"),
        ("always", "is enabled on replicas too, expected enabled"),
    ],
)
def test_what_was_switched_says_when_it_fires(now: str, words: str) -> None:
    before, after = (whole("trigger", "s", "t", "stamp", enabled=enabled) for enabled in ("origin", now))
    [found] = findings(snapshot(before), snapshot(after))
    assert found.message == f"trigger s.t.stamp {words}"
    # What was accepted by value stays accepted.
    assert (found.expected, found.actual) == ("origin", now)


def test_what_tells_more_of_a_relation_is_called_as_the_relation_is() -> None:
    holder = relation("s", "m", relation_kind="materialized view")
    before, after = (snapshot(holder, whole("view", "s", "m", populated=populated)) for populated in (True, False))
    [found] = findings(before, after)
    assert found.message == "materialized view s.m is not populated, expected populated"


def test_a_table_that_is_published_no_more_does_not_read_as_if_it_were_lost() -> None:
    [found] = findings(snapshot(whole("publication_table", "Paid", "s", "t")), snapshot())
    assert found.message == 'entry of publication "Paid" for table s.t is missing'
