"""How a swap or a move goes: every default once. The commands' options show them."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Limits:
    """What is still healthy (choices; each an option of the command).

    Attributes:
        error_rate: Share of requests that may fail, beyond what failed before.
        errors: Number of failures that is still healthy.
        latency_factor: Factor by which the probe's reads may take longer than before.
        latency_ms: Milliseconds that the probe's reads may take beyond that.
        strikes: Observations in a row of a slow or unhealthy colour that are enough.
    """

    error_rate: float = 0.01
    errors: int = 3
    latency_factor: float = 3.0
    latency_ms: float = 100.0
    strikes: int = 3


@dataclass(frozen=True)
class SwapOptions:
    """How a swap goes.

    Attributes:
        bake: Seconds for which the new colour is watched.
        drain_limit: Seconds after which the old colour's transfers are no longer waited for; they continue.
        idle: Seconds without a byte after which a transfer counts as ended.
        interval: Seconds between two observations of the front doors.
        reads: Number of recent reads that are tried on the idle colour.
        throttle: Pause after each of the operator's own requests, as a multiple of its duration.
        data_copied: The operator confirms that the other storage has the data.
        limits: Limits of a healthy colour.
    """

    bake: float = 300.0
    drain_limit: float = 3600.0
    idle: float = 30.0
    interval: float = 2.0
    reads: int = 50
    throttle: float = 2.0
    data_copied: bool = False
    limits: Limits = field(default_factory=Limits)
