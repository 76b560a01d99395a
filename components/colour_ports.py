"""The ports of the colours on their servers: a choice, above the ports that people choose."""

from collections.abc import Mapping
from dataclasses import dataclass

from settings import Colour


@dataclass(frozen=True)
class ColourPorts:
    """TCP ports of one generation of one colour.

    Attributes:
        registry: on the loopback, plain HTTP.
        debug: on the loopback, health and metrics; 0 where the generation has none.
        inner: on the private address, TLS, where the front door is on another server.
    """

    registry: int
    debug: int
    inner: int


PORTS: Mapping[tuple[str, Colour], ColourPorts] = {
    ("modern", "red"): ColourPorts(15000, 15001, 15443),
    ("modern", "black"): ColourPorts(15010, 15011, 15453),
    ("legacy", "red"): ColourPorts(15080, 0, 15480),
    ("legacy", "black"): ColourPorts(15085, 0, 15485),
}
