"""What `operate doctor` finds of a stack's releases, for the commands that it names of a rotation."""

import pytest

from operate.doctor.judgements.stack import ColoursObservation, DoorObservation, RecordsObservation
from operate.doctor.probes.releases import observe_releases, observe_rollback
from operate.error import OperateError
from operate.record.observed_releases import ObservedReleases
from operate.record.record import Record
from operate.stack.facts import Colour
from operate.swap.start import begin_retirement
from tests.unit.operate.swap.simulated_stack import SimulatedStore, Simulation
from tests.unit.operate.swap.simulated_swaps import order, swap


def releases_in(simulation: Simulation) -> ObservedReleases:
    """What the doctor's questions to a simulated stack find."""
    observed = simulation.operator().observe(simulation.facts())
    records = RecordsObservation(current=observed.current)
    doors = [DoorObservation("dal05-a", status) for status in observed.doors]
    return observe_releases(
        lambda: records,
        lambda: ColoursObservation({Colour.RED: "1", Colour.BLACK: "2"}, Colour.BLACK),
        lambda: observe_rollback(simulation.facts(), SimulatedStore(simulation), doors, records),
    )


@pytest.mark.parametrize(("is_killed", "rollback"), [(False, "rollback ENV"), (True, "")])
def test_after_a_killed_retirement_no_rollback_is_named(rollback: str, *, is_killed: bool) -> None:
    simulation = Simulation()
    swap(simulation)
    operations = simulation.operator(2)
    if is_killed:
        record = begin_retirement(order(""), operations.observe(simulation.facts()))
        assert isinstance(record, Record)
        operations.history.enter(record)
    observed = releases_in(simulation)
    assert (observed.live, observed.releases) == ("2", frozenset({"1", "2"}))
    assert observed.rollback == rollback


def test_what_does_not_answer_stays_unknown() -> None:
    def refuse() -> str:
        raise OperateError("no answer")

    colours = ColoursObservation({Colour.RED: "1"}, Colour.RED)
    observed = observe_releases(RecordsObservation, lambda: colours, refuse)
    assert observed == ObservedReleases(None, "1", frozenset({"1"}), "rollback ENV")
