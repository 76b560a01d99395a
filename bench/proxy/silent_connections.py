"""A good client beside 8,192 silent connections of one address; `bench.proxy.hostile` runs it.

The door holds as many as one address may have and refuses the others. Calm rounds and rounds with the silent
connections take turns. They are opened before a round and closed after it, and neither counts: one process
that opens thousands at once takes a processor from the good client, whatever the door does.
"""

import itertools
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench.proxy.good_client import MOST_P99, GoodClient
from harness.clients.silent_connections import silent_connections
from harness.proxies.guarded_front_door import GuardedDoor, guarded_door
from harness.waiting import until
from settings import DEFAULT_DOOR_LIMITS
from settings.access.door_limits import RATE_SECONDS

SILENT, ADDRESS = 8192, "127.0.9.1"
ROUNDS, FEWEST_ROUNDS = 6, 2
_ROUND_SECONDS = 8.0
"""Less than the ten seconds after which the door may end a silent connection: `timeout client-hs`."""
_FORGET_SECONDS = 2.0 * RATE_SECONDS
"""After which an address may open connections as if it had opened none: HAProxy counts over two periods."""
_PATIENCE_SECONDS = 10.0
_SETTLE_SECONDS = 0.5
"""Without another connection after which all have come (choice)."""


@dataclass(frozen=True)
class SilentResult:
    """What a good client noticed of silent connections at one door.

    Attributes:
        generation: Generation, `modern` or `legacy`.
        reached: The fewest connections of one address that came to the door in a round, held or refused.
        held: The fewest that the door held, at the beginning and the end of such rounds.
        p99: Seconds of the good client, without and beside them.
        requests: Requests of the good client, without and beside them.
        failures: Failures of the good client.
    """

    generation: str
    reached: int
    held: int
    p99: tuple[float, float]
    requests: tuple[int, int]
    failures: tuple[str, ...] = ()

    @property
    def ratio(self) -> float:
        """The good client's p99 beside silent connections by that without."""
        return self.p99[1] / self.p99[0]

    @property
    def problems(self) -> list[str]:
        """What must not be, a line each."""
        place, least = f"{self.generation}, silent connections", DEFAULT_DOOR_LIMITS.address_connections
        problems = [f"{place}: good client: {failure}" for failure in self.failures[:5]]
        if self.reached < SILENT:
            problems.append(f"{place}: {self.reached} of {SILENT} came to the door")
        if self.held < least:
            problems.append(f"{place}: the door held {self.held}, not the {least} that one address may have")
        # What is not a number keeps no limit.
        if not self.ratio <= MOST_P99:
            problems.append(f"{place}: the good client's p99 is {self.ratio:.2f} times as long")
        return problems


def round_count(scale: float) -> int:
    """Return how many rounds of each kind there are.

    Args:
        scale: Share of the full size.
    """
    return max(FEWEST_ROUNDS, round(ROUNDS * scale))


def hold_silent_connections(generation: str, rounds: int) -> SilentResult:
    """Measure a good client in rounds without and beside silent connections, which take turns.

    Args:
        generation: Generation, `modern` or `legacy`.
        rounds: Rounds of each kind.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        guarded_door(Path(folder), generation, DEFAULT_DOOR_LIMITS) as door,
    ):
        calm, beside = GoodClient(door), GoodClient(door)
        reached, held = [], []
        forgotten_at = 0.0
        for _ in range(rounds):
            with calm:
                time.sleep(_ROUND_SECONDS)
            time.sleep(max(0.0, forgotten_at - time.monotonic()))
            refused = _count(door, "dcon")
            sources = itertools.repeat(ADDRESS)
            with silent_connections(door.port, SILENT, sources, _PATIENCE_SECONDS):
                forgotten_at = time.monotonic() + _FORGET_SECONDS
                reached.append(_await_silence(door, refused))
                held.append(_count(door, "scur"))
                with beside:
                    time.sleep(_ROUND_SECONDS)
                held.append(_count(door, "scur"))
            until(lambda: _count(door, "scur") == 0, "the door has noticed the end of all connections")
    return SilentResult(
        generation,
        min(reached),
        min(held),
        (calm.p99, beside.p99),
        (len(calm.times), len(beside.times)),
        (*calm.failures, *beside.failures),
    )


def _await_silence(door: GuardedDoor, refused: int) -> int:
    """Return how many connections came to the door, once it has refused what is too much.

    Those wait in the kernel's queue until then. One that is refused at once is reset before its client has
    opened it, so that the client's count says less.

    Args:
        door: The door.
        refused: Connections that it had refused before.
    """
    came, before = -1, -2
    while came != before:
        time.sleep(_SETTLE_SECONDS)
        before, came = came, _count(door, "dcon") - refused + _count(door, "scur")
    return came


def _count(door: GuardedDoor, name: str) -> int:
    """A number of the door's frontend: `scur`, the connections that it holds; `dcon`, those it refused."""
    return int(door.proxy.counter(f"front-{door.generation}", name))
