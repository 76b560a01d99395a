"""What operators share is kept as small objects; their clock is the store's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from operate.error import OperateError


class StoreError(OperateError):
    """The store refuses or cannot be reached."""


class UnusableStoreError(StoreError):
    """The store refuses the login, or its container is missing: no operator can hold a lock there."""


@dataclass(frozen=True)
class Stored:
    """An object as it was found.

    Attributes:
        content: Content of the object.
        age: Seconds since it was written, by the store's clock alone.
        genuine: Whether an operator of this stack wrote it; what is not has no content.
    """

    content: bytes
    age: float
    genuine: bool = True


class ObjectStore(Protocol):
    """Small objects under names with slashes; every method raises StoreError where the store fails."""

    def get(self, name: str) -> Stored | None:
        """Return an object; None where it is not there."""

    def put(self, name: str, content: bytes) -> None:
        """Write an object, over one that is there."""

    def create(self, name: str, content: bytes) -> bool:
        """Write an object that is not there yet; False, and nothing written, where it is."""

    def delete(self, name: str) -> None:
        """Take an object away; nothing to do where it is not there."""

    def names(self, prefix: str) -> Sequence[str]:
        """List the names that begin so, sorted."""
