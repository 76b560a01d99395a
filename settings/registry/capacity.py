"""How much a registry takes on at once, and the memory that this needs: each follows from the other.

Measured with distribution 2.8.3 and 3.1.1 (bench/registry/crowd.py): an upload holds one segment or part of
20 MiB, a pull one buffer of 4 MiB, and Go's garbage as much again. What is beyond these waits at the
front door. The legacy registry holds much less of a layer than is reserved for it (docs/reference/legacy.md).
"""

from dataclasses import dataclass
from typing import Literal

from messages.count import format_count
from settings.reader import Reader

_MEMORY = (64, 1024 * 1024)
_MOST_AT_ONCE = 10_000
_PROCESS_MB = 80
"""Of distribution, of which two processes run: one serves the pulls."""
_UPLOAD_MB, _PULL_MB = 20, 4
_GARBAGE = 2
_PULLS_AN_UPLOAD = 4
_UPLOADS = 12
_LEGACY_MB, _WORKER_MB, _LAYER_MB, _LAYERS = 64, 40, 160, 4
# Of each process's share of the container's memory, which also counts what is not Go's heap.
_HEAP_SHARE = 0.9


@dataclass(frozen=True)
class ModernCapacity:
    """What distribution takes on at once.

    Attributes:
        uploads: Requests for uploads of blobs.
        pulls: Requests for blobs at once.
        memory: Limit of the container in MB; 0 is what the two need.
    """

    uploads: int = _UPLOADS
    pulls: int = _UPLOADS * _PULLS_AN_UPLOAD
    memory: int = 0

    @property
    def needed_memory(self) -> int:
        """MB that the uploads and pulls need."""
        return self._upload_memory + self._pull_memory

    @property
    def _upload_memory(self) -> int:
        return _PROCESS_MB + _GARBAGE * _UPLOAD_MB * self.uploads

    @property
    def _pull_memory(self) -> int:
        return _PROCESS_MB + _GARBAGE * _PULL_MB * self.pulls

    def heap_limit(self, process: Literal["uploads", "pulls"]) -> str:
        """Return `GOMEMLIMIT` of one of the two processes, its share of the container's memory."""
        share = self._upload_memory if process == "uploads" else self._pull_memory
        memory = self.memory or self.needed_memory
        return f"{int(_HEAP_SHARE * memory * share / self.needed_memory)}MiB"


def modern_capacity_within(memory: int) -> ModernCapacity:
    """Return the most that fits into a container of so many MB, one upload at least."""
    per_upload = _GARBAGE * (_UPLOAD_MB + _PULL_MB * _PULLS_AN_UPLOAD)
    uploads = max(1, (memory - 2 * _PROCESS_MB) // per_upload)
    return ModernCapacity(uploads, uploads * _PULLS_AN_UPLOAD, memory)


@dataclass(frozen=True)
class LegacyCapacity:
    """What the registry 0.7.3 takes on at once.

    Attributes:
        workers: Number of processes that serve.
        layers: Layers at once.
        memory: Limit of the container in MB.
    """

    workers: int
    layers: int
    memory: int


@dataclass(frozen=True)
class CapacityRequest:
    """What the stack file asks for; 0 for what it leaves to the program.

    Attributes:
        memory: Limit of the container in MB.
        uploads: Uploads at once.
        pulls: Pulls at once.
    """

    memory: int = 0
    uploads: int = 0
    pulls: int = 0

    @property
    def capacity(self) -> ModernCapacity:
        """The capacity; what is not requested follows from what is."""
        if self.memory and not self.uploads and not self.pulls:
            return modern_capacity_within(self.memory)
        default = ModernCapacity()
        capacity = ModernCapacity(self.uploads or default.uploads, self.pulls or default.pulls)
        return ModernCapacity(capacity.uploads, capacity.pulls, self.memory or capacity.needed_memory)

    @property
    def problem(self) -> str | None:
        """Why it cannot be had; None where it can."""
        capacity = self.capacity
        if (self.uploads or self.pulls) and capacity.memory < capacity.needed_memory:
            return (
                f"must be at least {capacity.needed_memory} for {format_count(capacity.uploads, 'upload')}"
                f" and {format_count(capacity.pulls, 'pull')} at once, got {self.memory}; leave it out, or"
                " lower these"
            )
        return None


def legacy_capacity(workers: int, layers: int, memory: int) -> LegacyCapacity:
    """Return what is served at once; of layers and memory, 0 is what follows from the other.

    Args:
        workers: Number of processes that serve.
        layers: Layers at once.
        memory: Limit of the container in MB.
    """
    processes = _LEGACY_MB + _WORKER_MB * workers
    if not layers:
        layers = max(1, (memory - processes) // _LAYER_MB) if memory else _LAYERS
    return LegacyCapacity(workers, layers, memory or processes + _LAYER_MB * layers)


def read_memory(reader: Reader, key: str) -> int:
    """Read a memory limit in MB; 0 where it is left to the program."""
    memory = reader.take(key, int)
    return reader.within(key, *_MEMORY) if memory else 0


def read_memory_swap(reader: Reader) -> int:
    """Read the swap space in MB that a container may use beyond its memory limit; 0 for none."""
    return reader.within("registryMemorySwap", 0, _MEMORY[1])


def read_capacity_request(reader: Reader) -> CapacityRequest:
    """Read what the stack file requests of the modern registry."""
    return CapacityRequest(
        read_memory(reader, "registryMemory"),
        read_at_once(reader, "registryUploads"),
        read_at_once(reader, "registryPulls"),
    )


def read_at_once(reader: Reader, key: str) -> int:
    """Read how many go on at once; 0 where it is left to the program."""
    return reader.within(key, 0, _MOST_AT_ONCE)
