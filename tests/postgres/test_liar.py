"""What only speaks as PostgreSQL does, and knows nothing of what is asked: a gateway, or another product."""

import asyncio
import contextlib
import struct
from datetime import UTC, datetime

import pytest

from watchdog.doctor.line import Line
from watchdog.errors import UnreachableError
from watchdog.postgres.connection import Connection
from watchdog.wiring.doctor import given, visit


def message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack(">I", len(body) + 4) + body


READY = message(b"Z", b"I")
HELLO = message(b"R", struct.pack(">I", 0)) + message(b"S", b"server_version\x0018.0\x00") + READY
NO_ROWS = message(b"C", b"SELECT 0\x00")
COLUMN = b"x\x00" + struct.pack(">IHIhih", 0, 0, 23, 4, -1, 1)
ONE_ROW = message(b"D", struct.pack(">HII", 1, 4, 1)) + message(b"C", b"SELECT 1\x00")
# What describes a statement, and what running it answers.
NOTHING = (message(b"n", b""), NO_ROWS)
SOMETHING_ELSE = (message(b"T", struct.pack(">H", 1) + COLUMN), ONE_ROW)


async def serve(form: tuple[bytes, bytes], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    described, run = form
    answers = {
        b"Q": message(b"C", b"SET\x00") + READY,
        b"P": message(b"1", b""),
        b"B": message(b"2", b""),
        b"D": message(b"t", struct.pack(">H", 0)) + described,
        b"E": run,
        b"S": READY,
    }
    with contextlib.suppress(asyncio.IncompleteReadError):  # of whoever only looks whether somebody answers
        await reader.readexactly(struct.unpack(">I", await reader.readexactly(4))[0] - 4)
        writer.write(HELLO)
        while (kind := await reader.readexactly(1)) != b"X":
            await reader.readexactly(struct.unpack(">I", await reader.readexactly(4))[0] - 4)
            writer.write(answers.get(kind, b""))
    writer.close()


async def told(form: tuple[bytes, bytes]) -> tuple[str, Line]:
    """What a connection says of it, and the doctor's last line."""
    async with await asyncio.start_server(lambda *ends: serve(form, *ends), "127.0.0.1", 0) as liar:
        dsn = f"postgresql://u:hunter2@127.0.0.1:{liar.sockets[0].getsockname()[1]}/x?sslmode=disable"
        connection = Connection(dsn)
        with pytest.raises(UnreachableError) as caught:
            await connection.server()
        await connection.close()
        return str(caught.value), (await visit(given(dsn), datetime.now(UTC)))[-1]


@pytest.mark.parametrize("form", [NOTHING, SOMETHING_ELSE])
def test_it_is_told_as_one_that_cannot_be_looked_at(form: tuple[bytes, bytes]) -> None:
    words, last = asyncio.run(told(form))
    assert (last.check, last.what) == ("connection", words)
    assert words == "it does not say who it is; is it PostgreSQL?"
