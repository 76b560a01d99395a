"""A stack without its state orders nothing that the account has already, by the real engine."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.cloud.running_api import RunningApi, serve
from tests.provider.stack import GUEST, Stack, engine_path

PROGRAM = """\
import json
import os

import pulumi
import pulumi_softlayer as softlayer

arguments = json.loads(os.environ["GUEST"])
names = arguments.pop("names")
placement = softlayer.RegistryPlacement(
    "placement", environment="lost", servers=names, domain=arguments["domain"], front_doors=names[:1]
)
for name in names:
    opts = pulumi.ResourceOptions(depends_on=[placement])
    softlayer.VirtualGuest(name, hostname=name, opts=opts, **arguments)
"""
ARGUMENTS: dict[str, Any] = {
    **{name: value for name, value in GUEST.items() if name != "hostname"},
    "tags": ["softlayer-registry", "lost"],
}


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[RunningApi]:
    with serve(tmp_path / "cloud") as api:
        yield api


def servers(cloud: RunningApi) -> dict[str, str]:
    """The account's servers: their ids, by their names without the token."""
    records: list[Any] = cloud.client().call("Account", "getVirtualGuests", mask="mask[id,hostname]")
    return {record["hostname"].rpartition("-")[0]: str(record["id"]) for record in records}


def stack_of(folder: Path, cloud: RunningApi, *names: str) -> Stack:
    return Stack(folder, "lost", cloud, engine_path(), {**ARGUMENTS, "names": list(names)}, PROGRAM)


def count(cloud: RunningApi) -> int:
    return len(cloud.client().call("Account", "getVirtualGuests", mask="mask[id]"))


def test_nothing_is_ordered_again(cloud: RunningApi, tmp_path: Path) -> None:
    stack = stack_of(tmp_path / "before", cloud, "dal05-a")
    stack.create()
    stack.up()
    id_ = servers(cloud)["dal05-a"]

    lost = stack_of(tmp_path / "lost", cloud, "dal05-a")
    lost.create()
    preview = lost.run("preview", "--stack", lost.name, good=False)
    for printed in (preview, lost.up(good=False)):
        assert f"id {id_}, ordered for a stack lost, and this state does not hold it" in printed
        assert "bin/operate adopt lost" in printed
    assert count(cloud) == 1
    assert "softlayer:index:RegistryPlacement" not in lost.recorded()

    lost.variables["SL_ADOPT"] = f"dal05-a={id_}"
    lost.up()
    assert count(cloud) == 1
    del lost.variables["SL_ADOPT"]
    lost.up("--expect-no-changes")

    another = stack_of(tmp_path / "another", cloud, "dal05-a")
    another.create()
    another.variables["SL_ACCEPT_UNMANAGED"] = "dal05-a"
    another.up()
    assert count(cloud) == 2


def test_a_server_that_is_not_delivered_yet_is_known_as_well(cloud: RunningApi, tmp_path: Path) -> None:
    stack = stack_of(tmp_path / "before", cloud, "dal05-a")
    stack.create()
    process = stack.start("up", "--yes", "--skip-preview", "--stack", stack.name)
    try:
        while not count(cloud):
            assert process.poll() is None, process.communicate()[0]
    finally:
        process.kill()
        process.communicate()
    lost = stack_of(tmp_path / "lost", cloud, "dal05-a")
    lost.create()
    assert "this state does not hold it" in lost.up(good=False)
    assert count(cloud) == 1
