"""A stack file is judged before anything is begun, with what the command is about to write to it."""

import os
import subprocess
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT
from operate.error import EXIT_REFUSED, OperateError
from operate.stack.automation.lazy_stack import LazyStack
from operate.stack.facts import Colour
from operate.stack.facts_cache import FactsCache
from operate.stack.release_settings import release_settings
from operate.stack.settings_check import InvalidStackFileError, require_valid
from operate.swap.interfaces import DesiredRelease, SystemClock
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


def test_a_release_is_judged_with_the_settings_that_it_is_to_get(
    tmp_path: Path, values: dict[str, object]
) -> None:
    file = write_stack_file(tmp_path / "Pulumi.prod.yaml", values)
    stack = LazyStack("prod", file, FactsCache(tmp_path, "prod", lambda: tmp_path / "key"), SystemClock())
    stack.check_release(DesiredRelease(Colour.BLACK, "2", {"memory": "1024"}, "1"))
    with pytest.raises(InvalidStackFileError, match=r"releases\.2\.memroy: .*nearest is memory"):
        stack.check_release(DesiredRelease(Colour.BLACK, "2", {"memroy": "1024"}, "1"))
    assert "releases" not in file.read_text()


@pytest.mark.parametrize("releases", [["1"], "1", {"2": "memory"}])
def test_what_are_no_releases_are_left_for_the_reader_to_name(releases: object) -> None:
    values = release_settings({"releases": releases}, DesiredRelease(Colour.BLACK, "2", {"memory": "1"}))
    assert values == {"black": "2"}


def test_an_existing_release_keeps_the_settings_that_are_not_given_again() -> None:
    configured = {"releases": {"1": {}, "2": {"memory": 1024, "uploads": 4}}}
    values = release_settings(configured, DesiredRelease(Colour.RED, "2", {"memory": "2048"}, "1"))
    assert values == {
        "red": "2",
        "releases": {"1": {}, "2": {"memory": 2048, "uploads": 4}},
        "keepRelease": "1",
    }
    assert release_settings({}, DesiredRelease(Colour.BLACK, "2")) == {
        "black": "2",
        "releases": {"1": {}, "2": {}},
    }
