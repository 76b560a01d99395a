"""Clients that push in chunks, one push after the other, and count what goes wrong."""

import http.client
import os
import threading
from dataclasses import dataclass, field
from typing import Self

from tests.cloud.chunked_push import ChunkedPush
from tests.cloud.door_load import Client


@dataclass
class Pushes:
    """Chunked pushes, a pause after each; each of three chunks, so that switches come in between."""

    client: Client
    pause: float = 0.0
    done: int = 0
    failures: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(60)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                push = ChunkedPush(self.client, "pushes").begin()
                for _ in range(3):
                    push.send(os.urandom(100_000))
                push.end()
                self.done += 1
            except (OSError, http.client.HTTPException, AssertionError) as error:
                self.failures.append(repr(error))
            self._stop.wait(self.pause)
