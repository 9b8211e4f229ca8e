import json
from collections.abc import Mapping
from typing import Any

import httpx
import msgspec
import pytest

from tests.unit.alerts.samples import finding
from tests.unit.notify.messages import (
    ACKNOWLEDGED,
    EPOCHS,
    FIRING,
    PARTLY,
    RESOLVED,
    Answering,
    Asked,
    send,
    taken,
    told,
)
from watchdog.alerts.alert import Message
from watchdog.errors import DeliveryError
from watchdog.notify.slack import SlackBot, SlackWebhook
from watchdog.notify.slack_blocks import Root

TOKEN = "xoxb-0000-secret"
POST, UPDATE = "https://slack.com/api/chat.postMessage", "https://slack.com/api/chat.update"
RECEIPT = msgspec.json.encode(Root(channel="C0123456789", ts="1763380800.000100")).decode()


def bot(client: httpx.AsyncClient) -> SlackBot:
    return SlackBot("team", "#ops", TOKEN, "https://slack.com/api/", client)


def saying(error: str, method: str = "", status: int = 200, headers: Mapping[str, str] | None = None) -> Answering:
    """Slack says no to a method, or to all, and yes to the others."""

    def answer(asked: Asked) -> httpx.Response:
        if not asked.url.endswith(method):
            return taken(asked)
        return httpx.Response(status, json={"ok": False, "error": error}, headers=dict(headers or {}))

    return answer


def written(asked: Asked) -> str:
    """All that one reads of a message."""
    blocks: list[dict[str, Any]] = asked.json["blocks"]
    return "\n".join(block["text"]["text"] for block in blocks)


def test_the_first_message_of_a_thread_is_posted_to_the_channel_by_the_bot() -> None:
    asked, receipt = send(bot, FIRING)
    [first] = asked
    assert first.url == POST
    assert first.json["channel"] == "#ops"
    assert "thread_ts" not in first.json
    assert first.headers["authorization"] == f"Bearer {TOKEN}"
    root = msgspec.json.decode(receipt or "", type=Root)
    assert (root.channel, root.ts) == ("C0123456789", "1763380800.000100")
    assert [part.fingerprint for part in root.parts] == [each.fingerprint for each in FIRING.findings]


def test_later_messages_edit_the_first_one_and_then_reply_to_it() -> None:
    """In this order: when a reply fails both are repeated, and to edit twice does no harm."""
    asked, _ = send(bot, FIRING, ACKNOWLEDGED, PARTLY, RESOLVED)
    assert [each.url for each in asked] == [POST, *[UPDATE, POST] * 3]
    assert {each.json.get("ts") for each in asked if each.url == UPDATE} == {"1763380800.000100"}
    assert {each.json.get("thread_ts") for each in asked[2::2]} == {"1763380800.000100"}
    assert {each.json["channel"] for each in asked[1:]} == {"C0123456789"}


def test_the_first_message_says_how_things_stand_now() -> None:
    asked, _ = send(bot, FIRING, ACKNOWLEDGED, PARTLY, RESOLVED)
    acknowledged, partly, resolved = (written(each) for each in asked if each.url == UPDATE)
    head = "open: 2 critical, 1 warning; acknowledged by ada: rolling it back"
    assert acknowledged.startswith(f":eyes: *production*: {head}\n")
    assert partly.startswith(":eyes: *production*: open: 1 critical, 1 warning; acknowledged by ada")
    assert ":white_check_mark: *critical* column public.sealed_epochs.token_group is missing" in partly
    assert "ALTER TABLE public.sealed_participants" in partly
    assert "ALTER TABLE public.sealed_epochs" not in partly
    assert resolved.startswith(":white_check_mark: *production*: resolved\n")
    assert resolved.count(":white_check_mark:") == 4
    assert "ALTER TABLE" not in resolved


def test_what_is_in_nobodys_hands_any_more_is_said_to_be_open() -> None:
    back = told(*FIRING.findings, occasion="unacknowledged")
    asked, _ = send(bot, FIRING, ACKNOWLEDGED, back)
    assert written(asked[-2]).startswith(":rotating_light: *production*: still open: 2 critical, 1 warning\n")


def test_what_came_later_is_counted_in_the_first_message_and_told_in_the_thread() -> None:
    later = finding("public", "orders", "total")
    asked, _ = send(bot, told(EPOCHS), told(later, standing=(EPOCHS, later)))
    assert "and 1 more: in this thread" in written(asked[1])
    assert "public.orders.total" in written(asked[2])


def test_a_finding_that_comes_back_in_its_thread_is_open_again_in_the_first_message() -> None:
    gone = told(EPOCHS, status="resolved", standing=FIRING.findings[1:])
    asked, _ = send(bot, FIRING, gone, FIRING)
    assert ":white_check_mark:" in written(asked[1])
    assert ":white_check_mark:" not in written(asked[3])


