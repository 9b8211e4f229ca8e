"""Messages against processes that are killed and receivers that misbehave, all of them real."""

import asyncio
import contextlib
import json
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import msgspec
import pytest
from structlog.testing import capture_logs

from tests.unit.alerts.samples import NOON, alert, finding, firing, resolved
from tests.unit.store.looks import waiting
from watchdog.alerts.plan import Plan
from watchdog.notify.channel import Channel
from watchdog.notify.delivery import Delivery, Patience
from watchdog.notify.slack import SlackBot
from watchdog.notify.webhook import WebhookChannel
from watchdog.store.state import State

ROOT = Path(__file__).parents[2]  # where a child process finds `tests`

Behaviour = Callable[[BaseHTTPRequestHandler], None]

THREAD = [msgspec.structs.replace(each, thread="7d0c1f5a2b9e4c68") for each in (firing(), resolved())]

COMMIT_THEN_WAIT = """
import asyncio, sys
from pathlib import Path
from tests.unit.alerts.samples import NOON, alert, finding, firing
from watchdog.alerts.plan import Plan
from watchdog.store.state import State

async def main():
    state = await State.open(Path(sys.argv[1]))
    await state.commit("production", "schema", alerts=[alert(finding())], fired=[finding()], at=NOON)
    await state.put("ops", Plan(messages=(firing(),)))
    print("committed", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""

DELIVER = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
import httpx
from watchdog.notify.delivery import Delivery
from watchdog.notify.webhook import WebhookChannel
from watchdog.store.state import State

async def main():
    state = await State.open(Path(sys.argv[1]))
    print(len(await state.alerts("production", "schema")), flush=True)
    async with httpx.AsyncClient() as client:
        channel = WebhookChannel("ops", sys.argv[2], client)
        delivery = Delivery(state, [channel], lambda: datetime.now(UTC), lambda *_: None, lambda _: None)
        await delivery.drain(float(sys.argv[3]))
    await state.close()

asyncio.run(main())
"""


class Receiver:
    """A loopback HTTP server that answers with a path's next behaviour, and as usual (200) when there is none left."""

    def __init__(self) -> None:
        self.behaviours: dict[str, list[Behaviour]] = {}
        self.received: dict[str, list[dict[str, object]]] = {}
        self.usual: Behaviour = status(200)
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.setdefault(self.path, []).append(json.loads(body))
                behaviours = receiver.behaviours.get(self.path)
                self.close_connection = True
                with contextlib.suppress(OSError):  # whoever asked may be gone
                    (behaviours.pop(0) if behaviours else receiver.usual)(self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server.server_port}{path}"

    def statuses(self, path: str) -> list[object]:
        return [body["status"] for body in self.received.get(path, [])]


def status(code: int, **headers: str) -> Behaviour:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()

    return answer


