"""A plain HAProxy beside the front door's: same server, binary, certificate and registry behind it.

It has what TLS in front of one server needs and nothing else: no colours, no map, no headers, no counters
of moving transfers, no log, buffers of the size that HAProxy has by itself.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from harness.stack.live_stack import LiveRegistry

PORT = 15998
_FOLDER = "/var/tmp/plain-haproxy"  # noqa: S108 # on the server


def configuration(registry_port: int) -> str:
    """Return the configuration file of HAProxy.

    Args:
        registry_port: TCP port of the registry on the loopback.
    """
    return f"""\
defaults
  mode http
  timeout connect 5s
  timeout client 10m
  timeout server 10m
frontend plain
  bind 127.0.0.1:{PORT} ssl crt /etc/registry-door/current/front-modern.pem
  default_backend registry
backend registry
  server registry 127.0.0.1:{registry_port}
"""


@contextmanager
def plain_haproxy(stack: LiveRegistry, address: str, registry_port: int) -> Iterator[int]:
    """Run it while the context lasts; returns its port on the server's loopback.

    Args:
        stack: Stack whose server carries it.
        address: Address of the server.
        registry_port: TCP port of the registry on the loopback.

    Raises:
        RuntimeError: It does not start.
    """
    result = stack.ssh_to(
        address,
        f"umask 077; mkdir -p {_FOLDER} && cat >{_FOLDER}/plain.cfg"
        f" && haproxy -D -p {_FOLDER}/pid -f {_FOLDER}/plain.cfg",
        stdin_payload=configuration(registry_port),
    )
    if result.returncode != 0:
        raise RuntimeError(f"plain HAProxy on {address}: {result.stderr[-300:]}")
    try:
        _await(stack, address)
        yield PORT
    finally:
        stack.ssh_to(address, f"kill $(cat {_FOLDER}/pid); rm -r {_FOLDER}")


def _await(stack: LiveRegistry, address: str) -> None:
    end = time.monotonic() + 10
    while stack.ssh_to(address, f"bash -c '</dev/tcp/127.0.0.1/{PORT}'").returncode != 0:
        if time.monotonic() > end:
            raise RuntimeError(f"plain HAProxy on {address} does not listen on {PORT}")
        time.sleep(0.1)
