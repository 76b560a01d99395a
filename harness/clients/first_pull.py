"""A client that waits for the registry to come back: it tries until a pull is whole."""

import subprocess
import time

from harness.clients.registry_client import Client, SlowPull

_PAUSE_SECONDS = 0.05


def seconds_to_first_pull(
    started: float, client: Client, path: str, digest: str, process: "subprocess.Popen[str]"
) -> float:
    """Return the seconds after which a client has pulled a blob whole.

    Args:
        started: Time from which the seconds count, of the monotonic clock.
        client: Client of the registry; its patience is that of one try.
        path: Path of the blob.
        digest: Digest of the blob.
        process: Process that brings the registry back.

    Raises:
        AssertionError: The process failed, or the blob has other bytes.
    """
    while True:
        failed = bool(process.poll())
        try:
            pulled = SlowPull(client, path).begin().end()
        except (OSError, AssertionError):
            assert not failed, process.communicate()[1]
            time.sleep(_PAUSE_SECONDS)
        else:
            assert pulled == digest
            return time.monotonic() - started
