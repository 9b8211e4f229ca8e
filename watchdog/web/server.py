"""An HTTP server inside a loop that runs already, under signals that are someone else's."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from watchdog.errors import UsageError
from watchdog.web.certificate import Certificate

# How soon a renewed certificate is used.
RENEWAL_SECONDS = 1.0
# How often answers get another date.
DATE_SECONDS = 1.0
# A scrape takes milliseconds; whoever keeps a connection open longer must not hold up a stop.
DRAIN_SECONDS = 2
# Of clients. A process may often have 1,024 files open, and those of the state and of the databases are among them.
MOST_CONNECTIONS = 100


class _Listener(socket.socket):
    """Hangs up on the oldest of too many: who opens connections and asks nothing must not end the watching."""

    def __init__(self, listening: socket.socket) -> None:
        super().__init__(fileno=listening.detach())
        self._taken: list[socket.socket] = []

    def accept(self) -> tuple[socket.socket, Any]:
        connection, address = super().accept()
        self._taken = [*(each for each in self._taken if each.fileno() >= 0), connection]
        while len(self._taken) > MOST_CONNECTIONS:
            with contextlib.suppress(OSError):  # it may be gone by itself
                self._taken.pop(0).shutdown(socket.SHUT_RDWR)
        return connection, address


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers, with a word when it listens, and at rest where nobody asks."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()
        self._ending = asyncio.Event()

    def end(self) -> None:
        self.should_exit = True
        self._ending.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    async def main_loop(self) -> None:
        # uvicorn's own asks ten times a second whether it is to end.
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(DATE_SECONDS):
                    await self._ending.wait()


class WebServer:
    """Serves `app` on one address from `start` to `stop`.

    Args:
        app: the application.
        host: a name or an address of this machine.
        port: 0 takes any that is free.
        certificate: of HTTPS; None: by plain HTTP.
    """

    def __init__(self, app: ASGIApp, host: str, port: int, certificate: Certificate | None = None) -> None:
        self._app = app
        self._host = host
        self._port = port
        self._certificate = certificate
        self._renewing: asyncio.Task[None] | None = None
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port listened on; before `start` the one asked for."""
        return self._port

    async def start(self) -> None:
        """Returns once requests are answered.

        Raises:
            UsageError: the address is taken, or not this machine's; or the certificate cannot be used.
        """
        if self._certificate:
            self._certificate.check()
        taken = listener(self._host, self._port)
        self._port = taken.getsockname()[1]
        config = uvicorn.Config(
            self._app,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            ws="none",
            timeout_graceful_shutdown=DRAIN_SECONDS,
            # So many are taken at a stroke, before the loop closes any that was hung up on.
            backlog=MOST_CONNECTIONS,
            ssl_certfile=self._certificate.cert if self._certificate else None,
            ssl_keyfile=self._certificate.key if self._certificate else None,
        )
        self._server = _Server(config)
        self._task = asyncio.create_task(self._server.serve([taken]), name="web")
        listening = asyncio.create_task(self._server.listening.wait())
        await asyncio.wait({self._task, listening}, return_when=asyncio.FIRST_COMPLETED)
        listening.cancel()
        if self._task.done():
            taken.close()
            await self._task
        if self._certificate and config.ssl:
            self._renewing = asyncio.create_task(_renewed(self._certificate, config.ssl), name="https")

    async def stop(self) -> None:
        """Answers what was asked already, for a moment, and closes the port. Stopping twice is no mistake."""
        server, task = self._server, self._task
        self._server = self._task = None
        if self._renewing is not None:
            self._renewing.cancel()
        if server is not None and task is not None:
            server.end()
            await task


async def _renewed(certificate: Certificate, context: ssl.SSLContext) -> None:
    while True:
        await asyncio.sleep(RENEWAL_SECONDS)
        certificate.renew(context)


def listener(host: str, port: int) -> socket.socket:
    """A socket that listens there; an IPv6 address may stand in brackets. Raises UsageError."""
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return _Listener(socket.create_server((host, port), family=family, backlog=MOST_CONNECTIONS))
    except OSError as error:
        where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        raise UsageError(
            f"listen: {where} cannot be listened on: {error.strerror or error} (stop what uses it, or set another)"
        ) from error
