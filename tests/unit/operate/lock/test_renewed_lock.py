"""A lock that is held through several operations, each with a token that the front doors have not seen."""

import pytest

from operate.error import OperateError
from operate.lock.lock import HeldError, Lock, LostLockError, acquire
from operate.stack.facts import Colour
from operate.store.signed_store import SignedStore
from operate.swap.operations import Operations
from tests.unit.operate.swap.simulated_stack import SimulatedStore, Simulation, holder
from tests.unit.operate.swap.simulated_swaps import check_agreement, live, order


def take(simulation: Simulation, number: int) -> Lock:
    return acquire(SimulatedStore(simulation), holder(number), pause=lambda _: None)


def test_a_renewed_lock_is_never_free_in_between() -> None:
    simulation = Simulation()
    with take(simulation, 1) as lock:
        for floor in (0, 7):
            lock.renew(floor)
            lock.check()
            assert lock.token > floor
            with pytest.raises(HeldError):
                take(simulation, 2)
    with take(simulation, 2) as lock:
        assert lock.token > 8


def test_a_lock_that_was_taken_over_is_not_renewed() -> None:
    simulation = Simulation()
    lock = take(simulation, 1)
    simulation.clock.sleep(61)
    with take(simulation, 2), pytest.raises(LostLockError):
        lock.renew()


def test_a_lock_goes_on_with_the_key_that_signs_from_now_on() -> None:
    """Who knows the previous key alone, once the root is given up again, still sees the lock."""
    simulation = Simulation()
    new = SignedStore(SimulatedStore(simulation), "new key", "old key")
    old = SignedStore(SimulatedStore(simulation), "old key", "new key")
    with acquire(new, holder(1), pause=lambda _: None) as lock:
        lock.renew(store=old)
        with pytest.raises(HeldError, match="locked by op1@host"):
            acquire(SignedStore(SimulatedStore(simulation), "old key"), holder(2), pause=lambda _: None)
    acquire(SignedStore(SimulatedStore(simulation), "old key"), holder(2), pause=lambda _: None)


def test_several_operations_run_under_one_lock() -> None:
    simulation = Simulation()
    with take(simulation, 1) as lock:
        operations = Operations(
            simulation.operator()._dependencies, SimulatedStore(simulation), holder(1), lock
        )
        operations.swap(order(), simulation.facts())
        operations.retire(order(""), simulation.facts())
        with pytest.raises(OperateError, match="locked by op1@host"):
            simulation.operator(2).swap(order("3"), simulation.facts())
        assert live(simulation) == {Colour.BLACK}
    check_agreement(simulation)
    assert simulation.built[Colour.RED] == ""
    simulation.operator(2).swap(order("3"), simulation.facts())
    assert live(simulation) == {Colour.RED}
