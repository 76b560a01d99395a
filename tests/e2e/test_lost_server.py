"""The registry's server is lost, and the operator's key follows another: what is there comes through it."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.environment import CHECKOUT
from tests.cloud.door_load import SlowPull
from tests.cloud.registry_blobs import push_blob
from tests.e2e.account import billed
from tests.e2e.account import client as account
from tests.e2e.bucket import one_server
from tests.e2e.conftest import Registry
from tests.e2e.example_stack import ExampleStack, standing

pytestmark = pytest.mark.expected_seconds(160)


@pytest.fixture(scope="module")
def stack(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExampleStack]:
    made = ExampleStack(
        registry, tmp_path_factory.mktemp("lost"), one_server(registry, objectContainer="lost")
    )
    with standing(made):
        yield made


def cancel(stack: ExampleStack, registry: Registry) -> None:
    """Cancel the server behind Pulumi's back."""
    servers = stack.outputs()["servers"]
    assert isinstance(servers, dict)
    number = round(float(servers["dal05-a"]["id"]))
    account(registry.environment).call("Virtual_Guest", "deleteObject", id=number)


def test_one_command_brings_back_what_was_cancelled_behind_pulumis_back(
    stack: ExampleStack, registry: Registry
) -> None:
    client = stack.client()
    digest = push_blob(client.connect, client.headers, "kept", b"k" * 100_000)
    cancel(stack, registry)

    refused = stack.operate("recover")
    assert refused.returncode == 3, refused.stderr
    assert "plan ok: orders VirtualGuest dal05-a; " in refused.stderr
    assert "run the command again with --yes" in refused.stderr
    back = stack.operate("recover", "--yes", "--json")
    assert back.returncode == 0, back.stderr
    recovery = json.loads(back.stdout)
    assert recovery["missing"] == ["dal05-a"]
    assert recovery["seconds"].keys() == {"account", "plan", "restore", "order", "set up", "verify"}
    assert "USD a month" in back.stderr
    assert not (CHECKOUT / "stacks" / "Pulumi.example.yaml").exists(), "a stack file of Pulumi's own"
    assert SlowPull(stack.client(), f"/v2/kept/blobs/{digest}").begin().end() == digest
    again = stack.act("up", "--yes", "--skip-preview", "--expect-no-changes")
    assert again.returncode == 0, again.stdout


def test_a_container_that_somebody_removed_is_made_again(stack: ExampleStack, registry: Registry) -> None:
    servers = stack.outputs()["servers"]
    assert isinstance(servers, dict)
    removed = registry.ssh_to(servers["dal05-a"]["address"], "docker rm --force registry-1")
    assert removed.returncode == 0, removed.stderr
    unknown = stack.operate("recover", "--server", "z")
    assert unknown.returncode == 1
    assert "--server z must name one server of the stack" in unknown.stderr
    back = stack.operate("recover", "--server", "a")
    assert back.returncode == 0, back.stderr
    assert "account ok: it has every server" in back.stderr
    assert stack.client().status() == 200


def test_a_recovery_that_was_stopped_is_resumed_by_the_same_command(
    stack: ExampleStack, registry: Registry
) -> None:
    """Stopped once the account was asked: the server is in the state no more, what was on it still is."""
    cancel(stack, registry)
    asked = stack.act("refresh", "--yes", "--skip-preview", "--target", "**VirtualGuest::dal05-a")
    assert asked.returncode == 0, asked.stdout
    back = stack.operate("recover", "--server", "a", "--yes", "--json")
    assert back.returncode == 0, back.stderr
    assert json.loads(back.stdout)["missing"] == ["dal05-a"]
    assert stack.client().status() == 200


def test_a_stack_whose_state_is_lost_takes_over_its_servers(stack: ExampleStack, registry: Registry) -> None:
    client, before = stack.client(), stack.outputs(secrets=True)
    digest = push_blob(client.connect, client.headers, "kept", b"s" * 100_000)
    counted = {name: len(items) for name, items in billed(registry.environment).items()}
    stack.lose_state()

    refused = stack.operate("adopt")
    assert refused.returncode == 3, refused.stderr
    assert "dal05-a is " in refused.stderr
    adopted = stack.operate("adopt", "--yes", "--json")
    assert adopted.returncode == 0, adopted.stderr
    assert json.loads(adopted.stdout)["adopted"].keys() == {"dal05-a", "store-account"}
    assert json.loads(adopted.stdout)["ordered"] == []
    after = stack.outputs(secrets=True)
    for output in ("servers", "endpoint", "password", "objectStore", "certificateAuthority"):
        assert after[output] == before[output], output
    assert {name: len(items) for name, items in billed(registry.environment).items()} == counted
    assert SlowPull(stack.client(), f"/v2/kept/blobs/{digest}").begin().end() == digest
    again = stack.act("up", "--yes", "--skip-preview", "--expect-no-changes")
    assert again.returncode == 0, again.stdout


PERSON = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGuY3ZJIhYXcqdZRMyjIrhcy0wA1QB2Ak2E7vkUJ0000 a person"
RUNNING = (
    "docker inspect --format '{{.Id}} {{.State.StartedAt}}' registry-1;"
    " systemctl show --property MainPID,NRestarts registry-door docker"
)


def test_the_operator_s_key_is_rotated_and_nothing_else_is_touched(
    stack: ExampleStack, registry: Registry, tmp_path: Path
) -> None:
    servers = stack.outputs()["servers"]
    assert isinstance(servers, dict)
    address = servers["dal05-a"]["address"]

    def run(command: str, key: Path | None = None) -> "subprocess.CompletedProcess[str]":
        return registry.ssh_to(address, command, key=key)

    assert run(f"echo '{PERSON}' >>/root/.ssh/authorized_keys").returncode == 0
    before = run(RUNNING).stdout
    new = tmp_path / "new"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(new)], check=True)
    place = os.path.relpath(new, CHECKOUT)
    rotated = stack.operate("rotate ssh-key", "--new", place, "--json")
    assert rotated.returncode == 0, rotated.stderr
    # The variable with the old key's place is of this operator's machine.
    assert "SOFTLAYER_REGISTRY_SSH_KEY names the old key" in rotated.stderr
    del stack.variables["SOFTLAYER_REGISTRY_SSH_KEY"]
    assert json.loads(rotated.stdout)["after"] == place
    assert run("true").returncode == 255, "the old key opens nothing any more"
    assert run(RUNNING, new).stdout == before
    assert PERSON in run("cat /root/.ssh/authorized_keys", new).stdout
    again = stack.act("up", "--yes", "--skip-preview", "--expect-no-changes")
    assert again.returncode == 0, again.stdout