@pytest.mark.parametrize(("message", "is_for_all"), [(FIRING, True), (ACKNOWLEDGED, False), (RESOLVED, False)])
def test_bad_news_in_a_thread_is_shown_to_the_whole_channel(message: Message, is_for_all: bool) -> None:
    asked, _ = send(bot, message, receipt=RECEIPT)
    assert asked[-1].json["reply_broadcast"] is is_for_all


@pytest.mark.parametrize(
    "error", ["message_not_found", "channel_not_found", "is_archived", "not_in_channel", "cant_update_message"]
)
def test_a_trouble_whose_first_message_is_gone_gets_a_new_one(error: str) -> None:
    asked, receipt = send(bot, FIRING, answer=saying(error, "chat.update"), receipt=RECEIPT)
    assert [each.url for each in asked] == [UPDATE, POST]
    assert "thread_ts" not in asked[1].json
    assert asked[1].json["channel"] == "#ops"
    assert msgspec.json.decode(receipt or "", type=Root).parts


def test_a_first_message_that_may_no_longer_be_edited_still_has_its_thread() -> None:
    asked, receipt = send(bot, RESOLVED, answer=saying("edit_window_closed", "chat.update"), receipt=RECEIPT)
    assert [each.url for each in asked] == [UPDATE, POST]
    assert asked[1].json["thread_ts"] == "1763380800.000100"
    assert receipt is not None


def refusal(answer: Answering, receipt: str | None = None) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        send(bot, FIRING, answer=answer, receipt=receipt)
    assert TOKEN not in str(caught.value)
    return caught.value


def test_a_200_that_says_no_is_a_refusal_in_slacks_words() -> None:
    error = refusal(saying("invalid_auth"))
    assert str(error) == "Slack refused: invalid_auth"
    assert not error.is_final  # a token can be put right


@pytest.mark.parametrize("code", ["msg_too_long", "invalid_blocks", "msg_blocks_too_long"])
def test_a_message_that_slack_will_never_take_is_not_tried_again(code: str) -> None:
    assert refusal(saying(code)).is_final


@pytest.mark.parametrize("status", [200, 429])
def test_slack_is_left_alone_for_as_long_as_it_asks(status: int) -> None:
    error = refusal(saying("ratelimited", status=status, headers={"Retry-After": "30"}))
    assert (error.retry_after, error.is_final) == (30.0, False)


def test_an_edit_that_is_refused_for_the_time_being_posts_no_reply_yet() -> None:
    asked: list[str] = []

    def answer(request: Asked) -> httpx.Response:
        asked.append(request.url)
        return saying("ratelimited", headers={"Retry-After": "1"})(request)

    refusal(answer, RECEIPT)
    assert asked == [UPDATE]


@pytest.mark.parametrize("body", ["", "ok", "<html>", "[]", '{"ok": "yes"}', '{"ok": true, "ts": 5}', "\x00"])
def test_an_answer_that_is_none_of_slacks_is_no_success(body: str) -> None:
    assert "none of Slack's" in str(refusal(lambda _: httpx.Response(200, text=body)))


def test_what_slack_calls_an_error_is_not_repeated_when_it_is_no_code() -> None:
    assert str(refusal(saying(f"<{TOKEN}>"))) == "Slack refused: for no reason known"


@pytest.mark.parametrize("receipt", ["", "{}", "<d0aab5fc@example.com>", '{"channel": 5, "ts": null}'])
def test_what_a_channel_of_another_type_kept_is_no_thread(receipt: str) -> None:
    asked, _ = send(bot, FIRING, receipt=receipt)
    assert [each.url for each in asked] == [POST]


def test_messages_without_a_thread_stay_out_of_each_others() -> None:
    asked, receipt = send(bot, told(EPOCHS, thread=""), told(EPOCHS, thread=""), receipt=RECEIPT)
    assert [each.url for each in asked] == [POST, POST]
    assert receipt == RECEIPT


def test_another_address_of_the_api_may_lack_the_last_stroke() -> None:
    asked, _ = send(lambda client: SlackBot("team", "C1", TOKEN, "https://slack.example.com/api", client), FIRING)
    assert asked[0].url == "https://slack.example.com/api/chat.postMessage"


def test_a_payload_that_an_incoming_webhook_cannot_read_is_not_sent_again() -> None:
    def hook(client: httpx.AsyncClient) -> SlackWebhook:
        return SlackWebhook("team", "https://hooks.example.com/x", client)

    for status, is_final in ((400, True), (413, True), (403, False), (404, False), (410, False), (429, False)):
        with pytest.raises(DeliveryError) as caught:
            send(hook, FIRING, answer=lambda _, status=status: httpx.Response(status, text="no"))  # type: ignore[misc]
        assert caught.value.is_final is is_final


def test_the_receipt_is_small_beside_the_message() -> None:
    asked, receipt = send(bot, FIRING)
    assert len(receipt or "") < len(json.dumps(asked[0].json)) < 12_000
