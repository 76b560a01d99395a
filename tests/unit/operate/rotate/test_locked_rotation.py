"""Whoever writes a stack file holds the lock: nothing is staged that another operator would deploy."""

from dataclasses import replace
from pathlib import Path

import pytest

from operate.clock import SystemClock
from operate.error import NotStartedError, OperateError
from operate.lock.lock import HeldError
from operate.lock.write_guard import UnavailableLock, WriteGuard
from operate.record.observed_releases import ObservedReleases
from operate.record.rotation_note import require_no_rotation
from operate.record.rotation_plan import KINDS, RotationProgress, RotationStep
from operate.rotate.abort import Abort
from operate.rotate.rotation import Rotation
from operate.rotate.rotation_request import RotationRequest
from operate.rotate.secret_setting import SecretSettings
from operate.stack.automation.pulumi_stack import PulumiStack
from operate.stack.automation.pulumi_workspace import StackPlace
from operate.stack.config.desired_release import DesiredRelease
from operate.stack.config.setting_keys import ROTATION
from operate.stack.config.stack_file import write_text
from operate.stack.facts import Colour
from tests.support.simulated_operator import SimulatedClock
from tests.unit.operate.rotate.rotating_operator import rotate
from tests.unit.operate.rotate.simulated_rotations import PROVIDED, SimulatedStack
from tests.unit.operate.swap.simulated_stack import Simulation
from tests.unit.operate.swap.simulated_swaps import order, swap


@pytest.mark.parametrize("kind", KINDS)
def test_a_rotation_that_meets_the_lock_leaves_every_byte(kind: str) -> None:
    stack = SimulatedStack(kind, portal="new")
    text = stack.file_text()
    with stack.lock.acquire(), pytest.raises(HeldError):
        rotate(stack)
    with stack.lock.acquire(), pytest.raises(HeldError):
        Abort(KINDS[kind], stack, lambda _: None).run()
    assert (stack.file_text(), stack.calls) == (text, 0)


def test_two_rotations_at_the_same_moment_are_one() -> None:
    """The other one comes while the first one previews; its note must not replace that of the first one."""
    stack, refusals = SimulatedStack("certificate"), list[str]()

    def rotate_password() -> None:
        stack.during_preview = lambda: None
        request, text = RotationRequest(secrets=PROVIDED["password"]), stack.file_text()
        with pytest.raises(HeldError) as refusal:
            Rotation(KINDS["password"], stack, SimulatedClock(), lambda _: None).run(request)
        refusals.append(str(refusal.value))
        assert stack.file_text() == text

    stack.during_preview = rotate_password
    rotate(stack)
    assert len(refusals) == 1
    assert "registryPassword" not in stack.file_secrets
    assert stack.settings["secretGenerations"] == {"certificate": 2}


def test_others_may_operate_the_stack_in_the_overlap_alone() -> None:
    stack = SimulatedStack("tempurl-key")
    observations = list[bool]()

    class Clock(SimulatedClock):
        def sleep(self, seconds: float) -> None:
            observations.append(stack.lock.is_held)
            super().sleep(seconds)

    Rotation(KINDS["tempurl-key"], stack, Clock(), lambda _: None).run(RotationRequest())
    assert observations
    assert not any(observations)


def test_a_rotation_that_another_operator_gives_up_in_the_overlap_is_not_begun_anew() -> None:
    stack = SimulatedStack("tempurl-key")

    class Clock(SimulatedClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            stack.settings.pop(ROTATION, None)

    with pytest.raises(NotStartedError, match="continued or given up by another operator"):
        Rotation(KINDS["tempurl-key"], stack, Clock(), lambda _: None).run(RotationRequest())
    assert ROTATION not in stack.settings


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if not kind.is_swapped])
def test_nothing_is_deployed_beside_a_staged_secret_that_no_release_carries(kind: str) -> None:
    progress = RotationProgress(kind, done=(RotationStep.STAGE,))
    with pytest.raises(NotStartedError, match=rf"`operate rotate {kind} ENV --abort` gives it up"):
        require_no_rotation({ROTATION: progress.as_json()}.get, ObservedReleases, "7")
    live = replace(progress, switched_at="2026-11-30T10:00:00Z")
    require_no_rotation({ROTATION: live.as_json()}.get, ObservedReleases, "7")


def test_without_the_lock_nothing_writes_a_stack_file(tmp_path: Path) -> None:
    place = StackPlace("prod", tmp_path / "Pulumi.prod.yaml", tmp_path)
    stack = PulumiStack(place, SystemClock())
    for write in (
        lambda: stack.write_settings({"memory": 256}),
        lambda: stack.apply_settings({"memory": 256}),
        lambda: stack.build(DesiredRelease(Colour.BLACK, "2")),
        lambda: stack.record_live(Colour.BLACK, {}),
        lambda: stack.record_release(Colour.BLACK, ""),
        lambda: SecretSettings(place, WriteGuard()).write("registryPassword", "a secret"),
    ):
        with pytest.raises(OperateError, match="only while the stack's lock is held"):
            write()
    assert not place.file.exists()


def test_a_lock_that_counts_no_more_writes_nothing(tmp_path: Path) -> None:
    class LostLock(UnavailableLock):
        def check(self) -> None:
            raise OperateError("lock 7 is lost")

    stack = PulumiStack(StackPlace("prod", None, tmp_path), SystemClock())
    with stack.locked(LostLock()), pytest.raises(OperateError, match="lock 7 is lost"):
        stack.write_settings({"memory": 256})


def test_a_stack_file_that_an_editor_has_written_meanwhile_stays(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text("edited")
    with pytest.raises(OperateError, match="was edited meanwhile"):
        write_text(file, "new", "read before")
    assert file.read_text() == "edited"
    write_text(file, "new", "edited")
    assert file.read_text() == "new"


def test_a_refusal_beside_a_live_secret_does_not_call_it_staged() -> None:
    simulation = Simulation()
    simulation.rotation = RotationProgress("http-secret", "1-s1", previous="1").as_json()
    swap(simulation, "1-s1")
    for command in (
        lambda: swap(simulation, "3"),
        lambda: simulation.operator().preview(order("3"), simulation.facts()),
        lambda: simulation.operator().retire(order(""), simulation.facts()),
    ):
        with pytest.raises(NotStartedError, match=r"secret is live in release 1-s1, .*rollback ENV`, then"):
            command()
