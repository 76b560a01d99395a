"""Where the history ends among entries that operators wrote and entries that others put there; pure.

Entries are numbered from 1 without gaps. Whoever can write to the storage can put any number of objects
behind the last one, and each that is read is a request: so they are passed over in steps that double. Who
exchanges genuine entries besides can hide the end; the front doors remember its lock
(`operate.history.replay`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

SKIPPED_LIMIT = 20
"""Entries that are read one by one in search of a genuine one, and shown as foreign (choice)."""
_READS_LIMIT = 200
"""Entries that are read at most (choice)."""


@dataclass(frozen=True)
class ListedEnd:
    """The end of the history as a listing has it.

    Attributes:
        number: Number of the last genuine entry; 0 where none was found.
        foreign: Numbers of foreign entries above it that were read one by one, the highest first.
        further: Number of other objects that the listing has above it.
    """

    number: int
    foreign: tuple[int, ...] = ()
    further: int = 0


class _Entries:
    """Entries in descending order of their numbers, each read once, and so many at most."""

    def __init__(self, numbers: Sequence[int], is_genuine: Callable[[int], bool | None]) -> None:
        self.numbers, self._is_genuine = numbers, is_genuine
        self.answers: dict[int, bool | None] = {}

    def is_genuine(self, index: int) -> bool:
        if index not in self.answers:
            is_exhausted = len(self.answers) >= _READS_LIMIT
            self.answers[index] = None if is_exhausted else self._is_genuine(self.numbers[index])
        return self.answers[index] is True


def find_listed_end(numbers: Sequence[int], is_genuine: Callable[[int], bool | None]) -> ListedEnd:
    """Find the last genuine entry.

    Args:
        numbers: Numbers that a listing has, each once.
        is_genuine: Function that returns whether an operator of this stack wrote the entry with a number;
            None where it is missing.
    """
    entries = _Entries(sorted(numbers, reverse=True), is_genuine)
    index = _find_genuine(entries)
    end = len(entries.numbers) if index is None else index
    foreign = tuple(
        entries.numbers[read] for read in range(min(end, SKIPPED_LIMIT)) if entries.answers[read] is False
    )
    further = max(0, end - SKIPPED_LIMIT)
    return ListedEnd(0 if index is None else entries.numbers[index], foreign, further)


def _find_genuine(entries: _Entries) -> int | None:
    """Return the index of the highest genuine entry; None where none was found."""
    length = len(entries.numbers)
    near = next((index for index in range(min(length, SKIPPED_LIMIT)) if entries.is_genuine(index)), None)
    if near is not None or length <= SKIPPED_LIMIT:
        return near
    foreign, genuine = _gallop(entries, SKIPPED_LIMIT - 1)
    if genuine is None:
        return None
    while True:
        while genuine - foreign > 1:
            middle = (foreign + genuine) // 2
            foreign, genuine = (foreign, middle) if entries.is_genuine(middle) else (middle, genuine)
        # Others may have exchanged the entry above alone.
        above = range(max(0, genuine - SKIPPED_LIMIT), genuine)
        later = next((index for index in above if entries.is_genuine(index)), None)
        if later is None:
            return genuine
        foreign, genuine = max(-1, later - SKIPPED_LIMIT), later


def _gallop(entries: _Entries, start: int) -> tuple[int, int | None]:
    """Return the indices of a foreign entry and of a genuine one below it, in steps that double."""
    foreign, step, last = start, SKIPPED_LIMIT, len(entries.numbers) - 1
    while foreign < last:
        index = min(foreign + step, last)
        if entries.is_genuine(index):
            return foreign, index
        foreign, step = index, 2 * step
    return foreign, None
