"""Sends attacks to a front door, each on a connection of its own."""

import contextlib
import socket
import ssl
import time
from dataclasses import dataclass, field

from harness.clients.hostile_kinds import Attack

_PATIENCE_SECONDS = 5.0


@dataclass
class HostileClient:
    """Where attacks go.

    Attributes:
        port: Port of the door on 127.0.0.1.
        authority: PEM of the door's authority; with another one the handshake fails, and nothing is proved.
    """

    port: int
    authority: str
    _context: ssl.SSLContext = field(init=False)

    def __post_init__(self) -> None:
        self._context = ssl.create_default_context(cadata=self.authority)

    def send(self, attack: Attack, source: str = "127.0.0.1") -> bytes:
        """Send an attack from an address of the loopback.

        Returns:
            All that came back until the door or the client was silent; b"" for a connection that was closed.
        """
        try:
            with self._connect(attack, source) as connection:
                for part in attack.parts:
                    connection.sendall(part)
                    time.sleep(attack.pause)
                if attack.waits:
                    time.sleep(attack.pause)
                    return b""
                return _received(connection)
        except OSError:
            return b""

    def _connect(self, attack: Attack, source: str) -> socket.socket:
        plain = socket.create_connection(("127.0.0.1", self.port), _PATIENCE_SECONDS, (source, 0))
        if not attack.has_tls:
            return plain
        try:
            return self._context.wrap_socket(plain, server_hostname="127.0.0.1")
        except OSError:
            plain.close()
            raise


def status_of(answer: bytes) -> int:
    """Return the status of the first answer; 0 where there is none."""
    words = answer.split(b" ", 2)
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0


def _received(connection: socket.socket) -> bytes:
    """What comes; after the first answer the door has a moment for a second one, and for no more."""
    received = b""
    with contextlib.suppress(OSError):
        while part := connection.recv(65536):
            received += part
            connection.settimeout(0.2)
    return received
