"""An adoption that was stopped: which part of it is repeated, with what the program is told of the state."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from operate.adopt.adoption import Candidate
from operate.adopt.adoption_note import AdoptionNote
from operate.adopt.environment import (
    ADOPT,
    ADOPTING,
    PRESENT_CONTAINERS,
    PulumiAdoption,
)
from operate.servers.host_keys.accepted_keys import ACCEPT_HOST_KEYS
from operate.stack.automation.pulumi_stack import PulumiStack
from operate.stack.config.setting_keys import ADOPTION
from operate.stack.facts_cache import FactsCache
from operate.stack.state.restored import Restored

VARIABLES = (ADOPT, ADOPTING, PRESENT_CONTAINERS, ACCEPT_HOST_KEYS)


@dataclass
class Stack:
    """A stack of which an adoption is; remembers each `up` with the variables of the program."""

    resources: Mapping[str, str] = field(default_factory=dict)
    outputs: bool = False
    ups: list[dict[str, str]] = field(default_factory=list)
    settings: dict[str, object] = field(default_factory=dict)
    servers: dict[str, tuple[str, Mapping[str, object]]] = field(default_factory=dict)
    noted_ups: list[bool] = field(default_factory=list)

    def setting(self, key: str) -> object:
        return self.settings.get(key)

    def write_settings(self, settings: Mapping[str, object]) -> None:
        self.settings.update(settings)

    def resource_types(self) -> Mapping[str, str]:
        return self.resources

    def server_outputs(self) -> Mapping[str, tuple[str, Mapping[str, object]]]:
        return self.servers

    def has_outputs(self) -> bool:
        return self.outputs

    def restore(self) -> Restored:
        self.noted_ups.append(self.settings.get(ADOPTION) is not None)
        self.ups.append({name: os.environ[name] for name in VARIABLES if name in os.environ})
        return Restored(f"up {len(self.ups)}", {}, (), 0.0)


@pytest.fixture
def note(tmp_path: Path) -> AdoptionNote:
    key = tmp_path / "key"
    key.write_text("a private key")
    return AdoptionNote(*(FactsCache(tmp_path / name, "prod", lambda: key) for name in ("kept", "lost")))


def adoption(stack: Stack, note: AdoptionNote) -> PulumiAdoption:
    return PulumiAdoption(cast(PulumiStack, stack), note)


CONTAINER = "docker:index/container:Container"
PARTIAL = {"urn:a::dal05-a": "softlayer:index:VirtualGuest", "urn:a::dal05-red": CONTAINER}


def test_an_empty_state_is_a_new_loss(note: AdoptionNote) -> None:
    stack = Stack()
    assert not adoption(stack, note).is_unfinished()
    assert adoption(stack, note).adopt({"dal05-a": Candidate("7", "")}, makes_root=False) == "up 1"
    first, second = stack.ups
    assert (first[ADOPT], first[PRESENT_CONTAINERS], second) == ("dal05-a=7", "", {})
    assert note.is_present
    assert stack.noted_ups == [True, True], "the stack file has the note until all is done"
    adoption(stack, note).end()
    assert not adoption(stack, note).is_unfinished()


@pytest.mark.parametrize("noted", [True, False])
def test_an_up_that_did_not_end_is_repeated(note: AdoptionNote, *, noted: bool) -> None:
    """Containers of the state stay; one that the engine made and no state has gives way."""
    if noted:
        note.begin()
    stack = Stack(PARTIAL)
    assert adoption(stack, note).is_unfinished()
    adoption(stack, note).adopt({}, makes_root=False)
    adoption(stack, note).adopt({}, makes_root=False)
    first, second, again, _ = stack.ups
    assert (first[PRESENT_CONTAINERS], second) == ("dal05-red", {})
    assert first[ADOPTING] != again[ADOPTING], "each run removes what the one before has left"


def test_where_the_outputs_are_there_nothing_is_removed_again(note: AdoptionNote) -> None:
    """Outputs do not show that the first `up` has ended: the state of a backup has them from the start."""
    stack = Stack(PARTIAL, outputs=True)
    assert not adoption(stack, note).is_unfinished()
    note.begin()
    assert adoption(stack, note).is_unfinished()
    assert adoption(stack, note).adopt({}, makes_root=False) == "up 1"
    first, second = stack.ups
    assert (first[PRESENT_CONTAINERS], second) == ("dal05-red", {})


def test_another_machine_sees_by_the_stack_file_that_an_adoption_has_not_ended(note: AdoptionNote) -> None:
    stack = Stack(PARTIAL, outputs=True, settings={ADOPTION: {"by": "anna@desk"}})
    assert adoption(stack, note).is_unfinished()
    assert adoption(stack, note).adopt({}, makes_root=False) == "up 1"
    assert stack.settings == {ADOPTION: {"by": "anna@desk"}}, "who has begun it stays"


def test_a_server_that_was_taken_over_without_its_host_key_is_contacted_again(note: AdoptionNote) -> None:
    """Its one-time key is spent. The operator has agreed to the keys of what is taken over alone."""
    stack = Stack()
    adoption(stack, note).adopt(
        {"dal05-a": Candidate("7", "", "SHA256:a"), "dal05-b": Candidate("8", "")}, makes_root=False
    )
    stack.resources = PARTIAL
    stack.servers = {"dal05-a": ("7", {}), "dal05-b": ("8", {"sshHostKey": "k"}), "dal05-c": ("9", {})}
    adoption(stack, note).adopt({"dal05-d": Candidate("10", "", "SHA256:d")}, makes_root=False)
    adoption(stack, note).adopt({}, makes_root=False)
    accepted = [up[ACCEPT_HOST_KEYS] for up in stack.ups if up]
    assert accepted == ["7=SHA256:a,8", "7=SHA256:a,10=SHA256:d", "7=SHA256:a"]
    stack.servers["dal05-d"] = ("10", {})
    adoption(stack, note).adopt({}, makes_root=False)
    assert stack.ups[-2][ACCEPT_HOST_KEYS] == "7=SHA256:a,10=SHA256:d"
