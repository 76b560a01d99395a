"""How much of a front door one client may take, and all clients together.

Many clients may share one address behind a translating router, so the defaults are far above what one
client needs: a Docker daemon has six connections at most.
"""

from dataclasses import dataclass

from settings.reader import Reader
from settings.table import with_defaults

RATE_SECONDS = 10
"""Connections and requests of an address are counted over this time."""

_MOST_CONNECTIONS = 10_000
# Choices: three quarters of a door are for everybody, the rest for addresses that have few connections. Few
# are those of five Docker daemons at the default.
_OPEN_SHARE, _FEW_SHARE, _FEWEST = 0.75, 1 / 96, 8
_MOST_COUNTED = 1_000_000


@dataclass(frozen=True)
class DoorLimits:
    """Limits of one front door; an IPv6 address stands for its network of 64 bits.

    Attributes:
        connections: Connections at once, of all clients; others wait in the kernel's queue.
        address_connections: Connections at once of one address; further ones are closed.
        address_connection_rate: New ones of one address in `RATE_SECONDS`; further ones are closed.
        address_request_rate: Requests of one address in `RATE_SECONDS`; further ones are answered with 429.
        failed_logins: Failed logins of one address in a minute; further ones are answered with 429, whatever
            the password.
    """

    connections: int
    address_connections: int
    address_connection_rate: int
    address_request_rate: int
    failed_logins: int

    @property
    def open_connections(self) -> int:
        """Beyond so many, of all clients, a door takes further ones only of addresses that have few."""
        return int(self.connections * _OPEN_SHARE)

    @property
    def few_connections(self) -> int:
        """So many connections of one address are few."""
        return max(_FEWEST, int(self.connections * _FEW_SHARE))


def read_door_limits(reader: Reader) -> DoorLimits:
    """Read the limits of the front doors."""
    return DoorLimits(
        reader.within("doorConnections", 16, _MOST_CONNECTIONS),
        reader.within("doorAddressConnections", 1, _MOST_CONNECTIONS),
        reader.within("doorAddressConnectionRate", 1, _MOST_COUNTED),
        reader.within("doorAddressRequestRate", 1, _MOST_COUNTED),
        reader.within("doorFailedLogins", 1, _MOST_COUNTED),
    )


DEFAULT_DOOR_LIMITS = read_door_limits(Reader(with_defaults({}), "", []))
