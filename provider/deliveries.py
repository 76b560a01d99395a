"""What this process handed over, to be marked as delivered when the engine closes it.

Why: see `provider.order_token`, on `--replace`.
"""

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import Protocol

from provider.errors import ProviderError


class Writes(Protocol):
    """The part of `SoftLayerApi` that is used."""

    async def write(self, service: str, method: str, *args: object, **options: object) -> object:
        """Call something that has the same effect once or twice."""


@dataclass
class Deliveries:
    """Guests by id, with the tags they are to have; and orders whose note in the journal has served.

    Attributes:
        noted: tokens of orders to be closed in the journal.
    """

    _tags: dict[int, tuple[str, ...]] = field(default_factory=dict)
    noted: set[str] = field(default_factory=set)

    def handed_over(self, guest_id: int, tags: tuple[str, ...]) -> None:
        """Create answered with this guest."""
        self._tags[guest_id] = tags

    def forget(self, guest_id: int) -> None:
        """The guest was deleted."""
        self._tags.pop(guest_id, None)

    @property
    def pending(self) -> bool:
        """Whether any guest waits for its mark."""
        return bool(self._tags)

    async def mark_all(self, api: Writes, mark: str, seconds: float) -> None:
        """Mark them all, for no longer than some seconds; a mark that fails is no loss, only less comfort."""

        async def one(guest_id: int, tags: tuple[str, ...]) -> None:
            with contextlib.suppress(ProviderError):
                await api.write("Virtual_Guest", "setTags", ",".join((*tags, mark)), id=guest_id)

        tags, self._tags = self._tags, {}
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*(one(*item) for item in tags.items())), seconds)
