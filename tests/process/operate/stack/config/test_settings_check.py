"""A stack file is judged before anything is begun, with what the command is about to write to it."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT
from operate.clock import SystemClock
from operate.error import EXIT_REFUSED, OperateError
from operate.stack.automation.lazy_stack import LazyStack
from operate.stack.config.desired_release import DesiredRelease
from operate.stack.config.settings_check import InvalidStackFileError, require_valid, require_writable
from operate.stack.facts import Colour
from operate.stack.facts_cache import FactsCache
from tests.support.stack_settings import MINIMAL, SERVER, write_stack_file


@pytest.fixture
def values(tmp_path: Path) -> dict[str, object]:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    return {**MINIMAL, "sshKeyFile": os.path.relpath(key, CHECKOUT)}


def test_five_mistakes_are_one_error_with_a_line_for_each(tmp_path: Path, values: dict[str, object]) -> None:
    wrong: dict[str, object] = {
        "registryLisen": "private",
        "registryPort": "many",
        "storageDriver": "overlay",
        "servers": [SERVER | {"datacenter": "dall05"}, SERVER | {"name": "b", "os": "UBUNUT_24_64"}],
    }
    file = write_stack_file(tmp_path / "Pulumi.prod.yaml", values | wrong)
    with pytest.raises(InvalidStackFileError) as refusal:
        require_valid("prod", file)
    head, *lines = str(refusal.value).split("\n")
    assert head.startswith(f"environment prod: {file} has 5 mistakes, so nothing was begun. Correct it, then")
    assert "`operate doctor prod`" in head
    assert sorted(line.strip().partition(": ")[0] for line in lines) == [
        "registryLisen", "registryPort", "servers[0].datacenter", "servers[1].os", "storageDriver",
    ]  # fmt: skip
    assert refusal.value.exit_code == EXIT_REFUSED
    require_valid("prod", write_stack_file(file, values))


def test_a_mistake_of_the_command_is_not_one_of_the_file(tmp_path: Path, values: dict[str, object]) -> None:
    """`swap --set memroy=640` had a stack file without a mistake corrected."""
    changes = {"black": "2", "releases": {"1": {}, "2": {"memroy": 640}}}
    file = write_stack_file(tmp_path / "Pulumi.prod.yaml", values)
    with pytest.raises(InvalidStackFileError) as refusal:
        require_valid("prod", file, changes)
    head, line = str(refusal.value).split("\n")
    assert head.startswith(
        f"environment prod: 1 mistake in what this command would write to {file}, so nothing"
    )
    assert "The file itself has none" in head
    assert line.strip().startswith("releases.2.memroy: is not a setting")
    file = write_stack_file(tmp_path / "Pulumi.prod.yaml", values | {"registryLisen": "private"})
    with pytest.raises(InvalidStackFileError, match="has 2 mistakes, 1 of them by what this"):
        require_valid("prod", file, changes)


def test_a_key_that_is_to_follow_must_be_on_this_machine(tmp_path: Path, values: dict[str, object]) -> None:
    file = write_stack_file(tmp_path / "Pulumi.prod.yaml", values)
    require_valid("prod", file, {"nextSshKeyFile": values["sshKeyFile"]})
    with pytest.raises(InvalidStackFileError, match="nextSshKeyFile: there is no private key"):
        require_valid("prod", file, {"nextSshKeyFile": "~/absent/key"})


def test_a_file_that_is_no_yaml_is_reported_and_a_missing_one_is_left_to_pulumi(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.prod.yaml").write_text("config: [")
    with pytest.raises(OperateError, match=r"Pulumi\.prod\.yaml: must be YAML"):
        require_valid("prod", tmp_path / "Pulumi.prod.yaml")
    require_valid("prdo", tmp_path / "Pulumi.prdo.yaml")


SECRET = "  softlayer-registry:registryPassword: {secure: 'v1:/3U/E7sy:5bg1nNL/'}\n"


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("", r"Pulumi\.prod\.yaml: must have a member config"),
        ("config:\n  softlayer-registry:servers: [{na", r"Pulumi\.prod\.yaml: must be YAML; line 2, column "),
        (
            "config:\n  softlayer-registry:live: r\te\x00d\n",
            r"Pulumi\.prod\.yaml: must be YAML; line 2, column ",
        ),
        ("config:\n  a: red\n  a: black\n", r"a: must be there once, and is in lines 2 and 3"),
        (f"config:\n{SECRET}", r"encryptionsalt: is missing; .*docs/runbooks/lost-state\.md"),
    ],
)
def test_what_pulumi_would_refuse_refuses_the_command_and_names_the_place(
    tmp_path: Path, text: str, mistake: str
) -> None:
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(text)
    with pytest.raises(InvalidStackFileError, match=mistake) as refusal:
        require_valid("prod", file)
    assert refusal.value.exit_code == EXIT_REFUSED
    with pytest.raises(OperateError, match=mistake) as refused_write:
        require_writable("prod", file)
    assert "nothing is written to it" in str(refused_write.value)
    assert "\n" not in str(refused_write.value)


@pytest.mark.parametrize("size", [0, 100, 300, 700])
def test_nothing_is_written_into_what_is_left_of_a_stack_file(
    tmp_path: Path, values: dict[str, object], size: int
) -> None:
    long = {
        "registryUsers": {},
        **values,
        "servers": [SERVER | {"name": f"a{number}"} for number in range(40)],
    }
    whole = write_stack_file(tmp_path / "whole.yaml", long).read_text()
    lines = whole[:size].splitlines(keepends=True)[:-1]
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text("".join(lines))
    stack = LazyStack("prod", file, FactsCache(tmp_path, "prod", lambda: tmp_path / "key"), SystemClock())
    writes: list[Callable[[], object]] = [
        lambda: stack.record_live(Colour.RED, {"token": "1"}),
        lambda: stack.write_settings({"live": "red"}),
        lambda: stack.apply_settings({"live": "red"}),
    ]
    for write in writes:
        with pytest.raises(OperateError, match="nothing is written to it"):
            write()
    assert file.read_text() == "".join(lines)


def test_a_release_is_judged_with_the_settings_that_it_is_to_get(
    tmp_path: Path, values: dict[str, object]
) -> None:
    file = write_stack_file(tmp_path / "Pulumi.prod.yaml", values)
    stack = LazyStack("prod", file, FactsCache(tmp_path, "prod", lambda: tmp_path / "key"), SystemClock())
    stack.check_release(DesiredRelease(Colour.BLACK, "2", {"memory": "1024"}, "1"))
    with pytest.raises(InvalidStackFileError, match=r"releases\.2\.memroy: .*nearest is memory"):
        stack.check_release(DesiredRelease(Colour.BLACK, "2", {"memroy": "1024"}, "1"))
    assert "releases" not in file.read_text()
