"""The HTTP face: a page for people, metrics for Prometheus, health for supervisors, JSON for scripts.

It only reads, but for what people say at the desk (`watchdog.web.desk`).
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

import msgspec
import structlog
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from watchdog.errors import StateError
from watchdog.status import DatabaseStatus, StatusBoard
from watchdog.status.report import standing
from watchdog.web.api import databases_document, findings_document, rows_document
from watchdog.web.desk import Desk
from watchdog.web.health import health, readiness
from watchdog.web.page import STYLE_HASH, render_page
from watchdog.web.spoken import Talk
from watchdog.web.view import PastEvent, page_view

EVENTS_ON_PAGE = 20
EVENTS_BY_DEFAULT = 100
EVENTS_AT_MOST = 1000

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src '{STYLE_HASH}'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

log = structlog.get_logger(__name__)


class EventReader(Protocol):
    """Reads history, newest first; of all databases when `database` is None.

    Raises:
        StateError: the history cannot be read now.
    """

    def __call__(self, limit: int, database: str | None) -> Awaitable[Sequence[PastEvent]]: ...


class SecurityHeaders:
    """Adds SECURITY_HEADERS to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(SECURITY_HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def create_app(
    board: StatusBoard,
    render_metrics: Callable[[str | None], tuple[bytes, str]],
    events: EventReader,
    clock: Callable[[], datetime],
    desk: Desk,
) -> Starlette:
    """The application.

    Args:
        board: what is known now.
        render_metrics: an Accept header -> the exposition and its content type.
        events: reads what happened.
        clock: the time now, UTC.
        desk: where people say what they know of alerts.
    """
    face = _Face(board, render_metrics, events, clock, desk)
    return Starlette(
        routes=[
            Route("/", face.page),
            Route("/metrics", face.metrics),
            Route("/healthz", face.healthz),
            Route("/readyz", face.readyz),
            Route("/api/v1/findings", face.findings),
            Route("/api/v1/rows", face.rows),
            Route("/api/v1/databases", face.databases),
            Route("/api/v1/events", face.events),
            *desk.routes,
        ],
        middleware=[Middleware(SecurityHeaders), Middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)],
        exception_handlers={HTTPException: _refusal},
    )


class _Face:
    """One method an address."""

    def __init__(
        self,
        board: StatusBoard,
        render_metrics: Callable[[str | None], tuple[bytes, str]],
        read_events: EventReader,
        clock: Callable[[], datetime],
        desk: Desk,
    ) -> None:
        self._board = board
        self._render_metrics = render_metrics
        self._read_events = read_events
        self._clock = clock
        self._desk = desk

    async def page(self, request: Request) -> Response:
        try:
            past: Sequence[PastEvent] | None = await self._read_events(EVENTS_ON_PAGE, None)
        except StateError as error:
            log.warning("web.events_unreadable", error=str(error))
            past = None
        view = page_view(
            self._all(), past, self._clock(), talk=await self._talk(), paused="paused" in request.query_params
        )
        return HTMLResponse(render_page(view))

    async def metrics(self, request: Request) -> Response:
        body, content_type = self._render_metrics(request.headers.get("accept"))
        return Response(body, headers={"Content-Type": content_type})

    async def healthz(self, _: Request) -> Response:
        state = health(self._board.beat_at, self._clock())
        return _json(state, 200 if state.healthy else 503)

    async def readyz(self, _: Request) -> Response:
        state = readiness(self._all(), self._clock())
        return _json(state, 200 if state.ready else 503)

    async def findings(self, request: Request) -> Response:
        now = self._clock()
        return _json(findings_document([standing(status, now) for status in self._asked(request)]))

    async def rows(self, request: Request) -> Response:
        return _json(rows_document(self._asked(request)))

    async def databases(self, request: Request) -> Response:
        return _json(databases_document(self._asked(request), self._clock()))

    async def events(self, request: Request) -> Response:
        limit = _limit(request.query_params.get("limit"))
        try:
            # A database that is no longer watched still has a history, so its name is not checked.
            past = await self._read_events(limit, request.query_params.get("database"))
        except StateError as error:
            log.warning("web.events_unreadable", error=str(error))
            raise HTTPException(503, "the history cannot be read now; the watchdog's log says why") from error
        return _json({"version": 1, "events": past})

    async def _talk(self) -> Talk | None:
        """What was said of alerts; None where it cannot be read."""
        try:
            return await self._desk.talk()
        except StateError as error:
            log.warning("web.state_failed", error=str(error))
            return None

    def _all(self) -> list[DatabaseStatus]:
        return [self._board.databases[name] for name in sorted(self._board.databases)]

    def _asked(self, request: Request) -> list[DatabaseStatus]:
        name = request.query_params.get("database")
        if name is None:
            return self._all()
        if name not in self._board.databases:
            raise HTTPException(404, "no database of that name is watched (see /api/v1/databases)")
        return [self._board.databases[name]]


def _json(document: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(document), status, media_type="application/json")


def _limit(text: str | None) -> int:
    if text is None:
        return EVENTS_BY_DEFAULT
    # int() alone would take signs, underscores and the digits of other scripts as well.
    digits = text.isascii() and text.isdigit() and len(text) <= len(str(EVENTS_AT_MOST))
    if not digits or not 1 <= int(text) <= EVENTS_AT_MOST:
        raise HTTPException(400, f"limit must be a whole number from 1 to {EVENTS_AT_MOST}")
    return int(text)


async def _refusal(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this alone
    response = _json({"error": error.detail}, error.status_code)
    response.headers.update(error.headers or {})
    return response