def says(**answer: object) -> Behaviour:
    """200 and JSON, as Slack answers everything."""
    body = json.dumps(answer).encode()
    return raw(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


def raw(content: bytes) -> Behaviour:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(content)

    return answer


def slow(seconds: float) -> Behaviour:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(seconds)
        status(200)(handler)

    return answer


def dripping(handler: BaseHTTPRequestHandler) -> None:
    """Never silent for long, and never done: only a limit on the whole ends it."""
    for _ in range(40):
        handler.wfile.write(b"X" if _ else b"HTTP/1.1 200 OK\r\nX: ")
        time.sleep(0.05)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield receiver
    receiver.server.shutdown()
    thread.join()
    receiver.server.server_close()


def webhook(name: str, url: str, client: httpx.AsyncClient) -> Channel:
    return WebhookChannel(name, url, client)


def slack(name: str, url: str, client: httpx.AsyncClient) -> Channel:
    return SlackBot(name, "#ops", "xoxb-secret", url, client)


def deliver(
    path: Path,
    urls: dict[str, str],
    done: Callable[[State], Awaitable[bool]],
    patience: Patience,
    make: Callable[[str, str, httpx.AsyncClient], Channel] = webhook,
) -> list[tuple[str, str]]:
    """Put a firing and a resolved message for every channel, deliver until done, and return the outcomes."""
    outcomes: list[tuple[str, str]] = []

    async def main() -> None:
        state = await State.open(path)
        now = datetime.now(UTC)
        for name in urls:
            messages = (msgspec.structs.replace(each, sent_at=now) for each in THREAD)
            await state.put(name, Plan(messages=tuple(messages)))
        async with httpx.AsyncClient() as client:
            channels = [make(name, url, client) for name, url in urls.items()]
            delivery = Delivery(
                state,
                channels,
                lambda: datetime.now(UTC),
                lambda name, outcome: outcomes.append((name, outcome)),
                lambda _: None,
                patience=dict.fromkeys(urls, patience),
            )
            running = asyncio.create_task(delivery.run())
            async with asyncio.timeout(30):
                while not await done(state):  # noqa: ASYNC110 - the disk has no event
                    await asyncio.sleep(0.02)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        await state.close()

    asyncio.run(main())
    return outcomes


DELIVER_TO_SLACK = DELIVER.replace(
    'WebhookChannel("ops", sys.argv[2], client)', 'SlackBot("ops", "#ops", "xoxb-secret", sys.argv[2], client)'
).replace("watchdog.notify.webhook import WebhookChannel", "watchdog.notify.slack import SlackBot")


async def all_sent(state: State) -> bool:
    return not any((await waiting(state)).values())


def run_delivery(path: Path, url: str, seconds: float = 10, program: str = DELIVER) -> int:
    """Deliver what waits, in a process of its own; returns how many alerts it found open."""
    done = subprocess.run(
        [sys.executable, "-c", program, str(path), url, str(seconds)],
        check=True,
        capture_output=True,
        timeout=60,
        cwd=ROOT,
    )
    return int(done.stdout.split()[0])


def test_a_message_whose_process_was_killed_before_sending_is_sent_exactly_once(
    tmp_path: Path, receiver: Receiver
) -> None:
    path = tmp_path / "state" / "watchdog.db"
    with subprocess.Popen(
        [sys.executable, "-c", COMMIT_THEN_WAIT, str(path)], stdout=subprocess.PIPE, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"committed\n"
        process.kill()
        assert process.wait() == -signal.SIGKILL
    assert receiver.received == {}
    assert [run_delivery(path, receiver.url("/ops")) for _ in range(2)] == [1, 1]
    (body,) = receiver.received["/ops"]
    assert (body["status"], body["database"], body["version"]) == ("firing", "production", 1)
    assert body["sent_at"] != "2025-11-17T12:00:00Z"


def test_a_process_killed_while_the_receiver_answers_loses_nothing(tmp_path: Path, receiver: Receiver) -> None:
    path = tmp_path / "watchdog.db"

    async def prepare() -> None:
        state = await State.open(path)
        await state.commit("production", "schema", alerts=[alert(finding())], at=NOON)
        await state.put("ops", Plan(messages=(firing(), resolved())))
        await state.close()

    asyncio.run(prepare())
    receiver.behaviours["/ops"] = [slow(2)]
    with subprocess.Popen(
        [sys.executable, "-c", DELIVER, str(path), receiver.url("/ops"), "30"], stdout=subprocess.DEVNULL, cwd=ROOT
    ) as process:
        deadline = time.monotonic() + 20
        while not receiver.received:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.kill()
    run_delivery(path, receiver.url("/ops"))
    # Nobody can know whether the first was taken, so it is sent again: better twice than never.
    assert receiver.statuses("/ops") == ["firing", "firing", "resolved"]


FAULTS: dict[str, Behaviour] = {
    "500": status(500),
    "429 with Retry-After": status(429, Retry_After="1"),
    "redirect": status(302, Location="/elsewhere"),
    "garbage": raw(b"\x00\xff garbage \r\n\r\n"),
    "nothing": raw(b""),
    "closed half-way through the head": raw(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "slow": slow(2),
    "dripping": dripping,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_receiver_that_fails_once_gets_every_message_in_order(tmp_path: Path, receiver: Receiver, fault: str) -> None:
    receiver.behaviours["/ops"] = [FAULTS[fault]]
    with capture_logs() as logs:
        outcomes = deliver(
            tmp_path / "watchdog.db", {"ops": receiver.url("/ops")}, all_sent, Patience(attempt=1, grace=1)
        )
    assert outcomes == [("ops", "failed"), ("ops", "delivered"), ("ops", "delivered")]
    assert receiver.statuses("/ops") == ["firing", "firing", "resolved"]
    assert set(receiver.received) == {"/ops"}
    # Host and port may be said; the rest of an address is a secret.
    assert "http://" not in str(logs)
    assert "/ops" not in str(logs)


def test_a_receiver_that_said_2xx_has_taken_the_message_though_its_answer_breaks_off(
    tmp_path: Path, receiver: Receiver
) -> None:
    receiver.behaviours["/ops"] = [raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhal")]
    outcomes = deliver(tmp_path / "watchdog.db", {"ops": receiver.url("/ops")}, all_sent, Patience())
    assert outcomes == [("ops", "delivered")] * 2


def test_a_dead_and_a_silent_receiver_delay_no_other(tmp_path: Path, receiver: Receiver) -> None:
    receiver.behaviours["/silent"] = [slow(3)]
    urls = {"dead": "http://127.0.0.1:1/", "silent": receiver.url("/silent"), "live": receiver.url("/live")}

    async def live_is_done(state: State) -> bool:
        return (await waiting(state, "live"))["live"] == 0

    started = time.monotonic()
    with capture_logs() as logs:
        outcomes = deliver(tmp_path / "watchdog.db", urls, live_is_done, Patience(attempt=10, grace=0.1))
    assert time.monotonic() - started < 2.5
    assert outcomes.count(("live", "delivered")) == 2
    assert ("dead", "failed") in outcomes
    assert [log["reason"] for log in logs if log["event"] == "delivery.failed"] == [
        "cannot connect to 127.0.0.1:1: Connection refused"
    ]


def test_a_receiver_without_tls_is_said_to_fail_in_tls(tmp_path: Path, receiver: Receiver) -> None:
    url = receiver.url("/ops").replace("http:", "https:")

    async def tried(state: State) -> bool:
        entry = await state.due("ops", datetime(9999, 1, 1, tzinfo=UTC))
        return entry is not None and entry.attempts > 0

    with capture_logs() as logs:
        deliver(tmp_path / "watchdog.db", {"ops": url}, tried, Patience(attempt=5, grace=0.1))
    assert logs[0]["reason"].startswith("TLS with ")


POST, UPDATE = "/chat.postMessage", "/chat.update"
OK = says(ok=True, channel="C0123456789", ts="1763380800.000100")
SLACK_FAULTS: dict[str, Behaviour] = {
    **FAULTS,
    "200 that is no JSON": status(200),
    "200 that says no": says(ok=False, error="internal_error"),
    "an answer that breaks off": raw(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"ok": true'),
}


@pytest.mark.parametrize("fault", SLACK_FAULTS)
@pytest.mark.parametrize("failing", [POST, UPDATE])
def test_slack_failing_once_gets_every_message_in_its_thread(
    tmp_path: Path, receiver: Receiver, failing: str, fault: str
) -> None:
    receiver.usual = OK
    receiver.behaviours[failing] = [SLACK_FAULTS[fault]]
    with capture_logs() as logs:
        outcomes = deliver(
            tmp_path / "watchdog.db", {"ops": receiver.url("/")}, all_sent, Patience(attempt=1, grace=1), slack
        )
    assert sorted(outcomes) == [("ops", "delivered"), ("ops", "delivered"), ("ops", "failed")]
    threads = [body.get("thread_ts") for body in receiver.received[POST]]
    # What Slack may have taken is posted once more; an edit that is made again changes nothing.
    assert threads == [*([None] if failing == POST else []), None, "1763380800.000100"]
    assert len(receiver.received[UPDATE]) == (2 if failing == UPDATE else 1)
    assert "xoxb" not in str(logs)


def test_a_reply_that_fails_is_posted_again_by_itself(tmp_path: Path, receiver: Receiver) -> None:
    receiver.usual = OK
    receiver.behaviours[POST] = [OK, status(500)]
    deliver(tmp_path / "watchdog.db", {"ops": receiver.url("/")}, all_sent, Patience(attempt=1, grace=1), slack)
    assert [body.get("thread_ts") for body in receiver.received[POST]] == [None, *["1763380800.000100"] * 2]


def test_a_process_killed_while_slack_answers_leaves_one_message_too_many_at_most(
    tmp_path: Path, receiver: Receiver
) -> None:
    path = tmp_path / "watchdog.db"

    async def prepare() -> None:
        state = await State.open(path)
        await state.put("ops", Plan(messages=tuple(THREAD)))
        await state.close()

    asyncio.run(prepare())
    receiver.usual = OK
    receiver.behaviours[POST] = [slow(2)]
    with subprocess.Popen(
        [sys.executable, "-c", DELIVER_TO_SLACK, str(path), receiver.url("/"), "30"],
        stdout=subprocess.DEVNULL,
        cwd=ROOT,
    ) as process:
        deadline = time.monotonic() + 20
        while not receiver.received:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.kill()
    run_delivery(path, receiver.url("/"), program=DELIVER_TO_SLACK)
    assert [body.get("thread_ts") for body in receiver.received[POST]] == [None, None, "1763380800.000100"]


def test_what_a_receiver_will_never_take_holds_up_nothing_and_is_put_aside(tmp_path: Path, receiver: Receiver) -> None:
    path = tmp_path / "watchdog.db"
    receiver.behaviours["/ops"] = [status(413)]
    with capture_logs() as logs:
        outcomes = deliver(path, {"ops": receiver.url("/ops")}, all_sent, Patience())
    assert outcomes == [("ops", "given_up"), ("ops", "delivered")]
    assert receiver.statuses("/ops") == ["firing", "resolved"]
    assert [log["event"] for log in logs] == ["delivery.given_up", "delivery.sent"]

    async def letters() -> Sequence[tuple[str, str]]:
        state = await State.open(path)
        found = [(letter.message.status, letter.error) for letter in await state.dead_letters()]
        await state.close()
        return found

    assert asyncio.run(letters()) == [("firing", "HTTP status 413")]


def test_a_receiver_whose_certificate_nobody_vouches_for_gets_nothing(
    tmp_path: Path, receiver: Receiver, certificate: tuple[Path, Path]
) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    plain = receiver.server.socket
    receiver.server.socket = context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)

    async def tried(state: State) -> bool:
        entry = await state.due("ops", datetime(9999, 1, 1, tzinfo=UTC))
        return entry is not None and entry.attempts > 0

    url = receiver.url("/ops").replace("http:", "https:")
    with capture_logs() as logs:
        deliver(tmp_path / "watchdog.db", {"ops": url}, tried, Patience(attempt=5, grace=0.1))
    assert logs[0]["reason"].endswith(" failed: certificate verify failed")
    assert receiver.received == {}
