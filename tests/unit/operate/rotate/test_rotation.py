"""Rotations by the table: what is live always works, and a killed command goes on from where it was."""

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operate.error import NotStartedError, OperateError, RefusedError
from operate.record.record import Record
from operate.record.rotation_plan import KINDS, RotationStep, read_progress
from operate.record.swap_plan import FORWARD, SwapState
from operate.rotate.abort import Abort
from operate.rotate.edits import PreviewError
from operate.rotate.rotation import Rotation
from operate.rotate.rotation_request import RotationRequest
from operate.stack.config.setting_keys import ROTATION
from tests.support.killed_process import KilledError
from tests.support.simulated_operator import SimulatedClock
from tests.unit.operate.rotate.rotating_operator import (
    abort,
    abort_again,
    check_end,
    rotate,
    rotate_and_die,
    stack_of,
)
from tests.unit.operate.rotate.simulated_rotations import PROVIDED, Container, SimulatedStack, swap_record
from tests.unit.operate.rotate.strategies import GENERATIONS

SWAPPED = sorted(name for name, kind in KINDS.items() if kind.is_swapped)


def go_on(stack: SimulatedStack, before: str) -> None:
    """Run the command again, unless the operator died once all was done."""
    if stack.settings.get(ROTATION) is not None or stack.secret == before:
        rotate(stack)


@pytest.mark.parametrize("kind", KINDS)
def test_a_rotation_leaves_the_new_secret_alone(kind: str) -> None:
    stack = stack_of(kind)
    before = stack.secret
    end, clock = rotate(stack)
    check_end(stack, before)
    assert not end.awaits_clients
    assert stack.notes == ([] if KINDS[kind].is_swapped else [kind]), "a swap has an entry of its own"
    assert clock.seconds == KINDS[kind].minutes * 60, "temporary URLs of the old key end by themselves"


@pytest.mark.parametrize(
    ("kind", "settings", "storages"),
    [
        ("s3-keys", {}, "swift"),
        ("swift-key", {"registryStorage": "s3"}, "s3"),
        ("swift-user", {"registryStorage": "filesystem"}, "filesystem"),
        (
            "tempurl-key",
            {"releases": {"1": {"storage": "s3"}, "2": {"storage": "filesystem"}}},
            "filesystem and s3",
        ),
    ],
)
def test_a_secret_that_the_stack_has_not_is_not_rotated(
    kind: str, settings: dict[str, object], storages: str
) -> None:
    """A stack with a bucket got another release for a key of Swift."""
    stack = SimulatedStack(kind)
    stack.settings |= {"registryStorage": ""} | settings
    with pytest.raises(NotStartedError, match=f"has no secret {kind}.*registryStorage is {storages}"):
        rotate(stack)
    assert stack.settings.get(ROTATION) is None


@pytest.mark.parametrize("generation", ["legacy", "both"])
def test_a_legacy_registry_has_secrets_of_swift(generation: str) -> None:
    stack = stack_of("swift-key")
    stack.settings |= {"registryStorage": "s3", "registryGeneration": generation}
    rotate(stack)


@pytest.mark.parametrize("kind", KINDS)
def test_killed_at_every_moment_the_same_command_goes_on(kind: str) -> None:
    call = 1
    while True:
        stack = stack_of(kind)
        before = stack.secret
        if not rotate_and_die(stack, call):
            break
        go_on(stack, before)
        check_end(stack, before)
        call += 1
    assert call > 6


def test_a_user_whom_the_account_does_not_have_is_refused_and_another_one_may_be_named() -> None:
    stack = SimulatedStack("swift-user", portal_users=frozenset({"first user", "third user"}))
    with pytest.raises(NotStartedError, match=r"objectUser: got second user.*--abort"):
        rotate(stack)
    assert "objectUser" not in stack.settings
    assert list(stack.colours) == ["red"]
    request = RotationRequest(settings={"objectUser": "third user"})
    Rotation(KINDS[stack.kind], stack, SimulatedClock(), lambda _: None).run(request)
    check_end(stack, "first user")
    assert stack.secret == "third user"


