"""What `operate doctor` finds of a stack's releases, for the commands that it names of a rotation."""

from types import SimpleNamespace
from typing import cast

import pytest

from operate.doctor.probes.releases import observe_releases
from operate.doctor.probes.stack import StackProbes
from operate.doctor.stack import ColoursObservation, RecordsObservation
from operate.error import OperateError
from operate.stack.facts import Colour
from operate.swap.record import Record
from operate.swap.start import begin_retirement
from tests.unit.operate.swap.simulated_stack import SimulatedStore, Simulation
from tests.unit.operate.swap.simulated_swaps import order, swap


def probes_of(simulation: Simulation) -> StackProbes:
    """The questions of the doctor to a simulated stack."""
    observed = simulation.operator().observe(simulation.facts())
    probes = SimpleNamespace(
        observe_records=lambda: RecordsObservation(current=observed.current),
        observe_colours=lambda: ColoursObservation({Colour.RED: "1", Colour.BLACK: "2"}, Colour.BLACK),
        facts=simulation.facts,
        link=lambda: None,
        doors=lambda: [SimpleNamespace(status=status) for status in observed.doors],
    )
    return cast("StackProbes", probes)


@pytest.mark.parametrize(("is_killed", "rollback"), [(False, "rollback ENV"), (True, "")])
def test_after_a_killed_retirement_no_rollback_is_named(
    rollback: str, monkeypatch: pytest.MonkeyPatch, *, is_killed: bool
) -> None:
    simulation = Simulation()
    swap(simulation)
    operations = simulation.operator(2)
    if is_killed:
        record = begin_retirement(order(""), operations.observe(simulation.facts()))
        assert isinstance(record, Record)
        operations.history.enter(record)
    monkeypatch.setattr(
        "operate.doctor.probes.releases.questioned_store", lambda *_: SimulatedStore(simulation)
    )
    observed = observe_releases(probes_of(simulation))
    assert (observed.live, observed.releases) == ("2", frozenset({"1", "2"}))
    assert observed.rollback == rollback


def test_records_that_do_not_answer_leave_the_rollback_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> SimulatedStore:
        raise OperateError("no answer")

    simulation = Simulation()
    swap(simulation)
    monkeypatch.setattr("operate.doctor.probes.releases.questioned_store", refuse)
    assert observe_releases(probes_of(simulation)).rollback == "rollback ENV"
