"""The old authority is given up where a rotation waits for clients, and nowhere else."""

import pytest

from operate.error import NotStartedError
from operate.record.rotation_plan import KINDS, RotationStep, next_step, read_progress
from operate.rotate.abort import Abort
from operate.rotate.rotation import Rotation
from operate.rotate.rotation_request import RotationRequest
from operate.stack.config.setting_keys import ROTATION
from tests.support.killed_process import KilledError
from tests.support.simulated_operator import SimulatedClock
from tests.unit.operate.rotate.rotating_operator import (
    check_end,
    give_up_old,
    rotate,
    rotate_and_die,
    stack_of,
)

AWAITED = sorted(name for name, kind in KINDS.items() if kind.awaits_clients)


@pytest.mark.parametrize("kind", AWAITED)
def test_the_old_authority_is_kept_until_clients_are_ready(kind: str) -> None:
    stack = stack_of(kind)
    before = stack.secret
    for _ in range(2):
        end, _ = rotate(stack, retire=False)
        assert end.awaits_clients
        assert "certificateAuthority" in end.clients
        assert end.afterwards == f"then run `operate rotate {kind} ENV --retire`"
        assert stack.accepted == {before, stack.secret}
    end, _ = rotate(stack)
    assert not end.awaits_clients
    check_end(stack, before)
    assert "both authorities" not in end.clients
    assert "keeps working" not in end.clients
    assert "still trusts only the old authority fails from now on" in end.clients


@pytest.mark.parametrize("kind", AWAITED)
@pytest.mark.parametrize("is_second", [False, True])
def test_the_old_authority_is_not_given_up_where_no_rotation_waits(kind: str, is_second: bool) -> None:
    """Without a rotation, and repeated after the one that was right: no client loses its authority."""
    stack = stack_of(kind)
    if is_second:
        rotate(stack)
    text, calls = stack.file_text(), stack.calls
    with pytest.raises(NotStartedError) as refusal:
        give_up_old(stack)
    assert f"no rotation of {kind} waits for clients" in str(refusal.value)
    assert f"`operate rotate {kind} ENV` starts one" in str(refusal.value)
    assert (stack.file_text(), stack.calls) == (text, calls)


@pytest.mark.parametrize("kind", AWAITED)
def test_the_old_authority_is_not_given_up_before_clients_could_get_the_new_one(kind: str) -> None:
    """A rotation that was killed before it waited resumes by its own command alone."""
    refused = 0
    for call in range(1, 60):
        stack = stack_of(kind)
        before = stack.secret
        if not rotate_and_die(stack, call):
            break
        progress = read_progress(stack.settings.get(ROTATION))
        if (
            progress is None
            or RotationStep.OVERLAP in progress.done
            or next_step(KINDS[kind], progress) is RotationStep.OVERLAP
        ):
            continue
        calls = stack.calls
        with pytest.raises(
            NotStartedError, match=f"does not wait for clients yet.*`operate rotate {kind} ENV`"
        ):
            give_up_old(stack)
        assert stack.calls == calls
        assert before in stack.accepted
        refused += 1
    assert refused > 2


@pytest.mark.parametrize("kind", AWAITED)
def test_killed_while_the_old_authority_is_given_up_the_same_command_resumes(kind: str) -> None:
    resumed = 0
    for call in range(1, 60):
        stack = stack_of(kind)
        before = stack.secret
        rotate(stack, retire=False)
        stack.dies_at = stack.calls + call
        try:
            give_up_old(stack)
            break
        except KilledError:
            stack.dies_at = 0
        if stack.settings.get(ROTATION) is not None:
            give_up_old(stack)
            resumed += 1
        check_end(stack, before)
    assert resumed > 2


def test_what_is_not_under_way_is_not_given_up() -> None:
    for kind in KINDS:
        stack = stack_of(kind)
        with pytest.raises(NotStartedError, match=f"no rotation of {kind} is under way"):
            Abort(KINDS[kind], stack, lambda _: None).run()
        assert stack.calls == 0


def test_a_switch_at_an_unknown_time_has_the_whole_overlap() -> None:
    """The authority may be rotated while nobody can use the store; what went live stays noted as live."""
    stack = stack_of("authority")
    stack.is_store_usable = False
    rotate(stack, retire=False)
    progress = read_progress(stack.settings[ROTATION])
    assert progress is not None
    assert progress.switched_at == "unknown"
    stack.is_store_usable, stack.store_clock.seconds = True, 86_400.0
    clock = SimulatedClock()
    request = RotationRequest(minutes=5, retire=True)
    Rotation(KINDS[stack.kind], stack, clock, lambda _: None).run(request)
    assert clock.seconds == 300
