"""The registry's server is gone: cancelled behind Pulumi's back, and with it all that was on it."""

from collections.abc import Iterator

import pytest

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


def test_a_server_cancelled_behind_pulumis_back_is_ordered_again(
    stack: ExampleStack, registry: Registry
) -> None:
    client = stack.client()
    digest = push_blob(client.connect, client.headers, "kept", b"k" * 100_000)
    servers = stack.outputs()["servers"]
    assert isinstance(servers, dict)
    number = round(float(servers["dal05-a"]["id"]))
    account(registry.environment).call("Virtual_Guest", "deleteObject", id=number)

    (urn,) = stack.urns("softlayer:index:VirtualGuest")
    refreshed = stack.act("refresh", "--yes", "--skip-preview", "--target", urn)
    assert refreshed.returncode == 0, refreshed.stdout
    back = stack.act("up", "--yes", "--skip-preview")
    assert back.returncode == 0, back.stdout
    assert SlowPull(stack.client(), f"/v2/kept/blobs/{digest}").begin().end() == digest
    again = stack.act("up", "--yes", "--skip-preview", "--expect-no-changes")
    assert again.returncode == 0, again.stdout
