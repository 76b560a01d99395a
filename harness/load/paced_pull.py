"""A large pull at a steady pace, in a thread of its own, with its digest compared at the end."""

import threading
import time
from dataclasses import dataclass, field
from typing import Self

from harness.clients.registry_client import Client, SlowPull
from harness.load.tally import Tally

KIND = "slow pull"


@dataclass
class PacedPull:
    """One pull.

    Attributes:
        client: Client that pulls.
        repository: Repository of the blob.
        digest: Digest of the blob.
        tally: Tally that counts it as one request.
        pace: Bytes a second.
    """

    client: Client
    repository: str
    digest: str
    tally: Tally
    pace: int = 1_000_000
    started: float = field(init=False, default=0.0)
    seconds: float = field(init=False, default=0.0)
    whole: bool = field(init=False, default=False)
    _thread: threading.Thread = field(init=False)
    _hurry: threading.Event = field(init=False, default_factory=threading.Event)

    def begin(self) -> Self:
        """Ask for it; returns when its first bytes are there."""
        self._pull = SlowPull(self.client, f"/v2/{self.repository}/blobs/{self.digest}")
        self.started = time.monotonic()
        self._pull.begin()
        self._thread = threading.Thread(target=self._run, name=KIND, daemon=True)
        self._thread.start()
        return self

    @property
    def size(self) -> int:
        """Bytes of all of it."""
        return self._pull.size

    @property
    def received(self) -> int:
        """Bytes so far."""
        return self._pull.received

    @property
    def going(self) -> bool:
        """Whether it has not come to its end."""
        return self._thread.is_alive()

    def hurry(self) -> None:
        """Take what is left as fast as it comes."""
        self._hurry.set()

    def end(self) -> bool:
        """Wait for its end, and return whether every byte was right."""
        self._thread.join()
        return self.whole

    def _run(self) -> None:
        pull = self._pull
        try:
            while pull.received < pull.size:
                late = self.started + pull.received / self.pace - time.monotonic()
                self._hurry.wait(max(0.0, late))
                before = pull.received
                pull.take(min(self.pace // 10, pull.size - before))
                if pull.received == before:
                    self.tally.failed(KIND, "truncated", f"{before} of {pull.size} bytes")
                    return
            outcome = pull.end()
        except OSError as error:
            self.tally.failed(KIND, "failed", f"after {pull.received} of {pull.size} bytes: {error!r}")
            return
        self.seconds = time.monotonic() - self.started
        if outcome != self.digest:
            self.tally.failed(KIND, "wrong digest", f"{pull.size} bytes of {outcome}, not {self.digest}")
            return
        self.whole = True
        self.tally.answered(KIND, self.started)
