"""TCP ports of a server: those that the program takes itself, and those that a stack file chooses."""

from settings.reader import Reader

_SSH_PORT, METRICS_PORT = 22, 8405
OWN_PORTS = range(15000, 15500)
"""TCP ports of the colours, on each server that carries a registry (components)."""
STORAGE_PORT = 509
"""TCP port of the way to Swift on the server's loopback (choice).

The registry sends the storage's key there. Below 1024, no user of the server but root can take the port
before HAProxy does."""


def read_port(reader: Reader, key: str) -> int:
    """Read a TCP port; one that the program takes itself is reported.

    Args:
        reader: Reader of the whole stack.
        key: Key of the setting.
    """
    port = reader.within(key, 1, 65535)
    if port in (_SSH_PORT, STORAGE_PORT, METRICS_PORT) or port in OWN_PORTS:
        reader.report(
            key,
            f"must not be {_SSH_PORT} (SSH), {STORAGE_PORT} (the way to Swift), {METRICS_PORT} (HAProxy's"
            " figures) or"
            f" {OWN_PORTS[0]} to {OWN_PORTS[-1]} (the colours), got {port}",
        )
    return port
