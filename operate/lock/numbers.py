"""The numbers of the lock's objects: which an operator has taken, and what others left among them.

An object is foreign where it is not signed with a key of this stack: it is that of an operator before an
adoption with a new root secret, or of anybody who can write to the storage.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from operate.store.object_store import ObjectStore, Stored, StoreError

PREFIX = "operate/lock/"
GAP = 2
"""Numbers in a row that may be missing among those that are taken.

An operation has the front doors remember one more than its own number at its end, and the next number is
above that one."""
_NAME = re.compile(rf"{PREFIX}[0-9]{{12}}")
FOREIGN_LIMIT = 100
"""Foreign objects that are passed over (choice): each is a request."""
_HIGHEST_FOREIGN = 10**9
"""Number above which a foreign object does not count as one that was taken (choice): no stack gets there, and
whoever can write to the storage must not use up the numbers."""


@dataclass(frozen=True)
class Entry:
    """An object of the lock.

    Attributes:
        token: Fencing token, the number of the object.
        stored: The object.
    """

    token: int
    stored: Stored


@dataclass(frozen=True)
class LockPath:
    """What was found at the end of the numbers.

    Attributes:
        last: The highest genuine object; None where there is none.
        foreign: Foreign objects above that one, as far as they are next to it or to the floor.
        floor: The next number is higher than this one.
    """

    last: Entry | None
    foreign: tuple[Entry, ...]
    floor: int

    @property
    def last_token(self) -> int:
        """The highest number that an operator has taken; 0 where there is none."""
        return self.last.token if self.last else 0

    @property
    def next_token(self) -> int:
        """The first number above the last one and the floor at which no object was found."""
        foreign = {entry.token for entry in self.foreign}
        token = max(self.last_token, self.floor) + 1
        while token in foreign:
            token += 1
        return token


def find_path(store: ObjectStore, floor: int | None) -> LockPath:
    """Find the end of the numbers.

    A listing may be late, so that what follows its end is asked for, and what is next to the floor.

    Args:
        store: Store of the lock.
        floor: The highest number that a front door remembers; None where none answers, so that all objects
            count.

    Raises:
        StoreError: So many objects are foreign that the end cannot be found.
    """
    tokens = list_tokens(store)
    last = _find_last_genuine(store, tokens)
    if floor is None:
        floor = max((token for token in tokens if token <= _HIGHEST_FOREIGN), default=0)
    start = last.token if last else 0
    foreign = list[Entry]()
    for entry in _follow(store, start, floor):
        if entry.stored.genuine:
            last, foreign = entry, []
        else:
            foreign.append(entry)
    return LockPath(last, tuple(foreign), floor)


def find_above(store: ObjectStore, token: int) -> Entry | None:
    """Return the first genuine object next above a number; foreign ones in between are passed over.

    Args:
        store: Store of the lock.
        token: The number.

    Raises:
        StoreError: So many objects are foreign that the end cannot be found.
    """
    return next((entry for entry in _walk(store, token, token) if entry.stored.genuine), None)


def list_tokens(store: ObjectStore) -> list[int]:
    """Return the numbers of all objects, as a listing has them, the highest first."""
    names = [name for name in store.names(PREFIX) if _NAME.fullmatch(name)]
    return sorted((int(name.removeprefix(PREFIX)) for name in names), reverse=True)


def name_of(token: int) -> str:
    """Return the name of an object.

    Args:
        token: Fencing token, the number of the object.
    """
    return f"{PREFIX}{token:012d}"


def too_many_foreign(token: int) -> StoreError:
    """Return the error of too many foreign objects.

    Args:
        token: Number of one of them.
    """
    return StoreError(
        f"{name_of(token)} and {FOREIGN_LIMIT - 1} objects beside it are not signed with this stack's key;"
        " see docs/runbooks/changed-records.md"
    )


def _find_last_genuine(store: ObjectStore, tokens: Sequence[int]) -> Entry | None:
    for token in tokens[:FOREIGN_LIMIT]:
        stored = store.get(name_of(token))
        if stored is not None and stored.genuine:
            return Entry(token, stored)
    if len(tokens) > FOREIGN_LIMIT:
        raise too_many_foreign(tokens[0])
    return None


def _follow(store: ObjectStore, start: int, floor: int) -> Iterator[Entry]:
    """Ask for what follows a number, then for what is next to the floor, each number once."""
    end = start
    for entry in _walk(store, start, start):
        end = entry.token
        yield entry
    yield from _walk(store, max(end + GAP, floor - GAP - 1), floor)


def _walk(store: ObjectStore, start: int, least: int) -> Iterator[Entry]:
    """Ask for each number above one, until too many in a row are missing.

    Args:
        store: Store of the lock.
        start: The number before the first one.
        least: Number up to which, and the gap above, missing ones do not end it.
    """
    token, end, foreign = start, least, 0
    while token < end + GAP:
        token += 1
        stored = store.get(name_of(token))
        if stored is None:
            continue
        foreign += not stored.genuine
        if foreign >= FOREIGN_LIMIT:
            raise too_many_foreign(token)
        end = max(end, token)
        yield Entry(token, stored)
