"""Swaps, rollbacks and kills in the simulated world, for the tests of both."""

from functools import cache

from operate.error import OperateError
from operate.record.options import SwapOptions
from operate.record.record import Record
from operate.stack.facts import Colour
from operate.swap.start import OperationRequest
from tests.support.killed_process import KilledError
from tests.unit.operate.swap.simulated_stack import SimulatedRelease, Simulation

QUICK = SwapOptions(bake=20.0, drain_limit=60.0, idle=10.0, interval=2.0)
BAD = {
    "wrong secret": SimulatedRelease(gate="an upload cannot continue: 404"),
    "broken storage": SimulatedRelease(gate="an upload cannot begin: 503"),
    "wrong digest": SimulatedRelease(gate="a layer comes back changed"),
    "missing blob": SimulatedRelease(shadow="GET /v2/a/blobs/sha256:1: 404, live 200"),
    "404 on reads": SimulatedRelease(shadow="GET /v2/a/manifests/1: 404, live 200"),
    "truncation": SimulatedRelease(shadow="GET: 5 of 10 bytes"),
    "wrong authentication": SimulatedRelease(gate="without credentials it answers 200, not 401"),
    "port closed": SimulatedRelease(gate="connection refused"),
    "never healthy": SimulatedRelease(unwell=True),
    "slow before": SimulatedRelease(gate="/v2/ takes 900 ms"),
    "slow when live": SimulatedRelease(response_ms=400.0),
    "corrupt when live": SimulatedRelease(complaint="other bytes than before"),
    "errors when live": SimulatedRelease(failing=5),
    "errors later": SimulatedRelease(failing=100, late=25.0),
    "another storage": SimulatedRelease(storage="s3-1"),
    "would touch the live colour": SimulatedRelease(touches_live=True),
}


def order(release: str = "2", options: SwapOptions = QUICK) -> OperationRequest:
    return OperationRequest("op@host", "now", "a test", release, {}, options)


def live(simulation: Simulation) -> set[Colour]:
    return {door.live for door in simulation.doors}


def swap(simulation: Simulation, release: str = "2", operator: int = 1) -> Record | str:
    return simulation.operator(operator).swap(order(release), simulation.facts())


def killed_at(simulation: Simulation, checkpoint: int, command: str = "swap") -> bool:
    """Run a command that is killed at its Nth checkpoint; False where it ended before."""
    simulation.passed.clear()
    simulation.kill_at = checkpoint
    try:
        operations = simulation.operator(checkpoint + 1)
        if command == "swap":
            operations.swap(order(), simulation.facts())
        else:
            operations.rollback(order(""), simulation.facts())
    except KilledError:
        return True
    finally:
        simulation.kill_at = None
    return False


@cache
def checkpoints_of_a_swap() -> int:
    simulation = Simulation()
    swap(simulation)
    return simulation.checkpoint_count


def roll_back(simulation: Simulation) -> str:
    """Roll back; returns why there is nothing to undo."""
    try:
        simulation.operator(9999).rollback(order(""), simulation.facts())
    except OperateError as error:
        return str(error)
    return ""


def free_the_lock(simulation: Simulation) -> None:
    """A dead operator's lock ends by the store's clock."""
    simulation.clock.sleep(61)


def check_agreement(simulation: Simulation) -> None:
    """Doors, configuration and stack say the same, and nothing is left under way."""
    assert len(live(simulation)) == 1
    (colour,) = live(simulation)
    assert simulation.config["live"] == colour.value
    assert simulation.built[colour] == simulation.config[colour.value]
    assert "operate/swap/current.json" not in simulation.objects
