"""Each address, as a client meets it: what it answers, when it refuses, and that no text escapes its place."""

import asyncio
import base64
import hashlib
import re
import threading
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import cast

import httpx
import msgspec
import pytest
from starlette.applications import Starlette

from tests.unit.alerts.standing import CRITICAL, NOTIFYING, acknowledged, silenced, standing
from watchdog.alerts.books import Books
from watchdog.alerts.hush import Silence
from watchdog.alerts.queue import Queue
from watchdog.errors import StateError
from watchdog.finding import Coverage, Finding, Remedy, Severity, Subject
from watchdog.rows.reading import Counted, Reading
from watchdog.status import CheckName, CheckResult, StatusBoard
from watchdog.web import desk
from watchdog.web.app import create_app

NOW = datetime(2025, 11, 17, 14, 31, 2, tzinfo=UTC)
HOSTILE = "\"'><script>alert(1)</script></pre></style>&amp;\n%s{}{{7*7}}{% raw %}🙂"
ADDRESSES = [
    "/",
    "/metrics",
    "/healthz",
    "/readyz",
    "/api/v1/findings",
    "/api/v1/rows",
    "/api/v1/events",
    "/api/v1/databases",
    "/api/v1/alerts",
]


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    at: datetime
    database: str
    event: str
    severity: Severity
    message: str


class History:
    """An event reader over a list; broken, it fails as the state does."""

    def __init__(self, *events: Happened, broken: bool = False) -> None:
        self.events = events
        self.broken = broken

    async def __call__(self, limit: int, database: str | None) -> Sequence[Happened]:
        if self.broken:
            raise StateError("/var/lib/secret/state.db: is damaged")
        return [event for event in self.events if database in (None, event.database)][:limit]


class Ledger:
    """What was said, from the memory; broken, it fails as the state does. Nothing is written to it here."""

    def __init__(self, books: Books, *, broken: bool) -> None:
        self._books = books
        self._broken = broken

    async def books(self) -> Books:
        if self._broken:
            raise StateError("/var/lib/secret/state.db: is damaged")
        return self._books

    async def queues(self, _: Collection[str]) -> Mapping[str, Queue]:
        return {}


