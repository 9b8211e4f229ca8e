"""The server shares its loop, leaves signals alone, and says whose fault a taken port is."""

import asyncio
import signal
import socket

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from watchdog.errors import UsageError
from watchdog.web.server import MOST_CONNECTIONS, WebServer


async def hello(_: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


def an_app() -> Starlette:
    return Starlette(routes=[Route("/", hello)])


def test_it_answers_from_start_to_stop_and_leaves_signals_to_others() -> None:
    async def scenario() -> None:
        handlers = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
        server = WebServer(an_app(), "127.0.0.1", 0)
        await server.start()
        async with httpx.AsyncClient(trust_env=False) as client:
            response = await client.get(f"http://127.0.0.1:{server.port}/")
            assert response.text == "hello"
            assert "server" not in response.headers
            assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == handlers
            await server.stop()
            with pytest.raises(httpx.TransportError):
                await client.get(f"http://127.0.0.1:{server.port}/")
        await server.stop()

    asyncio.run(scenario())


def test_a_taken_port_is_named() -> None:
    async def scenario(port: int) -> None:
        with pytest.raises(UsageError, match=rf"127\.0\.0\.1:{port} cannot be listened on"):
            await WebServer(an_app(), "127.0.0.1", port).start()

    with socket.create_server(("127.0.0.1", 0)) as taken:
        asyncio.run(scenario(taken.getsockname()[1]))


def test_a_port_that_was_released_can_be_taken_again_at_once() -> None:
    async def scenario() -> None:
        first = WebServer(an_app(), "127.0.0.1", 0)
        await first.start()
        second = WebServer(an_app(), "127.0.0.1", first.port)
        await first.stop()
        await second.start()
        assert second.port == first.port
        await second.stop()

    asyncio.run(scenario())


@pytest.mark.parametrize("host", ["192.0.2.1", "::ffff:192.0.2.1"])
def test_an_address_that_is_not_this_machines_is_a_usage_error(host: str) -> None:
    async def scenario() -> None:
        with pytest.raises(UsageError, match="cannot be listened on"):
            await WebServer(an_app(), host, 0).start()

    asyncio.run(scenario())


def test_who_opens_connections_and_asks_nothing_keeps_nobody_out_and_no_files_open() -> None:
    async def scenario() -> None:
        server = WebServer(an_app(), "127.0.0.1", 0)
        await server.start()
        idle = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(MOST_CONNECTIONS + 20)]
        async with httpx.AsyncClient(trust_env=False) as client:
            assert (await client.get(f"http://127.0.0.1:{server.port}/")).text == "hello"
        assert [await reader.read() for reader, _ in idle[:21]] == [b""] * 21
        assert not any(reader.at_eof() for reader, _ in idle[21:])
        for _, writer in idle:
            writer.close()
        await server.stop()

    asyncio.run(scenario())
