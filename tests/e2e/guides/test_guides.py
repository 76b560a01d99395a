"""The guides, followed by their text: a first registry, a first swap, a recovery, an account of one's own."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from cloud.machines.layout import Layout
from dev.local.environment import CHECKOUT
from harness.guide import GuideReader, guide_command
from harness.stack.live_stack import LiveRegistry
from harness.stack.quick_swap import QUICK
from harness.stack.swap_operator import SwapOperator
from tests.e2e.swap.swap_fixtures import operator as operator
from tests.support.campaign import by_turns

pytestmark = [pytest.mark.expected_seconds(170), *by_turns(1)]


def printed_by(done: "subprocess.CompletedProcess[str]") -> str:
    """Return what a command that succeeded printed on standard output."""
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def reader(registry: LiveRegistry, tmp_path: Path) -> Iterator[GuideReader]:
    """Somebody on the tests' machine whose Docker knows no registry yet, and is logged out at the end.

    This Docker is the one that runs the local cloud's machines: this machine may have no other that runs.
    """
    engine = Layout(registry.environment.state / "cloud").docker_socket
    variables = {
        **registry.variables,
        "DOCKER_CONFIG": str(tmp_path / "docker"),
        "DOCKER_HOST": f"unix://{engine}",
    }
    yield GuideReader(variables)
    subprocess.run(
        [str(CHECKOUT / "bin" / "operate"), "logout", "local", "--client", "docker"],
        env=variables, capture_output=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.fixture
def swapper(operator: SwapOperator) -> GuideReader:
    """The operator of the tests' stack, with a copy of its file."""
    return GuideReader(
        {**operator.registry.variables, "OPERATE_CONFIG_FILE": str(operator.stack_file)}, stack="local"
    )


def test_an_image_is_pushed_and_pulled_on_the_first_registry(
    reader: GuideReader, registry: LiveRegistry
) -> None:
    address = str(registry.outputs()["endpoint"]).partition("://")[2]
    assert "logged in" in printed_by(reader.follow("first-registry", "2", "--client", "docker"))
    printed_by(reader.follow("first-registry", "3", ADDRESS=address))
    printed_by(reader.follow("first-registry", "3", position=1, ADDRESS=address))
    printed_by(reader.follow("first-registry", "3", position=2, ADDRESS=address))
    printed_by(reader.follow("first-registry", "3", position=3, ADDRESS=address))
    pull_on_another_server(reader, registry, address)
    # This image is nobody's any more.
    printed_by(reader.follow("first-registry", "3", position=2, ADDRESS=address))
    assert "first" in printed_by(reader.follow("first-registry", "4"))
    assert "red" in printed_by(reader.follow("first-registry", "4", position=1))


def pull_on_another_server(reader: GuideReader, registry: LiveRegistry, address: str) -> None:
    """The guide's commands, on the tests' stack instead of that of the checkout."""
    shell, login = (
        ".venv/bin/python -m dev.local shell ",
        guide_command("first-registry", "3", 4, ADDRESS=address),
    )
    assert login.startswith(shell)
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", login.removeprefix(shell)],
        cwd=CHECKOUT, env={**registry.variables, "PULUMI_STACK": "local"}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert "Login Succeeded" in printed_by(done)
    assert "first:1" in printed_by(reader.follow("first-registry", "3", position=5, ADDRESS=address))
    printed_by(reader.follow("first-registry", "3", position=6, ADDRESS=address))
    removed = registry.ssh("dal05-b", f"docker rmi {address}/first:1")
    assert removed.returncode == 0, removed.stderr


