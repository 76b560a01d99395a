"""A rotation that is given up goes back to before, whatever secret it is of and wherever it was killed."""

from contextlib import suppress

import pytest

from operate.record.rotation_note import read_rotation
from operate.record.rotation_plan import KINDS
from operate.rotate.abort import Abort
from operate.rotate.under_way import observed_note
from operate.stack.config.setting_keys import ROTATION
from tests.support.killed_process import KilledError
from tests.unit.operate.rotate.rotating_operator import abort, abort_again, check_end, rotate, rotate_and_die
from tests.unit.operate.rotate.rotating_operator import stack_of as stack_of_kind
from tests.unit.operate.rotate.simulated_rotations import SimulatedStack

SWAPPED = sorted(name for name, kind in KINDS.items() if kind.is_swapped)


def stack_of(kind: str) -> SimulatedStack:
    """A stack; its first user has a password of their own, without which it is derived."""
    if kind != "password of a file":
        return SimulatedStack(kind)
    return SimulatedStack("password", file_secrets={"registryPassword": "old password"})


def check_as_before(stack: SimulatedStack, text: str, secret: str) -> None:
    assert stack.file_text() == text
    assert stack.deployed_secrets == stack.file_secrets, "the front doors have the secret of before"
    assert stack.colours["red"].secret == secret
    assert list(stack.colours) == ["red"]


@pytest.mark.parametrize("kind", sorted({*KINDS, "password of a file"} - {"swift-key"}))
def test_given_up_before_its_secret_is_live_every_byte_is_as_before(kind: str) -> None:
    """Killed at any call before the switch; a command has made the secret, or a person has given it."""
    call = given_up = 0
    while True:
        call += 1
        stack = stack_of(kind)
        text, secret = stack.file_text(), stack.secret
        if not rotate_and_die(stack, call) or stack.live != "red":
            break
        if ROTATION in stack.settings:
            assert abort(stack) == ""
            check_as_before(stack, text, secret)
            given_up += 1
    assert given_up > 3


@pytest.mark.parametrize("kind", ["password", "password of a file", "certificate", "s3-keys", "swift-user"])
def test_an_abort_that_is_killed_is_resumed(kind: str) -> None:
    killed = 0
    while True:
        stack = stack_of(kind)
        text, secret = stack.file_text(), stack.secret
        rotate_and_die(stack, 6)
        killed += 1
        stack.dies_at = stack.calls + killed
        with suppress(KilledError):
            abort(stack)
        is_killed, stack.dies_at = stack.calls == stack.dies_at, 0
        assert abort_again(stack) == ""
        check_as_before(stack, text, secret)
        if not is_killed:
            break
    assert killed > 2


@pytest.mark.parametrize("kind", sorted(name for name, kind in KINDS.items() if kind.is_swapped))
def test_what_is_named_beside_a_rotation_that_was_killed_works(kind: str) -> None:
    """No rollback is named once the previous release is taken away: the same command ends the rotation."""
    call = unable = 0
    while True:
        call += 1
        stack = stack_of_kind(kind)
        secret = stack.secret
        if not rotate_and_die(stack, call):
            break
        if ROTATION not in stack.settings or len(stack.colours) > 1 or stack.live == "red":
            continue
        unable += 1
        note = read_rotation(stack.setting)
        assert note is not None
        observed = observed_note(note, stack)
        assert "rollback" not in observed.description
        refusal = abort(stack)
        assert refusal.endswith(observed.description)
        assert "rollback" not in refusal
        rotate(stack)
        check_end(stack, secret)
    assert unable >= 2, "right after the retirement, and once it is noted"


def test_what_the_account_has_given_up_is_not_brought_back_and_the_command_is_named() -> None:
    stack = SimulatedStack("swift-key", portal="new")
    rotate_and_die(stack, 5)
    done = Abort(KINDS["swift-key"], stack, lambda _: None).run()
    assert "`operate rotate swift-key ENV` brings it live" in done


def killed_once_live(kind: str) -> SimulatedStack:
    """Return a stack whose rotation was killed as soon as its release was live."""
    stack, call = stack_of_kind(kind), 1
    while rotate_and_die(stack, call) and stack.live == "red":
        stack, call = stack_of_kind(kind), call + 1
    return stack


@pytest.mark.parametrize("kind", SWAPPED)
def test_what_is_live_is_not_given_up(kind: str) -> None:
    stack = killed_once_live(kind)
    assert stack.live == "black"
    assert "`operate rollback ENV` first" in abort(stack)
    stack.rollback = "rollback ENV --colour red"
    assert "`operate rollback ENV --colour red` first" in abort(stack)


@pytest.mark.parametrize("kind", SWAPPED)
def test_what_no_rollback_leads_back_from_is_not_given_up(kind: str) -> None:
    """The retirement of the previous release was killed: a rollback would be refused."""
    stack = killed_once_live(kind)
    stack.current, stack.rollback, calls = None, "", stack.calls
    refusal = abort(stack)
    assert "--abort has no release to go back to, and nothing was changed" in refusal
    assert f"`operate rotate {kind} ENV" in refusal
    assert "rollback" not in refusal
    assert stack.calls == calls
