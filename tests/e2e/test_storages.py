"""A registry in an S3 bucket, then in a folder of its server: up, verified, quiet, redirected, gone."""

import hashlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

import httpx
import pytest
import yaml

from components.probe import MODERN
from tests.cloud.registry_blobs import push_blob
from tests.e2e.conftest import Registry, made_image
from tests.e2e.example_stack import ExampleStack

UP = ("up", "--yes", "--skip-preview")
QUIET = (*UP, "--expect-no-changes")
BUCKET, REGION = "e2e-registry", "us-south"
NOTHING = hashlib.sha256(b"").hexdigest()
ROOT = "ab" * 32


@dataclass(frozen=True)
class Bucket:
    """A bucket of Swift's own S3 middleware; the account is that of the tests' registry."""

    endpoint: str
    access_key: str
    secret_key: str

    def call(self, method: str, path: str) -> int:
        """Make one signed call, as any client of S3 would, and return its status."""
        configuration = f'url = "{self._signed_in(path)}"\nheader = "x-amz-content-sha256: {NOTHING}"\n'
        how = ["--head"] if method == "HEAD" else ["--request", method]
        done = subprocess.run(
            ["curl", "--silent", "--show-error", *how, "--output", "/dev/null",
             "--write-out", "%{http_code}", "--aws-sigv4", f"aws:amz:{REGION}:s3", "--config", "-"],
            input=configuration, capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
        return int(done.stdout)

    def _signed_in(self, path: str) -> str:
        url = urlsplit(self.endpoint)
        user = self.access_key.replace(":", "%3A")
        return f"{url.scheme}://{user}:{self.secret_key}@{url.netloc}{path}"


@pytest.fixture(scope="module")
def bucket(registry: Registry) -> Bucket:
    told = cast(dict[str, dict[str, str]], registry.outputs()["operate"])["swift"]
    origin = urlsplit(told["authUrl"])
    made = Bucket(f"{origin.scheme}://{origin.netloc}", told["username"], told["key"])
    assert made.call("PUT", f"/{BUCKET}") in (200, 409)
    return made


def settings(registry: Registry, **wanted: object) -> str:
    """One server, and what is wanted; the base image's archive is named by it too."""
    found = yaml.safe_load(registry.environment.stack_file.read_text())["config"]
    servers = found["softlayer-registry:servers"][:1]
    found |= {"softlayer-registry:servers": servers, "softlayer-registry:registrySecret": ROOT}
    found |= {f"softlayer-registry:{key}": value for key, value in wanted.items()}
    return yaml.safe_dump({"config": found})


@pytest.fixture(scope="module")
def stack(
    registry: Registry, bucket: Bucket, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ExampleStack]:
    text = settings(
        registry,
        registryStorage="s3",
        s3Endpoint=bucket.endpoint,
        s3Region=REGION,
        s3Bucket=BUCKET,
        s3AccessKey=bucket.access_key,
        s3SecretKey=bucket.secret_key,
        registryBaseArchive=str(made_image("registry-base-3")),
        registryRedirect=True,
    )
    made = ExampleStack(registry, tmp_path_factory.mktemp("storages"), text)
    try:
        yield made
    finally:
        ended = made.act("destroy", "--yes", "--skip-preview")
    assert ended.returncode == 0, ended.stdout


def verified(stack: ExampleStack) -> str:
    found = cast(dict[str, dict[str, str]], stack.outputs()["verifiedDigests"])
    return found["dal05"]["modern"]


def test_s3_goes_up_and_is_quiet_and_sends_clients_to_the_bucket(
    stack: ExampleStack, bucket: Bucket, registry: Registry
) -> None:
    done = stack.act(*UP)
    assert done.returncode == 0, done.stdout
    for secret in (bucket.secret_key, ROOT):
        assert secret not in done.stdout
    assert bucket.call("HEAD", f"/{BUCKET}/{MODERN.object_name(verified(stack), '')}") == 200

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


def test_a_folder_on_the_loopback_takes_its_place(stack: ExampleStack, registry: Registry) -> None:
    """As `trials`: nothing but the server; and nobody but the server reaches it."""
    stack.file.write_text(settings(registry, registryStorage="filesystem", registryListen="loopback"))
    done = stack.act(*UP)
    assert done.returncode == 0, done.stdout
    outputs = stack.outputs(secrets=True)
    assert outputs["endpoint"] == "https://127.0.0.1:5000"
    server = cast(dict[str, dict[str, str]], outputs["servers"])["dal05-a"]
    told = registry.ssh_to(
        server["address"], f"ls /var/lib/registry/{MODERN.object_name(verified(stack), '')}; ss -Hltn"
    )
    assert told.returncode == 0, told.stderr
    listening = {line.split()[3] for line in told.stdout.splitlines()[1:]}
    assert "127.0.0.1:5000" in listening
    assert {name for name in listening if not name.startswith(("127.", "[::1]"))} == {"0.0.0.0:22", "[::]:22"}
    again = stack.act(*QUIET)
    assert again.returncode == 0, again.stdout
