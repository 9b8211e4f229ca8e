"""The form of an address to listen on."""

import re

ADDRESS = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):\d{1,5}")


def address(listen: str) -> str:
    """Returns what it takes. Raises ValueError where it is not one that can be listened on."""
    if not ADDRESS.fullmatch(listen):
        raise ValueError("must be host:port, such as 127.0.0.1:9723")
    if int(listen.rpartition(":")[2]) not in range(1, 65536):
        raise ValueError("the port must be 1 to 65535")
    return listen
