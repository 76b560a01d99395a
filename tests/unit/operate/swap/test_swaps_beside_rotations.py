"""Swaps and retirements beside a rotation that is not finished."""

import re
from dataclasses import replace

import pytest

from operate.error import NotStartedError, OperateError
from operate.record.rotation_plan import RotationProgress, RotationStep
from operate.stack.facts import Colour
from tests.unit.operate.swap.simulated_stack import Simulation
from tests.unit.operate.swap.simulated_swaps import live, order, swap

STAGED = (
    "a rotation of swift-user is under way, and its secret is staged for release 1-s1; `operate rotate"
    " swift-user ENV --user SLOS1-1:SL2` resumes it, `operate rotate swift-user ENV --abort` gives it up."
    " Then run the same command again"
)


def test_no_release_goes_live_beside_the_staged_secret_of_a_rotation() -> None:
    """The refusal names both ways on, as `operate status` does."""
    simulation = Simulation()
    done = (RotationStep.STAGE,)
    simulation.rotation = RotationProgress("swift-user", "1-s1", done=done, previous="1").as_json()
    simulation.config["objectUser"] = "SLOS1-1:SL2"
    with pytest.raises(NotStartedError, match=f"^{re.escape(STAGED)}$"):
        swap(simulation)
    with pytest.raises(OperateError, match=f"^{re.escape(STAGED)}$"):
        simulation.operator().preview(order(), simulation.facts())
    assert live(simulation) == {Colour.RED}
    swap(simulation, "1-s1")
    assert simulation.built[Colour.BLACK] == "1-s1"
    assert [line for line in simulation.reported if line.startswith("rotation: ")] == []
    simulation.rotation = {**simulation.rotation, "switchedAt": "2026-11-30T10:00:00Z"}
    simulation.operator().preview(order(), simulation.facts())
    swap(simulation)
    assert (live(simulation), simulation.built[Colour.RED]) == ({Colour.RED}, "2")
    previewed, swapped = (line for line in simulation.reported if line.startswith("rotation: "))
    assert previewed == swapped
    assert "its secret is live in release 1-s1, and the old one is not given up yet; `operate" in swapped


def test_no_colour_is_taken_away_beside_the_staged_secret_of_a_rotation() -> None:
    simulation = Simulation()
    swap(simulation)
    simulation.rotation = RotationProgress("http-secret", "2-s1").as_json()
    passed = list(simulation.passed)
    with pytest.raises(NotStartedError, match=r"`operate rotate http-secret ENV` resumes it, .* --abort"):
        simulation.operator().retire(order(""), simulation.facts())
    assert [step for step in simulation.passed[len(passed) :] if step.startswith("stack")] == []
    own = replace(order(""), rotation="rotate http-secret ENV")
    simulation.operator().retire(own, simulation.facts())
    assert simulation.built[Colour.RED] == ""
