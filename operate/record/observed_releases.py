"""What front doors and records know of a stack's releases; the stack file notes a step after it has ended."""

from dataclasses import dataclass

from operate.record.record import Record


@dataclass(frozen=True)
class ObservedReleases:
    """Releases of a stack, as far as they are known.

    Attributes:
        current: The operation under way; None where none is, or where it is not known.
        live: Release that every front door has live; "" where that is not known.
        releases: Releases that the colours have; empty where that is not known.
        rollback: Rollback that is not refused, without `operate`; "" where none leads back.
    """

    current: Record | None = None
    live: str = ""
    releases: frozenset[str] = frozenset()
    rollback: str = "rollback ENV"

    def lacks(self, release: str) -> bool:
        """Return whether no colour has a release, so that no rollback leads to it; not where nobody knows."""
        return bool(self.releases) and release not in self.releases
