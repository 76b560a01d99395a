"""How a swap or a move goes: every default once. The commands' options show them."""

from dataclasses import dataclass, field

from operate.swap.health import Limits


@dataclass(frozen=True)
class SwapOptions:
    """How a swap goes.

    Attributes:
        bake: seconds for which the new colour is watched.
        drain_limit: seconds after which the old colour's transfers are no longer waited for; they continue.
        idle: seconds without a byte after which a transfer counts as ended.
        interval: Seconds between two observations of the front doors.
        reads: so many recent reads are tried on the idle colour.
        throttle: Pause after each of the operator's own requests, as a multiple of its duration.
        data_copied: The operator confirms that the other storage has the data.
        limits: What is still healthy.
    """

    bake: float = 300.0
    drain_limit: float = 3600.0
    idle: float = 30.0
    interval: float = 2.0
    reads: int = 50
    throttle: float = 2.0
    data_copied: bool = False
    limits: Limits = field(default_factory=Limits)
