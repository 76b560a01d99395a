"""Swaps, rollbacks and kills in the simulated world, for the tests of both."""

from operate.error import OperateError
from operate.swap.begin import OperationRequest
from operate.swap.facts import Colour
from operate.swap.record import Options, Record
from tests.unit.simulated_world import Killed, SimulatedRelease, Simulation

QUICK = Options(bake=20.0, drain_limit=60.0, idle=10.0, interval=2.0)
BAD = {
    "wrong secret": SimulatedRelease(gate="an upload cannot go on: 404"),
    "broken storage": SimulatedRelease(gate="an upload cannot begin: 503"),
    "wrong digest": SimulatedRelease(gate="a layer comes back otherwise"),
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


def order(release: str = "2", options: Options = QUICK) -> OperationRequest:
    return OperationRequest("op@host", "now", "a test", release, {}, options)


def live(world: Simulation) -> set[Colour]:
    return {door.live for door in world.doors}


def swap(world: Simulation, release: str = "2", operator: int = 1) -> Record | str:
    return world.operator(operator).swap(order(release), world.facts())


def killed_at(world: Simulation, moment: int, command: str = "swap") -> bool:
    """Run a command that is killed at its Nth moment; False where it ended before."""
    world.passed.clear()
    world.kill_at = moment
    try:
        operations = world.operator(moment + 1)
        if command == "swap":
            operations.swap(order(), world.facts())
        else:
            operations.rollback(order(""), world.facts())
    except Killed:
        return True
    finally:
        world.kill_at = None
    return False


def moments_of_a_swap() -> int:
    world = Simulation()
    swap(world)
    return world.moments


def undo(world: Simulation) -> str:
    """Roll back; returns why there is nothing to undo."""
    try:
        world.operator(9999).rollback(order(""), world.facts())
    except OperateError as error:
        return str(error)
    return ""


def free_the_lock(world: Simulation) -> None:
    """A dead operator's lock ends by the store's clock."""
    world.clock.sleep(61)


def check_agreement(world: Simulation) -> None:
    """Doors, configuration and stack say the same, and nothing is left under way."""
    assert len(live(world)) == 1
    (colour,) = live(world)
    assert world.config["live"] == colour.value
    assert world.built[colour] == world.config[colour.value]
    assert "operate/swap/current.json" not in world.objects
