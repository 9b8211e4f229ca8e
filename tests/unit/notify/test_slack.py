import json
import re
from collections.abc import Callable

import msgspec
import pytest

from tests.unit.alerts.samples import HOSTILE, add_column, finding, firing, resolved
from tests.unit.notify.messages import ACKNOWLEDGED, FIRING
from watchdog.alerts.alert import Message
from watchdog.finding import Finding, Severity
from watchdog.notify.slack_blocks import render

EPOCHS = finding(
    message="column public.sealed_epochs.token_group is missing: milo-aggregator expects character varying(10)",
    remedy=add_column("sealed_epochs"),
)


def texts(message: Message) -> list[str]:
    blocks = msgspec.convert(render(message)["blocks"], list[dict[str, object]])
    return [msgspec.convert(block["text"], dict[str, object])["text"].__str__() for block in blocks]


def everything(message: Message) -> str:
    return "\n".join(texts(message))


@pytest.mark.parametrize("make", [firing, resolved])
@pytest.mark.parametrize("text", ["short", "long " * 2_000, HOSTILE * 20, "&" * 5_000, "🦊" * 5_000, '"' * 5_000, ""])
def test_of_500_findings_as_many_are_shown_as_have_room_and_the_rest_is_counted(
    make: Callable[..., Message], text: str
) -> None:
    remedy = add_column(text.replace("```", ""))
    found = [finding("public", f"t{number}", message=text, remedy=remedy) for number in range(500)]
    message = make(*found, line=f"production: {text}"[:500])
    shown = sum("*critical*" in part for part in texts(message))
    assert 5 <= shown <= 20
    assert f"and {500 - shown} more" in texts(message)[-1]


def test_what_was_left_out_of_the_message_itself_is_counted_too() -> None:
    assert "and 143 more" in texts(msgspec.structs.replace(firing(EPOCHS), more=143))[-1]


def test_twenty_findings_are_shown_whole_in_words_even_when_their_sql_has_no_room() -> None:
    several = [finding("public", f"t{number}", remedy=add_column(f"t{number}" * 50)) for number in range(20)]
    message = firing(*several)
    assert all(f"column public.t{number} is missing" in everything(message) for number in range(20))
    assert texts(message)[-1] == "SQL that has no room here: schema-watchdog plan"


def test_sql_is_shown_whole_or_not_at_all() -> None:
    several = [finding("public", f"t{number}", remedy=add_column(f"t{number}" * 50)) for number in range(20)]
    codes = re.findall(r"```\n(.*?)\n```", everything(firing(*several)), re.DOTALL)
    assert codes
    assert all(code.endswith(";") for code in codes)


def test_a_remedy_too_long_for_slack_is_left_out_and_said() -> None:
    long = finding(remedy=add_column("x" * 4_000))
    assert "```" not in everything(firing(long))
    assert "schema-watchdog plan" in everything(firing(long))


def test_the_remedy_has_its_guard_proof_and_way_back_in_this_order() -> None:
    text = everything(firing(EPOCHS))
    places = [text.index(part) for part in ("SET lock_timeout", "ALTER TABLE", "Verify:", "Revert:", "DROP COLUMN")]
    assert places == sorted(places)
    assert "additive; lock: ACCESS EXCLUSIVE, brief; does not rewrite the table" in text


def test_a_resolved_message_holds_no_sql() -> None:
    assert "ALTER" not in everything(resolved(EPOCHS))


def test_hostile_words_make_no_mention_link_or_line_of_their_own() -> None:
    message = firing(finding(message=HOSTILE), line=HOSTILE)
    for text in [*texts(message), str(render(message)["text"])]:
        assert "<" not in text
        assert ">" not in text
        assert re.sub(r"&(amp|lt|gt);", "", text).count("&") == 0
        assert "\n" not in text.replace("\nto do: ", "").replace("\nin hand: ", "")
    assert "&lt;!channel&gt;" in everything(message)
    assert '"verbatim": true' in json.dumps(render(message))


def test_no_entity_is_cut_in_two() -> None:
    for shift in range(8):
        text = everything(firing(finding(message="x" * shift + "&" * 3_000)))
        assert re.sub(r"&amp;", "", text).count("&") == 0
        assert "…" in text


@pytest.mark.parametrize("sql", ["SELECT '```';", "```", "SELECT 1; -- ````` <!here>"])
def test_backticks_in_sql_cannot_end_its_block(sql: str) -> None:
    remedy = msgspec.structs.replace(add_column("t"), sql=sql)
    assert "```" not in everything(firing(finding(remedy=remedy)))


def test_sql_is_escaped_so_that_it_pastes_as_it_was() -> None:
    sql = "SELECT 1 WHERE a < 2 AND b > 3 AND c & 4 = 4;\n-- `name` 🦊 %s {}"
    remedy = msgspec.structs.replace(add_column("t"), before_sql="", sql=sql)
    text = everything(firing(finding(remedy=remedy)))
    code = re.findall(r"```\n(.*?)\n```", text, re.DOTALL)[0]
    assert code.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == sql


def test_a_remedy_without_way_back_has_no_empty_block() -> None:
    remedy = msgspec.structs.replace(add_column("t"), revert_sql="", verify_sql=" ")
    text = everything(firing(finding(remedy=remedy)))
    assert text.count("```") == 2
    assert "Revert" not in text


def test_every_severity_has_its_mark() -> None:
    marks: set[str] = set()
    for severity in Severity:
        shown: Finding = finding(severity=severity)
        marks.add(texts(firing(shown))[1].split()[0])
    assert len(marks) == len(Severity)


def test_what_is_known_beside_the_sentence_stands_below_it() -> None:
    text = everything(FIRING)
    for words in (
        "since: 2025-11-17 11:58 UTC",
        "affects: milo-aggregator",
        "breaks: src/epochs.ts:12, src/group.ts:40",
        "expected: character varying(10) · actual: absent",
        "to do: no SQL brings rows back",
        f"in hand: schema-watchdog alerts ack {FIRING.findings[0].fingerprint[:8]} --reason WHY",
        "<https://watchdog.example.com/|the watchdog's page>",
    ):
        assert words in text


def test_a_note_for_people_stands_before_the_findings() -> None:
    assert texts(ACKNOWLEDGED)[:2] == [
        ":eyes: *production*: acknowledged: 2 critical, 1 warning",
        "acknowledged by ada: rolling it back",
    ]


def test_the_address_of_the_page_cannot_end_its_link() -> None:
    message = msgspec.structs.replace(FIRING, link="https://w.example.com/?a=1&b=2|<!channel>")
    assert texts(message)[-1] == "<https://w.example.com/?a=1&amp;b=2%7C%3C!channel%3E|the watchdog's page>"
