"""Bare metal by the hour, a virtual server by the month, and both generations, one migrated to the other."""

import json
import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import httpx
import pytest
import yaml
from swiftclient.client import Connection

from components.remote.script_source import script_source
from harness.clients.blobs import push_blob
from harness.guide import GuideReader
from harness.stack.example_stack import ExampleStack
from harness.stack.live_stack import LiveRegistry, made_image
from harness.stack.quick_swap import QUICK
from tests.support.campaign import by_turns
from tests.support.cloud.bare_metal_orders import PRESET

pytestmark = [pytest.mark.expected_seconds(95), *by_turns(1)]

REPOSITORY, TAG = "team/app", "v1"
SERVERS = [
    {"name": "metal", "datacenter": "dal05", "os": "DEBIAN_12_64", "preset": PRESET,
     "firstContact": "trust"},
    {"name": "user", "datacenter": "dal05", "os": "DEBIAN_12_64", "cpus": 1, "memory": 1024,
     "hourly": False, "cancellation": "immediate", "role": "client"},
]  # fmt: skip
TWO_LAYERS = """
cd "$(mktemp -d)"
head -c 200000 /dev/urandom >one
tar -c one | docker import - two-layers:base
head -c 300000 /dev/urandom >two
made=$(docker create two-layers:base /one)
docker cp two "$made:/two"
docker commit "$made" two-layers:made
docker rm "$made"
"""


@dataclass(frozen=True)
class Mixed:
    """The stack under test."""

    registry: LiveRegistry
    stack: ExampleStack

    @cached_property
    def outputs(self) -> dict[str, dict[str, dict[str, str]]]:
        """Its outputs with secrets, as they are while both generations run."""
        return cast(dict[str, dict[str, dict[str, str]]], self.stack.outputs(secrets=True))

    def endpoint(self, generation: str) -> str:
        return self.outputs["endpoints"]["dal05"][generation]

    def on_user(self, *command: str, stdin_payload: str = "") -> str:
        """Run a command on the server that uses the registries."""
        address = self.outputs["servers"]["dal05-user"]["address"]
        done = self.registry.ssh_to(address, *command, stdin_payload=stdin_payload)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def v1_push(self, image: str) -> list[str]:
        """Push as Docker 1.5 does; the digests of the unpacked layers."""
        endpoint = self.endpoint("legacy")
        authority = f"/etc/docker/certs.d/{urlsplit(endpoint).netloc}/ca.crt"
        arguments = shlex.join((endpoint, REPOSITORY, TAG, image, "docker", authority))
        stdin_payload = f"{script_source('v1-push.sh')}{self.outputs['password']}\n"
        return self.on_user(f"bash -s -- {arguments}", stdin_payload=stdin_payload).split()[1:]

    def v1_pull(self) -> list[str]:
        """Pull as Docker 1.5 does; the digests of the unpacked layers."""
        endpoint = self.endpoint("legacy")
        authority = f"/etc/docker/certs.d/{urlsplit(endpoint).netloc}/ca.crt"
        arguments = shlex.join((endpoint, REPOSITORY, TAG, "-", "", "docker", authority))
        stdin_payload = f"{script_source('v1-pull.sh')}{self.outputs['password']}\n"
        return self.on_user(f"bash -s -- {arguments}", stdin_payload=stdin_payload).split()[1:]

    def live(self) -> dict[str, str]:
        """The colour that is live, by generation."""
        return self.registry.live(self.outputs["servers"]["dal05-metal"]["address"])

    def v2_pull(self) -> list[str]:
        """Pull as Docker does today; the digests of the unpacked layers."""
        address = urlsplit(self.endpoint("modern")).netloc
        image = f"{address}/{REPOSITORY}:{TAG}"
        self.on_user(
            f"docker login --username docker --password-stdin {address} && docker pull --quiet {image}",
            stdin_payload=f"{self.outputs['password']}\n",
        )
        layers: list[str] = json.loads(
            self.on_user(f"docker image inspect --format '{{{{json .RootFS.Layers}}}}' {image}")
        )
        return layers


@pytest.fixture(scope="module")
def mixed(registry: LiveRegistry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mixed]:
    settings = yaml.safe_load(registry.environment.stack_file.read_text())["config"]
    settings |= {
        "softlayer-registry:servers": SERVERS,
        "softlayer-registry:objectContainer": "mixed",
        "softlayer-registry:registryGeneration": "both",
        "softlayer-registry:legacyContainer": "mixed-legacy",
        "softlayer-registry:legacyBaseArchive": str(made_image("legacy-base")),
        "softlayer-registry:registryRedirect": True,
    }
    stack = ExampleStack(registry, tmp_path_factory.mktemp("mixed"), yaml.safe_dump({"config": settings}))
    try:
        yield Mixed(registry, stack)
    finally:
        ended = stack.act("destroy", "--yes", "--skip-preview")
    assert ended.returncode == 0, ended.stdout


