"""A rotation of the SSH key: both keys at first, then the new one alone, from wherever it was stopped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from operate.error import NotStartedError, OperateError, RefusedError
from operate.record.observed_releases import ObservedReleases
from operate.record.record import Record
from operate.record.rotation_note import find_rotation
from operate.record.rotation_plan import RotationProgress
from operate.rotate.kinds.ssh_key import rotate_ssh_key
from operate.stack.config.settings_check import InvalidStackFileError
from operate.stack.preview import Preview
from operate.stack.state.restored import Restored
from tests.support.killed_process import KilledError, MortalProcess
from tests.unit.operate.rotate.simulated_rotations import swap_record

OLD, NEW = "~/.ssh/old", "~/.ssh/new"


@dataclass
class Stack(MortalProcess):
    """A stack whose servers take what it says."""

    values: dict[str, Any]
    changes: Mapping[str, int] = field(default_factory=dict)
    absent: str = ""
    current: Record | None = None
    observed: ObservedReleases = field(default_factory=ObservedReleases)
    edited: tuple[str, ...] = ()
    accepted: list[tuple[str, ...]] = field(default_factory=list)

    def setting(self, key: str) -> object:
        return self.values.get(key)

    def check_settings(self, changes: Mapping[str, object]) -> None:
        if self.absent in changes.values():
            raise InvalidStackFileError(f"nextSshKeyFile: there is no private key at {self.absent}")

    def write_settings(self, settings: Mapping[str, object]) -> None:
        self.count_call()
        for name, value in settings.items():
            if value is None:
                self.values.pop(name, None)
            else:
                self.values[name] = str(value)

    def edited_settings(self) -> Sequence[str]:
        return self.edited

    def pending(self) -> str:
        if self.edited:
            raise OperateError("colour red, release 1, is live, and its container would be replaced")
        return Preview(self.changes).describe() if self.changes else ""

    def restore(self) -> Restored:
        self.count_call()
        current, following = self.values["sshKeyFile"], self.values.get("nextSshKeyFile", "")
        if self.accepted and current not in self.accepted[-1]:
            raise AssertionError("locked out")
        self.accepted.append(tuple(filter(None, (current, following))))
        return Restored("1 updated")


def rotate(stack: Stack, used: list[str]) -> None:
    rotate_ssh_key(stack, NEW, used.append, lambda: stack.current, lambda: stack.observed, lambda _: None)


def test_every_server_takes_both_before_the_old_key_goes() -> None:
    stack, used = Stack({"sshKeyFile": OLD}, accepted=[(OLD,)]), list[str]()
    rotate(stack, used)
    assert stack.accepted == [(OLD,), (OLD, NEW), (NEW,)]
    assert (stack.values, used) == ({"sshKeyFile": NEW}, [NEW])


def test_a_key_that_is_not_on_this_machine_begins_nothing() -> None:
    stack = Stack({"sshKeyFile": OLD}, accepted=[(OLD,)], absent=NEW)
    with pytest.raises(OperateError, match="there is no private key"):
        rotate(stack, [])
    assert (stack.values, stack.calls) == ({"sshKeyFile": OLD}, 0)


@pytest.mark.parametrize("dies_at", range(1, 6))
def test_the_same_command_resumes_it_wherever_it_was_stopped(dies_at: int) -> None:
    stack = Stack({"sshKeyFile": OLD}, dies_at=dies_at, accepted=[(OLD,)])
    with pytest.raises(KilledError):
        rotate(stack, [])
    is_begun = stack.values != {"sshKeyFile": OLD}
    assert (find_rotation(stack.values) is not None) is is_begun, "status names it"
    # What is half done is no pending change of somebody else's.
    stack.changes = {"update": 3} if stack.values.get("nextSshKeyFile") else {}
    rotate(stack, [])
    assert stack.accepted[-1] == (NEW,)
    assert stack.values == {"sshKeyFile": NEW}


def test_other_changes_are_not_deployed_beside_it() -> None:
    stack = Stack({"sshKeyFile": OLD}, changes={"replace": 1})
    with pytest.raises(RefusedError, match="1 to replace"):
        rotate(stack, [])
    assert (stack.calls, stack.values) == (0, {"sshKeyFile": OLD})


def test_it_begins_beside_no_unfinished_swap_and_is_finished_beside_it() -> None:
    stack = Stack({"sshKeyFile": OLD}, current=swap_record("2", "1", "red"), accepted=[(OLD,)])
    with pytest.raises(OperateError, match=r"`operate swap ENV --to 2` resumes it"):
        rotate(stack, [])
    assert stack.calls == 0
    stack.values["nextSshKeyFile"] = NEW
    rotate(stack, [])
    assert stack.accepted[-1] == (NEW,)


def test_it_begins_beside_no_staged_secret() -> None:
    staged = RotationProgress("tempurl-key", "1-s1").as_json()
    stack = Stack({"sshKeyFile": OLD, "rotation": staged})
    with pytest.raises(OperateError, match="`operate rotate tempurl-key ENV` resumes it"):
        rotate(stack, [])
    stack.observed = ObservedReleases(live="1-s1")
    with pytest.raises(OperateError, match=r"is live in release 1-s1, .*`operate rollback ENV`, then"):
        rotate(stack, [])
    stack = Stack({"sshKeyFile": OLD, "rotation": {**staged, "switchedAt": "2026-01-01T00:00:00Z"}})
    rotate(stack, [])


def test_an_edit_that_pulumi_refuses_is_named() -> None:
    stack = Stack({"sshKeyFile": OLD}, edited=("lastSwap", "memory"))
    with pytest.raises(RefusedError, match=r"edits that are not deployed \(memory\)"):
        rotate(stack, [])
    assert stack.calls == 0


def test_an_old_key_is_withdrawn_before_another_rotation() -> None:
    stack = Stack({"sshKeyFile": "~/.ssh/third", "oldSshKeyFile": OLD})
    with pytest.raises(OperateError, match=r"`operate rotate ssh-key ENV --new ~/.ssh/third`"):
        rotate(stack, [])
    assert stack.calls == 0


def test_one_rotation_at_a_time() -> None:
    stack = Stack({"sshKeyFile": OLD, "nextSshKeyFile": "~/.ssh/third"})
    with pytest.raises(OperateError, match=r"a rotation to ~/.ssh/third is under way"):
        rotate(stack, [])


def test_the_key_in_use_is_not_rotated_to() -> None:
    stack = Stack({"sshKeyFile": NEW}, accepted=[(NEW,)])
    with pytest.raises(NotStartedError, match="is the key in use already"):
        rotate(stack, [])
    assert (stack.calls, stack.values) == (0, {"sshKeyFile": NEW})


def test_a_copy_of_the_key_in_use_is_not_rotated_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir()
    for name, content in (("old", "private"), ("new", "private\n")):
        (tmp_path / ".ssh" / name).write_text(content)
    stack = Stack({"sshKeyFile": OLD}, accepted=[(OLD,)])
    with pytest.raises(NotStartedError, match="is the key in use already"):
        rotate(stack, [])
    assert stack.calls == 0
    (tmp_path / ".ssh" / "new").write_text("another")
    rotate(stack, [])
    assert stack.accepted[-1] == (NEW,)
