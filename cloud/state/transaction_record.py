"""The record of a step under way."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Transaction:
    """A step under way on a resource."""

    id: int
    name: str
    created: str
