"""What an operator gives to a swap or a rollback has an effect, or is refused."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from operate.error import NotStartedError
from operate.record.record import Record
from operate.stack.facts import Colour
from operate.swap.overrides import require_live_settings
from operate.swap.start import OperationRequest
from tests.support.killed_process import KilledError
from tests.unit.operate.swap.simulated_stack import Simulation
from tests.unit.operate.swap.simulated_swaps import check_agreement, free_the_lock, live, order, swap


def swap_with(settings: Mapping[str, str], release: str = "1") -> OperationRequest:
    return replace(order(release), settings=settings)


def test_settings_for_the_live_release_are_refused_with_the_command_that_applies_them() -> None:
    """`--set` was dropped without a word, and the exit code was 0."""
    simulation = Simulation()
    request = swap_with({"memory": "700"})
    reason = (
        r"release 1 is live.*--set memory=700 would change nothing.*operate swap ENV --to 2 --set memory=700"
    )
    with pytest.raises(NotStartedError, match=reason):
        simulation.operator().swap(request, simulation.facts())
    with pytest.raises(NotStartedError, match=reason):
        simulation.operator().preview(request, simulation.facts())
    assert swap(simulation, "1") == "release 1 is live already, as red"


@pytest.mark.parametrize(
    ("releases", "new_release"), [({"1": {}, "7": {}}, "8"), (None, "2"), ({"1": {}, "blue": {}}, "2")]
)
def test_the_new_release_that_is_named_does_not_exist(releases: object, new_release: str) -> None:
    with pytest.raises(NotStartedError, match=f"--to {new_release} "):
        require_live_settings("1", {"memory": "700"}, releases)


def test_settings_that_the_live_release_has_are_no_mistake() -> None:
    """The same command, typed again after its swap has ended, has nothing to do."""
    for memory in (700, "700", 700.0):
        require_live_settings("1", {"memory": "700"}, {"1": {"memory": memory, "cpus": 2}})
    require_live_settings("1", {"debug": "true"}, {"1": {"debug": True}})
    require_live_settings("1", {}, None)


@pytest.mark.parametrize(
    ("existing", "given", "reported"),
    [
        ({}, {}, "--set memory=1280 --set 'name=a b' gives it the same"),
        ({}, {"memory": "512"}, "--set 'name=a b' gives it the same"),
        ({}, {"memory": "512", "name": "c"}, ""),
        ({"2": {}}, {}, ""),
    ],
)
def test_what_the_live_release_overrides_and_a_new_one_does_not_is_reported(
    existing: dict[str, object], given: dict[str, str], reported: str
) -> None:
    """An edit of `releases.1` was refused, with a swap that went live and changed nothing of it."""
    simulation = Simulation()
    simulation.config["releases"] = {"1": {"memory": 1280, "name": "a b"}, **existing}
    request = swap_with(given, "2")
    simulation.operator().preview(request, simulation.facts())
    simulation.operator().swap(request, simulation.facts())
    lines = [line for line in simulation.reported if line.startswith("release: ")]
    assert lines == ([] if not reported else [lines[0]] * 2)
    assert not reported or lines[0].endswith(reported)


def unfinished_swap(step: str) -> Simulation:
    simulation = Simulation()
    simulation.kill_once_reported(f"{step} ok")
    with pytest.raises(KilledError):
        swap(simulation)
    free_the_lock(simulation)
    return simulation


def test_a_rollback_makes_the_named_colour_live_whatever_is_under_way() -> None:
    """--colour black was dropped, and red went live."""
    simulation = unfinished_swap("switch")
    request = replace(order(""), colour=Colour.BLACK)
    record = simulation.operator(2).rollback(request, simulation.facts())
    assert isinstance(record, Record)
    assert live(simulation) == {Colour.BLACK}
    assert "ends a swap to release 2 (black) by op@host" in record.reason
    check_agreement(simulation)


def test_a_swap_that_has_switched_nothing_is_undone_before_another_colour_goes_live() -> None:
    simulation = unfinished_swap("build")
    request = replace(order(""), colour=Colour.BLACK)
    with pytest.raises(NotStartedError, match=r"has switched nothing\. `operate rollback ENV` undoes it"):
        simulation.operator(2).rollback(request, simulation.facts())
    assert live(simulation) == {Colour.RED}


def test_the_colour_that_an_undoing_brings_back_may_be_named() -> None:
    simulation = unfinished_swap("switch")
    record = simulation.operator(2).rollback(replace(order(""), colour=Colour.RED), simulation.facts())
    assert isinstance(record, Record)
    assert record.kind == "swap"
    assert live(simulation) == {Colour.RED}
