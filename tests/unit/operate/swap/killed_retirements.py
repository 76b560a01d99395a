"""Simulated stacks whose operator was killed while a colour was retired."""

from collections.abc import Iterator
from functools import cache

from operate.record.record import Record
from operate.stack.facts import Colour
from tests.support.killed_process import KilledError
from tests.unit.operate.swap.simulated_stack import Simulation
from tests.unit.operate.swap.simulated_swaps import free_the_lock, order, swap


def stack_with_both_colours() -> Simulation:
    """A stack whose idle colour, black, has a release."""
    simulation = Simulation()
    simulation.built[Colour.BLACK] = simulation.config["black"] = "2"
    return simulation


def killed_retirement(checkpoint: int) -> Simulation | None:
    """A stack whose idle colour is being retired by an operator who dies; None where it came to its end."""
    simulation = stack_with_both_colours()
    simulation.kill_at = checkpoint
    try:
        simulation.operator(2).retire(order(""), simulation.facts())
    except KilledError:
        return simulation
    finally:
        simulation.kill_at = None
    return None


def killed_retirement_after_a_swap(checkpoint: int) -> Simulation | None:
    """A stack whose previous colour is retired by an operator who dies; None where it came to its end."""
    simulation = Simulation()
    swap(simulation)
    simulation.kill_at = simulation.checkpoint_count + checkpoint
    try:
        simulation.operator(2).retire(order(""), simulation.facts())
    except KilledError:
        simulation.kill_at = None
        free_the_lock(simulation)
        return simulation
    return None


def killed_retirements_after_a_swap() -> Iterator[Simulation]:
    """Stacks whose previous colour is being retired: a stack for each moment at which its operator dies."""
    checkpoint = 0
    while (simulation := killed_retirement_after_a_swap(checkpoint := checkpoint + 1)) is not None:
        yield simulation


@cache
def interrupting_checkpoint() -> int:
    """The first moment at which a killed retirement is shown as interrupted."""
    simulations = enumerate(killed_retirements_after_a_swap(), 1)
    return next(checkpoint for checkpoint, stack in simulations if results(stack)[0] == "interrupted")


def interrupted_retirement() -> Simulation:
    """A stack whose previous colour's retirement is shown as interrupted."""
    simulation = killed_retirement_after_a_swap(interrupting_checkpoint())
    assert simulation is not None
    return simulation


def results(simulation: Simulation) -> list[str]:
    """How the entries ended, as `operate history` shows them."""
    entries = simulation.operator(99).history.entries(20)
    return [entry.result for entry in entries if isinstance(entry, Record)]
