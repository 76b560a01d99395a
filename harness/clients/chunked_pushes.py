"""Clients that push in chunks, one push after the other, and count what goes wrong."""

import http.client
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from harness.background import Background
from harness.clients.chunked_push import ChunkedPush
from harness.clients.registry_client import Client


@dataclass
class Pushes(Background):
    """Chunked pushes, a pause after each; each of three chunks, so that switches come in between."""

    client: Client
    pause: float = 0.2
    done: int = 0
    failures: list[str] = field(default_factory=list)

    def works(self) -> Sequence[Callable[[], None]]:
        """Return the one thread of work."""
        return [self._run]

    def _run(self) -> None:
        going = True
        while going:
            try:
                push = ChunkedPush(self.client, "pushes").begin()
                for _ in range(3):
                    push.send(os.urandom(100_000))
                push.end()
                self.done += 1
            except (OSError, http.client.HTTPException, AssertionError) as error:
                self.failures.append(repr(error))
            going = self.goes_on(self.pause)
