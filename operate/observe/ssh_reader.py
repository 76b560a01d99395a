"""Reads exporters over SSH, and meets front doors as a client does."""

import http.client
import socket
import ssl
import time
from collections.abc import Sequence
from contextlib import closing
from urllib.parse import urlsplit

import httpx

from messages.network_failure import describe_network_failure
from operate.error import OperateError
from operate.observe.stack_metrics import DoorProbe
from operate.observe.targets import MetricsTarget
from operate.servers.pinned_transport import PinnedTransport
from operate.servers.script_text import SCRIPTS
from operate.servers.ssh import SshLink
from operate.stack.facts import DoorFacts, Facts

_SCRIPT = SCRIPTS / "disk-space.sh"
_SECONDS = 5.0
_SCRIPT_SECONDS = 8.0
"""Choices; Prometheus waits 15 s for the whole (`prometheus.TIMEOUT_SECONDS`)."""
_MOST_BYTES = 8 << 20


class SshReader:
    """Reads a stack's servers.

    Args:
        link: The connections.
    """

    def __init__(self, link: SshLink) -> None:
        self._link = link

    def exporter(self, target: MetricsTarget) -> bytes:
        """Return what an exporter answers.

        Raises:
            OperateError: The exporter cannot be reached.
        """
        with self._link.forward(target.server, target.port) as port:
            return read_exporter(f"http://127.0.0.1:{port}/metrics", target)

    def disks(self, target: MetricsTarget) -> bytes:
        """Return what disk-space.sh prints.

        Raises:
            OperateError: The server cannot be reached.
        """
        (answer,) = self._link.run_each([target.server], _SCRIPT, _SCRIPT_SECONDS)
        if isinstance(answer, OperateError):
            raise answer
        code, output, message = answer
        if code:
            raise OperateError(f"{target.name}: disk-space.sh: {message or f'exit code {code}'}")
        return output


def read_exporter(url: str, target: MetricsTarget) -> bytes:
    """Return what an exporter answers at an address on this machine's loopback.

    Raises:
        OperateError: The exporter does not answer, or too much.
    """
    content = bytearray()
    try:
        transport = PinnedTransport(httpx.HTTPTransport(), [url])
        with (
            httpx.Client(transport=transport, timeout=_SECONDS) as client,
            client.stream("GET", url) as response,
        ):
            response.raise_for_status()
            for piece in response.iter_bytes():
                content += piece
                if len(content) > _MOST_BYTES:
                    raise OperateError(f"{target.path}: its metrics are more than {_MOST_BYTES >> 20} MB")
    except httpx.HTTPError as error:
        raise OperateError(
            f"{target.path}: no metrics at port {target.port} of {target.name}"
            f" ({describe_network_failure(error, _SECONDS)}); see `operate status ENV`"
        ) from None
    return bytes(content)


def probe_doors(facts: Facts) -> Sequence[DoorProbe]:
    """Meet each front door as a client does, without a password."""
    return [probe_door(door, facts.authority) for door in facts.doors]


def probe_door(door: DoorFacts, authority: str) -> DoorProbe:
    """Ask a door for its health by TLS, with the authority that clients have.

    Args:
        door: Front door whose first generation is probed.
        authority: PEM; "" where everybody knows it.
    """
    generation = door.generations[0]
    address = urlsplit(door.endpoint)
    context = ssl.create_default_context(cadata=authority or None)
    started_at, end = time.perf_counter(), None
    try:
        host, port = str(address.hostname), address.port or 443
        with (
            socket.create_connection((host, port), _SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=host) as connection,
            closing(http.client.HTTPConnection(host, port)) as client,
        ):
            certificate = connection.getpeercert() or {}
            end = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
            client.sock = connection
            client.request("GET", "/v2/" if generation == "modern" else "/v1/_ping")
            # Without a password 401 is right; a door without a registry answers 503.
            is_answered = client.getresponse().status in (200, 401)
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        return DoorProbe(door.name, generation, None, end)
    seconds = time.perf_counter() - started_at
    return DoorProbe(door.name, generation, seconds if is_answered else None, end)
