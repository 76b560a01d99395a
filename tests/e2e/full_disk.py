"""A disk of Docker that is full for a while."""

from collections.abc import Iterator
from contextlib import contextmanager

from harness.stack.live_stack import LiveRegistry


@contextmanager
def full_disk(registry: LiveRegistry, server: str) -> Iterator[None]:
    """Fill the disk of Docker on a server but for a few KB."""
    filled = registry.ssh(
        server,
        "cd /var/lib/docker && fallocate -l $(($(df --output=avail -B1 . | tail -n 1) - 8192)) filled",
    )
    assert filled.returncode == 0, filled.stderr
    try:
        yield
    finally:
        registry.ssh(server, "rm -f /var/lib/docker/filled")
