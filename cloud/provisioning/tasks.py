"""The asyncio tasks of a pipeline: one for each thing that is on its way."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

LOG = logging.getLogger("cloud.tasks")


class Tasks:
    """Tasks by what they are about, such as `("guest", 7)`; made outside, opened inside an event loop."""

    def __init__(self) -> None:
        self._tasks: dict[tuple[str, int], asyncio.Task[None]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self) -> None:
        """From now on `wake` is heard."""
        self._loop = asyncio.get_running_loop()

    async def close(self) -> None:
        """Cancel every task."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._loop = None

    def wake(self, act: Callable[[], None]) -> None:
        """Have something done in the event loop, nothing while there is none; from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(act)

    def begin(self, kind: str, number: int, work: Callable[[], Awaitable[None]]) -> None:
        """Begin a task unless there is one about the same thing."""
        running = self._tasks.get((kind, number))
        if running is None or running.done():
            self._tasks[kind, number] = asyncio.ensure_future(_guarded(kind, number, work))


async def _guarded(kind: str, number: int, work: Callable[[], Awaitable[None]]) -> None:
    try:
        await work()
    except Exception:
        LOG.exception("%s %d: its transactions broke off; restart the cloud to go on", kind, number)
