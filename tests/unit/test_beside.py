"""Work beside a server's: in order, of which little is left to do, and whose failure is told."""

import asyncio
import threading
import time
from collections.abc import Callable
from functools import partial

import pytest

from watchdog.postgres.beside import LEFT, beside


def test_pieces_are_done_in_order_and_all_of_them_before_the_end() -> None:
    done: list[int] = []

    def piece(number: int) -> None:
        time.sleep(0.001 * (9 - number))
        done.append(number)

    async def main() -> None:
        async with beside() as working:
            for number in range(9):
                await working.do(partial(piece, number), 1000)

    asyncio.run(main())
    assert done == list(range(9))


def test_only_few_rows_are_left_to_do_in_as_many_pieces_as_there_are() -> None:
    begun, go = [], threading.Event()

    def wait() -> None:
        go.wait(10)

    async def main() -> None:
        async with beside() as working:
            # More than may be left are begun with where nothing is.
            await working.do(lambda: None, LEFT + 1)
            for rows in (LEFT - 5, 1, 1, 1, 1, 1):
                await working.do(wait, rows)
                begun.append(rows)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(working.do(lambda: None, 1), 0.1)
            go.set()

    asyncio.run(main())
    assert len(begun) == 6


@pytest.mark.parametrize("after", [0, 2 * LEFT])
def test_what_fails_is_told_whether_others_follow_or_not(after: int) -> None:
    def fail() -> None:
        raise LookupError("vanished")

    pieces: list[Callable[[], None]] = [fail, *[lambda: None] * (after // 1000)]

    async def main() -> None:
        async with beside() as working:
            for piece in pieces:
                await working.do(piece, 1000)

    with pytest.raises(LookupError, match="vanished"):
        asyncio.run(main())
