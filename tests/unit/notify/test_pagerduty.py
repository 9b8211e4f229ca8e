import httpx
import msgspec
import pytest

from tests.unit.alerts.samples import finding
from tests.unit.notify.messages import ACKNOWLEDGED, FIRING, PARTICIPANTS, PARTLY, RESOLVED, ROWS, Answering, send, told
from watchdog.alerts.alert import Message, Occasion
from watchdog.errors import DeliveryError
from watchdog.finding import Severity
from watchdog.notify.pagerduty import PagerDutyChannel, event

KEY = "0123456789abcdef0123456789abcdef"
URL = "https://events.pagerduty.com/v2/enqueue"


def channel(client: httpx.AsyncClient) -> PagerDutyChannel:
    return PagerDutyChannel("oncall", KEY, URL, client)


def test_one_incident_lives_from_the_first_message_of_a_thread_to_its_end() -> None:
    asked, receipt = send(channel, FIRING, ACKNOWLEDGED, PARTLY, RESOLVED)
    assert [each.json["event_action"] for each in asked] == ["trigger", "acknowledge", "trigger", "resolve"]
    assert {each.json["dedup_key"] for each in asked} == {FIRING.thread}
    assert {each.json["routing_key"] for each in asked} == {KEY}
    assert {each.url for each in asked} == {URL}
    assert receipt is None


def severity(message: Message) -> object:
    payload = event(message)["payload"]
    assert isinstance(payload, dict)
    return payload["severity"]


def test_an_event_is_as_severe_as_the_worst_that_stands() -> None:
    assert severity(FIRING) == "critical"
    assert severity(told(ROWS)) == "warning"
    assert severity(told(finding(severity=Severity.INFO))) == "info"
    assert severity(told(ROWS, standing=(ROWS, PARTICIPANTS))) == "critical"


def test_what_is_over_while_others_stand_is_an_update_of_their_severity() -> None:
    only_rows = told(PARTICIPANTS, status="resolved", standing=(ROWS,))
    assert event(only_rows)["event_action"] == "trigger"
    assert severity(only_rows) == "warning"
    payload = event(only_rows)["payload"]
    assert isinstance(payload, dict)
    assert payload["summary"].endswith("; still open: 1 warning")


@pytest.mark.parametrize("occasion", ["all_clear", "digest"])
def test_what_comes_by_the_calendar_wakes_nobody(occasion: Occasion) -> None:
    asked, _ = send(channel, msgspec.structs.replace(RESOLVED, occasion=occasion))
    assert asked == []


def test_messages_without_a_thread_are_incidents_of_their_own() -> None:
    alone = msgspec.structs.replace(FIRING, thread="")
    assert event(alone)["dedup_key"] == alone.id
    assert "dedup_key" not in event(msgspec.structs.replace(alone, id=""))


def test_without_a_page_no_link_is_made() -> None:
    assert {"links", "client_url"} & set(event(told(ROWS, link=""))) == set()


def answering(status: int, text: str = "", headers: dict[str, str] | None = None) -> Answering:
    return lambda _: httpx.Response(status, text=text, headers=headers)


def refusal(answer: Answering) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        send(channel, FIRING, answer=answer)
    assert KEY not in str(caught.value)
    return caught.value


def test_202_is_taken() -> None:
    asked, _ = send(channel, FIRING, answer=answering(202, '{"status": "success"}'))
    assert len(asked) == 1


def test_an_event_that_is_invalid_will_never_be_taken() -> None:
    invalid = '{"status": "invalid event", "errors": ["\'payload.summary\' is missing or blank"]}'
    assert refusal(answering(400, invalid)).is_final


def test_a_key_that_is_invalid_can_be_put_right() -> None:
    invalid = '{"status": "invalid event", "errors": ["Length of \'routing_key\' is incorrect"]}'
    assert not refusal(answering(400, invalid)).is_final


def test_pagerduty_is_left_alone_for_as_long_as_it_asks() -> None:
    error = refusal(answering(429, headers={"Retry-After": "12"}))
    assert (error.retry_after, error.is_final) == (12.0, False)


def test_an_answer_without_end_is_not_read_to_it() -> None:
    assert refusal(answering(400, "x" * 10_000_000)).is_final
