"""A bucket of Swift's own S3 middleware, as a stack is configured with it."""

import hashlib
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit

import yaml
from swiftclient.client import Connection

from harness.stack.live_stack import LiveRegistry

REGION = "us-south"
ROOT = hashlib.sha256(b"the root of a test").hexdigest()
_NOTHING = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True)
class Bucket:
    """A bucket; the account is that of the tests' registry.

    Attributes:
        name: Name of the bucket; in Swift it is a container.
        endpoint: URL of the endpoint.
        access_key: Access key as S3 has it.
        secret_key: The same.
    """

    name: str
    endpoint: str
    access_key: str
    secret_key: str = field(repr=False)

    @property
    def settings(self) -> dict[str, object]:
        """What tells a stack of it."""
        return {
            "s3Endpoint": self.endpoint,
            "s3Region": REGION,
            "s3Bucket": self.name,
            "s3AccessKey": self.access_key,
            "s3SecretKey": self.secret_key,
        }

    def has(self, name: str) -> bool:
        """Whether an object is there."""
        status = self.call("HEAD", f"/{self.name}/{name}")
        assert status in (200, 404), status
        return status == 200

    def call(self, method: str, path: str) -> int:
        """Make one signed call, as any client of S3 would, and return its status."""
        configuration = f'url = "{self._signed_in(path)}"\nheader = "x-amz-content-sha256: {_NOTHING}"\n'
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


@contextmanager
def bucket_of(registry: LiveRegistry, name: str) -> Iterator[Bucket]:
    """Make a bucket for as long as the context lasts: an account that holds one is not cancelled."""
    swift = cast(dict[str, dict[str, str]], registry.outputs()["operate"])["swift"]
    origin = urlsplit(swift["authUrl"])
    bucket = Bucket(name, f"{origin.scheme}://{origin.netloc}", swift["username"], swift["key"])
    assert bucket.call("PUT", f"/{name}") in (200, 409)
    try:
        yield bucket
    finally:
        account = Connection(swift["authUrl"], swift["username"], swift["key"], auth_version="1")
        # Beside it s3api keeps the parts of multipart uploads.
        for container in (entry["name"] for entry in account.get_account(prefix=name)[1]):
            for entry in account.get_container(container, full_listing=True)[1]:
                account.delete_object(container, entry["name"])
            account.delete_container(container)


def one_server(registry: LiveRegistry, **overrides: object) -> str:
    """One server, and what is wanted; the base image's archive is named by it too."""
    config = yaml.safe_load(registry.environment.stack_file.read_text())["config"]
    servers = config["softlayer-registry:servers"][:1]
    config |= {"softlayer-registry:servers": servers, "softlayer-registry:registrySecret": ROOT}
    config |= {f"softlayer-registry:{key}": value for key, value in overrides.items()}
    return yaml.safe_dump({"config": config})
