"""Queues at a front door: requests of one kind, of which a limited number is served at once.

Each kind has a server of its own in HAProxy's backend, of weight 0, so that nothing goes there but what is
sent by `use-server`. `maxconn` counts its requests under way; what comes beyond is queued, its body unread.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from settings import LegacyCapacity, ModernCapacity

WAIT_MINUTES = 10
"""Choice: as long as a transfer may stand still (`timeout server`); then the client gets a 503."""
OTHER_REQUESTS = 256
"""Requests of all other kinds that are served at once: each is small and short."""

_UPLOADS = "{ path,url_dec -m reg '^/v2/.+/blobs/uploads/' }"
# What the process for pulls may answer: no question of a push, and the deletion that it must hear of.
_BLOBS = "{ method GET DELETE } { path,url_dec -m reg '^/v2/.+/blobs/[a-z0-9+._-]+:[0-9A-Fa-f]+$' }"
_LAYERS = "{ path,url_dec -m reg '^/v1/(private_)?images/[^/]+/(layer|files|diff)' }"


@dataclass(frozen=True)
class DoorQueue:
    """Requests of one kind.

    Attributes:
        name: Name of the queue, the end of the server's name in HAProxy.
        condition: Which requests the queue takes, as a condition of HAProxy.
        limit: Number of requests that are served at once.
        port: TCP port on the loopback where the registry takes these requests.
    """

    name: str
    condition: str
    limit: int
    port: int

    def __post_init__(self) -> None:
        if self.limit < 1:
            raise ValueError(f"queue {self.name}: limit must be at least 1, got {self.limit}")

    def lines(self, server: str, colour_port: int) -> list[str]:
        """HAProxy's lines for it.

        Args:
            server: The colour's own server, whose health counts where the port is the same.
            colour_port: TCP port of that server.
        """
        health = "check inter 1s fall 3 rise 1" if self.port != colour_port else f"track {server}"
        own = f"{server}-{self.name}"
        return [
            f"  use-server {own} if {self.condition}",
            f"  server {own} 127.0.0.1:{self.port} weight 0 maxconn {self.limit} {health}",
        ]


def modern_queues(capacity: ModernCapacity, port: int, pull_port: int) -> Sequence[DoorQueue]:
    """Return the queues in front of distribution: an upload holds a segment, a pull a buffer.

    Args:
        capacity: Number of requests that are served at once.
        port: TCP port of the registry.
        pull_port: TCP port of its process for pulls of blobs.
    """
    return (
        DoorQueue("uploads", _UPLOADS, capacity.uploads, port),
        DoorQueue("pulls", _BLOBS, capacity.pulls, pull_port),
    )


def legacy_queues(capacity: LegacyCapacity, port: int) -> Sequence[DoorQueue]:
    """Return the queue in front of the registry 0.7.3.

    Args:
        capacity: Capacity of the registry.
        port: TCP port of the registry on its server.
    """
    return (DoorQueue("layers", _LAYERS, capacity.layers, port),)