def test_the_dashboard_prints_its_address(registry: LiveRegistry) -> None:
    text = guide_command("first-registry", "4", position=2)
    with subprocess.Popen(
        [*text.split(), "--port", "0"],
        cwd=CHECKOUT, env=dict(registry.variables), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
        finally:
            process.kill()
    assert re.search(r"http://127\.0\.0\.1:\d+/", line), line


def test_the_shell_of_the_local_stack_has_both_programs(registry: LiveRegistry) -> None:
    """What `make shell` opens; the Makefile has the state folder of the checkout for it."""
    assert "-m dev.local shell" in _recipe(guide_command("first-registry", "5").removeprefix("make "))
    words = ["-m", "dev.local", "shell", "--state", str(registry.environment.state)]
    done = subprocess.run(
        [sys.executable, *words],
        input="operate status local --json && pulumi stack output endpoint --stack local\n",
        env={**registry.variables, "SHELL": "/bin/bash"},
        cwd=CHECKOUT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert printed_by(done).strip().splitlines()[-1] == registry.outputs()["endpoint"]


def _recipe(target: str) -> str:
    """Return the lines of a target of the Makefile."""
    lines = (CHECKOUT / "Makefile").read_text().partition(f"\n{target}:")[2].splitlines()[1:]
    return "\n".join(line for line in lines[:2] if line.startswith("\t"))


def test_a_release_goes_live_and_back(swapper: GuideReader, operator: SwapOperator) -> None:
    assert "red" in printed_by(swapper.follow("first-swap", "1"))
    planned = swapper.follow("first-swap", "2")
    assert "black would get release 2" in printed_by(planned) + planned.stderr
    assert operator.live() == "red"
    printed_by(swapper.follow("first-swap", "3", *QUICK))
    assert operator.live() == "black"
    printed_by(swapper.follow("first-swap", "4"))
    assert operator.live() == "red"
    printed_by(swapper.follow("first-swap", "5"))
    history = printed_by(swapper.follow("first-swap", "5", position=1))
    assert "swap to release 2 (black)" in history
    assert "rollback to release 1 (red)" in history
    assert operator.registry.outputs()["colours"] == {"red": "1"}
    settings = yaml.safe_load(operator.stack_file.read_text())["config"]
    # A fresh stack file has no release of red: the first one is the default.
    assert settings.get("softlayer-registry:red", "1") == "1"
    assert settings["softlayer-registry:black"] == ""


def test_what_is_missing_is_named_and_brought_back(swapper: GuideReader, operator: SwapOperator) -> None:
    printed_by(swapper.follow("recovery", "Practise"))
    sick = swapper.follow("recovery", "1", "--json")
    assert sick.returncode == 1, sick.stderr
    assert "error" in _severities(sick.stdout, "containers")
    # The front door answers, its colour does not.
    assert "dal05-a" in _all_of(swapper.follow("recovery", "2"))
    printed_by(swapper.follow("recovery", "3", "--yes"))
    healed = swapper.follow("recovery", "1", "--json")
    assert "error" not in _severities(healed.stdout, "containers"), healed.stdout
    assert operator.live() == "red"


def _all_of(done: "subprocess.CompletedProcess[str]") -> str:
    return done.stdout + done.stderr


def _severities(report: str, name: str) -> set[str]:
    """Return the severities of a check in a report of `operate doctor --json`."""
    checks: list[Mapping[str, object]] = json.loads(report)["checks"]
    return {
        finding["severity"]
        for check in checks
        if check["name"] == name
        for finding in check["findings"]  # type: ignore[attr-defined]
    }


def test_a_stack_file_of_one_s_own_is_written_checked_and_previewed(
    registry: LiveRegistry, tmp_path: Path
) -> None:
    """Up to the preview, and what follows the last `pulumi up`: what that orders needs Docker Hub."""
    backend, project, stack_file = tmp_path / "backend", tmp_path / "project", tmp_path / "Pulumi.prod.yaml"
    backend.mkdir()
    (project / "stacks").mkdir(parents=True)
    (project / "Pulumi.yaml").write_bytes((CHECKOUT / "Pulumi.yaml").read_bytes())
    (tmp_path / ".ssh").mkdir()
    variables = {
        **registry.variables,
        "HOME": str(tmp_path),
        "PULUMI_BACKEND_URL": f"file://{backend}",
        "OPERATE_CONFIG_FILE": str(stack_file),
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(tmp_path / "passphrase"),
    }
    # The key is where the guide has it, and PATH has no Python with the program's packages.
    del variables["SOFTLAYER_REGISTRY_SSH_KEY"]
    packages = str(Path(sys.executable).parent)
    folders = [folder for folder in variables["PATH"].split(os.pathsep) if folder != packages]
    variables["PATH"] = os.pathsep.join(folders)
    owner = GuideReader(variables)
    printed_by(owner.follow("own-account", "2"))
    printed_by(owner.follow("own-account", "3", position=3))
    assert (tmp_path / "passphrase").stat().st_mode & 0o777 == 0o600
    assert owner.follow("own-account", "3", position=3).returncode != 0, "a passphrase is never overwritten"
    written = owner.follow("own-account", "4", "--domain", "registry.example.com", "--s3-bucket", "images")
    assert f"written: {stack_file}" in printed_by(written)
    printed_by(owner.follow("own-account", "5", "--cwd", str(project)))
    on_stack = ("--stack", "prod", "--config-file", str(stack_file))
    printed_by(owner.follow("own-account", "5", "a" * 20, *on_stack, position=1))
    printed_by(owner.follow("own-account", "5", "b" * 40, *on_stack, position=2))
    examined = owner.follow("own-account", "6", "--json")
    assert _severities(examined.stdout, "stack file") <= {"ok", "note"}, examined.stdout
    assert _severities(examined.stdout, "program") == {"ok"}, examined.stdout
    previewed = printed_by(owner.follow("own-account", "7", *on_stack, "--non-interactive"))
    assert "cost of the servers in USD" in previewed
    assert "dal13-registry" in previewed
    printed_by(owner.follow("own-account", "Without an account", *on_stack, position=2))
    printed_by(owner.follow("own-account", "9", *on_stack))
    printed_by(owner.follow("own-account", "9", *on_stack, position=1))
    printed_by(owner.follow("own-account", "9", *on_stack, position=2))
    printed_by(owner.follow("own-account", "9", *on_stack, position=3))
    settings = yaml.safe_load(stack_file.read_text())["config"]
    assert set(settings["softlayer-registry:protect"].values()) == {False}
    printed_by(owner.follow("own-account", "9", *on_stack, "--yes", "--non-interactive", position=6))
    printed_by(owner.follow("own-account", "9", "--yes", "--cwd", str(project), position=7))
