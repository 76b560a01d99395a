"""One registry in two datacenters, on one object store: swapped as one."""

from collections.abc import Iterator
from dataclasses import replace
from typing import cast
from urllib.parse import urlsplit

import pytest
import yaml

from harness.clients.blobs import push_blob
from harness.clients.registry_client import BackgroundLoad, Client
from harness.stack.example_stack import ExampleStack, standing
from harness.stack.live_stack import LiveRegistry
from harness.stack.quick_swap import QUICK
from tests.support.campaign import by_turns

pytestmark = [pytest.mark.expected_seconds(130), *by_turns(0)]

DATACENTERS = ("dal05", "dal13")


@pytest.fixture(scope="module")
def stack(registry: LiveRegistry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExampleStack]:
    settings = yaml.safe_load(registry.environment.stack_file.read_text())["config"]
    shape = {"name": "a", "os": "DEBIAN_12_64", "cpus": 1, "memory": 2048}
    settings |= {
        "softlayer-registry:servers": [{**shape, "datacenter": name} for name in DATACENTERS],
        "softlayer-registry:objectContainer": "two-datacenters",
        "softlayer-registry:objectDatacenter": DATACENTERS[0],
        "softlayer-registry:registryListen": "public",
    }
    folder = tmp_path_factory.mktemp("two-datacenters")
    example_stack = ExampleStack(registry, folder, yaml.safe_dump({"config": settings}))
    with standing(example_stack):
        yield example_stack


def client(stack: ExampleStack, datacenter: str) -> Client:
    endpoints = cast(dict[str, dict[str, str]], stack.outputs()["endpoints"])
    place = urlsplit(endpoints[datacenter]["modern"])
    assert place.hostname
    assert place.port
    return replace(stack.client(), address=place.hostname, port=place.port)


def live(stack: ExampleStack, registry: LiveRegistry) -> list[str]:
    servers = cast(dict[str, dict[str, str]], stack.outputs()["servers"])
    return [registry.live(servers[f"{name}-a"]["address"])["modern"] for name in DATACENTERS]


def test_both_are_swapped_as_one_and_back(stack: ExampleStack, registry: LiveRegistry) -> None:
    first_client, second_client = (client(stack, name) for name in DATACENTERS)
    digest = push_blob(first_client.connect, first_client.headers, "shared", b"h" * 100_000)
    words = ("--to", "2", "--set", "memory=300", *QUICK, "--why", "both")
    path = f"/v2/shared/blobs/{digest}"
    with (
        BackgroundLoad(first_client, path, workers=2, pause=0.25, digest=digest) as first_load,
        BackgroundLoad(second_client, path, workers=2, pause=0.25, digest=digest) as second_load,
    ):
        done = stack.operate("swap", *words)
        assert done.returncode == 0, done.stderr
        assert live(stack, registry) == ["black", "black"]
        back = stack.operate("rollback", "--why", "and back")
        assert back.returncode == 0, back.stderr
        first_load.await_more(10)
        second_load.await_more(10)
    assert (first_load.failures, second_load.failures) == ([], [])
    assert live(stack, registry) == ["red", "red"]
    agreed = stack.act("preview", "--expect-no-changes")
    assert agreed.returncode == 0, agreed.stdout
