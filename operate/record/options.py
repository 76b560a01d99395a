"""How a swap or a move goes: every default once. The commands' options show them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

_UNITS = {"bake": " s", "drain_limit": " s", "idle": " s", "interval": " s", "latency_ms": " ms"}


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

    def differences(self, other: "SwapOptions") -> str:
        """Return what differs from other options, for people, such as `bake 300 s, not 6 s`; "" for nothing.

        Args:
            other: The other options.
        """
        own, others = _flatten(self), _flatten(other)
        differing = [
            f"{name.replace('_', ' ')} {_show(name, value)}, not {_show(name, others[name])}"
            for name, value in own.items()
            if value != others[name]
        ]
        return "; ".join(differing)


def _flatten(options: SwapOptions) -> Mapping[str, float | bool]:
    fields = asdict(options)
    limits = fields.pop("limits")
    return {**fields, **limits}


def _show(name: str, value: float | bool) -> str:
    text = ("no", "yes")[value] if isinstance(value, bool) else f"{value:g}"
    return f"{text}{_UNITS.get(name, '')}"
