"""How far a host is reached by name and by port, for when no connection comes about."""

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Sequence

from watchdog.doctor.facts import Reach
from watchdog.sqltext import visible


def is_local(host: str) -> bool:
    """Whether it is a socket's folder, or an address that never leaves this machine."""
    if host.startswith("/") or host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


async def reached(hosts: Sequence[tuple[str, int]], seconds: float) -> tuple[Reach, ...]:
    """Each host asked for its address, and each of those for an answer; at most so many seconds for each host."""
    return tuple(await asyncio.gather(*(_reached(host, port, seconds) for host, port in hosts)))


async def _reached(host: str, port: int, seconds: float) -> Reach:
    shown = visible(host)
    addresses: tuple[str, ...] = ()
    try:
        async with asyncio.timeout(seconds):
            if host.startswith("/"):
                addresses = (f"{host}/.s.PGSQL.{port}",)
                _, writer = await asyncio.open_unix_connection(addresses[0])
            else:
                found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
                addresses = tuple(dict.fromkeys(str(each[4][0]) for each in found))
                _, writer = await asyncio.open_connection(host, port)
            writer.close()
    except TimeoutError:
        return Reach(host=shown, port=port, addresses=addresses, words="no answer in time")
    except (OSError, UnicodeError) as error:
        words = getattr(error, "strerror", None) or str(error)
        return Reach(host=shown, port=port, addresses=addresses, words=visible(words))
    return Reach(host=shown, port=port, addresses=addresses, answers=True)
