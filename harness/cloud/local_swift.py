"""The local cloud's object storage alone, for tests and benches that need no machines.

Apart from all else: whoever imports it has Swift, and with it eventlet, which loads parts of the standard
library twice.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cloud.swift.local_object_storage import LocalObjectStorage
from harness.cloud.machine_host import left_on_host


@contextmanager
def local_swift(state_dir: Path) -> Iterator[LocalObjectStorage]:
    """Run the local cloud's object storage; in the end nothing of it is left on this host.

    Args:
        state_dir: Folder of its state.
    """
    storage = LocalObjectStorage(state_dir, None)
    try:
        yield storage
    finally:
        storage.stop()
    assert left_on_host(state_dir) == []
