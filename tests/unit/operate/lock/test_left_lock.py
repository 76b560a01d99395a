"""What status says of a lock whose process has ended: another one on this machine need not wait for it."""

from dataclasses import replace

import pytest

from operate.lock.holder import Holder
from operate.lock.process import this_process
from operate.status.status import status
from tests.unit.operate.swap.simulated_stack import SimulatedStore, Simulation

ALIVE = this_process("swap", 60.0)
DEAD = replace(ALIVE, started=1)


@pytest.mark.parametrize(
    ("holder", "is_left"),
    [
        (ALIVE, False),
        (DEAD, True),
        (replace(DEAD, place="another machine"), False),
        (replace(ALIVE, place="this machine before its last start"), False),
    ],
    ids=["alive", "dead", "elsewhere", "before a reboot"],
)
def test_a_lock_is_left_where_the_next_command_here_takes_it_over(holder: Holder, *, is_left: bool) -> None:
    simulation = Simulation()
    store = SimulatedStore(simulation)
    store.create("operate/lock/000000000001", holder.to_json())
    stack_status = status("prod", simulation.operator().observe(simulation.facts()), store)
    described = stack_status.lock_description
    assert described.startswith("lock left by" if is_left else "locked by")
    assert ("runs on this machine" in described) is (holder is ALIVE)
    lock = stack_status.as_json()["lock"]
    assert isinstance(lock, dict)
    assert lock["left"] is is_left
