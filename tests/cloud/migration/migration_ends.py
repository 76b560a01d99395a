"""The two ends of a migration: a legacy container in Swift, a modern registry."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swiftclient import Connection

from cloud.interfaces import SwiftAccount
from dev.local.environment import CHECKOUT
from harness.registries.modern import PASSWORD, USER, ModernRegistry
from tests.support.legacy_images import LegacyTag

DATACENTER = "dal05"


@dataclass(frozen=True)
class Ends:
    """The options of `operate migrate` for both ends."""

    account: SwiftAccount
    container: str
    modern: ModernRegistry
    state: Path

    def command(self, *more: str) -> list[str]:
        return [
            *(sys.executable, "-m", "operate", "migrate", "--auth-url", self.account.auth_url),
            *("--username", self.account.username, "--container", self.container),
            *("--registry", self.modern.endpoint, "--user", USER, "--state", str(self.state)),
            *("--authority", str(self.modern.folder / "authority.pem"), "--json", *more),
        ]

    def variables(self) -> dict[str, str]:
        secrets = {"MIGRATE_SWIFT_KEY": self.account.key, "MIGRATE_REGISTRY_PASSWORD": PASSWORD}
        return {**os.environ, **secrets}

    def run(self, *more: str, expect: int = 0) -> dict[str, Any]:
        done = subprocess.run(
            self.command(*more),
            cwd=CHECKOUT,
            env=self.variables(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == expect, done.stderr + done.stdout
        assert PASSWORD not in done.stdout + done.stderr
        assert self.account.key not in done.stdout + done.stderr
        report: dict[str, Any] = json.loads(done.stdout) if done.stdout else {"error": done.stderr}
        return report

    def start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command(),
            cwd=CHECKOUT,
            env=self.variables(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )


def fill(account: SwiftAccount, container: str, objects: Mapping[str, bytes]) -> None:
    connection = Connection(account.auth_url, account.username, account.key, retries=2)
    connection.put_container(container)
    storage_url, token = connection.get_auth()

    def put(part: Iterable[tuple[str, bytes]]) -> None:
        own = Connection(preauthurl=storage_url, preauthtoken=token, retries=2)
        for name, content in part:
            own.put_object(container, name, content)

    every = list(objects.items())
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, [every[start::4] for start in range(4)]))


def assert_migrated(modern: ModernRegistry, tags: Iterable[LegacyTag]) -> None:
    """Every layer has the digest, and every configuration the diff ids, that the legacy bytes give."""
    with modern.client() as client:
        for tag in tags:
            name, version = tag.reference
            answer = client.get(
                f"/v2/{name}/manifests/{version}",
                headers={"Accept": "application/vnd.docker.distribution.manifest.v2+json"},
            )
            assert answer.status_code == 200, answer.text
            manifest = answer.json()
            assert [layer["digest"] for layer in manifest["layers"]] == [image.digest for image in tag.chain]
            assert [layer["size"] for layer in manifest["layers"]] == [
                len(image.layer) for image in tag.chain
            ]
            config = client.get(f"/v2/{name}/blobs/{manifest['config']['digest']}").json()
            assert config["rootfs"]["diff_ids"] == [image.diff_id for image in tag.chain]
            assert len(config["history"]) == len(tag.chain)
            for image in tag.chain:
                blob = client.head(f"/v2/{name}/blobs/{image.digest}")
                assert blob.headers["docker-content-digest"] == image.digest
