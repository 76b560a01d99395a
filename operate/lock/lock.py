"""The lock in the object store.

Each holder has an object of its own, `operate/lock/%012d`, created only where it is not there; its number is
the fencing token, and grows with every holder. A heartbeat writes it again. The store's
clock alone decides whether it still counts, never an operator's.
"""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType

from messages.progress import muted, report, step
from operate.error import EXIT_LOCKED, OperateError
from operate.lock.holder import TTL, Holder, describe_holder, is_free, parse_holder
from operate.lock.numbers import (
    FOREIGN_LIMIT,
    GAP,
    Entry,
    find_above,
    find_path,
    list_tokens,
    name_of,
    too_many_foreign,
)
from operate.lock.process import is_alive
from operate.store.object_store import ObjectStore, StoreError

_BEATS = 4
"""Heartbeats in a time to live (choice): three may be lost."""
_KEPT_SECONDS = 86_400.0
"""Age at which objects of earlier holders are deleted (choice): longer than a listing of the store is late.

What follows the end of a late listing is found only where no object in between is missing."""
_SWEEP_LIMIT = 4
"""Objects of earlier holders that each new holder checks (choice)."""


class HeldError(OperateError):
    """Another operator is at work."""

    exit_code = EXIT_LOCKED


class LostLockError(OperateError):
    """This operator's lock is another's now: it must not act any more."""

    is_superseded = True


class Lock:
    """The lock while it is held; as a context, given back at its end.

    Args:
        store: Store of the lock.
        me: Process that holds it.
        token: Fencing token, the number of the lock's object.
    """

    def __init__(self, store: ObjectStore, me: Holder, token: int) -> None:
        self._store, self._me, self.token = store, me, token
        self._start_heartbeat()

    def __enter__(self) -> "Lock":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop_heartbeat()
        # Where it cannot be given back it ends by itself; what was to be done under it is done.
        with suppress(OperateError):
            self.check()
            self._store.put(name_of(self.token), self._me.as_released().to_json())

    def check(self) -> None:
        """Ask the store whether this lock still counts; before every step that changes something.

        A heartbeat that is due is made up for, as the thread's may have been lost.

        Raises:
            LostLockError: The lock does not count any more.
            StoreError: Nobody knows.
        """
        stored = self._store.get(name_of(self.token))
        if stored is None or parse_holder(stored.content).nonce != self._me.nonce:
            raise self._lost_lock_error("its object was written by another operator")
        if stored.age > self._me.ttl:
            raise self._lost_lock_error(f"its last heartbeat is {stored.age:.0f} s old")
        if find_above(self._store, self.token) is not None:
            raise self._lost_lock_error("another operator has taken it over")
        if stored.age > self._me.ttl / _BEATS:
            self._store.put(name_of(self.token), self._me.to_json())

    def renew(self, floor: int = 0, store: ObjectStore | None = None) -> None:
        """Go on under a higher token, without a moment in which nobody holds the lock.

        A front door refuses the token of an operation that has ended.

        Args:
            floor: The token is higher than this one.
            store: Store of the lock from now on; the same place, with another key that signs. None keeps the
                present one.

        Raises:
            LostLockError: The lock does not count any more.
        """
        self.check()
        self._stop_heartbeat()
        try:
            renewed = store or self._store
            token = _create(renewed, self._me, max(self.token, floor) + 1)
            if token is None:
                raise self._lost_lock_error("another operator has taken it over")
            self._store, self.token = renewed, token
        finally:
            self._start_heartbeat()

    def _lost_lock_error(self, why: str) -> LostLockError:
        return LostLockError(
            f"lock {self.token} is lost: {why}; nothing more is done. `operate status ENV` shows who has"
            " it; then run the command again"
        )

    @property
    def store(self) -> ObjectStore:
        """Where it is, with all that operators of the stack keep."""
        return self._store

    @property
    def description(self) -> str:
        """The lock for people; errors name it by the same number."""
        return f"lock {self.token} is held; nobody else changes the stack meanwhile"

    def beat(self) -> None:
        """Write the own object again, if it still is the own and counts.

        Raises:
            LostLockError: The lock does not count any more.
            StoreError: The store does not answer; a later beat may come in time.
        """
        self.check()
        self._store.put(name_of(self.token), self._me.to_json())

    def _start_heartbeat(self) -> None:
        self._ended = threading.Event()
        self._heart = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._heart.start()

    def _stop_heartbeat(self) -> None:
        self._ended.set()
        self._heart.join()

    def _beat(self) -> None:
        while not self._ended.wait(self._me.ttl / _BEATS):
            try:
                with muted():  # nobody waits for it, and a question may be on the terminal
                    self.beat()
            except StoreError:
                continue
            except OperateError:
                return


