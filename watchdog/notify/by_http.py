"""The one client, and the one POST, that all HTTP channels share."""

import email.utils
import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus

import httpx
import msgspec

from watchdog import __version__
from watchdog.errors import ConfigError, DeliveryError
from watchdog.notify.channel import SILENCE_SECONDS, reason

_PORTS = {"http": 80, "https": 443}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

# At INFO httpx logs every URL, and a webhook's URL is its password.
logging.getLogger("httpx").setLevel(logging.WARNING)


def http_client() -> httpx.AsyncClient:
    """Raises ConfigError for an environment that no client can be made in, in words that hold no proxy's password."""
    try:
        return httpx.AsyncClient()
    except (OSError, ImportError, ValueError) as error:
        mistake = (
            "no message can be sent by HTTP: one of the environment's SSL_CERT_FILE, SSL_CERT_DIR, HTTP_PROXY, "
            f"HTTPS_PROXY and ALL_PROXY cannot be used ({type(error).__name__})"
        )
        raise ConfigError([mistake]) from None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a receiver said.

    Attributes:
        body: as much of it as was asked for.
        retry_after: seconds that it asks to be left alone for, or None.
    """

    status: int
    body: bytes = b""
    retry_after: float | None = None

    @property
    def is_taken(self) -> bool:
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    def refused(self, *, is_final: bool = False) -> DeliveryError:
        """As the error of whoever knows no more of it than its status."""
        hint = ": redirects are not followed" if self.status in _REDIRECTS else ""
        return DeliveryError(f"HTTP status {self.status}{hint}", self.retry_after, is_final=is_final)


async def post(
    client: httpx.AsyncClient, url: str, body: bytes, headers: Mapping[str, str] | None = None, most_bytes: int = 0
) -> Answer:
    """POST a JSON body; returns the answer, whatever its status. A redirect is not followed: who knows where it leads.

    Args:
        client: what speaks HTTP.
        url: may be a secret.
        body: JSON.
        headers: beside those that say that it is JSON from us; may be secrets.
        most_bytes: of the answer's body that are read. It may be endless, and whoever said 2xx has taken the message
            even if the rest of the answer is lost; so it is read by those alone who need it.

    Raises:
        DeliveryError: there is no answer. Its text never holds httpx's own, which may quote the URL.
    """
    return await _asked(client, "POST", url, {"Content-Type": "application/json", **(headers or {})}, body, most_bytes)


async def knock(client: httpx.AsyncClient, url: str) -> None:
    """GET a URL for nothing but to have asked; any 2xx is success, and its answer is not read.

    Raises:
        DeliveryError: every other outcome, in words that hold no secret.
    """
    answer = await _asked(client, "GET", url, {"Cache-Control": "no-cache"})
    if not answer.is_taken:
        raise answer.refused()


async def post_json(client: httpx.AsyncClient, url: str, body: bytes, headers: Mapping[str, str] | None = None) -> None:
    """The same, where any 2xx is success and all else is none.

    Raises:
        DeliveryError: the message was not taken; it never will be where it is too large.
    """
    answer = await post(client, url, body, headers)
    if not answer.is_taken:
        raise answer.refused(is_final=answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


async def _asked(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None = None,
    most_bytes: int = 0,
) -> Answer:
    sent = {"User-Agent": f"schema-watchdog/{__version__}", **headers}
    try:
        async with client.stream(
            method, url, content=body, headers=sent, follow_redirects=False, timeout=SILENCE_SECONDS
        ) as response:
            return Answer(
                status=response.status_code,
                body=await _beginning(response, most_bytes),
                retry_after=retry_after_seconds(response.headers.get("Retry-After"), datetime.now(UTC)),
            )
    except httpx.TransportError as error:
        is_connecting = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
        raise DeliveryError(reason(error, _place(url), is_connecting=is_connecting)) from None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:  # ValueError: a host name that no DNS can hold
        raise DeliveryError(reason(error)) from None


async def _beginning(response: httpx.Response, most_bytes: int) -> bytes:
    read = b""
    if most_bytes:
        async for chunk in response.aiter_bytes():
            read += chunk
            if len(read) >= most_bytes:
                break
    return read[:most_bytes]


def retry_after_seconds(header: str | None, now: datetime) -> float | None:
    """The header Retry-After (RFC 9110, 10.2.3), seconds or a date, as seconds from now; None when absent or wrong."""
    text = (header or "").strip()
    if re.fullmatch(r"\d+", text, re.ASCII):
        return float(text)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # a receiver may answer with an offset of any length
        return None
    if moment.tzinfo is None:  # what the parser makes of "-0000"
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def _place(url: str) -> str:
    """`host:port` of a URL, and nothing else of it: path, query and user are secrets."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        return ""
    host, port = parsed.raw_host.decode("ascii", "replace"), parsed.port or _PORTS.get(parsed.scheme)
    # What is no name and no address may be anything, such as a part of the path.
    if port is None or not re.fullmatch(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+", host):
        return ""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