DAY = 86_400.0


@pytest.mark.parametrize("ahead_at_switch", [-DAY, 0.0, DAY])
@pytest.mark.parametrize("ahead_afterwards", [-DAY, 0.0, DAY])
@pytest.mark.parametrize(
    ("store_seconds", "is_store_usable", "waits"),
    [
        (0.0, True, 1500.0),
        (1200.0, True, 300.0),
        (DAY, True, 0.0),
        (-DAY, True, 1500.0),
        (DAY, False, 1500.0),
    ],
)
def test_the_store_s_clock_alone_ends_an_overlap(
    ahead_at_switch: float, ahead_afterwards: float, store_seconds: float, is_store_usable: bool, waits: float
) -> None:
    """Whoever resumes, with whatever clock, gives the old secret up neither early nor a day late."""
    stack = stack_of("tempurl-key")
    before, lines = stack.secret, list[str]()
    at_switch, afterwards = SimulatedClock(ahead_at_switch), SimulatedClock(ahead_afterwards)

    def die() -> None:
        raise KilledError

    at_switch.waited.append(die)
    with pytest.raises(KilledError):
        Rotation(KINDS[stack.kind], stack, at_switch, lambda _: None).run(RotationRequest())
    stack.store_clock.seconds, stack.is_store_usable = store_seconds, is_store_usable
    Rotation(KINDS[stack.kind], stack, afterwards, lines.append).run(RotationRequest())
    check_end(stack, before)
    assert afterwards.seconds == ahead_afterwards + waits
    assert ("in the future by the store's clock" in lines[0]) is (store_seconds < 0)


@given(kind=st.sampled_from(sorted(KINDS)), calls=st.lists(st.integers(1, 40), max_size=6))
def test_killed_again_and_again_it_converges(kind: str, calls: list[int]) -> None:
    stack = stack_of(kind)
    before = stack.secret
    for call in calls:
        if not rotate_and_die(stack, call):
            break
        if stack.settings.get(ROTATION) is None and stack.secret != before:
            break
    go_on(stack, before)
    check_end(stack, before)


@pytest.mark.parametrize("kind", SWAPPED)
def test_a_rollback_in_the_overlap_finds_its_secret_accepted(kind: str) -> None:
    """At every call at which both colours exist, the one from before has what it needs."""
    for call in range(1, 40):
        stack = stack_of(kind)
        if not rotate_and_die(stack, call) or len(stack.colours) < 2:
            continue
        for container in stack.colours.values():
            assert kind in ("http-secret", "swift-key") or container.secret in stack.accepted


@pytest.mark.parametrize("kind", SWAPPED)
def test_after_a_rollback_the_live_release_is_not_taken_away(kind: str) -> None:
    call = next(
        call
        for call in range(1, 60)
        if rotate_and_die(probe := stack_of(kind), call)
        and (progress := read_progress(probe.settings.get(ROTATION))) is not None
        and RotationStep.SWAP in progress.done
        and RotationStep.RETIRE not in progress.done
    )
    stack = stack_of(kind)
    rotate_and_die(stack, call)
    stack.live = "red"
    with pytest.raises(RefusedError, match=r"release 1 is live, not 1-s1.* --abort"):
        rotate(stack)
    assert set(stack.colours) == {"red", "black"}
    assert abort(stack) == ""
    assert stack.settings.get(ROTATION) is None
    stack.check()


@pytest.mark.parametrize("kind", SWAPPED)
def test_a_new_secret_that_does_not_go_live_is_tried_again_or_given_up(kind: str) -> None:
    stack = stack_of(kind)
    before = stack.secret
    stack.refuses = True
    for _ in range(2):
        with pytest.raises(RefusedError, match="did not go live"):
            rotate(stack)
        stack.check()
    if kind in GENERATIONS:
        assert abort(stack) == ""
        assert stack.secret == before
        assert stack.accepted == {before}
        stack.check()
    else:
        stack.refuses = False
        rotate(stack)
        check_end(stack, before)


