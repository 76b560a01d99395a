"""An adoption is killed at every moment, and the same command ends it.

The engine is simulated: it makes one resource after the other and keeps it in its state. The front door's
colours are those of the real script, which a preview asks as soon as the state has all of the recipe.
"""

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from pulumi.automation import events

from components.registry.door_colours import REPLACE_LIVE, replacement_permission
from components.remote.script_source import script_source
from operate.adopt import environment as adoption_environment
from operate.adopt.adoption import Adoption, Candidate, adopt
from operate.adopt.adoption_note import AdoptionNote
from operate.adopt.environment import PulumiAdoption
from operate.adopt.planned_resources import PlannedResource
from operate.error import OperateError
from operate.stack.automation.pulumi_stack import PulumiStack
from operate.stack.config.setting_keys import ADOPTION
from operate.stack.facts_cache import FactsCache
from operate.stack.state.restored import Restored

TYPES = {
    "root": "softlayer:index:RandomSecret",
    "dal05-a": "softlayer:index:VirtualGuest",
    "dal05-a-image": "docker:index/remoteImage:RemoteImage",
    "dal05-a-colours": "command:remote:Command",
    "dal05-red": "docker:index/container:Container",
    "operate": "output",
}
"""What an `up` makes, in this order."""
MOMENTS = 2 * 2 * len(TYPES)
"""Each resource of both runs is made, and then recorded."""


class KilledError(Exception):
    """The engine and the operator are killed."""