def test_metal_carries_both_generations_for_a_virtual_server(mixed: Mixed) -> None:
    done = mixed.stack.act("up", "--yes", "--skip-preview")
    assert done.returncode == 0, done.stdout
    outputs = mixed.outputs
    assert set(outputs["verifiedDigests"]["dal05"]) == {"modern", "legacy"}
    hourly = {name: bool(server["hourly"]) for name, server in outputs["servers"].items()}
    assert hourly == {"dal05-metal": True, "dal05-user": False}
    cost = cast(dict[str, float], outputs["cost"])
    assert cost["hourly"] > 0
    assert cost["monthly"] > cost["hourly"] * 730, "the virtual server is billed by the month"
    again = mixed.stack.act("up", "--yes", "--skip-preview", "--expect-no-changes")
    assert again.returncode == 0, again.stdout


def test_a_swap_takes_both_generations_and_v1_pushes_before_and_after(mixed: Mixed) -> None:
    mixed.on_user("bash -euo pipefail -s", stdin_payload=TWO_LAYERS)
    before = mixed.v1_push("two-layers:made")
    words = ("--set", "workers=4", "--set", "memory=300", *QUICK, "--why", "both generations")
    done = mixed.stack.operate("swap", "--to", "2", *words)
    assert done.returncode == 0, done.stderr
    for generation in ("modern", "legacy"):
        assert f"dal05 {generation}: pushed" in done.stderr
    assert mixed.live() == {"modern": "black", "legacy": "black"}
    assert mixed.v1_pull() == before
    assert mixed.v1_push("two-layers:made") == before
    back = mixed.stack.operate("rollback", "--why", "and back")
    assert back.returncode == 0, back.stderr
    assert mixed.live() == {"modern": "red", "legacy": "red"}
    assert mixed.v1_pull() == before
    retired = mixed.stack.operate("retire")
    assert retired.returncode == 0, retired.stderr


def test_what_was_pushed_by_v1_is_migrated_and_pulled_by_v2(mixed: Mixed, tmp_path: Path) -> None:
    mixed.on_user("bash -euo pipefail -s", stdin_payload=TWO_LAYERS)
    layers = mixed.v1_push("two-layers:made")
    assert len(layers) == 2
    reader = GuideReader(mixed.stack.variables, stack="example")
    of_this = ("--repository", REPOSITORY, "--state", str(tmp_path))
    planned = reader.follow("migration", "2", *of_this)
    assert planned.returncode == 0, planned.stdout + planned.stderr
    migrated = reader.follow("migration", "3", *of_this)
    assert migrated.returncode == 0, migrated.stdout + migrated.stderr
    done = reader.follow("migration", "4", *of_this, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert mixed.v2_pull() == layers


def test_a_redirected_client_gets_the_bytes_from_swift_itself(mixed: Mixed) -> None:
    outputs = mixed.outputs
    swift = urlsplit(str(outputs["objectStore"]["authUrl"]))
    content, client = os.urandom(100_000), mixed.stack.client()
    digest = push_blob(client.connect, client.headers, "redirected", content)
    location = client.location(f"/v2/redirected/blobs/{digest}")
    assert location.startswith(f"{swift.scheme}://{swift.netloc}/v1/")
    assert "temp_url_sig=" in location
    fetched = httpx.get(location)
    assert fetched.status_code == 200
    assert fetched.content == content


def test_the_legacy_registry_is_retired_and_its_images_stay(mixed: Mixed) -> None:
    settings = yaml.safe_load(mixed.stack.file.read_text())
    settings["config"]["softlayer-registry:registryGeneration"] = "modern"
    # The release of the swap has a setting of the legacy generation.
    del settings["config"]["softlayer-registry:releases"]
    mixed.stack.file.write_text(yaml.safe_dump(settings))
    done = mixed.stack.act("up", "--yes", "--skip-preview")
    assert done.returncode == 0, done.stdout
    endpoints = cast(dict[str, dict[str, str]], mixed.stack.outputs()["endpoints"])
    assert set(endpoints["dal05"]) == {"modern"}
    swift = mixed.outputs["operate"]["swift"]
    connection = Connection(swift["authUrl"], swift["username"], swift["key"], auth_version="1")
    kept = connection.get_container("mixed-legacy", prefix=f"registry/repositories/{REPOSITORY}/")[1]
    assert f"registry/repositories/{REPOSITORY}/tag_{TAG}" in {entry["name"] for entry in kept}
