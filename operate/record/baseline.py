"""What the live colour did before the switch, with which the new one is compared."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Baseline:
    """What the live colour did before the switch.

    Attributes:
        error_rate: Share of requests that failed.
        response_ms: Milliseconds that a probe's reads took together.
    """

    error_rate: float
    response_ms: float
