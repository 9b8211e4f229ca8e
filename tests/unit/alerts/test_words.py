import re

import msgspec
import pytest

from tests.unit.alerts.samples import HOSTILE, NOON, add_column, finding
from tests.unit.notify.messages import ACKNOWLEDGED, EPOCHS, FIRING, PARTLY, RESOLVED, ROWS, many, told
from watchdog.alerts.alert import Message
from watchdog.alerts.words import ADVICE, TEST, Fact, codes, facts, letter, plain, subject
from watchdog.config.alerts import MORE_KINDS
from watchdog.finding import Location, Remedy


def text(message: object = FIRING, characters: int = 40_000) -> str:
    return plain(letter(message, characters))  # type: ignore[arg-type]


def test_a_person_reads_what_where_since_when_who_and_what_breaks() -> None:
    for words in (
        "production: 2 critical, 1 warning",
        "CRITICAL: column public.sealed_epochs.token_group is missing",
        "since: 2025-11-17 11:58 UTC",
        "affects: milo-aggregator",
        "breaks: src/epochs.ts:12, src/group.ts:40",
        "expected: character varying(10)\nactual: absent",
        "origin: out-of-band",
        "price: additive; lock: ACCESS EXCLUSIVE, brief; does not rewrite the table",
        "https://watchdog.example.com/",
    ):
        assert words in text()


@pytest.mark.parametrize(
    ("message", "headline"),
    [
        (told(EPOCHS), "production: 1 critical"),
        (told(EPOCHS, status="resolved"), "production: resolved: 1 critical"),
    ],
)
def test_the_sentence_of_a_single_finding_is_said_once(message: Message, headline: str) -> None:
    whole = text(message)
    assert whole.splitlines()[0] == headline
    assert whole.count(EPOCHS.message) == 1
    assert EPOCHS.message[:40] in subject(message)


def test_sql_is_followed_by_what_proves_it_and_what_takes_it_back() -> None:
    whole = text(told(EPOCHS))
    places = [
        whole.index(part) for part in ("mend:\nSET lock_timeout", "ALTER TABLE", "verify:\nSELECT", "revert:\nALTER")
    ]
    assert places == sorted(places)


def test_rows_have_no_remedy_and_say_what_to_look_for() -> None:
    whole = text(told(ROWS))
    assert "to do: no SQL brings rows back" in whole
    assert "mend:" not in whole


@pytest.mark.parametrize("kind", MORE_KINDS)
def test_every_kind_of_finding_that_is_no_object_says_what_to_do(kind: str) -> None:
    assert kind in ADVICE
    said = {fact.label: fact.text for fact in facts(finding("public", "t", kind=kind), None, "production")}
    assert said["to do"] == ADVICE[kind]


def test_what_stands_ends_with_the_command_that_takes_it_in_hand() -> None:
    assert facts(EPOCHS, None, "production")[-1] == Fact(
        "in hand", f"schema-watchdog alerts ack {EPOCHS.fingerprint[:8]} --reason WHY"
    )
    assert text().count("in hand: ") == 3


def test_a_test_asks_nobody_for_anything() -> None:
    assert facts(finding("ops", kind=TEST), None, "schema-watchdog") == ()


@pytest.mark.parametrize("message", [RESOLVED, ACKNOWLEDGED])
def test_nobody_is_asked_to_take_in_hand_what_is_over_or_taken(message: Message) -> None:
    assert "in hand" not in text(message)


@pytest.mark.parametrize(
    ("table", "attribute", "command"),
    [
        ("user_mapping", "rows", "rows --database production --accept public.user_mapping --reason WHY"),
        ("it's; rm -rf", "growth", """rows --database production --accept 'public.it'"'"'s; rm -rf' --reason WHY"""),
        ("a\nb", "rows", "alerts accept {digits} --reason WHY"),
        ("x" * 300, "rows", "alerts accept {digits} --reason WHY"),
        ("t", "min_rows", "alerts accept {digits} --reason WHY"),
    ],
)
def test_what_says_that_rows_went_on_purpose_can_be_pasted(table: str, attribute: str, command: str) -> None:
    lost = msgspec.structs.replace(finding("public", table, kind="rows"), attribute=attribute)
    said = {fact.label: fact.text for fact in facts(lost, None, "production")}
    assert said["if meant"] == "schema-watchdog " + command.format(digits=lost.fingerprint[:8])


