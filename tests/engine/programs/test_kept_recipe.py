"""What the state keeps of a container while its release is kept, with the real engine: preview and update."""

from dataclasses import dataclass, field
from pathlib import Path

import pulumi
import pytest
from pulumi import automation

from components.registry.colour_recipe import state_record


@dataclass
class Program:
    """Records a value, or keeps what was recorded; tells it before and after."""

    value: str = "first"
    installation: str = "one"
    keep: bool = False
    recorded_values: list[str] = field(default_factory=list)

    def __call__(self) -> None:
        container = pulumi.Stash("container", input=self.value)
        value = container.input.apply(str)
        if self.keep:
            kept = state_record("a-recipe", value, keep=True, installation=self.installation)
            pulumi.export("kept", kept.apply(self._see))
        else:
            state_record(
                "a-recipe", value, keep=False, installation=self.installation, depends_on=[container]
            )

    def _see(self, text: str) -> str:
        self.recorded_values.append(text)
        return text


@pytest.fixture
def program() -> Program:
    return Program()


@pytest.fixture
def stack(program: Program, backend: Path, tmp_path: Path) -> automation.Stack:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "Pulumi.yaml").write_text("name: softlayer-registry\nruntime: python\n")
    workspace = automation.LocalWorkspace(work_dir=str(tmp_path / "work"), program=program)
    return automation.Stack.create_or_select("kept", workspace)


def test_a_record_stays_while_it_is_kept_and_follows_afterwards(
    stack: automation.Stack, program: Program
) -> None:
    stack.up()
    program.value, program.keep = "second", True
    stack.preview()
    assert program.recorded_values == ["first"], "known in a preview, whatever else changes"
    for _ in range(2):
        assert stack.up().outputs["kept"].value == "first"
    program.keep = False
    stack.up()
    program.value, program.keep = "third", True
    assert stack.up().outputs["kept"].value == "second"


def test_a_state_without_a_record_begins_with_the_present(stack: automation.Stack, program: Program) -> None:
    program.keep = True
    assert stack.up().outputs["kept"].value == "first"


def test_on_another_installation_what_is_made_there_is_kept_from_then_on(
    stack: automation.Stack, program: Program
) -> None:
    stack.up()
    program.value, program.keep = "second", True
    assert stack.up().outputs["kept"].value == "first"
    program.value, program.installation = "third", "two"
    assert stack.up().outputs["kept"].value == "third"
    program.value = "fourth"
    assert stack.up().outputs["kept"].value == "third", "an edit does not reach it"
