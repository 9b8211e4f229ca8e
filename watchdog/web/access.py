"""Who may read and who may change, by the tokens of the configuration."""

import base64
import binascii
import hmac
from collections.abc import Callable, Sequence

import msgspec
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

# Supervisors and balancers know no token. To whoever has none these say yes or no, and not why.
OPEN = ("/healthz", "/readyz")
# A browser asks for a name and a password, of which the name is nobody's business.
_CHALLENGES = ("Bearer", 'Basic realm="schema-watchdog", charset="UTF-8"')


def given(headers: Headers) -> tuple[str, bytes]:
    """How a client proves who it is, "bearer", "basic" or something else, and the token that it knows."""
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    # Not strip(): the last byte of a letter beyond ASCII may look like a space.
    token = rest.strip(" \t").encode("latin-1")
    if scheme.lower() != "basic":
        return scheme.lower(), token
    try:
        return "basic", base64.b64decode(token, validate=True).partition(b":")[2]
    except binascii.Error:
        return "basic", b""


def is_among(token: bytes, tokens: Sequence[str]) -> bool:
    """In constant time, so that nobody finds one out letter by letter."""
    return any(hmac.compare_digest(token, each.encode()) for each in tokens)


class Readers:
    """Lets pass who knows one of the tokens, as bearer or as the password of a browser; everybody, where there is none.

    What is let pass is marked in the scope's state as `may_read`.
    """

    def __init__(self, app: ASGIApp, tokens: Callable[[], Sequence[str]]) -> None:
        """Hold the parts; the tokens are asked for anew at each request."""
        self._app = app
        self._tokens = tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scheme, token = given(Headers(scope=scope))
        tokens = self._tokens()
        may_read = not tokens or (scheme in {"bearer", "basic"} and is_among(token, tokens))
        scope.setdefault("state", {})["may_read"] = may_read
        if may_read or scope["path"] in OPEN:
            await self._app(scope, receive, send)
            return
        body = {"error": "give the configured api.read_token: Authorization: Bearer ..., or as a browser's password"}
        refusal = Response(msgspec.json.encode(body), 401, media_type="application/json")
        for challenge in _CHALLENGES:
            refusal.headers.append("WWW-Authenticate", challenge)
        await refusal(scope, receive, send)
