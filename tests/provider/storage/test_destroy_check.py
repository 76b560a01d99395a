"""A destroy that is refused for its images is refused before any server is cancelled, by the real engine."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from swiftclient import Connection

from cloud.swift.local_object_storage import LocalObjectStorage
from harness.cloud.running_api import RunningApi, serve
from tests.provider.stack import GUEST, Stack, engine_path

PROGRAM = """\
import json
import os

import pulumi
import pulumi_softlayer as softlayer

arguments = json.loads(os.environ["GUEST"])
protected = arguments.pop("protected")
kept = pulumi.ResourceOptions(protect=bool(protected))
server = softlayer.VirtualGuest("web", **arguments)
account = softlayer.ObjectStorageAccount("store", datacenter="dal05", opts=kept)
container = softlayer.ObjectStorageContainer(
    "images", auth_url=account.auth_url, username=account.username, key=account.key, name="docker", opts=kept
)
softlayer.DestroyCheck(
    "check",
    pulumi.ResourceOptions(depends_on=[server, account, container]),
    protected=protected,
    auth_url=account.auth_url,
    username=account.username,
    containers=[container.name],
)
pulumi.export("store", {"url": account.auth_url, "user": account.username, "key": account.key})
"""
SKIP = ("destroy", "--yes", "--skip-preview")


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[RunningApi]:
    """A cloud with a real Swift."""
    storage = LocalObjectStorage(tmp_path / "cloud", None)
    try:
        with serve(tmp_path / "cloud", object_storage=storage) as api:
            yield api
    finally:
        storage.stop()


def test_a_refused_destroy_cancels_nothing(stored: RunningApi, tmp_path: Path) -> None:
    def servers() -> int:
        records: list[Any] = stored.client().call(
            "Account", "getVirtualGuests", mask="mask[id,billingItem[id]]"
        )
        return sum(1 for server in records if server.get("billingItem"))

    stack = Stack(tmp_path, "destroyed", stored, engine_path(), {**GUEST, "protected": []}, PROGRAM)
    stack.create()
    stack.up()
    outputs = stack.recorded()["softlayer:index:ObjectStorageAccount"]["outputs"]
    swift = Connection(outputs["authUrl"], outputs["username"], stored.client().call(
        "Account", "getHubNetworkStorage", mask="mask[credentials[username,password]]"
    )[0]["credentials"][0]["password"])  # fmt: skip
    swift.put_object("docker", "an/image", b"a layer")

    printed = stack.run(*SKIP, "--stack", stack.name, good=False)
    assert "Nothing was deleted" in printed
    assert "Container docker holds 1 object;" in printed
    assert servers() == 1
    assert len(stack.recorded()) == 6, "stack, provider, server, account, container, check"

    stack.guest["protected"] = ["images"]
    stack.up()
    assert "images are protected" in stack.run(*SKIP, "--stack", stack.name, good=False)
    assert servers() == 1

    stack.variables["SL_KEEP_PROTECTED"] = "1"
    stack.run(*SKIP, "--exclude-protected", "--stack", stack.name)
    assert servers() == 0
    assert "softlayer:index:ObjectStorageContainer" in stack.recorded()
    assert swift.get_object("docker", "an/image")[1] == b"a layer"
