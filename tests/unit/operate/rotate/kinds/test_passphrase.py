"""Another passphrase, whatever moment the operator dies at: in the end one opens stack file and state."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest

from operate.error import NotStartedError, OperateError
from operate.rotate.kinds.passphrase import PassphraseChange, PulumiCall, PulumiEnd
from operate.stack.automation.pulumi_workspace import StackPlace
from tests.support.killed_process import KilledError, MortalProcess

OLD, NEW = "the old one", "the new one"


@dataclass
class SimulatedPulumi(MortalProcess):
    """A stack whose state has a passphrase; its file says the one that it is encrypted with."""

    present: str = OLD
    state: str = OLD
    fails: bool = False
    locks: int = 0

    def __call__(self, call: PulumiCall) -> PulumiEnd:
        if call.words[:2] == ("stack", "output"):
            return PulumiEnd((call.passphrase or self.present) == self.state, "incorrect passphrase")
        assert self.locks, "another operator may write the stack file meanwhile"
        self.count_call()
        file = call.folder / "Pulumi.prod.yaml"
        assert file.read_text() == self.state
        file.write_text(call.standard_input.strip())
        self.count_call()
        if self.fails:
            return PulumiEnd(ok=False, message="error: no space left on device")
        self.state = call.standard_input.strip()
        self.count_call()
        return PulumiEnd(ok=True)


def change(folder: Path, pulumi: SimulatedPulumi) -> str:
    def lock() -> AbstractContextManager[None]:
        pulumi.locks += 1
        return nullcontext()

    return PassphraseChange(StackPlace("prod", folder / "stack.yaml"), NEW, pulumi, lock).make()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "stack.yaml").write_text(OLD)
    return tmp_path


@pytest.mark.parametrize("dies_at", range(4))
@pytest.mark.parametrize("exported", [OLD, NEW])
def test_the_same_command_goes_on(folder: Path, dies_at: int, exported: str) -> None:
    pulumi = SimulatedPulumi(dies_at=dies_at)
    if dies_at:
        with pytest.raises(KilledError):
            change(folder, pulumi)
        # Neither is lost: what the file is encrypted with opens it, or the copy beside it is the newer one.
        assert (folder / "stack.yaml").read_text() == OLD
    pulumi.present = exported if pulumi.state == NEW else OLD
    assert "opens stack file and state" in change(folder, pulumi)
    assert (pulumi.state, (folder / "stack.yaml").read_text()) == (NEW, NEW)
    assert [file.name for file in folder.iterdir()] == ["stack.yaml"]
    assert NEW not in repr(PulumiCall((), folder, NEW, NEW))


def test_an_edit_after_the_copy_is_not_lost(folder: Path) -> None:
    pulumi, file = SimulatedPulumi(dies_at=3), folder / "stack.yaml"
    with pytest.raises(KilledError):
        change(folder, pulumi)
    file.write_text(f"{OLD}, edited")
    with pytest.raises(OperateError, match=r"was edited since .* make it equal to .*before\.yaml"):
        change(folder, pulumi)
    assert file.read_text() == f"{OLD}, edited"
    file.write_text(OLD)
    change(folder, pulumi)
    assert file.read_text() == NEW


def test_a_change_that_fails_leaves_the_old_one_in_force(folder: Path) -> None:
    with pytest.raises(OperateError, match="was not changed: error: no space left on device"):
        change(folder, SimulatedPulumi(fails=True))
    assert (folder / "stack.yaml").read_text() == OLD


def test_a_wrong_passphrase_changes_nothing(folder: Path) -> None:
    with pytest.raises(
        OperateError, match=r"the present passphrase does not open the stack.*docs/runbooks/lost-state\.md"
    ):
        change(folder, SimulatedPulumi(present="a wrong one"))
    assert [file.name for file in folder.iterdir()] == ["stack.yaml"]


def test_the_passphrase_in_use_is_no_new_one(folder: Path) -> None:
    pulumi = SimulatedPulumi(present=NEW, state=NEW)
    with pytest.raises(NotStartedError, match="is the one that opens the stack already"):
        change(folder, pulumi)
    assert (pulumi.calls, pulumi.locks) == (0, 0)
