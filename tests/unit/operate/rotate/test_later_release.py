"""A release that is built while a rotation's secret is live: it has that secret, and the rotation goes on."""

from contextlib import suppress

import pytest

from operate.error import RefusedError
from operate.record.rotation_note import read_rotation
from operate.record.rotation_plan import KINDS
from operate.rotate.rotation import Rotation
from operate.rotate.rotation_request import RotationRequest
from operate.rotate.under_way import observed_note
from operate.stack.config.setting_keys import ROTATION
from tests.support.killed_process import KilledError
from tests.support.simulated_operator import SimulatedClock
from tests.unit.operate.rotate.rotating_operator import abort, rotate, stack_of
from tests.unit.operate.rotate.simulated_rotations import PROVIDED, SimulatedStack

SWAPPED = sorted(name for name, kind in KINDS.items() if kind.is_swapped)


def killed_in_overlap(kind: str) -> SimulatedStack:
    """Return a stack whose operator died, or waits for clients, while the old secret is still accepted."""

    def die() -> None:
        raise KilledError

    stack, clock = stack_of(kind), SimulatedClock()
    clock.waited.append(die)
    settings = {"objectUser": "second user"} if kind == "swift-user" else {}
    request = RotationRequest(minutes=1, secrets=PROVIDED.get(kind, {}), settings=settings)
    with suppress(KilledError):
        end = Rotation(KINDS[kind], stack, clock, lambda _: None).run(request)
        assert end.awaits_clients
    return stack


@pytest.mark.parametrize("kind", SWAPPED)
@pytest.mark.parametrize("is_rolled_back_first", [False, True])
def test_a_release_that_was_built_in_the_overlap_has_the_new_secret(
    kind: str, *, is_rolled_back_first: bool
) -> None:
    """The rotation was refused, since the release was none of its own, and so was giving it up."""
    stack = killed_in_overlap(kind)
    before, own = stack.colours["red"].secret, stack.live_release()
    if is_rolled_back_first:
        stack.live = "red"
        clock = SimulatedClock()
        with pytest.raises(RefusedError, match="release 1 is live, not 1-s1"):
            Rotation(KINDS[kind], stack, clock, lambda _: None).run(RotationRequest(retire=True))
        assert clock.seconds == 0, "it waited for the overlap before it refused"
    stack.settings["releases"]["9"] = {}
    stack.swap("9")
    note = read_rotation(stack.setting)
    assert note is not None
    observed = observed_note(note, stack)
    assert "its secret is live in release 9" in observed.what
    way_back = "`operate rollback ENV` first" if is_rolled_back_first else "has no release to go back to"
    assert way_back in abort(stack)
    assert ("--abort" in observed.remedy) is is_rolled_back_first
    rotate(stack)
    stack.check()
    kept = frozenset({"9"} if is_rolled_back_first else {"9", own})
    assert (stack.live_release(), stack.releases()) == ("9", kept)
    assert stack.settings.get(ROTATION) is None
    assert {container.secret for container in stack.colours.values()} == {stack.secret} != {before}


@pytest.mark.parametrize("kind", sorted({*SWAPPED} - {"swift-key"}))
def test_rolled_back_from_a_later_release_the_rotation_is_given_up(kind: str) -> None:
    stack = killed_in_overlap(kind)
    before = stack.colours["red"].secret
    stack.live = "red"
    stack.settings["releases"]["9"] = {}
    stack.swap("9")
    stack.live = "red"
    assert abort(stack) == ""
    stack.check()
    assert stack.settings.get(ROTATION) is None
    assert {container.secret for container in stack.colours.values()} == {before} == {stack.secret}
    assert "9" in stack.settings["releases"]
