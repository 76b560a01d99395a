"""What `make up` ends with fits the stack as it is."""

from pathlib import Path

import pytest
import yaml

from dev.local.environment import Environment
from dev.local.next_steps import next_steps
from dev.local.stack.stack_file import StackFile

OUTPUTS = {"endpoint": "https://192.0.2.1:5000"}


@pytest.mark.parametrize(
    ("releases", "name"),
    [
        ({}, "2"),
        ({"1": {}, "2": {"memory": 1280}}, "3"),
        ({1: {}, 2: {}, 3: {}}, "4"),
        ({"1-s2": {}, "3": {}}, "2"),
    ],
)
def test_the_proposed_release_is_new(releases: dict[object, object], name: str, tmp_path: Path) -> None:
    """`swap --to 2` was proposed where the stack had a release 2."""
    environment = Environment(tmp_path)
    environment.stack_file.parent.mkdir(parents=True)
    config = {"softlayer-registry:releases": releases} if releases else {}
    environment.stack_file.write_text(yaml.safe_dump({"config": config}))
    text = next_steps(OUTPUTS, StackFile(environment).release_names())
    assert f"operate swap local --to {name} --set memory=1280" in text


def test_a_command_of_two_lines_can_be_copied() -> None:
    lines = [line.strip() for line in next_steps(OUTPUTS).splitlines()]
    (first,) = [line for line in lines if line.endswith("--show-secrets | \\")]
    assert lines[lines.index(first) + 1].startswith("bin/operate ssh local b docker login")
