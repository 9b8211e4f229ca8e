"""Work on what a server told while it is asked for more."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager

# How many rows may be left to do: a server that waits for none tells the next while there is much to do with one.
LEFT = 7500


class Beside:
    """A thread's work, one piece at a time, in order."""

    def __init__(self, thread: Executor) -> None:
        self._thread = thread
        self._left: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def do(self, work: Callable[[], None], rows: int) -> None:
        """Begin with it, of so many rows, once the pieces before are done; return once few enough are left.

        Raises what any of them raised.
        """
        while self._left and rows + sum(each for each, _ in self._left) > LEFT:
            await self._left.popleft()[1]
        self._left.append((rows, asyncio.get_running_loop().run_in_executor(self._thread, work)))

    async def done(self) -> None:
        """Wait until nothing is left to do. Raises what any piece raised."""
        while self._left:
            await self._left.popleft()[1]

    async def end(self) -> None:
        """The same, raising nothing: who was interrupted has said why."""
        await asyncio.gather(*(piece for _, piece in self._left), return_exceptions=True)


@asynccontextmanager
async def beside() -> AsyncIterator[Beside]:
    """Work that is done when the block ends, or was interrupted by what the block raised."""
    # Not one of asyncio's own, which look up names too: a name server that hangs would hold a transaction open.
    with ThreadPoolExecutor(1) as thread:
        working = Beside(thread)
        try:
            yield working
            await working.done()
        finally:
            await working.end()