class PageReader(HTMLParser):
    """The elements a browser would make, and the text it would show."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.pres: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "pre":
            self.pres.append("")

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.pres and self.get_starttag_text() == "<pre>" and not self.pres[-1]:
            self.pres[-1] = data


def app(
    board: StatusBoard | None = None,
    history: History | None = None,
    books: Books = Books(),  # noqa: B008 frozen
    *,
    unread: bool = False,
) -> Starlette:
    def metrics(accept: str | None) -> tuple[bytes, str]:
        return f"# accept: {accept}\n".encode() + b"x 1\n" * 1000, "text/plain; version=0.0.4; charset=utf-8"

    ledger = cast("desk.Ledger", Ledger(books, broken=unread))
    face = desk.Desk(lambda: ledger, lambda: NOTIFYING, lambda: None, lambda: None, lambda: NOW)
    return create_app(board or StatusBoard(), metrics, history or History(), lambda: NOW, face)


def ask(application: Starlette, address: str, method: str = "GET", **headers: str) -> httpx.Response:
    async def scenario() -> httpx.Response:
        transport = httpx.ASGITransport(app=application)
        async with httpx.AsyncClient(transport=transport, base_url="http://watchdog") as client:
            return await client.request(method, address, headers=headers)

    return asyncio.run(scenario())


def hostile_board(name: str = HOSTILE) -> StatusBoard:
    remedy = Remedy(
        before_sql=HOSTILE,
        sql=HOSTILE,
        verify_sql=HOSTILE,
        revert_sql=HOSTILE,
        safety=HOSTILE,
        lock=HOSTILE,
        rewrites_table=True,
    )
    finding = Finding(
        fingerprint="f",
        kind=HOSTILE,
        identity=(HOSTILE, HOSTILE),
        change="changed",
        expected=HOSTILE,
        actual=HOSTILE,
        severity=Severity.CRITICAL,
        message=HOSTILE,
        components=(HOSTILE,),
        remedy=remedy,
    )
    subject = Subject(HOSTILE, (HOSTILE,))
    coverage = Coverage(
        kinds=(HOSTILE,),
        compared=1,
        unmodelled={HOSTILE: 1},
        hidden=(subject,),
        stale=(subject,),
        not_in_baseline=(HOSTILE,),
    )
    reading = Reading(schema=HOSTILE, table=HOSTILE, rows=3, source="live", note=HOSTILE, counted=Counted(2, NOW))
    board = StatusBoard()
    board.watch(name, {"schema": 300.0, "rows": 60.0})
    board.record(looked(name, "schema", finding, coverage=coverage))
    board.record(looked(name, "rows", readings=(reading,)))
    board.update(name, up=True)
    return board


def looked(
    database: str,
    check: CheckName,
    *findings: Finding,
    coverage: Coverage | None = None,
    readings: tuple[Reading, ...] = (),
) -> CheckResult:
    return CheckResult(
        database=database,
        check=check,
        checked_at=NOW,
        duration_seconds=0.1,
        outcome="drift" if findings else "ok",
        findings=findings,
        coverage=coverage or Coverage(),
        readings=readings,
    )


def hostile_history() -> History:
    return History(Happened(at=NOW, database=HOSTILE, event="firing", severity=Severity.CRITICAL, message=HOSTILE))


def test_hostile_text_stays_text_wherever_the_page_shows_it() -> None:
    response = ask(app(hostile_board(), hostile_history()), "/")
    page = PageReader(response.text)

    assert response.status_code == 200
    assert "script" not in page.tags
    assert page.tags.count("style") == page.tags.count("main") == 1
    assert not [name for name, _ in page.attributes if name.startswith("on") or name == "style"]
    assert page.text.count("<script>alert(1)</script>") >= 12
    assert "{{7*7}}" in page.text


def test_the_sql_on_the_page_is_the_sql_of_the_remedy() -> None:
    page = PageReader(ask(app(hostile_board()), "/").text)

    assert page.pres == [f"{HOSTILE}\n{HOSTILE}", HOSTILE, HOSTILE]


def test_the_page_needs_nothing_from_elsewhere_and_its_policy_allows_nothing_else() -> None:
    response = ask(app(hostile_board()), "/")
    (style,) = re.findall(r"<style>(.*?)</style>", response.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = response.headers["content-security-policy"]

    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    assert "unsafe" not in policy
    links = [value or "" for name, value in PageReader(response.text).attributes if name in {"href", "src"}]
    assert links
    assert all(re.match(r"/|#|\?|data:,$", link) for link in links)
    assert "url(" not in style


def test_the_page_renews_itself_unless_it_is_paused() -> None:
    application = app()

    assert '<meta http-equiv="refresh" content="10">' in ask(application, "/").text
    assert "http-equiv" not in ask(application, "/?paused=1").text


def test_the_page_is_honest_when_there_is_nothing_to_show() -> None:
    empty = PageReader(ask(app(), "/").text).text
    board = StatusBoard()
    board.watch("production", {"schema": 300.0})
    unchecked = PageReader(ask(app(board), "/").text).text

    assert "does not watch any database yet" in empty
    assert "Nothing has happened yet." in empty
    assert "Not checked yet" in unchecked


def test_a_broken_history_leaves_the_rest_of_the_page_standing() -> None:
    response = ask(app(hostile_board("production"), History(broken=True)), "/")

    assert response.status_code == 200
    assert "The events cannot be read now" in response.text
    assert "1 critical" in response.text


def test_the_page_says_who_has_what_in_hand_and_what_is_silent() -> None:
    one = standing(CRITICAL)
    word = msgspec.structs.replace(acknowledged(one), by=HOSTILE, why=HOSTILE)
    silence = msgspec.structs.replace(silenced(NOW + timedelta(hours=1), name=(HOSTILE,)), why=HOSTILE)
    books = Books(
        standing={one.fingerprint: one}, acknowledgements={one.fingerprint: word}, silences=(silence, _over(silence))
    )
    board = StatusBoard()
    board.watch("production", {"schema": 300.0})
    board.record(looked("production", "schema", CRITICAL))
    page = PageReader(ask(app(board, books=books), "/").text)
    assert page.text.count("acknowledged by ") == 1
    assert page.text.count("until 2025-11-17 15:31 UTC") == 1
    assert page.text.count("<script>alert(1)</script>") == 4
    assert "script" not in page.tags
    silent = PageReader(ask(app(board), "/").text)
    more = [("class", "card"), ("class", "plain"), ("class", "said")]
    assert sorted(page.attributes, key=str) == sorted([*silent.attributes, *more], key=str)


def _over(silence: Silence) -> Silence:
    return msgspec.structs.replace(silence, id="over", until=NOW)


def test_where_it_cannot_be_read_what_was_said_the_page_says_so() -> None:
    response = ask(app(hostile_board("production"), unread=True), "/")
    assert response.status_code == 200
    assert "What was said of alerts cannot be read now" in response.text
    assert "/var/lib" not in response.text
    assert "1 critical" in response.text


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_every_address_only_reads(address: str, method: str) -> None:
    response = ask(app(), address, method)

    assert response.status_code == 405
    assert "GET" in response.headers["allow"]
    assert set(response.json()) == {"error"}


@pytest.mark.parametrize("address", [*ADDRESSES, "/no/such/page", "/api/v1/events?limit=x"])
def test_every_answer_carries_the_security_headers(address: str) -> None:
    headers = ask(app(), address).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["cache-control"] == "no-store"


def test_metrics_are_negotiated_and_compressed_for_those_who_can_read_it() -> None:
    application = app()
    packed = ask(application, "/metrics", Accept="application/openmetrics-text", **{"Accept-Encoding": "gzip"})
    plain = ask(application, "/metrics", **{"Accept-Encoding": "identity"})

    assert packed.headers["content-encoding"] == "gzip"
    assert packed.text.startswith("# accept: application/openmetrics-text\n")
    assert packed.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "content-encoding" not in plain.headers


def test_metrics_are_rendered_in_a_thread_that_no_name_server_can_hold_up() -> None:
    threads: list[int] = []
    ledger = cast("desk.Ledger", Ledger(Books(), broken=False))
    face = desk.Desk(lambda: ledger, lambda: NOTIFYING, lambda: None, lambda: None, lambda: NOW)

    def metrics(_: str | None) -> tuple[bytes, str]:
        threads.append(threading.get_ident())
        return b"x 1\n", "text/plain"

    async def scenario() -> None:
        answered = threading.Event()
        # Where asyncio looks names up, which may take as long as it likes.
        with ThreadPoolExecutor(max_workers=1) as lookups:
            asyncio.get_running_loop().set_default_executor(lookups)
            lookup = lookups.submit(answered.wait, 60)
            transport = httpx.ASGITransport(app=create_app(StatusBoard(), metrics, History(), lambda: NOW, face))
            try:
                async with asyncio.timeout(30), httpx.AsyncClient(transport=transport, base_url="http://w") as client:
                    assert (await client.get("/metrics")).text == "x 1\n"
                assert not lookup.done()
            finally:
                answered.set()

    asyncio.run(scenario())
    assert threads
    assert threading.get_ident() not in threads


def test_health_says_how_old_the_last_beat_is() -> None:
    board = StatusBoard()
    application = app(board)
    assert ask(application, "/healthz").status_code == 503

    board.beat(NOW - timedelta(seconds=9))
    assert ask(application, "/healthz").status_code == 200

    board.beat(NOW - timedelta(seconds=11))
    stuck = ask(application, "/healthz")
    assert stuck.status_code == 503
    assert stuck.json() == {"healthy": False, "beat_age_seconds": 11.0, "reason": "the loop last turned over 11 s ago"}


def test_readiness_names_what_was_not_checked() -> None:
    board = hostile_board("production")
    board.watch("staging", {"schema": 300.0})
    application = app(board)

    unready = ask(application, "/readyz")
    board.forget("staging")

    assert unready.status_code == 503
    assert [(late["database"], late["check"], late["last_success_at"]) for late in unready.json()["overdue"]] == [
        ("staging", "schema", None)
    ]
    assert ask(application, "/readyz").status_code == 200


def test_findings_are_reports_of_all_databases_or_of_the_one_asked_for() -> None:
    board = hostile_board()
    board.watch("staging", {"schema": 300.0})
    application = app(board)

    document = ask(application, "/api/v1/findings").json()
    one = ask(application, "/api/v1/findings?database=staging").json()

    assert document["version"] == 1
    statuses = {report["database"]: report["status"] for report in document["databases"]}
    assert statuses == {HOSTILE: "drift", "staging": "unverified"}
    (report,) = (report for report in document["databases"] if report["database"] == HOSTILE)
    assert report["findings"][0]["message"] == HOSTILE
    assert report["findings"][0]["remedy"]["sql"] == HOSTILE
    assert [report["reason"] for report in one["databases"]] == ["schema: not checked yet"]


@pytest.mark.parametrize("address", ["/api/v1/findings", "/api/v1/rows", "/api/v1/databases"])
def test_a_database_that_is_not_watched_is_not_found(address: str) -> None:
    response = ask(app(), f"{address}?database=%3Cscript%3E")

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/json"
    assert "script" not in response.text


def test_rows_come_with_their_source_and_before_the_first_look_with_the_reason_why_not() -> None:
    board = hostile_board("production")
    board.watch("staging", {"rows": 60.0})

    counted, uncounted = ask(app(board), "/api/v1/rows").json()["databases"]

    assert counted["readings"] == [
        {
            "schema": HOSTILE,
            "table": HOSTILE,
            "rows": 3,
            "source": "live",
            "note": HOSTILE,
            "counted": {"rows": 2, "at": "2025-11-17T14:31:02Z"},
            "counted_before": None,
            "newest_at": None,
        }
    ]
    assert (uncounted["readings"], uncounted["reason"]) == ([], "not checked yet")


def test_databases_tell_each_check_and_the_open_findings_by_severity() -> None:
    (database,) = ask(app(hostile_board("production")), "/api/v1/databases").json()["databases"]

    assert (database["database"], database["up"], database["status"]) == ("production", True, "drift")
    assert database["findings"] == {"info": 0, "warning": 0, "critical": 1}
    assert {name: check["outcome"] for name, check in database["checks"].items()} == {"schema": "drift", "rows": "ok"}


def test_events_are_limited_and_filtered() -> None:
    many = [
        Happened(at=NOW, database=name, event="firing", severity=Severity.INFO, message=f"{name} {number}")
        for number in range(150)
        for name in ("production", "staging")
    ]
    application = app(history=History(*many))

    def messages(query: str) -> list[str]:
        return [event["message"] for event in ask(application, f"/api/v1/events{query}").json()["events"]]

    assert len(messages("")) == 100
    assert messages("?limit=2") == ["production 0", "staging 0"]
    assert messages("?limit=2&database=staging") == ["staging 0", "staging 1"]
    assert messages("?limit=1000&database=gone") == []


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "x", "1e3", "", "%EF%BC%91", "1_0", "9" * 5000])
def test_a_limit_that_is_no_limit_is_refused(limit: str) -> None:
    response = ask(app(), f"/api/v1/events?limit={limit}")

    assert response.status_code == 400
    assert response.json() == {"error": "limit must be a whole number from 1 to 1000"}


def test_a_broken_history_is_unavailable_without_telling_where_it_lies() -> None:
    response = ask(app(history=History(broken=True)), "/api/v1/events")

    assert response.status_code == 503
    assert set(response.json()) == {"error"}
    assert "/var/lib" not in response.text
