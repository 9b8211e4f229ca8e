"""Work on what a server told while it is asked for more."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager


class Beside:
    """A thread's work, one piece at a time, in order."""

    def __init__(self, thread: Executor) -> None:
        self._thread = thread
        self._working: asyncio.Future[None] | None = None

    async def do(self, work: Callable[[], None]) -> None:
        """Begin with it once the piece before is done. Raises what that raised."""
        await self.done()
        self._working = asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def done(self) -> None:
        """Wait until nothing is left to do. Raises what the last piece raised."""
        working, self._working = self._working, None
        if working:
            await working

    async def end(self) -> None:
        """The same, raising nothing: who was interrupted has said why."""
        working, self._working = self._working, None
        if working:
            await asyncio.gather(working, return_exceptions=True)


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
