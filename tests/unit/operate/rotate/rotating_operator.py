"""What an operator does to a simulated stack whose secret is rotated, and how it is at the end."""

from operate.error import OperateError
from operate.record.rotation_plan import KINDS
from operate.rotate.abort import Abort
from operate.rotate.rotation import Rotation, RotationEnd
from operate.rotate.rotation_request import RotationRequest
from operate.stack.config.setting_keys import ROTATION
from tests.support.killed_process import KilledError
from tests.support.simulated_operator import SimulatedClock
from tests.unit.operate.rotate.simulated_rotations import PROVIDED, SimulatedStack


def rotate(stack: SimulatedStack, *, retire: bool = True) -> tuple[RotationEnd, SimulatedClock]:
    """Rotate the stack's secret as an operator does: with what is given, and again where clients are awaited.

    Args:
        stack: whose secret is rotated.
        retire: whether a second command says that clients are ready.
    """
    clock = SimulatedClock()
    rotation = Rotation(KINDS[stack.kind], stack, clock, lambda _: None)
    settings = {"objectUser": "second user"} if stack.kind == "swift-user" else {}
    end = rotation.run(RotationRequest(secrets=PROVIDED.get(stack.kind, {}), settings=settings))
    if retire and end.awaits_clients:
        end = rotation.run(RotationRequest(retire=True))
    return end, clock


def give_up_old(stack: SimulatedStack) -> RotationEnd:
    """Say that clients are ready, whether they are awaited or not."""
    return Rotation(KINDS[stack.kind], stack, SimulatedClock(), lambda _: None).run(
        RotationRequest(retire=True)
    )


def rotate_and_die(stack: SimulatedStack, call: int) -> bool:
    """Rotate until the operator dies at a call; tells whether it came to that."""
    stack.dies_at = stack.calls + call
    try:
        rotate(stack)
    except KilledError:
        return True
    finally:
        stack.dies_at = 0
        stack.check()
    return False


def abort(stack: SimulatedStack) -> str:
    """Give the rotation up; returns the refusal, "" where there is none."""
    try:
        Abort(KINDS[stack.kind], stack, lambda _: None).run()
    except OperateError as error:
        return str(error)
    return ""


def abort_again(stack: SimulatedStack) -> str:
    """Resume giving up after the command was killed, unless all was done; returns the refusal."""
    return abort(stack) if ROTATION in stack.settings else ""


def stack_of(kind: str) -> SimulatedStack:
    """A stack; of a kind that is made in the portal another one is there already."""
    return SimulatedStack(kind, portal="new" if kind == "swift-key" else "old")


def check_end(stack: SimulatedStack, before: str) -> None:
    """The new secret alone is in use, nothing is pending, and there was one swap at most."""
    stack.check()
    live = stack.colours[stack.live]
    assert stack.settings.get(ROTATION) is None
    assert stack.secret != before
    assert live.secret == stack.secret
    assert stack.settings.get("secretOverlaps") is None
    assert "previousRegistrySecret" not in stack.file_secrets
    if KINDS[stack.kind].is_swapped:
        assert list(stack.colours) == [stack.live]
        assert stack.swaps == 1
    if KINDS[stack.kind].generation:
        assert stack.accepted == {stack.secret}
    if stack.kind == "root":
        assert stack.signed_with == stack.secret
