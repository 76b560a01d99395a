"""The example stacks: refused with their placeholders, previewable on the local cloud once filled in."""

import subprocess
from pathlib import Path

import pytest
import yaml

from local.environment import CHECKOUT
from tests.e2e.conftest import Registry

EXAMPLES = {"single": 1, "two-datacenters": 3}
PLACEHOLDER = "CHANGE-ME"


def preview(registry: Registry, folder: Path, text: str) -> "subprocess.CompletedProcess[str]":
    """Preview a stack file as a stack of its own, in a backend of its own."""
    backend, file = folder / "backend", folder / "Pulumi.example.yaml"
    backend.mkdir()
    file.write_text(text)
    variables = {**registry.variables, "PULUMI_BACKEND_URL": f"file://{backend}"}

    def pulumi(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["pulumi", *words, "--non-interactive"],
            cwd=CHECKOUT, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=300, check=False,
        )  # fmt: skip

    project = folder / "project"
    (project / "stacks").mkdir(parents=True)
    (project / "Pulumi.yaml").write_bytes((CHECKOUT / "Pulumi.yaml").read_bytes())
    made = pulumi("stack", "init", "example", "--cwd", str(project))
    assert made.returncode == 0, made.stdout
    return pulumi("preview", "--stack", "example", "--config-file", str(file))


def test_every_stack_is_an_example_or_local() -> None:
    names = {file.name.split(".")[1] for file in (CHECKOUT / "stacks").glob("Pulumi.*.yaml")}
    assert names == {*EXAMPLES, "local"}


@pytest.mark.parametrize(("name", "servers"), EXAMPLES.items())
def test_an_example_is_previewable(registry: Registry, tmp_path: Path, name: str, servers: int) -> None:
    example = yaml.safe_load((CHECKOUT / "stacks" / f"Pulumi.{name}.yaml").read_text())
    filled = yaml.safe_dump(example).replace(PLACEHOLDER, "test")
    filled = filled.replace(
        example["config"]["softlayer-registry:sshKeyFile"], str(registry.environment.ssh_key)
    )
    done = preview(registry, tmp_path, filled)
    assert done.returncode == 0, done.stdout
    created = [line for line in done.stdout.splitlines() if "softlayer:index:VirtualGuest" in line]
    assert len(created) == servers, done.stdout


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_placeholder_is_refused(registry: Registry, tmp_path: Path, name: str) -> None:
    done = preview(registry, tmp_path, (CHECKOUT / "stacks" / f"Pulumi.{name}.yaml").read_text())
    assert done.returncode != 0
    assert "domain: must be a DNS domain" in done.stdout
    assert PLACEHOLDER in done.stdout
