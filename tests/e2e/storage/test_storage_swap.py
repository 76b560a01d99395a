"""A release in another storage: refused until all has been copied, then swapped to, and not back unawares."""

import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import httpx
import pytest
from swiftclient.client import Connection

from components.storage.object_lookup import SWIFT_PREFIX
from components.verification.probe import MODERN
from harness.clients.images import PushedImage, image, push, unreadable
from harness.stack.bucket import Bucket, bucket_of, one_server
from harness.stack.example_stack import ExampleStack, standing
from harness.stack.live_stack import LiveRegistry
from harness.stack.quick_swap import QUICK
from tests.support.campaign import by_turns

pytestmark = [pytest.mark.expected_seconds(70), *by_turns(0)]

UP = ("up", "--yes", "--skip-preview")
REPOSITORY = "moved/app"


@dataclass(frozen=True)
class Moving:
    """A stack in Swift whose next release is in a bucket."""

    stack: ExampleStack
    bucket: Bucket

    def swap(self, release: str, *words: str) -> "subprocess.CompletedProcess[str]":
        return self.stack.operate("swap", "--to", release, *QUICK, *words)

    def push(self, tag: str, pushed_image: PushedImage) -> None:
        with self._client() as client:
            push(client, REPOSITORY, tag, pushed_image)

    def wrong(self, tag: str, pushed_image: PushedImage) -> str | None:
        """What is wrong with an image; None where it is whole."""
        with self._client() as client:
            return unreadable(client, REPOSITORY, tag, pushed_image)

    def _client(self) -> httpx.Client:
        outputs = {name: str(value) for name, value in self.stack.outputs(secrets=True).items()}
        return httpx.Client(
            base_url=outputs["endpoint"],
            auth=(outputs["user"], outputs["password"]),
            verify=ssl.create_default_context(cadata=outputs["certificateAuthority"]),
            timeout=60,
        )

    def copy(self) -> None:
        """All objects, as `rclone copy` does; in Swift, the bucket is a container of another account."""
        credentials = cast(dict[str, dict[str, str]], self.stack.outputs(secrets=True)["operate"])["swift"]
        swift = Connection(
            credentials["authUrl"], credentials["username"], credentials["key"], auth_version="1"
        )
        own = self.bucket
        target = Connection(credentials["authUrl"], own.access_key, own.secret_key, auth_version="1")
        for entry in swift.get_container(credentials["container"], prefix=SWIFT_PREFIX, full_listing=True)[1]:
            content = swift.get_object(credentials["container"], entry["name"])[1]
            target.put_object(own.name, entry["name"].removeprefix(SWIFT_PREFIX), content)


@pytest.fixture(scope="module")
def moving(registry: LiveRegistry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moving]:
    with bucket_of(registry, "moved") as bucket:
        text = one_server(registry, **bucket.settings, objectContainer="moving")
        stack = ExampleStack(registry, tmp_path_factory.mktemp("moving"), text)
        with standing(stack):
            yield Moving(stack, bucket)


def test_a_swap_from_swift_to_s3_wants_all_to_be_copied(moving: Moving) -> None:
    stack, first_image, later = moving.stack, image(1, 50_000), image(2, 50_000)
    moving.push("v1", first_image)

    refused = moving.swap("2", "--set", "storage=s3")
    assert refused.returncode == 3, refused.stderr
    assert "copy them first" in refused.stderr
    half = moving.swap("2", "--set", "storage=s3", "--data-copied")
    assert half.returncode == 3, half.stderr
    assert ": 404, live 200" in half.stderr
    assert not moving.bucket.has(MODERN.object_name(first_image.digest, ""))

    moving.copy()
    done = moving.swap("2", "--set", "storage=s3", "--data-copied", "--why", "to S3")
    assert done.returncode == 0, done.stderr
    assert moving.wrong("v1", first_image) is None
    moving.push("v2", later)
    assert moving.bucket.has(MODERN.object_name(later.digest, ""))

    kept = stack.operate("rollback")
    assert kept.returncode == 3, kept.stderr
    assert "copy that back" in kept.stderr
    verified_there = stack.act(*UP)
    assert verified_there.returncode == 0, verified_there.stdout
    assert moving.wrong("v2", later) is None
