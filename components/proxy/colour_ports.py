"""The ports of the colours on their servers: a choice, above the ports that people choose."""

from collections.abc import Mapping
from dataclasses import dataclass

from settings import Colour


@dataclass(frozen=True)
class ColourPorts:
    """TCP ports of one generation of one colour.

    Attributes:
        registry: TCP port of the registry on the loopback, plain HTTP.
        debug: TCP port of health and metrics on the loopback; 0 where the generation has none.
        pulls: TCP port for pulls of blobs on the loopback, plain HTTP; the registry's where no process serves
            them.
        pulls_debug: As `debug`, of the process that serves pulls.
        inner: TCP port on the private address, with TLS, where the front door is on another server.
    """

    registry: int
    debug: int
    pulls: int
    pulls_debug: int
    inner: int


PORTS: Mapping[tuple[str, Colour], ColourPorts] = {
    ("modern", "red"): ColourPorts(15000, 15001, 15002, 15003, 15443),
    ("modern", "black"): ColourPorts(15010, 15011, 15012, 15013, 15453),
    ("legacy", "red"): ColourPorts(15080, 0, 15080, 0, 15480),
    ("legacy", "black"): ColourPorts(15085, 0, 15085, 0, 15485),
}
STANDBY_PORTS: Mapping[tuple[str, Colour], ColourPorts] = {
    ("modern", "red"): ColourPorts(15100, 15101, 15102, 15103, 0),
    ("modern", "black"): ColourPorts(15110, 15111, 15112, 15113, 0),
    ("legacy", "red"): ColourPorts(15180, 0, 15180, 0, 0),
    ("legacy", "black"): ColourPorts(15185, 0, 15185, 0, 0),
}
"""Of a registry that `operate recover --on` has started: the colours that follow it start beside it."""
