"""A registry in a bucket, then in a folder of its server: up, verified, quiet, swapped, gone."""

import os
from collections.abc import Iterator
from typing import cast

import httpx
import pytest

from components.registry.door_colours import REPLACE_LIVE
from components.verification.probe import MODERN
from harness.clients.blobs import push_blob
from harness.stack.bucket import ROOT, Bucket, bucket_of, one_server
from harness.stack.example_stack import ExampleStack
from harness.stack.live_stack import LiveRegistry, made_image
from harness.stack.quick_swap import QUICK
from tests.support.campaign import by_turns

pytestmark = [pytest.mark.expected_seconds(50), *by_turns(0)]

UP = ("up", "--yes", "--skip-preview")
QUIET = (*UP, "--expect-no-changes")
BUCKET = "e2e-registry"


@pytest.fixture(scope="module")
def bucket(registry: LiveRegistry) -> Iterator[Bucket]:
    with bucket_of(registry, BUCKET) as bucket:
        yield bucket


@pytest.fixture(scope="module")
def stack(
    registry: LiveRegistry, bucket: Bucket, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ExampleStack]:
    text = one_server(
        registry,
        **bucket.settings,
        registryStorage="s3",
        registryBaseArchive=str(made_image("registry-base-3")),
        registryRedirect=True,
    )
    example_stack = ExampleStack(registry, tmp_path_factory.mktemp("storages"), text)
    try:
        yield example_stack
    finally:
        ended = example_stack.act("destroy", "--yes", "--skip-preview")
    assert ended.returncode == 0, ended.stdout


def verified(stack: ExampleStack) -> str:
    digests = cast(dict[str, dict[str, str]], stack.outputs()["verifiedDigests"])
    return digests["dal05"]["modern"]


def test_s3_goes_up_and_is_quiet_and_sends_clients_to_the_bucket(
    stack: ExampleStack, bucket: Bucket, registry: LiveRegistry
) -> None:
    done = stack.act(*UP)
    assert done.returncode == 0, done.stdout
    for secret in (bucket.secret_key, ROOT):
        assert secret not in done.stdout
    assert bucket.has(MODERN.object_name(verified(stack), ""))

    content, client = os.urandom(100_000), stack.client()
    digest = push_blob(client.connect, client.headers, "redirected", content)
    location = client.location(f"/v2/redirected/blobs/{digest}")
    assert location.startswith(f"{bucket.endpoint}/{BUCKET}/")
    assert "X-Amz-Signature=" in location
    fetched = httpx.get(location)
    assert fetched.status_code == 200
    assert fetched.content == content

    again = stack.act(*QUIET)
    assert again.returncode == 0, again.stdout


def test_a_registry_in_a_bucket_is_swapped_and_rolled_back(stack: ExampleStack) -> None:
    """The lock and the history are in a folder of its server."""
    done = stack.operate("swap", "--to", "2", "--set", "memory=300", *QUICK, "--why", "in a bucket")
    assert done.returncode == 0, done.stderr
    back = stack.operate("rollback", "--why", "and back")
    assert back.returncode == 0, back.stderr
    history = stack.operate("history").stdout
    assert "swap to release 2 (black): live; why: in a bucket" in history
    assert "rollback to release 1 (red): release 1 is live again; why: and back" in history


def test_a_folder_on_the_loopback_takes_its_place(stack: ExampleStack, registry: LiveRegistry) -> None:
    """As `trials`: nothing but the server; and nobody but the server reaches it."""
    stack.file.write_text(one_server(registry, registryStorage="filesystem", registryListen="loopback"))
    refused = stack.act(*UP)
    assert refused.returncode != 0
    assert "colour red, release 1, is live" in refused.stdout
    done = stack.act(*UP, **{REPLACE_LIVE: "red"})
    assert done.returncode == 0, done.stdout
    outputs = stack.outputs(secrets=True)
    assert outputs["endpoint"] == "https://127.0.0.1:5000"
    server = cast(dict[str, dict[str, str]], outputs["servers"])["dal05-a"]
    sockets = registry.ssh_to(
        server["address"], f"ls /var/lib/registry/{MODERN.object_name(verified(stack), '')}; ss -Hltn"
    )
    assert sockets.returncode == 0, sockets.stderr
    listening = {line.split()[3] for line in sockets.stdout.splitlines()[1:]}
    assert "127.0.0.1:5000" in listening
    assert {name for name in listening if not name.startswith(("127.", "[::1]"))} == {"0.0.0.0:22", "[::]:22"}
    again = stack.act(*QUIET)
    assert again.returncode == 0, again.stdout