def test_the_first_user_s_password_survives_another_root() -> None:
    stack = stack_of("root")
    rotate(stack)
    assert stack.file_secrets == {"registryPassword": "first password"}


def test_a_root_that_is_given_is_followed_by_another_one_that_is_given() -> None:
    stack = stack_of("root")
    stack.file_secrets["registrySecret"] = "a" * 64
    end, _ = rotate(stack, retire=False)
    assert end.awaits_clients
    assert stack.file_secrets["previousRegistrySecret"] == "a" * 64
    assert stack.file_secrets["registrySecret"] != "a" * 64
    rotate(stack)
    assert "previousRegistrySecret" not in stack.file_secrets


@pytest.mark.parametrize("kind", PROVIDED)
def test_a_secret_that_was_not_given_stages_nothing(kind: str) -> None:
    stack = stack_of(kind)
    rotate_and_die(stack, 3)
    before = dict(stack.file_secrets)
    with pytest.raises(OperateError, match="give it again, or give the rotation up with --abort"):
        Rotation(KINDS[kind], stack, SimulatedClock(), lambda _: None).run(RotationRequest())
    assert stack.file_secrets == before


def test_other_changes_are_not_deployed_beside_it() -> None:
    stack = stack_of("tempurl-key")
    stack.undeployed = "1 to replace"
    with pytest.raises(RefusedError, match="1 to replace"):
        rotate(stack)
    assert stack.settings == {"red": "1"}


def test_a_stack_file_with_mistakes_begins_no_rotation() -> None:
    stack = stack_of("s3-keys")
    stack.mistakes = "the stack file has 5 mistakes"
    before = dict(stack.settings)
    with pytest.raises(OperateError, match="5 mistakes"):
        rotate(stack)
    assert stack.settings == before


