"""Objects among the locks that this stack's key has not signed block nobody for long, and let nobody in."""

from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operate.lock.holder import TTL
from operate.lock.lock import HeldError, Lock, LostLockError, acquire, find_holder
from operate.store.object_store import Stored, StoreError
from operate.store.signed_store import SignedStore
from tests.unit.operate.store.lagging_store import LaggingStore
from tests.unit.operate.swap.simulated_stack import holder

KEY, STRANGER = "5a" * 32, "a5" * 32


def name(number: int) -> str:
    return f"operate/lock/{number:012d}"


def stores() -> tuple[LaggingStore, SignedStore]:
    container = LaggingStore(lambda count: count - 1)
    return container, SignedStore(container, KEY)


def put_foreign(container: LaggingStore, *numbers: int) -> None:
    """Put released locks there that another root secret's operators took."""
    for number in numbers:
        SignedStore(container, STRANGER).put(name(number), holder(99).as_released().to_json())


def take(store: SignedStore, number: int, floor: int | None = 0) -> Lock:
    lock = acquire(store, holder(number), floor=floor, is_alive=lambda _: True, pause=lambda _: None)
    lock._stop_heartbeat()
    return lock


def is_held(lock: Lock) -> bool:
    try:
        lock.check()
    except LostLockError:
        return False
    return True


@pytest.mark.parametrize("foreign", [(17,), (17, 18, 19), (15, 17), (1, 2, 3, 17)])
def test_a_foreign_lock_above_the_fence_blocks_nobody(foreign: tuple[int, ...]) -> None:
    """After an adoption with a new root secret, the next number is an object that the lost key has signed."""
    container, store = stores()
    put_foreign(container, *foreign)
    container.seconds += TTL + 1
    lock = take(store, 1, floor=16)
    assert lock.token == max(foreign) + 1
    lock.check()
    with pytest.raises(HeldError, match="locked by op1@host"):
        take(store, 2, floor=16)


def test_a_foreign_lock_counts_for_the_time_to_live_alone() -> None:
    """It may be that of an operator at work, who has another key since an adoption."""
    container, store = stores()
    put_foreign(container, 17)
    entry = find_holder(store, floor=16)
    assert entry is not None
    assert entry[2] == 17
    container.seconds += TTL + 1
    assert find_holder(store, floor=16) is None
    assert take(store, 1, floor=16).token == 18