@dataclass
class SimulatedStack:
    """A stack that survives its operators.

    Attributes:
        door: folder of the front door.
        memory: of the live container, MiB, as the stack file has it.
        state: what the engine has recorded, by name.
        settings: of the stack file.
        moments: steps until the kill; None for no kill.
        roots: root secrets that were made.
    """

    door: Path
    memory: int = 512
    state: dict[str, str] = field(default_factory=dict)
    settings: dict[str, object] = field(default_factory=dict)
    moments: int | None = None
    roots: int = 0

    def setting(self, key: str) -> object:
        return self.settings.get(key)

    def write_settings(self, settings: Mapping[str, object]) -> None:
        self.settings.update(settings)

    def check_settings(self, changes: Mapping[str, object]) -> None:
        assert changes == {}

    def resource_types(self) -> Mapping[str, str]:
        return {f"urn::{name}": TYPES[name] for name in self.state if name != "operate"}

    def server_outputs(self) -> Mapping[str, tuple[str, Mapping[str, object]]]:
        return {"dal05-a": ("7", {"sshHostKey": "k"})} if "dal05-a" in self.state else {}

    def has_outputs(self) -> bool:
        return "operate" in self.state

    def plan(self, listen: Callable[[events.EngineEvent], None]) -> None:
        """Announce what is missing; ask the front door as a preview does."""
        for name, kind in TYPES.items():
            if name not in self.state:
                step = SimpleNamespace(
                    type=kind, urn=f"urn::{name}", op="create", new=SimpleNamespace(inputs={})
                )
                event = SimpleNamespace(resource_pre_event=SimpleNamespace(metadata=step))
                listen(cast(events.EngineEvent, event))
        if {"root", "dal05-a-image"} <= self.state.keys():
            self._colours("check", self.state["root"])

    def restore(self) -> Restored:
        """Make and record one resource after the other."""
        self.plan(lambda _: None)
        for name in TYPES:
            self._pass_moment()
            made = self._make(name)
            self._pass_moment()
            self.state[name] = made
        return Restored("up", {}, (), 0.0)

    def lose_state(self) -> None:
        self.state.clear()

    def _make(self, name: str) -> str:
        if name == "root" and name not in self.state:
            self.roots += 1
            return f"root{self.roots}"
        if name == "dal05-a-colours" and self.state.get(name) != self._argument(self.state["root"]):
            return self._colours("sync", self.state["root"])
        return self.state.get(name, name)

    def _pass_moment(self) -> None:
        if self.moments == 0:
            raise KilledError
        if self.moments is not None:
            self.moments -= 1

    def _argument(self, root: str) -> str:
        permission = replacement_permission("red")
        return f"red=1:modern.{root}x{self.memory}:a@i{permission}"

    def _colours(self, action: str, root: str) -> str:
        argument = self._argument(root)
        recipe = f"red server a\nred modern.memory {self.memory}\nred modern.secrets.http.secret {root}\n"
        done = subprocess.run(
            ["bash", "-s", "--", action, "prod", "modern", "red", argument],
            input=script_source("door-colours.sh") + recipe,
            env={"PATH": os.environ["PATH"], "REGISTRY_DOOR": str(self.door)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise OperateError(f"preview: {done.stderr}")
        return argument


class Account:
    """An account that has the server."""

    def candidates(self, resources: Sequence[PlannedResource]) -> Mapping[str, Sequence[Candidate]]:
        return {
            resource.name: [Candidate("7", "running")]
            for resource in resources
            if resource.kind == "VirtualGuest"
        }


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SimulatedStack:
    """A stack that was brought up, and has lost its state."""
    monkeypatch.delenv(REPLACE_LIVE, raising=False)
    (tmp_path / "door").mkdir()
    stack = SimulatedStack(tmp_path / "door")
    stack.restore()
    stack.lose_state()
    return stack


def run_adoption(stack: SimulatedStack) -> Adoption:
    """Run the command, in a process that knows nothing of the runs before."""
    folder = stack.door.parent
    note = AdoptionNote(
        *(FactsCache(folder / name, "prod", lambda: folder / "key") for name in ("kept", "lost"))
    )
    adopted_stack = PulumiAdoption(cast(PulumiStack, stack), note)
    adoption = adopt(adopted_stack, Account(), {}, lambda _: None, lambda _: True)
    adopted_stack.end()
    return adoption


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_it_ends_by_the_same_command(stack: SimulatedStack, moment: int) -> None:
    stack.moments = moment
    with pytest.raises(KilledError):
        run_adoption(stack)
    assert stack.settings[ADOPTION] is not None
    stack.moments = None
    assert run_adoption(stack).new_root, "the operator is told, whichever run has made it"
    assert stack.settings[ADOPTION] is None
    assert (stack.door / "colours").read_text() == f"red 1 modern.{stack.state['root']}x512 a@i\n"
    assert stack.state["dal05-a-colours"].endswith("@i"), "a later `pulumi up` has nothing to change"


@pytest.mark.parametrize("moment", range(0, MOMENTS, 3))
def test_it_ends_after_two_kills(stack: SimulatedStack, moment: int) -> None:
    for moments in (moment, MOMENTS - 1 - moment):
        stack.moments = moments
        with pytest.raises(KilledError):
            run_adoption(stack)
    stack.moments = None
    assert run_adoption(stack).new_root


@pytest.mark.parametrize("moment", [None, 3, 5])
def test_another_change_of_the_live_container_is_refused_with_the_way_out(
    stack: SimulatedStack, moment: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The way out leaves nothing for a later `pulumi up` either, from whatever moment."""
    stack.memory, stack.moments = 640, moment
    with pytest.raises((KilledError, OperateError)):
        run_adoption(stack)
    stack.moments = None
    with pytest.raises(OperateError, match=r"before: modern\.memory 512") as raised:
        run_adoption(stack)
    assert "SOFTLAYER_REGISTRY_REPLACE_LIVE=red bin/operate adopt prod" in str(raised.value)
    assert "operate swap" not in str(raised.value), "it is refused until the adoption has ended"
    monkeypatch.setenv(REPLACE_LIVE, "red")
    assert run_adoption(stack).new_root
    assert os.environ[REPLACE_LIVE] == "red"
    assert stack.state["dal05-a-colours"].endswith("@i"), "a later `pulumi up` has nothing to change"


def test_both_programs_know_the_permission_by_the_same_name() -> None:
    assert adoption_environment.REPLACE_LIVE == REPLACE_LIVE
