"""What a front door reports of itself: live colours, counters, reads and fence; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from operate.doors.counters import Counters
from operate.error import OperateError
from operate.stack.facts import Colour


class FencedError(OperateError):
    """A front door has seen a later operator."""

    is_superseded = True


@dataclass(frozen=True)
class DoorStatus:
    """State of one front door.

    Attributes:
        datacenter: Datacenter of the door, with its server where the datacenter has several.
        live: Live colour by generation.
        fence: Highest token that it remembers: of the operation under way, or one more than of the last one.
        backends: Backends by (generation, colour).
        is_closing: Whether each connection ends with its answer, so that a move can lead clients elsewhere.
        kept_connections: Idle connections of clients in processes of HAProxy that a reload left. Each may
            bring one more request, which such a process serves with the configuration from before.
    """

    datacenter: str
    live: Mapping[str, Colour]
    fence: int
    backends: Mapping[tuple[str, str], Counters]
    is_closing: bool = False
    kept_connections: int = 0

    @property
    def unhealthy_generations(self) -> tuple[str, ...]:
        """Generations whose live colour the door finds unhealthy, so that clients get 503."""
        pairs = self.live.items()
        backends = (
            (generation, self.backends.get((generation, colour.value))) for generation, colour in pairs
        )
        return tuple(generation for generation, counters in backends if counters and not counters.up)

    def fault_of(self, colour: Colour) -> str:
        """Return why this door would refuse to switch to a colour; "" where it would not."""
        for generation in self.live:
            counters = self.backends.get((generation, colour.value))
            if counters is None:
                return f"the front door of {self.datacenter} has no {generation} registry of {colour}"
            if not counters.up:
                return f"the front door of {self.datacenter} finds {generation} {colour} unhealthy"
        return ""


def remembered_fence(answers: Iterable[DoorStatus | OperateError]) -> int | None:
    """Return the highest fencing token that front doors remember; None where none of them answers.

    Every command takes the number of its lock above this one.

    Args:
        answers: Answers of front doors; an error where one does not answer.
    """
    return max((answer.fence for answer in answers if isinstance(answer, DoorStatus)), default=None)


@dataclass(frozen=True)
class Read:
    """A read of a client."""

    datacenter: str
    generation: str
    method: str
    path: str
