import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from watchdog.errors import DeliveryError
from watchdog.notify.by_http import Answer, _place, post_json, retry_after_seconds
from watchdog.notify.by_http import post as ask

SECRET = "T0KEN"
URL = f"https://user:{SECRET}@hooks.example.com/services/{SECRET}"
PLACE = "hooks.example.com:443"
NOW = datetime(2025, 11, 17, 12, 0, tzinfo=UTC)


def post(answer: Callable[[httpx.Request], httpx.Response], url: str = URL) -> None:
    async def main() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            await post_json(client, url, b"{}")

    asyncio.run(main())


def failing(error: Exception, cause: Exception | None = None) -> Callable[[httpx.Request], httpx.Response]:
    def answer(_: httpx.Request) -> httpx.Response:
        raise error from cause

    return answer


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_delivered(status: int) -> None:
    post(lambda _: httpx.Response(status))


@pytest.mark.parametrize("status", [199, 300, 304, 400, 404, 410, 429, 500, 503, 599])
def test_every_other_status_is_not(status: int) -> None:
    with pytest.raises(DeliveryError, match=f"^HTTP status {status}$"):
        post(lambda _: httpx.Response(status, text="a body that nobody shall read in the log"))


def test_a_redirect_is_not_followed() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(307, headers={"Location": "https://elsewhere.example.com/"})

    with pytest.raises(DeliveryError, match=r"^HTTP status 307: redirects are not followed$"):
        post(answer)
    assert asked == ["hooks.example.com"]


def test_the_body_is_json_from_us() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.method == "POST"
        assert request.headers["Content-Type"] == "application/json"
        assert request.headers["User-Agent"].startswith("schema-watchdog/")
        assert request.read() == b"{}"
        return httpx.Response(200)

    post(answer)


@pytest.mark.parametrize(
    ("error", "cause", "reason"),
    [
        (httpx.ConnectError(URL), ConnectionRefusedError(111, URL), f"cannot connect to {PLACE}: Connection refused"),
        (httpx.ConnectError(URL), socket.gaierror(-2, URL), f"cannot connect to {PLACE}: the name cannot be resolved"),
        (httpx.ConnectError(URL), None, f"cannot connect to {PLACE}: ConnectError"),
        (httpx.ConnectTimeout(URL), None, f"cannot connect to {PLACE}: ConnectTimeout"),
        (httpx.ReadTimeout(URL), None, f"ReadTimeout at {PLACE}"),
        (httpx.RemoteProtocolError(URL), None, f"RemoteProtocolError at {PLACE}"),
        (httpx.InvalidURL(URL), None, "InvalidURL"),
        (httpx.ConnectError(URL), ssl.SSLError(1, URL), f"TLS with {PLACE} failed: no reason given"),
    ],
)
def test_a_failure_is_said_in_fixed_words_without_the_url(error: Exception, cause: Exception, reason: str) -> None:
    with pytest.raises(DeliveryError) as caught:
        post(failing(error, cause))
    assert str(caught.value) == reason
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    "url",
    [
        f"{SECRET}://x",
        f"no-scheme-{SECRET}",
        f"http://x:{SECRET}",
        f"https://{SECRET}.\x00",
        f"http://{SECRET * 20}.com",
    ],
)
def test_a_url_that_is_none_is_a_failure_that_keeps_the_secret(url: str) -> None:
    async def main() -> None:
        async with httpx.AsyncClient() as client:
            await post_json(client, url, b"{}")

    with pytest.raises(DeliveryError) as caught:
        asyncio.run(main())
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "[::1]:1"])
def test_of_a_url_no_more_than_host_and_port_is_said(address: str) -> None:
    async def main() -> None:
        async with httpx.AsyncClient() as client:
            await post_json(client, f"http://{SECRET}:{SECRET}@{address}/{SECRET}?{SECRET}#{SECRET}", b"{}")

    with pytest.raises(DeliveryError) as caught:
        asyncio.run(main())
    assert str(caught.value).startswith(f"cannot connect to {address}: ")
    assert SECRET not in str(caught.value)


def test_no_log_of_the_http_library_holds_the_url(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        post(lambda _: httpx.Response(200))
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("120", 120.0),
        (" 0 ", 0.0),
        ("-5", None),
        ("1.5", None),
        ("nan", None),
        ("soon", None),
        ("²", None),
        ("Mon, 17 Nov 2025 12:00:30 GMT", 30.0),
        ("Mon, 17 Nov 2025 12:00:30 -0000", 30.0),
        ("Mon, 17 Nov 2025 11:00:00 GMT", 0.0),
        ("Mon, 99 Nov 2025 11:00:00 GMT", None),
        ("Mon, 17 Nov 99999999999999999999 11:00:00 GMT", None),
        ("Mon, 17 Nov 2025 11:00:00 +99999999999999999999", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date(header: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(header, NOW) == seconds


def test_what_the_receiver_asked_for_comes_with_the_error() -> None:
    with pytest.raises(DeliveryError) as caught:
        post(lambda _: httpx.Response(429, headers={"Retry-After": "9" * 5_000}))
    assert caught.value.retry_after == float("inf")


def answered(answer: Callable[[httpx.Request], httpx.Response], most_bytes: int = 0) -> Answer:
    async def main() -> Answer:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            return await ask(client, URL, b"{}", {"X-Of-The-Channel": "x"}, most_bytes)

    return asyncio.run(main())


def test_an_answer_is_read_no_further_than_asked_for() -> None:
    assert answered(lambda _: httpx.Response(200, text="abcdef")).body == b""
    assert answered(lambda _: httpx.Response(200, text="abcdef"), 3).body == b"abc"
    assert answered(lambda _: httpx.Response(200, text="abcdef"), 100).body == b"abcdef"


def test_any_status_is_an_answer_with_what_it_asks_for() -> None:
    answer = answered(lambda _: httpx.Response(429, headers={"Retry-After": "5"}))
    assert (answer.status, answer.retry_after, answer.is_taken) == (429, 5.0, False)


def test_headers_of_the_channel_are_added() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["X-Of-The-Channel"] == "x"
        assert request.headers["User-Agent"].startswith("schema-watchdog/")
        return httpx.Response(204)

    assert answered(answer).is_taken


def test_only_a_body_that_is_too_large_will_never_be_taken() -> None:
    for status in (400, 401, 403, 404, 410, 413, 429, 500):
        with pytest.raises(DeliveryError) as caught:
            post(lambda _, status=status: httpx.Response(status))  # type: ignore[misc]
        assert caught.value.is_final is (status == 413)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://hooks.example/secret?token=secret", "hooks.example:443"),
        ("http://user:secret@[::1]:9000/secret", "[::1]:9000"),
        ("http://[secret/", ""),
        ("http://se%20cret/", ""),
        ("secret", ""),
    ],
)
def test_of_a_url_a_host_and_a_port_are_said_and_nothing_that_is_none(url: str, place: str) -> None:
    assert _place(url) == place
