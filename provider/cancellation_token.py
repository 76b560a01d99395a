"""Waiting that ends at once when the user cancels."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from provider.errors import CancelledError

T = TypeVar("T")


class CancellationToken:
    """The one switch that Cancel throws; every wait of the provider listens to it."""

    def __init__(self) -> None:
        self._cancelled = asyncio.Event()

    def cancel(self) -> None:
        """End all waits, now and later."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        """Whether Cancel came."""
        return self._cancelled.is_set()

    async def race(self, work: Awaitable[T]) -> T:
        """Await the work, but no longer than until Cancel.

        Raises:
            CancelledError: Cancel came first. The work is cancelled; a call that already runs in a thread
                continues unseen.
        """
        task = asyncio.ensure_future(work)
        switch = asyncio.ensure_future(self._cancelled.wait())
        try:
            await asyncio.wait({task, switch}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            raise CancelledError("cancelled")
        finally:
            switch.cancel()
            if not task.done():
                task.cancel()

    async def sleep(self, seconds: float) -> None:
        """Sleep.

        Raises:
            CancelledError: Cancel came first.
        """
        await self.race(asyncio.sleep(seconds))
