"""A stack file that notes the other colour as live is named, unless a swap under way will note it."""

from pathlib import Path

import pytest

from operate.doctor.judgements.stack import DoorObservation, RecordsObservation
from operate.doctor.probes.records import observe_records
from operate.doctor.probes.stack import StackProbes
from operate.doctor.shared import Shared
from operate.doors.door_status import DoorStatus
from operate.stack.facts import Colour
from operate.status.live_setting import live_setting_warnings
from tests.unit.operate.doctor.stacks import stack_facts
from tests.unit.operate.swap.killed_retirements import interrupted_retirement
from tests.unit.operate.swap.simulated_stack import SimulatedStore, Simulation
from tests.unit.operate.swap.simulated_swaps import checkpoints_of_a_swap, killed_at


@pytest.mark.parametrize(
    ("setting", "live"), [("black", Colour.RED), ("", Colour.BLACK), ("red", Colour.BLACK)]
)
def test_the_other_colour_is_named_with_the_command_that_notes_the_live_one(
    setting: str, live: Colour
) -> None:
    (text,) = live_setting_warnings("prod", setting, live, is_under_way=False)
    assert f"{live} is live, and the stack file notes {live.opposite}" in text
    assert f"`pulumi config set live {live} --stack prod`" in text


@pytest.mark.parametrize(
    ("setting", "live", "is_under_way"),
    [
        ("red", Colour.RED, False),
        ("", Colour.RED, False),
        ("black", Colour.RED, True),
        ("black", None, False),
        (None, Colour.BLACK, False),
    ],
)
def test_what_agrees_or_will_be_noted_is_no_warning(
    setting: str | None, live: Colour | None, is_under_way: bool
) -> None:
    assert live_setting_warnings("prod", setting, live, is_under_way=is_under_way) == ()


def under_way() -> RecordsObservation:
    simulation = Simulation()
    assert killed_at(simulation, checkpoints_of_a_swap() // 2)
    return observe_records("prod", SimulatedStore(simulation))


@pytest.mark.parametrize(
    ("records", "count"),
    [
        (RecordsObservation(), 1),
        (observe_records("prod", SimulatedStore(interrupted_retirement())), 1),
        (under_way(), 0),
        (RecordsObservation(notices=("a newer version wrote it",)), 0),
    ],
    ids=["nothing", "an interrupted retirement", "a swap", "an unknown record"],
)
def test_doctor_names_it_as_status_does(records: RecordsObservation, count: int, tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text("config: {softlayer-registry:live: black}\n")
    probes = StackProbes("prod", file)
    probes.facts = Shared(lambda: stack_facts("https://registry:5000"))
    probes.records = Shared(lambda: records)
    status = DoorStatus("dal05-a", {"modern": Colour.RED}, 1, {})
    probes.doors = Shared(lambda: [DoorObservation("dal05-a", status)])
    texts = [text for text in probes.observe_warnings() if "the stack file notes black" in text]
    assert len(texts) == count
