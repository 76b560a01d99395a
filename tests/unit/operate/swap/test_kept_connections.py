"""The switch waits for idle connections from before the build, which would bypass the new configuration."""

from dataclasses import replace

import pytest

from components.proxy.front_door_config import FrontDoorShape, front_door_configuration
from operate.stack.facts import Colour
from operate.swap.pre_switch import KEEP_ALIVE_SECONDS
from tests.unit.operate.swap.simulated_stack import Simulation, _Doors
from tests.unit.operate.swap.simulated_swaps import live, swap


@pytest.mark.parametrize(("ends_after", "waited"), [(0.0, 0.0), (20.0, 20.0), (1e9, KEEP_ALIVE_SECONDS)])
def test_a_switch_waits_until_they_have_ended_and_no_longer_than_the_door_keeps_them(
    ends_after: float, waited: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulation, status, switch = Simulation(), _Doors.status, _Doors.switch
    built: list[float] = []
    switched: list[float] = []

    def status_with_kept(doors: _Doors) -> list[object]:
        now = simulation.clock.monotonic()
        if simulation.built[Colour.BLACK] and not built:
            built.append(now)
        kept = int(bool(built) and now - built[0] < ends_after)
        return [replace(door, kept_connections=kept) for door in status(doors)]

    def timed_switch(doors: _Doors, *args: object, **options: bool) -> object:
        switched.append(simulation.clock.monotonic())
        return switch(doors, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(_Doors, "status", status_with_kept)
    monkeypatch.setattr(_Doors, "switch", timed_switch)
    swap(simulation)
    assert live(simulation) == {Colour.BLACK}
    assert waited <= switched[0] - built[0] <= waited + 10


def test_it_waits_as_long_as_a_front_door_keeps_an_idle_connection() -> None:
    door = front_door_configuration(FrontDoorShape("a", "192.0.2.1", 5000, 15000))
    assert f"  timeout http-keep-alive {KEEP_ALIVE_SECONDS:g}s" in door.splitlines()
