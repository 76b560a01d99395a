"""A read whose bytes must not change while the new colour is live."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ReferenceRead:
    """A read whose bytes must not change, for comparison while the new colour is live.

    Attributes:
        generation: Generation of the registry.
        path: Path at the registry.
        digest: Digest of the whole body.
        datacenter: Datacenter whose door's colours gave it.
    """

    generation: str
    path: str
    digest: str
    datacenter: str = ""
