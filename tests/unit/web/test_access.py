"""Where a token is configured, all addresses but those of supervisors are closed to whoever knows none."""

import asyncio
import base64
from typing import cast

import httpx
import pytest
from starlette.applications import Starlette

from tests.unit.alerts.standing import NOTIFYING
from tests.unit.web.test_app import ADDRESSES, NOW, History, Ledger, ask
from watchdog.alerts.books import Books
from watchdog.config.settings import Api
from watchdog.status import StatusBoard
from watchdog.web import desk
from watchdog.web.access import OPEN
from watchdog.web.app import SECURITY_HEADERS, create_app

READER = "a-reader-that-nobody-guesses"
WRITER = "a-writer-that-nobody-guesses é à"  # whose last byte some take for a space
CLOSED = [address for address in ADDRESSES if address not in OPEN]


def app(*, read_token: str | None = READER, token: str | None = WRITER) -> Starlette:
    api = Api.model_validate({"token": token, "read_token": read_token})
    board = StatusBoard()
    board.watch("production", {"schema": 300.0})
    board.beat(NOW)
    ledger = cast("desk.Ledger", Ledger(Books(), broken=False))
    face = desk.Desk(lambda: ledger, lambda: NOTIFYING, lambda: token, lambda: None, lambda: NOW)
    return create_app(board, lambda _: (b"x 1\n", "text/plain"), History(), lambda: NOW, face, lambda: api.readers)


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def status(application: Starlette, address: str, authorization: str, method: str = "GET") -> int:
    async def scenario() -> int:
        transport = httpx.ASGITransport(app=application)
        async with httpx.AsyncClient(transport=transport, base_url="http://watchdog") as client:
            response = await client.request(method, address, headers={b"Authorization": authorization.encode()})
            return response.status_code

    return asyncio.run(scenario())


@pytest.mark.parametrize("address", [*CLOSED, "/no/such/page", "/healthz/", "//healthz"])
def test_whoever_knows_no_token_is_asked_for_it_and_told_nothing(address: str) -> None:
    answer = ask(app(), address)

    assert answer.status_code == 401
    assert answer.headers.get_list("WWW-Authenticate") == [
        "Bearer",
        'Basic realm="schema-watchdog", charset="UTF-8"',
    ]
    assert list(answer.json()) == ["error"]
    assert "production" not in answer.text
    assert READER not in answer.text
    assert {name: answer.headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS


@pytest.mark.parametrize("address", CLOSED)
@pytest.mark.parametrize(
    "authorization",
    [f"Bearer {READER}", f"bearer  {READER} ", f"Bearer {WRITER}", basic("", READER), basic("ada", WRITER)],
)
def test_whoever_may_read_or_change_reads_as_a_program_and_as_a_browser(address: str, authorization: str) -> None:
    assert status(app(), address, authorization) == 200


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        f"Bearer {READER}x",
        f"Bearer {READER[:-1]}",
        f"Token {READER}",
        READER,
        f"Basic {READER}",
        "Basic ====",
        "Basic é",
        basic(READER, ""),
        basic("", f"{READER}:"),
        "Basic " + base64.b64encode(READER.encode()).decode(),
    ],
)
def test_whatever_is_no_token_is_refused(authorization: str) -> None:
    assert status(app(), "/metrics", authorization) == 401


def test_supervisors_need_no_token_and_are_told_yes_or_no_only() -> None:
    assert ask(app(), "/healthz").status_code == 200
    unready, told = ask(app(), "/readyz"), ask(app(), "/readyz", Authorization=f"Bearer {READER}")
    assert (unready.status_code, told.status_code) == (503, 503)
    assert unready.json() == {"ready": False, "overdue": [], "reason": None}
    assert "production" in told.text


def test_a_reader_and_a_browser_may_change_nothing() -> None:
    address = "/api/v1/silences/0123abcd"
    refused = [f"Bearer {READER}", basic("ada", READER), basic("ada", WRITER)]
    assert [status(app(), address, each, "DELETE") for each in refused] == [401, 401, 401]
    assert status(app(token=None), address, f"Bearer {READER}", "DELETE") == 403


def test_without_a_read_token_everybody_may_read_whoever_may_change() -> None:
    for address in ADDRESSES:
        assert ask(app(read_token=None), address).status_code != 401
