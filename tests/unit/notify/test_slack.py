import json
import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tests.unit.alerts.samples import HOSTILE, add_column, finding, firing, resolved
from watchdog.alerts.alert import Message
from watchdog.finding import Finding, Severity
from watchdog.notify.slack import render

GOLDEN = Path(__file__).parents[2] / "golden"

EPOCHS = finding(
    message="column public.sealed_epochs.token_group is missing: milo-aggregator expects character varying(10)",
    remedy=add_column("sealed_epochs"),
)
PARTICIPANTS = finding(
    "public",
    "sealed_participants",
    "token_group",
    message="column public.sealed_participants.token_group is missing: milo-aggregator expects character varying(10)",
    remedy=add_column("sealed_participants"),
)
ROWS = finding(
    "public",
    "channel_participation",
    kind="rows",
    change="changed",
    severity=Severity.WARNING,
    message="public.channel_participation lost 30 % of its rows: 2,738,092 -> 1,916,664",
)


def texts(message: Message) -> list[str]:
    blocks = msgspec.convert(render(message)["blocks"], list[dict[str, object]])
    return [msgspec.convert(block["text"], dict[str, object])["text"].__str__() for block in blocks]


def everything(message: Message) -> str:
    return "\n".join(texts(message))


@pytest.mark.parametrize("make", [firing, resolved])
def test_the_payload_is_the_golden_one(make: Callable[..., Message]) -> None:
    line = "production: 2 critical, 1 warning: column public.sealed_epochs.token_group is missing (and 2 more)"
    message = make(EPOCHS, PARTICIPANTS, ROWS, line=line)
    golden = json.loads((GOLDEN / f"slack-{message.status}.json").read_text())
    assert render(message) == golden


def within_limits(message: Message) -> None:
    payload = render(message)
    blocks = msgspec.convert(payload["blocks"], list[dict[str, object]])
    assert 0 < len(blocks) <= 50
    assert all(0 < len(text) <= 3_000 for text in texts(message))
    assert len(str(payload["text"])) <= 3_000
    assert len(msgspec.json.encode(payload)) <= 12_000


@pytest.mark.parametrize("make", [firing, resolved])
@pytest.mark.parametrize(
    "text", ["short", "long " * 2_000, HOSTILE * 20, "&" * 5_000, "<" * 5_000, "🦊" * 5_000, '"' * 5_000, ""]
)
def test_500_findings_of_any_length_stay_within_the_limits(make: Callable[..., Message], text: str) -> None:
    remedy = add_column(text.replace("```", ""))
    many = [finding("public", f"t{number}", message=text, remedy=remedy) for number in range(500)]
    message = make(*many, line=f"production: {text}"[:500])
    within_limits(message)
    shown = sum("*critical*" in part for part in texts(message))
    assert 5 <= shown <= 20
    assert f"and {500 - shown} more" in texts(message)[-1]


def test_twenty_findings_are_shown_whole_in_words_even_when_their_sql_has_no_room() -> None:
    many = [finding("public", f"t{number}", remedy=add_column(f"t{number}" * 50)) for number in range(20)]
    message = firing(*many)
    assert all(f"column public.t{number} is missing" in everything(message) for number in range(20))
    assert texts(message)[-1] == "SQL that has no room here: `schema-watchdog plan`"


def test_sql_is_shown_whole_or_not_at_all() -> None:
    many = [finding("public", f"t{number}", remedy=add_column(f"t{number}" * 50)) for number in range(20)]
    codes = re.findall(r"```\n(.*?)\n```", everything(firing(*many)), re.DOTALL)
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
        assert "\n" not in text
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