def acquire(
    store: ObjectStore,
    me: Holder,
    *,
    floor: int | None = 0,
    is_alive: Callable[[Holder], bool] = is_alive,
    pause: Callable[[float], None] = time.sleep,
    is_key_current: bool = True,
) -> Lock:
    """Take the lock.

    A foreign object may be the lock of an operator who has another key since an adoption: where it is next to
    the number that is taken, and younger than the usual time to live, that is waited for, once. Then it is
    passed over, whoever has written it meanwhile: who can write to the storage must not stop operators for
    ever. An operator who is passed over so is refused by the front doors, which remember a higher token.

    Args:
        store: Store of the lock.
        me: Process that requests the lock.
        floor: The token is higher than this one: the highest that a door has seen. None where no door
            answers: it is higher than that of every object then.
        is_alive: Whether a holder's process exists, if it is one of this machine.
        pause: Waits so many seconds.
        is_key_current: Whether Pulumi has returned the key that signs, so that no newer one can be in use.

    Raises:
        HeldError: Another operator holds the lock; the text says who, since when, and until when.
        StoreError: The store fails, or too many objects are foreign.
    """
    path = find_path(store, floor)
    has_waited = _await_foreign(path.foreign, pause, is_key_current=is_key_current)
    if has_waited:
        path = find_path(store, floor)

    def refuse(entry: Entry) -> None:
        if entry.stored.genuine or not has_waited:
            _refuse_held(entry, me, is_alive)

    for entry in filter(None, [path.last, *path.foreign]):
        refuse(entry)
    token = _create(store, me, path.next_token, refuse)
    if token is None:
        raise _lost_race_error(path.next_token)
    # Two creations at the very same moment may both be reported as successful; the last one stands.
    pause(0.3)
    stored = store.get(name_of(token))
    if stored is None or parse_holder(stored.content).nonce != me.nonce:
        raise _lost_race_error(token)
    if _has_rival(store, me, path.last_token, token, is_alive):
        store.delete(name_of(token))
        raise _lost_race_error(token)
    _sweep(store, token)
    return Lock(store, me, token)


def find_holder(store: ObjectStore, floor: int | None = 0) -> tuple[Holder, float, int] | None:
    """Return who holds the lock, seconds since the last heartbeat, and the token; None where it is free.

    Args:
        store: Store of the lock.
        floor: The highest number that a front door remembers; None where none answers.
    """
    path = find_path(store, floor)
    for entry in filter(None, [path.last, *path.foreign]):
        holder = parse_holder(entry.stored.content)
        if not is_free(holder, entry.stored.age, holder, alive=True):
            return holder, entry.stored.age, entry.token
    return None


def _create(
    store: ObjectStore, me: Holder, token: int, refuse: Callable[[Entry], None] | None = None
) -> int | None:
    """Create the object of the first number that is free, and return it; None where an operator has it.

    Whoever is on the same way creates at the same number, or finds this object.

    Args:
        store: Store of the lock.
        me: Process that requests the lock.
        token: The first number.
        refuse: Raises HeldError where an object still counts; None passes over every foreign one.

    Raises:
        StoreError: Too many objects are foreign.
    """
    for number in range(token, token + FOREIGN_LIMIT):
        if store.create(name_of(number), me.to_json()):
            return number
        stored = store.get(name_of(number))
        if stored is None:
            return None
        if refuse is not None:
            refuse(Entry(number, stored))
        if stored.genuine:
            return None
    raise too_many_foreign(token)


def _has_rival(
    store: ObjectStore, me: Holder, last: int, token: int, is_alive: Callable[[Holder], bool]
) -> bool:
    """Whether another operator took a number since the last one was found.

    Two who know of different floors create at different numbers. At least one of them sees the other here.
    """
    near = range(max(last, token - FOREIGN_LIMIT) + 1, token + GAP + 1)
    listed = [number for number in list_tokens(store) if number > last]
    for number in sorted({*near, *listed} - {token}):
        stored = store.get(name_of(number))
        if stored is not None and stored.genuine:
            holder = parse_holder(stored.content)
            if not is_free(holder, stored.age, me, alive=is_alive(holder)):
                return True
    return False


def _lost_race_error(token: int) -> HeldError:
    return HeldError(f"another operator took lock {token} at the same moment; run the command again")


def _await_foreign(foreign: Sequence[Entry], pause: Callable[[float], None], *, is_key_current: bool) -> bool:
    """Wait until foreign objects are older than the time to live; return whether there were young ones.

    Args:
        foreign: Foreign objects as they were found.
        pause: Waits so many seconds.
        is_key_current: Whether Pulumi has returned the key that signs.

    Raises:
        HeldError: Young foreign objects exist, and another key may be the stack's by now.
    """
    young = [entry for entry in foreign if entry.stored.age <= TTL]
    if not young:
        return False
    youngest = min(young, key=lambda entry: entry.stored.age)
    name, age = name_of(youngest.token), youngest.stored.age
    if not is_key_current:
        raise HeldError(
            f"{name} was written {age:.0f} s ago, and is not signed with the key that this machine remembers"
            " of the stack: another operator may be at work with a newer one; run the command again with"
            " --fresh, which asks Pulumi for the key"
        )
    seconds = TTL - age + 1
    report(
        f"lock: waits {seconds:.0f} s for {name}, which was written {age:.0f} s ago and is not signed with"
        " the stack's key: by an operator with an earlier key, or by somebody else who can write to the"
        " storage. Then it is passed over; see docs/runbooks/changed-records.md"
    )
    with step("a lock that is not signed with the stack's key"):
        pause(seconds)
    return True


def _refuse_held(entry: Entry, me: Holder, is_alive: Callable[[Holder], bool]) -> None:
    holder = parse_holder(entry.stored.content)
    alive = is_alive(holder)
    if not is_free(holder, entry.stored.age, me, alive=alive):
        runs_here = alive and holder.place == me.place
        raise HeldError(describe_holder(holder, entry.stored.age, runs_here=runs_here))


def _sweep(store: ObjectStore, token: int) -> None:
    """Delete the oldest objects, from the lowest number on, so that none in between is missing."""
    for number in reversed(list_tokens(store)[-_SWEEP_LIMIT:]):
        stored = store.get(name_of(number))
        if stored is not None and (stored.age < _KEPT_SECONDS or number >= token):
            return
        store.delete(name_of(number))