def test_the_place_of_a_migration_is_not_what_it_breaks() -> None:
    located = msgspec.structs.replace(finding("007_groups", kind="migration"), locations=(Location("db/007.sql", 1),))
    assert "in: db/007.sql:1" in text(told(located))


def test_of_many_places_the_first_are_named_and_the_rest_counted() -> None:
    places = tuple(Location(f"src/{number}.ts", 1) for number in range(12))
    [breaks] = [
        fact
        for fact in facts(msgspec.structs.replace(EPOCHS, locations=places), None, "production")
        if fact.label == "breaks"
    ]
    assert breaks.text == "src/0.ts:1, src/1.ts:1, src/2.ts:1, src/3.ts:1, src/4.ts:1 and 7 more"


def test_what_is_over_needs_neither_sql_nor_advice() -> None:
    whole = text(RESOLVED)
    assert "since: 2025-11-17 11:58 UTC" in whole
    assert not {"ALTER", "to do", "expected", "still open"} & set(whole.replace(":", " ").split())


def test_what_is_still_open_is_said_at_the_end_of_good_news() -> None:
    assert text(PARTLY).splitlines()[-2:] == ["still open: 1 critical, 1 warning", "https://watchdog.example.com/"]


def test_notes_stand_right_below_the_line() -> None:
    assert text(ACKNOWLEDGED).splitlines()[1] == "acknowledged by ada: rolling it back"


def test_what_is_left_out_is_counted() -> None:
    assert "and 143 more: see the page" in text(msgspec.structs.replace(FIRING, more=143))
    whole = text(many("short"), 4_000)
    shown = whole.count("CRITICAL: ")
    assert 0 < shown < 500
    assert f"and {500 - shown:,} more" in whole


def test_every_finding_that_has_room_is_named_before_the_first_sql_is() -> None:
    three = tuple(finding("public", f"t{number}", remedy=add_column("x" * 900)) for number in range(3))
    whole = text(told(*three), 2_500)
    assert whole.count("CRITICAL: ") == 3
    assert whole.count("mend:") == 1
    assert "SQL that has no room here: schema-watchdog plan" in whole


@pytest.mark.parametrize("characters", [1, 10, 160, 300, 500, 900, 2_000, 4_096])
def test_a_text_is_never_longer_than_asked_for_and_sql_never_cut(characters: int) -> None:
    whole = text(FIRING, characters)
    assert 0 < len(whole) <= characters
    whole_ones = {code.sql for each in FIRING.findings for code in codes(each)}
    assert set(re.findall(r"(?:mend|verify|revert):\n(.*?)(?=\n\n|\Z)", whole, re.DOTALL)) <= whole_ones


def test_names_make_no_line_of_their_own() -> None:
    hostile = msgspec.structs.replace(EPOCHS, message=HOSTILE, expected=HOSTILE, components=(HOSTILE,), remedy=None)
    whole = text(msgspec.structs.replace(told(hostile, notes=(HOSTILE,)), message=HOSTILE))
    assert "\r" not in whole
    assert "\x1b" not in whole
    assert "\u202e" not in whole
    assert len(whole.splitlines()) == len(
        text(told(msgspec.structs.replace(EPOCHS, remedy=None), notes=("x",))).splitlines()
    )


def test_a_remedy_without_way_back_offers_none() -> None:
    one_way = Remedy(
        before_sql="",
        sql="DROP TABLE t;",
        verify_sql=" ",
        revert_sql="",
        safety="loses data",
        lock="ACCESS EXCLUSIVE, brief",
        rewrites_table=True,
    )
    mended = finding(remedy=one_way)
    assert [code.title for code in codes(mended)] == ["mend"]
    assert "price: loses data; lock: ACCESS EXCLUSIVE, brief; rewrites the table" in text(told(mended))


def test_a_subject_is_one_line_of_bounded_length() -> None:
    line = subject(msgspec.structs.replace(FIRING, message=f"a\nb{'x' * 500}", sent_at=NOON))
    assert len(line) == 120
    assert line.startswith("a\\u000ab")