SWAP_OF_ANOTHER = swap_record("7", "1", "red")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("current", [SWAP_OF_ANOTHER, replace(SWAP_OF_ANOTHER, kind="rollback")])
def test_nothing_is_written_beside_the_operation_of_somebody_else(kind: str, current: Record) -> None:
    stack = stack_of(kind)
    stack.current = current
    settings, secrets = dict(stack.settings), dict(stack.file_secrets)
    with pytest.raises(OperateError, match=r"by op@host since now is not finished; `operate .* undoes it"):
        rotate(stack)
    assert (stack.settings, stack.file_secrets, stack.calls) == (settings, secrets, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_rotation_is_neither_resumed_nor_given_up_beside_another_s_swap(kind: str) -> None:
    stack = stack_of(kind)
    rotate_and_die(stack, 3)
    stack.current, calls = SWAP_OF_ANOTHER, stack.calls
    with pytest.raises(OperateError, match=r"a swap to release 7 \(black\) by op@host"):
        rotate(stack)
    assert "a swap to release 7 (black) by op@host" in abort(stack)
    assert stack.calls == calls


@pytest.mark.parametrize("kind", sorted({*SWAPPED} & {*GENERATIONS}))
def test_given_up_in_the_build_all_is_as_before_however_often_it_is_killed(kind: str) -> None:
    killed = 0
    while True:
        stack = stack_of(kind)
        settings, secrets, text = dict(stack.settings), dict(stack.file_secrets), stack.file_text()
        stack.builds_and_dies = True
        rotate_and_die(stack, 99)
        assert stack.current is not None
        killed += 1
        stack.dies_at = stack.calls + killed
        with suppress(KilledError):
            abort(stack)
        is_killed, stack.dies_at = stack.calls == stack.dies_at, 0
        assert abort_again(stack) == ""
        assert (stack.settings, stack.file_secrets) == (settings, secrets)
        assert stack.written_text == text
        assert not stack.current
        assert stack.colours == {"red": Container("1", stack.secret)}
        assert stack.deployed == stack.settings
        stack.check()
        if not is_killed:
            break
    assert killed > 4


@pytest.mark.parametrize("kind", sorted({*SWAPPED} - {*GENERATIONS}))
def test_given_up_in_the_build_the_swap_of_a_given_secret_is_undone(kind: str) -> None:
    stack = stack_of(kind)
    stack.builds_and_dies = True
    rotate_and_die(stack, 99)
    assert stack.current is not None
    assert abort(stack) == ""
    assert not stack.current
    assert stack.settings.get(ROTATION) is None


@pytest.mark.parametrize("kind", SWAPPED)
def test_a_swap_that_has_switched_is_rolled_back_first(kind: str) -> None:
    stack = stack_of(kind)
    rotate_and_die(stack, 3)
    progress = read_progress(stack.settings[ROTATION])
    assert progress is not None
    stack.current = swap_record(progress.release, "1", "red", SwapState(started=frozenset(FORWARD)))
    calls = stack.calls
    with pytest.raises(
        NotStartedError, match="`operate rollback ENV` first, then run the same command again"
    ):
        Abort(KINDS[kind], stack, lambda _: None).run()
    assert stack.calls == calls


@pytest.mark.parametrize("kind", GENERATIONS)
def test_giving_up_deploys_nobody_else_s_edits(kind: str) -> None:
    stack = stack_of(kind)
    rotate_and_die(stack, 99 if KINDS[kind].is_swapped else 5)
    if stack.settings.get(ROTATION) is None or stack.live != "red":
        stack = stack_of(kind)
        stack.builds_and_dies = True
        rotate_and_die(stack, 99)
    stack.edited, calls = ("memory", "releases"), stack.calls
    assert "edits that are not deployed (memory)" in abort(stack)
    assert stack.calls == calls
    stack.edited = ()
    assert abort(stack) == ""


def test_an_edit_that_pulumi_refuses_is_named_before_anything_is_touched() -> None:
    stack = stack_of("tempurl-key")
    stack.edited, stack.edit_touches_live = ("memory",), True
    with pytest.raises(RefusedError, match=r"edits that are not deployed \(memory\)"):
        rotate(stack)
    assert stack.settings == {"red": "1"}
    stack.edit_touches_live = False
    rotate_and_die(stack, 4)
    stack.edit_touches_live, calls = True, stack.calls
    with pytest.raises(RefusedError, match=r"edits that are not deployed \(memory\).* Take them back"):
        Abort(KINDS[stack.kind], stack, lambda _: None).run()
    assert stack.calls == calls
    stack.edited = ()
    with pytest.raises(PreviewError, match="is live"):
        Abort(KINDS[stack.kind], stack, lambda _: None).run()


@pytest.mark.parametrize(
    ("started", "hint"),
    [
        (False, "resumes it, `operate rotate tempurl-key ENV --abort` gives it up"),
        (
            True,
            "resumes it; `operate rollback ENV`, then `operate rotate tempurl-key ENV --abort` gives it up",
        ),
    ],
)
def test_beside_another_rotation_the_way_out_of_it_is_named(started: bool, hint: str) -> None:
    stack = stack_of("tempurl-key")
    rotate_and_die(stack, 3)
    progress = read_progress(stack.settings[ROTATION])
    assert progress is not None
    state = SwapState(started=frozenset(FORWARD if started else ()))
    stack.kind, stack.current = "http-secret", swap_record(progress.release, "1", "red", state)
    with pytest.raises(NotStartedError) as refusal:
        rotate(stack)
    assert str(refusal.value).endswith(hint)


def test_one_rotation_at_a_time() -> None:
    stack = stack_of("tempurl-key")
    rotate_and_die(stack, 3)
    stack.kind = "http-secret"
    with pytest.raises(OperateError, match=r"`operate rotate tempurl-key ENV` resumes it"):
        rotate(stack)