@pytest.mark.parametrize("age", [0.0, 20.0, TTL])
def test_a_foreign_lock_that_is_steadily_rewritten_is_waited_for_once(
    age: float, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever can write to the storage could stop every operator for ever otherwise."""
    container, store = stores()
    put_foreign(container, 17)
    container.seconds += age
    pauses = list[float]()

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        for second in range(round(seconds)):
            container.seconds += 1
            # Another number a few times meanwhile, and the same one always.
            put_foreign(container, 17, *({18 + second // 20} if second % 20 == 0 else ()))

    lock = acquire(store, holder(1), floor=16, is_alive=lambda _: True, pause=pause)
    lock._stop_heartbeat()
    assert TTL - age < pauses[0] <= TTL + 1
    assert sum(pauses) < TTL + 2, "also where others have come meanwhile"
    lock.check()
    with pytest.raises(HeldError, match="locked by op1@host"):
        take(store, 2, floor=16)
    written = capsys.readouterr().err
    assert f"{name(17)}, which was written {age:.0f} s ago and is not signed with the stack's key" in written
    assert "docs/runbooks/changed-records.md" in written


def test_an_operator_who_comes_while_a_foreign_lock_is_waited_for_has_the_lock() -> None:
    container, store = stores()
    put_foreign(container, 17)

    def pause(seconds: float) -> None:
        container.seconds += seconds
        if seconds > 1:
            take(store, 2, floor=16)

    with pytest.raises(HeldError, match="op2@host"):
        acquire(store, holder(1), floor=16, is_alive=lambda _: True, pause=pause)


def test_a_key_that_may_be_an_older_one_passes_over_no_operator_at_work() -> None:
    """A rollback has the key that this machine remembers; since then a rotation may have changed it."""
    container, store = stores()
    put_foreign(container, 17)
    with pytest.raises(HeldError, match=r"lock/000000000017 was written 0 s ago.* --fresh") as raised:
        acquire(store, holder(1), floor=16, pause=lambda _: None, is_key_current=False)
    assert raised.value.exit_code == 4
    container.seconds += TTL + 1
    lock = acquire(store, holder(1), floor=16, pause=lambda _: None, is_key_current=False)
    lock._stop_heartbeat()
    assert lock.token == 18


def test_a_foreign_lock_takes_no_lock_away() -> None:
    container, store = stores()
    lock = take(store, 1)
    put_foreign(container, 2, 3, 5)
    lock.check()
    container.seconds += TTL + 1
    follower = take(store, 2)
    assert follower.token == 4
    follower.check()
    with pytest.raises(LostLockError):
        lock.check()


def test_a_lock_is_renewed_above_foreign_ones() -> None:
    container, store = stores()
    lock = take(store, 1)
    put_foreign(container, 2, 3)
    lock.renew(2)
    lock._stop_heartbeat()
    assert lock.token == 4
    lock.check()


def test_where_no_front_door_answers_all_locks_count() -> None:
    container, store = stores()
    put_foreign(container, 1, 3, 5, 10**12 - 1)
    container.seconds += TTL + 1
    recovery = take(store, 1, floor=None)
    assert recovery.token == 6
    recovery.check()
    with pytest.raises(HeldError, match="op1@host"):
        take(store, 2, floor=6)


@pytest.mark.parametrize("floor", [None, 0, 3, 6])
def test_a_lower_lock_is_found_below_the_fence(floor: int | None) -> None:
    """A recovery to which no front door answered excludes a swap to which they answer."""
    container, store = stores()
    put_foreign(container, 1, 3, 5)
    container.seconds += TTL + 1
    recovery = take(store, 1, floor=0)
    recovery.check()
    with pytest.raises(HeldError, match="op1@host"):
        take(store, 2, floor=floor)
    recovery.check()


def test_too_many_foreign_locks_are_named() -> None:
    container, store = stores()
    put_foreign(container, *range(1, 200))
    container.seconds += TTL + 1
    with pytest.raises(StoreError, match=r"not signed with this stack's key; see docs/runbooks/changed"):
        take(store, 1)


class Preempted:
    """A store between whose calls another operator comes in once.

    Args:
        store: signed.
        call: number of the call before which the other one comes.
        intrude: what the other one does.
    """

    def __init__(self, store: SignedStore, call: int, intrude: Callable[[], None]) -> None:
        self._store, self._left, self._intrude = store, call, intrude

    def step(self, _: float = 0) -> None:
        self._left -= 1
        if self._left == 0:
            self._intrude()

    def get(self, name: str) -> Stored | None:
        self.step()
        return self._store.get(name)

    def put(self, name: str, content: bytes) -> None:
        self.step()
        self._store.put(name, content)

    def create(self, name: str, content: bytes) -> bool:
        self.step()
        return self._store.create(name, content)

    def delete(self, name: str) -> None:
        self.step()
        self._store.delete(name)

    def names(self, prefix: str) -> Sequence[str]:
        self.step()
        return self._store.names(prefix)


@pytest.mark.parametrize("call", range(1, 16))
def test_of_two_who_know_of_different_fences_one_has_the_lock(call: int) -> None:
    """A front door that did not answer remembers less than the others."""
    _, store = stores()
    locks = list[Lock]()

    def attempt(number: int, floor: int, inner: SignedStore | Preempted) -> None:
        pause = inner.step if isinstance(inner, Preempted) else lambda _: None
        with suppress(HeldError):
            lock = acquire(inner, holder(number), floor=floor, is_alive=lambda _: True, pause=pause)
            lock._stop_heartbeat()
            lock._store = store
            locks.append(lock)

    attempt(1, 6, Preempted(store, call, lambda: attempt(2, 0, store)))
    assert len([lock for lock in locks if is_held(lock)]) <= 1


TURNS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 20.0, 61.0, 4000.0]),  # seconds that pass
        st.lists(st.integers(-3, 6), max_size=4),  # foreign objects, from the highest number on
        st.sampled_from(["", "release", "fence", "end"]),  # what the holder does then
        st.integers(1, 25),  # call of the first operator before which the second one comes
        st.tuples(st.integers(0, 3), st.integers(0, 3)),  # how many fences ago each of them asked front doors
    ),
    min_size=1,
    max_size=8,
)


@given(TURNS, st.data())
def test_of_two_operators_one_has_the_lock_among_foreign_ones(
    turns: list[tuple[float, list[int], str, int, tuple[int, int]]], data: st.DataObject
) -> None:
    container = LaggingStore(lambda count: data.draw(st.integers(0, count - 1), label="listing"))
    store = SignedStore(container, KEY)
    locks, fences, number = list[Lock](), [0], 0
    for seconds, foreign, action, call, lags in turns:
        container.seconds += seconds
        highest = max([*fences, *(int(key[-12:]) for key in container.objects)])
        put_foreign(
            container,
            *{place for step in foreign if (place := highest + step) > 0 and not store.get(name(place))},
        )
        container.seconds += TTL + 1 if seconds > TTL else 0
        number += 2
        first, second = number - 1, number

        def attempt(who: int, floor: int, inner: SignedStore | Preempted) -> None:
            pause = inner.step if isinstance(inner, Preempted) else lambda _: None
            with suppress(HeldError):
                lock = acquire(
                    inner,
                    holder(who),
                    floor=floor,
                    is_alive=lambda _: True,
                    pause=pause,
                )
                lock._stop_heartbeat()
                lock._store = store
                locks.append(lock)

        def intrude(who: int = second, floor: int = fences[-1 - min(lags[1], len(fences) - 1)]) -> None:
            attempt(who, floor, store)

        attempt(first, fences[-1 - min(lags[0], len(fences) - 1)], Preempted(store, call, intrude))
        held_locks = [lock for lock in locks if is_held(lock)]
        assert len(held_locks) <= 1, [lock.token for lock in held_locks]
        if held_locks and action in ("fence", "end"):
            fences.append(max(fences[-1], held_locks[0].token + (action == "end")))
        if held_locks and action in ("release", "end"):
            held_locks[0]._stop_heartbeat()
            store.put(name(held_locks[0].token), held_locks[0]._me.as_released().to_json())
            locks.remove(held_locks[0])
    container.seconds += TTL + 1
    assert take(store, number + 1, fences[-1]).token > fences[-1]
