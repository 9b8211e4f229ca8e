"""What people say by HTTP: acknowledgements, silences and acceptances, of those alone who have the token."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from datetime import date, datetime
from typing import Protocol, TypeVar

import msgspec
import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from watchdog.alerts import said
from watchdog.alerts.books import Books
from watchdog.alerts.hush import Acknowledgement, Silence
from watchdog.alerts.notifying import Notifying
from watchdog.alerts.overview import OpenAlert, active, overview
from watchdog.alerts.queue import Queue
from watchdog.config import typed
from watchdog.errors import StateError, UnknownError, UsageError
from watchdog.finding import Finding
from watchdog.schema.rules import Acceptance
from watchdog.web.access import given, is_among
from watchdog.web.spoken import Talk, talk
from watchdog.web.talk import Acceptable, Acknowledging, AlertsDocument, Asking, SilencesDocument, Silencing, decoded

LARGEST_BODY = 64 * 1024
BODY_SECONDS = 10.0
# Whoever takes a word back and does not say who.
SOMEBODY = "the API"

T = TypeVar("T")

log = structlog.get_logger(__name__)


class Ledger(Protocol):
    """What is needed of the state, see `watchdog.store.ledger.Ledger`; every method raises StateError."""

    async def books(self) -> Books: ...
    async def queues(self, channels: Collection[str]) -> Mapping[str, Queue]: ...
    async def acknowledge(self, database: str, finding: Finding, word: Acknowledgement) -> None: ...
    async def unacknowledge(self, database: str, finding: Finding, by: str, at: datetime) -> bool: ...
    async def silence(self, silence: Silence) -> None: ...
    async def unsilence(self, number: str, by: str, at: datetime) -> bool: ...
    async def accept(self, database: str, finding: Finding, acceptance: Acceptance, at: datetime) -> None: ...


class Desk:
    """Reads what was said of alerts, and takes what people say."""

    def __init__(
        self,
        ledger: Callable[[], Ledger],
        notifying: Callable[[], Notifying],
        token: Callable[[], str | None],
        wake: Callable[[], None],
        clock: Callable[[], datetime],
    ) -> None:
        """Hold the parts.

        Args:
            ledger: the state, which may move.
            notifying: who is to hear of what, as configured now.
            token: what a client must know to change anything; None: nobody may.
            wake: told that something was said.
            clock: the time now, UTC.
        """
        self._ledger = ledger
        self._notifying = notifying
        self._token = token
        self._wake = wake
        self._clock = clock

    @property
    def routes(self) -> list[Route]:
        """The addresses of the desk."""
        return [
            Route("/api/v1/alerts", self._alerts),
            Route("/api/v1/silences", self._silences, methods=["GET", "POST"]),
            Route("/api/v1/silences/{number}", self._unsilence, methods=["DELETE"]),
            Route("/api/v1/acknowledgements", self._acknowledge, methods=["POST"]),
            Route("/api/v1/acknowledgements/{fingerprint}", self._unacknowledge, methods=["DELETE"]),
            Route("/api/v1/acceptances", self._accept, methods=["POST"]),
        ]

    async def talk(self) -> Talk:
        """What was said of all that is open. Raises StateError."""
        books, now = await self._ledger().books(), self._clock()
        return talk(await self._overview(books, {}), active(books.silences, now))

    async def _alerts(self, request: Request) -> Response:
        database = request.query_params.get("database")
        ledger = self._ledger()
        books, queues = await _from_state(ledger.books()), await _from_state(ledger.queues(()))
        found = await self._overview(books, queues)
        return _json(AlertsDocument(alerts=tuple(one for one in found if database in (None, one.database))))

    async def _overview(self, books: Books, queues: Mapping[str, Queue]) -> tuple[OpenAlert, ...]:
        # Of ten thousand alerts it takes most of a second.
        return await asyncio.to_thread(overview, self._notifying(), books, self._clock(), queues)

    async def _silences(self, request: Request) -> Response:
        if request.method == "POST":
            return await self._silence(request)
        books = await _from_state(self._ledger().books())
        return _json(SilencesDocument(silences=active(books.silences, self._clock())))

    async def _acknowledge(self, request: Request) -> Response:
        asked, now = await self._asked(request, Acknowledging), self._clock()
        books = await _from_state(self._ledger().books())
        with _refusing():
            one = said.meant(books.standing, asked.fingerprint)
            until = typed.end(asked.lasts, asked.until, now)
            word = said.acknowledgement(one, asked.by, asked.reason, now, until)
        await _from_state(self._ledger().acknowledge(one.database, one.finding, word))
        self._noted("acknowledged", one.fingerprint, asked.by)
        return _json(word, 201)

    async def _unacknowledge(self, request: Request) -> Response:
        by = self._allowed(request)
        books = await _from_state(self._ledger().books())
        with _refusing():
            one = said.meant(books.standing, request.path_params["fingerprint"])
        if not await _from_state(self._ledger().unacknowledge(one.database, one.finding, by, self._clock())):
            raise HTTPException(404, "nobody has acknowledged it")
        self._noted("unacknowledged", one.fingerprint, by)
        return Response(status_code=204)

    async def _silence(self, request: Request) -> Response:
        asked, now = await self._asked(request, Silencing), self._clock()
        with _refusing():
            patterns = typed.matchers(asked.patterns)
            until = typed.end(asked.lasts, asked.until, now)
            if until is None:
                raise UsageError('say how long it holds: "for": "2h", or "until": "2026-12-01T22:00:00Z"')
            if bool(patterns) == asked.all:
                raise UsageError('say what is to be silent in "match", or "all": true for everything, and not both')
            silence = said.silence(patterns, asked.by, asked.reason, now, until)
        await _from_state(self._ledger().silence(silence))
        self._noted("silenced", silence.id, asked.by)
        return _json(silence, 201)

    async def _unsilence(self, request: Request) -> Response:
        by, number = self._allowed(request), request.path_params["number"]
        if not await _from_state(self._ledger().unsilence(number, by, self._clock())):
            raise HTTPException(404, "there is no such silence (see /api/v1/silences)")
        self._noted("unsilenced", number, by)
        return Response(status_code=204)

    async def _accept(self, request: Request) -> Response:
        asked, now = await self._asked(request, Acceptable), self._clock()
        books = await _from_state(self._ledger().books())
        with _refusing():
            one = said.meant(books.standing, asked.fingerprint)
            acceptance = said.acceptance(one, asked.by, asked.reason, now, _day(asked.until))
        await _from_state(self._ledger().accept(one.database, one.finding, acceptance, now))
        self._noted("accepted", one.fingerprint, asked.by)
        return _json(acceptance, 201)

    def _noted(self, what: str, of: str, by: str) -> None:
        log.info("api.said", what=what, of=of, by=by)
        self._wake()

    def _allowed(self, request: Request) -> str:
        """Who takes something back. Raises HTTPException for those who may not."""
        self._authorize(request)
        by = " ".join(request.query_params.get("by", "").split())[: said.LONGEST_NAME]
        return by or SOMEBODY

    def _authorize(self, request: Request) -> None:
        token = self._token()
        if token is None:
            raise HTTPException(403, "nothing can be changed by HTTP: set api.token in the configuration to allow it")
        scheme, known = given(request.headers)
        # Never by a browser's password, which it would send for any site that makes it ask.
        if scheme != "bearer" or not is_among(known, [token]):
            raise HTTPException(
                401, "give the configured api.token: Authorization: Bearer ...", {"WWW-Authenticate": "Bearer"}
            )

    async def _asked(self, request: Request, kind: type[Asking]) -> Asking:
        """What a client asks for, who may. Raises HTTPException."""
        self._authorize(request)
        # A form on another site could post, but not this type.
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise HTTPException(415, "send JSON, with Content-Type: application/json")
        body = await _body(request)
        with _refusing():
            return decoded(body, kind)


@contextlib.contextmanager
def _refusing() -> Iterator[None]:
    """What cannot be done as asked, as an answer: 404 for what is not there, 400 for the rest."""
    try:
        yield
    except UnknownError as error:
        raise HTTPException(404, str(error)) from error
    except (UsageError, ValueError) as error:
        raise HTTPException(400, str(error)) from error


async def _from_state(asked: Awaitable[T]) -> T:
    try:
        return await asked
    except StateError as error:
        log.warning("web.state_failed", error=str(error))
        raise HTTPException(503, "the state cannot be read or written now; the watchdog's log says why") from error


async def _body(request: Request) -> bytes:
    """The whole body, which is small. Raises HTTPException."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                body += part
                if len(body) > LARGEST_BODY:
                    raise HTTPException(413, f"the body must have {LARGEST_BODY:,} bytes at most")
    except TimeoutError:
        raise HTTPException(408, f"the body did not come within {BODY_SECONDS:g} s") from None
    except ClientDisconnect:
        raise HTTPException(400, "the body broke off") from None
    return bytes(body)


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"until: {text!r} is no day such as 2026-12-31") from None


def _json(document: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(document), status, media_type="application/json")
