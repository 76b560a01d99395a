"""Two operators of one live stack, with other checkouts, key places and archive places on one backend."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from dev.local.environment import CHECKOUT, STACK
from harness.clients.registry_client import BackgroundLoad
from harness.stack.live_stack import LiveRegistry
from harness.stack.operated import Operated, operated_by_copy
from harness.stack.quick_swap import QUICK
from tests.support.campaign import by_turns

pytestmark = [pytest.mark.expected_seconds(140), *by_turns(1)]

TWO = ("--to", "2", "--set", "memory=640", *QUICK)
LEFT_OUT = shutil.ignore_patterns(".git", ".local", ".venv", "__pycache__", ".*_cache", ".hypothesis")


@dataclass(frozen=True)
class SecondOperator:
    """An operator who has nothing in common with the first one but backend, passphrase and account.

    Attributes:
        first: the other one.
        folder: with everything that is this operator's own.
    """

    first: Operated
    folder: Path

    @property
    def checkout(self) -> Path:
        """The program's folder."""
        return self.folder / "another" / "checkout"

    @property
    def stack_file(self) -> Path:
        """The stack's file, but for the archive's place the first operator's."""
        return self.folder / "Pulumi.local.yaml"

    def settle_in(self) -> None:
        """Copy checkout, key and archive to places of their own."""
        environment = self.first.registry.environment
        shutil.copytree(CHECKOUT, self.checkout, ignore=LEFT_OUT)
        for venv in (".venv", "policy/.venv"):
            if (CHECKOUT / venv).exists():
                (self.checkout / venv).symlink_to((CHECKOUT / venv).resolve())
        (self.folder / "keys").mkdir()
        for name in ("id_ed25519", "id_ed25519.pub"):
            shutil.copy(environment.ssh_key.parent / name, self.folder / "keys" / name)
        shutil.copy(environment.base_archive, self.folder / "base.tar")

    def pull_stack_file(self) -> None:
        """Take over what the first operator's stack file says now, as by git."""
        content = yaml.safe_load(self.first.stack_file.read_text())
        content["config"]["softlayer-registry:registryBaseArchive"] = str(self.folder / "base.tar")
        self.stack_file.write_text(yaml.safe_dump(content, sort_keys=False))

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """Run a command in this operator's checkout."""
        variables = {
            **self.first.variables,
            "SOFTLAYER_REGISTRY_SSH_KEY": str(self.folder / "keys" / "id_ed25519"),
            "OPERATE_CONFIG_FILE": str(self.stack_file),
            "XDG_STATE_HOME": str(self.folder / "state"),
            "HOME": str(self.folder),
        }
        return subprocess.run(
            command, cwd=self.checkout, env=variables, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip

    def operate(self, command: str, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run `operate COMMAND STACK WORDS`."""
        return self.run(sys.executable, "-m", "operate", command, STACK, *words)


@pytest.fixture(scope="module")
def operated(registry: LiveRegistry) -> Iterator[Operated]:
    """The tests' registry with red live, release 1; as it was when the module ends."""
    operated = operated_by_copy(registry)
    try:
        yield operated
    finally:
        if operated.state().colour != "red":
            operated.run("rollback", "--colour", "red")
        registry.restore()
        operated.stack_file.unlink()


@pytest.fixture(scope="module")
def second(operated: Operated, tmp_path_factory: pytest.TempPathFactory) -> SecondOperator:
    operator = SecondOperator(operated, tmp_path_factory.mktemp("second"))
    operator.settle_in()
    return operator


def test_no_path_of_the_first_operator_is_in_the_state(operated: Operated) -> None:
    state = operated.registry.stack("export", "--show-secrets")
    paths = (CHECKOUT, operated.registry.environment.state)
    assert [path for path in paths if json.dumps(str(path))[1:-1] in state] == []


def test_the_second_operator_sees_no_change(second: SecondOperator) -> None:
    second.pull_stack_file()
    file = ("--config-file", str(second.stack_file))
    preview = second.run("pulumi", "preview", "--json", "--stack", STACK, "--non-interactive", *file)
    assert preview.returncode == 0, preview.stdout + preview.stderr
    assert set(json.loads(preview.stdout)["changeSummary"]) == {"same"}


def test_the_second_operator_rolls_back_a_swap_of_the_first(
    operated: Operated, second: SecondOperator
) -> None:
    done = operated.run("swap", *TWO)
    assert done.returncode == 0, done.stderr
    assert operated.state().colour == "black"
    second.pull_stack_file()
    status = second.operate("status", "--json")
    assert status.returncode == 0, status.stderr
    back = second.operate("rollback")
    assert back.returncode == 0, back.stderr
    assert operated.state().colour == "red"
    entries = json.loads(second.operate("history", "--json").stdout)
    assert [entry["kind"] for entry in entries[:2]] == ["rollback", "swap"]


def test_a_newer_checkout_changes_the_live_image_by_a_swap_alone(
    operated: Operated, second: SecondOperator
) -> None:
    """Another Dockerfile concerns both colours; the release that was rolled back to keeps its image."""
    second.pull_stack_file()
    before = images(operated, "registry-1")
    with (second.checkout / "components" / "images" / "modern" / "Dockerfile").open("a") as dockerfile:
        dockerfile.write("LABEL softlayer-registry.test=newer\n")
    file = ("--config-file", str(second.stack_file))
    preview = ("pulumi", "preview", "--stack", STACK, "--non-interactive", *file)
    kept = second.run(*preview)
    assert kept.returncode == 0, kept.stdout
    assert "release 1 (red) stays as it was made" in kept.stdout
    assert "modern.image.files.Dockerfile" in kept.stdout

    with BackgroundLoad(operated.client()) as load:
        load.await_more(10)
        done = second.operate("swap", "--to", "3", *QUICK)
        assert done.returncode == 0, done.stderr
        load.await_more(10)
    assert load.failures == []
    assert operated.state().colour == "black"
    assert images(operated, "registry-1") == before
    assert images(operated, "registry-3") != before
    same = second.run(*preview, "--expect-no-changes")
    assert same.returncode == 0, same.stdout


def images(operated: Operated, *containers: str) -> tuple[str, ...]:
    """The images that containers run."""
    inspected = operated.registry.ssh(
        "dal05-a", f"docker inspect --format '{{{{.Image}}}}' {' '.join(containers)}"
    )
    return tuple(inspected.stdout.split())
