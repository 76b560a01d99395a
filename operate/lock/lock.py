"""The lock in the object store.

Each holder has an object of its own, `operate/lock/%012d`, created only where it is not there; its number is
the fencing token, and grows with every holder. A heartbeat writes it again. The store's
clock alone decides whether it still counts, never an operator's.
"""

import re
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType

from messages.progress import muted
from operate.error import EXIT_LOCKED, OperateError
from operate.lock.holder import Holder, describe_holder, is_free, parse_holder
from operate.lock.process import is_alive
from operate.store.object_store import ObjectStore, StoreError

PREFIX = "operate/lock/"
_NAME = re.compile(rf"{PREFIX}[0-9]{{12}}")
_BEATS = 4
"""Heartbeats in a time to live (choice): three may be lost."""
_KEPT_SECONDS = 86_400.0
"""Age at which objects of earlier holders are deleted (choice): longer than a listing of the store is late.

What follows the end of a late listing is found only where no object in between is missing."""
_FOREIGN_LIMIT = 100
"""Objects of others that are passed over in search of the last holder (choice): each is a request."""
_SWEEP_LIMIT = 4
"""Objects of earlier holders that each new holder checks (choice)."""


class HeldError(OperateError):
    """Another operator is at work."""

    exit_code = EXIT_LOCKED


class LostLockError(OperateError):
    """This operator's lock is another's now: it must not act any more."""


class Lock:
    """The lock while it is held; as a context, given back at its end.

    Args:
        store: where it is.
        me: who holds it.
        token: its number.
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
            self._store.put(_name(self.token), self._me.as_released().to_json())

    def check(self) -> None:
        """Ask the store whether this lock still counts; before every step that changes something.

        A heartbeat that is due is made up for, as the thread's may have been lost.

        Raises:
            LostLockError: it does not.
            StoreError: nobody knows.
        """
        stored = self._store.get(_name(self.token))
        if stored is None or parse_holder(stored.content).nonce != self._me.nonce:
            raise self._lost_lock_error("its object is another's")
        if stored.age > self._me.ttl:
            raise self._lost_lock_error(f"its last heartbeat is {stored.age:.0f} s old")
        if self._store.get(_name(self.token + 1)) is not None:
            raise self._lost_lock_error("another operator has taken it over")
        if stored.age > self._me.ttl / _BEATS:
            self._store.put(_name(self.token), self._me.to_json())

    def renew(self, floor: int = 0, store: ObjectStore | None = None) -> None:
        """Go on under a higher token, without a moment in which nobody holds the lock.

        A front door refuses the token of an operation that has ended.

        Args:
            floor: the token is higher than this one.
            store: where it is from now on; the same place, with another key that signs. None is as before.

        Raises:
            LostLockError: it does not count any more.
        """
        self.check()
        self._stop_heartbeat()
        try:
            renewed, token = store or self._store, max(self.token, floor) + 1
            if not renewed.create(_name(token), self._me.to_json()):
                raise self._lost_lock_error("another operator has taken it over")
            self._store, self.token = renewed, token
        finally:
            self._start_heartbeat()

    def _lost_lock_error(self, why: str) -> LostLockError:
        return LostLockError(
            f"lock {self.token} is lost: {why}; nothing more is done. See operate status, then run the"
            " command again"
        )

    @property
    def description(self) -> str:
        """The lock for people; errors name it by the same number."""
        return f"lock {self.token} is held; nobody else changes the stack meanwhile"

    def beat(self) -> None:
        """Write the own object again, if it still is the own and counts.

        Raises:
            LostLockError: it does not count any more.
            StoreError: the store cannot be asked; a later beat may come in time.
        """
        self.check()
        self._store.put(_name(self.token), self._me.to_json())

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
    floor: int = 0,
    is_alive: Callable[[Holder], bool] = is_alive,
    pause: Callable[[float], None] = time.sleep,
) -> Lock:
    """Take the lock.

    Args:
        store: Where the lock is.
        me: Who requests it.
        floor: the token is higher than this one: the highest that a door has seen.
        is_alive: whether a holder's process is there, if it is one of this machine.
        pause: waits so many seconds.

    Raises:
        HeldError: another holds it; the text says who, since when, and until when.
    """
    last = _find_last_token(store)
    if last:
        _refuse_held(store, last, me, is_alive)
    token = max(last, floor) + 1
    if not store.create(_name(token), me.to_json()):
        _refuse_held(store, token, me, is_alive)
        raise HeldError(f"another operator took lock {token} at the same moment; run the command again")
    # Two creations at the very same moment may both be reported as successful; the last one stands.
    pause(0.3)
    stored = store.get(_name(token))
    if stored is None or parse_holder(stored.content).nonce != me.nonce:
        raise HeldError(f"another operator took lock {token} at the same moment; run the command again")
    _sweep(store, token)
    return Lock(store, me, token)


def find_holder(store: ObjectStore) -> tuple[Holder, float, int] | None:
    """Return who holds the lock, seconds since the last heartbeat, and the token; None where it is free."""
    last = _find_last_token(store)
    stored = store.get(_name(last)) if last else None
    if stored is None:
        return None
    holder = parse_holder(stored.content)
    return None if is_free(holder, stored.age, holder, alive=True) else (holder, stored.age, last)


def _refuse_held(store: ObjectStore, token: int, me: Holder, is_alive: Callable[[Holder], bool]) -> None:
    stored = store.get(_name(token))
    if stored is None:
        return
    holder = parse_holder(stored.content)
    if not is_free(holder, stored.age, me, alive=is_alive(holder)):
        raise HeldError(describe_holder(holder, stored.age))


def _find_last_token(store: ObjectStore) -> int:
    """The highest token that an operator has taken, or 0; what somebody else left there is passed over.

    A listing may be late, so that what follows its end is asked for.
    """
    names = [name for name in reversed(store.names(PREFIX)) if _NAME.fullmatch(name)]
    last = _find_last_genuine(store, names)
    while store.get(_name(last + 1)) is not None:
        last += 1
    return last


def _find_last_genuine(store: ObjectStore, names: Sequence[str]) -> int:
    for name in names[:_FOREIGN_LIMIT]:
        stored = store.get(name)
        if stored is not None and stored.genuine:
            return _token(name)
    if len(names) > _FOREIGN_LIMIT:
        raise StoreError(
            f"{names[0]} and {_FOREIGN_LIMIT - 1} objects before it are not signed with this stack's key; see"
            " docs/runbooks/changed-records.md"
        )
    return 0


def _sweep(store: ObjectStore, token: int) -> None:
    """Delete the oldest objects, from the lowest number on, so that none in between is missing."""
    names = [name for name in store.names(PREFIX) if _NAME.fullmatch(name)]
    for name in names[:_SWEEP_LIMIT]:
        stored = store.get(name)
        if stored is not None and (stored.age < _KEPT_SECONDS or _token(name) >= token):
            return
        store.delete(name)


def _name(token: int) -> str:
    return f"{PREFIX}{token:012d}"


def _token(name: str) -> int:
    return int(name.removeprefix(PREFIX))
