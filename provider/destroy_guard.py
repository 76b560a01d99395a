"""Holds the cancellation of servers back while what keeps data is still being judged.

The engine deletes in batches: all that nothing depends on any more at once, then the next (pulumi v3.259.0,
resource/deploy: ScheduleDeletes). Within a batch, and after it, a server is cancelled only where no container
of the same run was refused for what it holds.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from provider.cancellation_token import CancellationToken
from provider.errors import ProviderError

GATHER = 0.3
"""Seconds in which the engine sends the deletes of one batch (choice)."""


class DestroyGuard:
    """What of one provider process keeps data, and was refused to be deleted."""

    def __init__(self) -> None:
        self._judging = 0
        self._settled = asyncio.Event()
        self._refusal = ""

    @asynccontextmanager
    async def judging(self) -> AsyncIterator[None]:
        """While it is found out whether something holds data; a refusal inside is remembered."""
        self._judging += 1
        self._settled.clear()
        try:
            yield
        except ProviderError as error:
            self._refusal = str(error)
            raise
        finally:
            self._judging -= 1
            if not self._judging:
                self._settled.set()

    async def check(self, what: str, stop: CancellationToken) -> None:
        """Wait until nothing is being judged any more.

        Args:
            what: Name of what is to be cancelled, at the beginning of a sentence.
            stop: Stop that ends the wait on Cancel.

        Raises:
            ProviderError: Something that holds data was refused.
            CancelledError: Cancel came.
        """
        await stop.sleep(GATHER)
        while self._judging:
            await stop.race(self._settled.wait())
        if self._refusal:
            raise ProviderError(f"{what} was not cancelled, since this run was refused: {self._refusal}")
