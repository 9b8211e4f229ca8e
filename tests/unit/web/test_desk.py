"""What people say by HTTP, into a real state file: who may, what is taken, and that nothing sent ends in a 500."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.alerts.samples import HOSTILE, NOON, alert, finding
from tests.unit.alerts.standing import CRITICAL, NOTIFYING, WARNING
from watchdog.errors import StateError
from watchdog.finding import Finding
from watchdog.status import StatusBoard
from watchdog.store.state import State
from watchdog.web import desk as desk_module
from watchdog.web.app import create_app
from watchdog.web.desk import LARGEST_BODY, Desk, Ledger

TOKEN = "a-token-that-nobody-guesses"
OF_ROWS = msgspec.structs.replace(
    finding("public", "orders", kind="rows", change="changed", severity=WARNING.severity), attribute="rows"
)
OPEN = (CRITICAL, WARNING, OF_ROWS)
WORDS = {"by": "ada", "reason": "on it"}
WRITES = [
    ("POST", "/api/v1/acknowledgements"),
    ("DELETE", f"/api/v1/acknowledgements/{CRITICAL.fingerprint}"),
    ("POST", "/api/v1/silences"),
    ("DELETE", "/api/v1/silences/0123abcd"),
    ("POST", "/api/v1/acceptances"),
]


class Client:
    """Asks the application over a state in which OPEN stands; `woken` counts the calls that wake dispatch."""

    def __init__(self, http: httpx.AsyncClient, state: State) -> None:
        self.http = http
        self.state = state
        self.woken = 0
        self.now = NOON

    async def send(self, method: str, address: str, body: object = None, **headers: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {TOKEN}"} | headers
        if body is None:
            return await self.http.request(method, address, headers=headers)
        headers.setdefault("Content-Type", "application/json")
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.http.request(method, address, headers=headers, content=content)

    async def alerts(self) -> dict[str, Any]:
        found = (await self.http.get("/api/v1/alerts")).json()["alerts"]
        return {one["finding"]["fingerprint"]: one for one in found}

    async def events(self) -> list[tuple[str, str]]:
        return [(event.event, event.message) for event in await self.state.events(100)]


def asking(path: Path, work: Callable[[Client], Awaitable[None]], token: str | None = TOKEN) -> None:
    async def run() -> None:
        state = await State.open(path / "state.db")
        try:
            for check, findings in (("schema", OPEN[:2]), ("rows", OPEN[2:])):
                await state.commit("production", check, alerts=[alert(each) for each in findings], at=NOON)

            def wake() -> None:
                client.woken += 1

            desk = Desk(lambda: state, lambda: NOTIFYING, lambda: token, wake, lambda: client.now)
            application = create_app(
                StatusBoard(), lambda _: (b"", "text/plain"), state.events, lambda: client.now, desk
            )
            transport = httpx.ASGITransport(app=application)
            async with httpx.AsyncClient(transport=transport, base_url="http://watchdog") as http:
                client = Client(http, state)
                await work(client)
        finally:
            await state.close()

    asyncio.run(run())


def test_what_stands_is_read_without_a_token_the_worst_first(tmp_path: Path) -> None:
    async def work(client: Client) -> None:
        document = (await client.http.get("/api/v1/alerts")).json()
        assert (document["version"], len(document["alerts"])) == (1, 3)
        first = document["alerts"][0]
        assert (first["database"], first["check"], first["since"]) == ("production", "schema", "2025-11-17T12:00:00Z")
        assert first["finding"]["fingerprint"] == CRITICAL.fingerprint
        assert first["routes"] == [{"route": "dba", "channels": ["pager"], "muted_until": None}]
        assert (first["told"], first["acknowledged"], first["silenced"], first["inhibited"]) == ([], None, None, None)
        assert (await client.http.get("/api/v1/alerts?database=staging")).json()["alerts"] == []
        assert (await client.http.get("/api/v1/silences")).json() == {"version": 1, "silences": []}

    asking(tmp_path, work, token=None)


@pytest.mark.parametrize(("method", "address"), WRITES)
def test_nothing_is_changed_without_a_configured_token(tmp_path: Path, method: str, address: str) -> None:
    async def work(client: Client) -> None:
        answer = await client.send(method, address, WORDS if method == "POST" else None)
        assert (answer.status_code, answer.json()["error"]) == (
            403,
            "nothing can be changed by HTTP: set api.token in the configuration to allow it",
        )

    asking(tmp_path, work, token=None)


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        f"Basic {TOKEN}",
        TOKEN,
        "Bearer ä",
    ],
)
@pytest.mark.parametrize(("method", "address"), WRITES)
def test_nothing_is_changed_without_the_right_token(
    tmp_path: Path, method: str, address: str, authorization: str
) -> None:
    async def work(client: Client) -> None:
        sent = {b"Authorization": authorization.encode()}
        answer = await client.http.request(method, address, headers=sent, content=b"{")
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert TOKEN not in answer.text
        assert (client.woken, await client.events()) == (0, [])

    asking(tmp_path, work)


def test_a_token_of_any_letters_is_known(tmp_path: Path) -> None:
    async def work(client: Client) -> None:
        right = {b"Authorization": "Bearer ein-geheimes-wört".encode()}
        answer = await client.http.request("DELETE", "/api/v1/silences/0123abcd", headers=right)
        assert answer.status_code == 404

    asking(tmp_path, work, token="ein-geheimes-wört")


def test_an_alert_is_acknowledged_and_that_is_taken_back(tmp_path: Path) -> None:
    async def work(client: Client) -> None:
        body = {"fingerprint": CRITICAL.fingerprint[:6], "by": " ada\n", "reason": "on  it", "for": "4h"}
        answer = await client.send("POST", "/api/v1/acknowledgements", body)
        assert answer.status_code == 201
        assert answer.json()["until"] == "2025-11-17T16:00:00Z"
        shown = (await client.alerts())[CRITICAL.fingerprint]["acknowledged"]
        assert (shown["by"], shown["why"], shown["until"]) == ("ada", "on it", "2025-11-17T16:00:00Z")
        address = f"/api/v1/acknowledgements/{CRITICAL.fingerprint}"
        assert (await client.send("DELETE", f"{address}?by=bob")).status_code == 204
        assert (await client.send("DELETE", address)).status_code == 404
        assert (await client.alerts())[CRITICAL.fingerprint]["acknowledged"] is None
        assert client.woken == 2
        assert await client.events() == [
            ("unacknowledged", f"{CRITICAL.message} (by bob)"),
            ("acknowledged", f"{CRITICAL.message} (by ada: on it)"),
        ]

    asking(tmp_path, work)


def test_a_silence_holds_until_its_end_and_can_be_ended_before(tmp_path: Path) -> None:
    async def work(client: Client) -> None:
        body = WORDS | {"match": {"kind": "column", "name": ["public.sealed_*"]}, "until": "2025-11-17T14:00:00+01:00"}
        made = await client.send("POST", "/api/v1/silences", body)
        assert made.status_code == 201
        number = made.json()["id"]
        assert [each["id"] for each in (await client.http.get("/api/v1/silences")).json()["silences"]] == [number]
        alerts = await client.alerts()
        assert [print_ for print_, one in alerts.items() if one["silenced"]] == [CRITICAL.fingerprint]
        client.now = NOON + timedelta(hours=1)
        assert (await client.http.get("/api/v1/silences")).json()["silences"] == []
        client.now = NOON
        assert (await client.send("DELETE", f"/api/v1/silences/{number}")).status_code == 204
        assert (await client.send("DELETE", f"/api/v1/silences/{number}")).status_code == 404
        assert client.woken == 2
        words = "silence for kind: column, name: public.sealed_* until 2025-11-17 13:00 UTC"
        assert await client.events() == [
            ("unsilenced", f"{words} (by the API: on it)"),
            ("silenced", f"{words} (by ada: on it)"),
        ]

    asking(tmp_path, work)


def test_everything_is_silenced_only_where_it_is_said(tmp_path: Path) -> None:
    async def work(client: Client) -> None:
        bodies: list[dict[str, object]] = [{}, {"match": {}}, {"all": True, "match": {"kind": "column"}}]
        for body in bodies:
            answer = await client.send("POST", "/api/v1/silences", WORDS | {"for": "2h"} | body)
            assert (answer.status_code, '"all": true' in answer.json()["error"]) == (400, True)
        assert (await client.send("POST", "/api/v1/silences", WORDS | {"for": "2h", "all": True})).status_code == 201
        assert all(one["silenced"] for one in (await client.alerts()).values())

    asking(tmp_path, work)


def test_a_finding_is_accepted_in_the_state(tmp_path: Path) -> None:
    async def work(client: Client) -> None:
        body = WORDS | {"fingerprint": CRITICAL.fingerprint, "until": "2025-12-31"}
        assert (await client.send("POST", "/api/v1/acceptances", body)).status_code == 201
        [kept] = await client.state.acceptances("production")
        assert (kept.fingerprint, kept.by, kept.reason, str(kept.until)) == (
            CRITICAL.fingerprint, "ada", "on it", "2025-12-31",
        )  # fmt: skip
        rows = await client.send("POST", "/api/v1/acceptances", WORDS | {"fingerprint": OF_ROWS.fingerprint})
        assert rows.status_code == 400
        assert "schema-watchdog rows --database production --accept public.orders" in rows.json()["error"]

    asking(tmp_path, work)


@pytest.mark.parametrize(
    ("address", "body", "status", "words"),
    [
        ("acknowledgements", WORDS | {"fingerprint": "ffffffff"}, 404, "no open alert"),
        ("acknowledgements", WORDS | {"fingerprint": "f"}, 400, "at least 4"),
        ("acknowledgements", WORDS | {"fingerprint": 7}, 400, "Expected `str`, got `int`"),
        ("acknowledgements", {"fingerprint": CRITICAL.fingerprint, "reason": "x"}, 400, "missing required field `by`"),
        ("acknowledgements", WORDS | {"fingerprint": CRITICAL.fingerprint, "reason": " "}, 400, "in words"),
        ("acknowledgements", WORDS | {"fingerprint": CRITICAL.fingerprint, "by": "x" * 101}, 400, "length <= 100"),
        ("acknowledgements", WORDS | {"fingerprint": CRITICAL.fingerprint, "untill": "x"}, 400, "untill"),
        ("acknowledgements", WORDS | {"fingerprint": CRITICAL.fingerprint, "for": "4"}, 400, "a unit"),
        (
            "acknowledgements",
            WORDS | {"fingerprint": CRITICAL.fingerprint, "until": "2025-11-17T11:00:00Z"},
            400,
            "has passed",
        ),
        (
            "acknowledgements",
            WORDS | {"fingerprint": CRITICAL.fingerprint, "for": "4h", "until": "2025-12-17T11:00:00Z"},
            400,
            "not both",
        ),
        ("silences", WORDS | {"all": True}, 400, "how long"),
        ("silences", WORDS | {"for": "2h", "match": {"colour": "red"}}, 400, "cannot be asked for it"),
        ("silences", WORDS | {"for": "2h", "match": {"kind": "tabel"}}, 400, "no kind of object"),
        ("silences", WORDS | {"for": "2h", "match": {"kind": []}}, 400, '"all": true'),
        ("silences", WORDS | {"for": "2h", "match": {"kind": ["a", 7]}}, 400, "Expected"),
        ("acceptances", WORDS | {"fingerprint": CRITICAL.fingerprint, "until": "2025-02-30"}, 400, "is no day"),
        ("acceptances", WORDS | {"fingerprint": CRITICAL.fingerprint, "until": "2025-11-16"}, 400, "is over"),
    ],
)
def test_what_cannot_be_done_as_asked_says_why(
    tmp_path: Path, address: str, body: object, status: int, words: str
) -> None:
    async def work(client: Client) -> None:
        answer = await client.send("POST", f"/api/v1/{address}", body)
        assert (answer.status_code, words in answer.json()["error"]) == (status, True), answer.text
        assert (client.woken, await client.events()) == (0, [])

    asking(tmp_path, work)


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data", ""])
def test_what_a_form_of_a_browser_could_post_is_refused(tmp_path: Path, content_type: str) -> None:
    async def work(client: Client) -> None:
        body = json.dumps(WORDS | {"fingerprint": CRITICAL.fingerprint}).encode()
        answer = await client.send("POST", "/api/v1/acknowledgements", body, **{"Content-Type": content_type})
        assert answer.status_code == 415

    asking(tmp_path, work)


def test_a_body_has_a_bound_also_where_its_length_is_not_said(tmp_path: Path) -> None:
    async def work(client: Client) -> None:
        sent = 0

        async def endless() -> Any:  # noqa: ANN401 an async generator
            nonlocal sent
            while True:
                sent += 1024
                yield b" " * 1024

        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        answer = await client.http.post("/api/v1/silences", headers=headers, content=endless())
        assert (answer.status_code, sent <= 2 * LARGEST_BODY) == (413, True)

    asking(tmp_path, work)


def test_a_body_that_never_comes_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_module, "BODY_SECONDS", 0.05)

    async def work(client: Client) -> None:
        async def never() -> Any:  # noqa: ANN401 an async generator
            yield b"{"
            await asyncio.Event().wait()

        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        answer = await client.http.post("/api/v1/silences", headers=headers, content=never())
        assert answer.status_code == 408

    asking(tmp_path, work)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([CRITICAL.fingerprint, "2h"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("fingerprint", "by", "reason", "for", "until", "match", "all", "severity", HOSTILE), JSON),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["acknowledgements", "silences", "acceptances"]),
    st.binary(max_size=64)
    | FIELDS.map(lambda each: json.dumps(each).encode())
    | st.just(b"[" * 60_000)
    | st.just(b'{"by":' * 10_000),
)
def test_whatever_is_sent_is_answered_and_never_with_a_500(
    tmp_path_factory: pytest.TempPathFactory, address: str, body: bytes
) -> None:
    async def work(client: Client) -> None:
        answer = await client.send("POST", f"/api/v1/{address}", body)
        assert answer.status_code in (201, 400, 404)
        assert answer.headers["content-type"] == "application/json"
        assert (await client.http.get("/api/v1/alerts")).status_code == 200

    asking(tmp_path_factory.mktemp("state"), work)


@pytest.mark.parametrize("pattern", ["[", "[z-a]", "[[:alpha:]]", "*a" * 400, "\0", "\\", "(?P<", "🦊"])
def test_whatever_pattern_is_given_alerts_can_still_be_read(tmp_path: Path, pattern: str) -> None:
    async def work(client: Client) -> None:
        body = WORDS | {"for": "2h", "match": {"name": pattern}}
        assert (await client.send("POST", "/api/v1/silences", body)).status_code == 201
        assert (await client.http.get("/api/v1/alerts")).status_code == 200
        assert (await client.http.get("/")).status_code == 200

    asking(tmp_path, work)


class Broken:
    """A ledger whose disk is gone, as the state says it."""

    def __getattr__(self, _: str) -> Callable[..., Awaitable[None]]:
        async def fails(*_: object) -> None:
            raise StateError("/var/lib/secret/state.db: cannot be read")

        return fails


@pytest.mark.parametrize(("method", "address"), [("GET", "/api/v1/alerts"), ("GET", "/api/v1/silences"), *WRITES])
def test_a_broken_state_is_unavailable_without_telling_where_it_lies(method: str, address: str) -> None:
    async def run() -> httpx.Response:
        broken = cast("Ledger", Broken())
        desk = Desk(lambda: broken, lambda: NOTIFYING, lambda: TOKEN, lambda: None, lambda: datetime.now(UTC))

        async def no_events(limit: int, database: str | None) -> list[Any]:  # noqa: ARG001 as it is called
            return []

        application = create_app(
            StatusBoard(), lambda _: (b"", "text/plain"), no_events, lambda: datetime.now(UTC), desk
        )
        transport = httpx.ASGITransport(app=application)
        async with httpx.AsyncClient(transport=transport, base_url="http://watchdog") as http:
            headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
            body = WORDS | (
                {"for": "2h", "all": True} if "silences" in address else {"fingerprint": CRITICAL.fingerprint}
            )
            return await http.request(
                method, address, headers=headers, content=json.dumps(body) if method == "POST" else None
            )

    answer = asyncio.run(run())
    assert answer.status_code == 503
    assert "/var/lib" not in answer.text


def test_findings_are_not_changed_by_what_is_said(tmp_path: Path) -> None:
    async def work(client: Client) -> None:
        before = {print_: one["finding"] for print_, one in (await client.alerts()).items()}
        body = WORDS | {"fingerprint": CRITICAL.fingerprint}
        await client.send("POST", "/api/v1/acknowledgements", body)
        assert {print_: one["finding"] for print_, one in (await client.alerts()).items()} == before
        assert msgspec.convert(before[CRITICAL.fingerprint], Finding) == CRITICAL

    asking(tmp_path, work)
