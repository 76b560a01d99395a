"""The registry's server is gone: cancelled behind Pulumi's back, and with it all that was on it."""

import json
from collections.abc import Iterator

import pytest

from local.environment import CHECKOUT
from tests.cloud.door_load import SlowPull
from tests.cloud.registry_blobs import push_blob
from tests.e2e.account import client as account
from tests.e2e.bucket import one_server
from tests.e2e.conftest import Registry
from tests.e2e.example_stack import ExampleStack, standing

pytestmark = pytest.mark.expected_seconds(80)


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

    back = stack.operate("recover", "--json")
    assert back.returncode == 0, back.stderr
    recovery = json.loads(back.stdout)
    assert recovery["missing"] == ["dal05-a"]
    assert recovery["seconds"].keys() == {"account", "plan", "restore"}
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
    back = stack.operate("recover", "--server", "a", "--json")
    assert back.returncode == 0, back.stderr
    assert json.loads(back.stdout)["missing"] == ["dal05-a"]
    assert stack.client().status() == 200
