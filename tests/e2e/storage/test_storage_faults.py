"""`pulumi up` while the storage, its key, the clock or a disk is broken: one clear error, then it goes on.

Both generations meet each fault in the same update, each with a change that replaces its container.
"""

import hashlib
import http.client
import json
import operator
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from urllib.parse import urlsplit

import httpx
import pytest
from swiftclient.client import Connection

from cloud.credentials import write_private
from cloud.machines.layout import Layout
from cloud.swift.fault_plan import FaultPlan, write_plan
from cloud.swift.site import SwiftSite
from components.registry.door_colours import REPLACE_LIVE
from harness.clients.blobs import push_blob
from harness.clients.registry_client import Client
from harness.stack.live_stack import LiveRegistry, made_image
from tests.e2e.full_disk import full_disk
from tests.support.campaign import Campaign

pytestmark = pytest.mark.expected_seconds(350)

UP = ("up", "--yes", "--skip-preview")
KEY = "softlayer-registry:"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
# Of no word that a container has in its name: Pulumi masks what is secret wherever it shows.
OLD = "of-2014"
CONTAINERS = ("registry-1", "registry-legacy-1")
CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
# The wait for health, the last questions, and the rest of an update.
BOUND_SECONDS = 240


class Both:
    """The stack with both generations, whose containers are replaced with every new number.

    Args:
        registry: the stack.
    """

    def __init__(self, registry: LiveRegistry) -> None:
        self.registry = registry
        self._legacy_base = str(made_image("legacy-base"))
        self._numbers = count(2)
        self._number = 1
        self.swift = Layout(registry.environment.cloud.resolve()).state_dir / "swift" / "dal05"

    def renew(self) -> None:
        """Let the next update replace both containers."""
        self._number = next(self._numbers)

    def up(self, *options: str, health_seconds: int = 90) -> tuple[int, str]:
        """Bring it up, waiting that long for healthy containers; exit code and what was printed."""
        config = {
            f"{KEY}registryGeneration": "both",
            f"{KEY}legacyBaseArchive": self._legacy_base,
            f"{KEY}legacyContainer": OLD,
            f"{KEY}legacyWorkers": self._number,
            f"{KEY}registryRedirect": self._number % 2 == 0,
            f"{KEY}healthSeconds": health_seconds,
        }
        done = self.registry.pulumi(*UP, *options, config=config, variables={REPLACE_LIVE: "red"})
        return done.returncode, done.stdout

    @contextmanager
    def plan(self, plan: FaultPlan) -> Iterator[None]:
        """Let the storage fail as the plan says."""
        faults = SwiftSite("dal05", self.swift, "", "").faults
        write_plan(faults, plan)
        try:
            yield
        finally:
            write_plan(faults, FaultPlan())

    @contextmanager
    def other_key(self) -> Iterator[None]:
        """Give the account another key behind everybody's back."""
        file = self.swift / "accounts.json"
        before = file.read_text()
        write_private(
            file, json.dumps([{**account, "key": account["key"][::-1]} for account in json.loads(before)])
        )
        try:
            yield
        finally:
            write_private(file, before)

    def connection(self) -> Connection:
        """The account by the official client."""
        (account,) = self.registry.resources("softlayer:index:ObjectStorageAccount")
        return Connection(account["authUrl"], account["username"], account["key"], auth_version="1")


@pytest.fixture(scope="module")
def both(registry: LiveRegistry) -> Iterator[Both]:
    both = Both(registry)
    code, printed = both.up()
    assert code == 0, printed
    yield both
    registry.restore()


CAMPAIGN = Campaign("storage-faults", full=5, sample=2)
FAULTS: dict[str, tuple[Callable[[Both], AbstractContextManager[None]], tuple[str, ...]]] = {
    "a wrong key": (
        lambda both: both.other_key(),
        ("refuses the login of account", "with 401", "run pulumi up again"),
    ),
    "errors": (
        lambda both: both.plan(FaultPlan(error_share=1.0)),
        ("answers a login with 500", "wait until it works"),
    ),
    "hangs": (
        lambda both: both.plan(FaultPlan(hang_share=1.0, hang_seconds=300)),
        ("does not answer a login", "timed out"),
    ),
    "a clock ahead": (
        lambda both: both.plan(FaultPlan(clock_skew_seconds=7200)),
        ("the clock of this server is", "behind", "timedatectl set-ntp true"),
    ),
}


@pytest.mark.parametrize("fault", CAMPAIGN.choose(FAULTS))
def test_what_the_health_step_reports(both: Both, fault: str) -> None:
    broken, messages = FAULTS[fault]
    both.renew()
    started = time.monotonic()
    with broken(both):
        code, printed = both.up("--continue-on-error", health_seconds=20)
    assert code != 0
    assert time.monotonic() - started < BOUND_SECONDS
    for container in CONTAINERS:
        lines = [line for line in printed.splitlines() if re.search(rf"registry {container}[ :]", line)]
        assert lines, printed
        assert "dal05-a" in lines[0]
        for words in messages:
            assert words in lines[0]
    (account,) = both.registry.resources("softlayer:index:ObjectStorageAccount")
    assert str(account["key"]) not in printed
    again, printed = both.up()
    assert again == 0, printed


def test_a_full_disk(both: Both) -> None:
    both.renew()
    with full_disk(both.registry, "dal05-a"):
        code, printed = both.up()
    assert code != 0
    assert re.search(r"dal05-a\S*: the disk with /var/lib/docker is full: \d+ MB are free", printed), printed
    assert "docker system prune --force makes room there (docs/runbooks/swap.md" in printed
    again, printed = both.up()
    assert again == 0, printed


def test_a_slow_storage_only_takes_longer(both: Both) -> None:
    both.renew()
    with both.plan(FaultPlan(bytes_per_second=100_000)):
        code, printed = both.up()
    assert code == 0, printed


def test_uploads_that_break_off_are_no_verified_registry(both: Both) -> None:
    both.renew()
    with both.plan(FaultPlan(cut_upload_bytes=50_000)):
        code, printed = both.up()
    assert code != 0
    for failure in (
        "dal05-a-modern-verification-push **creating failed**",
        "dal05-a-legacy-verification-push **creating failed**",
    ):
        assert failure in printed, printed
    assert "push to " in printed
    assert "dal05-a" in printed
    again, printed = both.up()
    assert again == 0, printed


MOST_IMAGES = 40
# With how many images acknowledged and refused a plan has had its effect.
RUNNING = {
    "errors": (FaultPlan(seed=5, error_share=0.01), 4, 1),
    "hangs": (FaultPlan(seed=5, hang_share=0.01, hang_seconds=3), 4, 1),
    "slow": (FaultPlan(bytes_per_second=1_000_000), 4, 0),
    "uploads cut": (FaultPlan(cut_upload_bytes=1_000_000), 0, 2),
    "errors and cuts": (FaultPlan(seed=6, error_share=0.05, cut_upload_bytes=1_500_000), 0, 2),
}


def push_image(client: Client, repository: str, content: bytes) -> bytes | None:
    """Push an image of one layer; its manifest where all was acknowledged, None where not."""
    try:
        digests = [push_blob(client.connect, client.headers, repository, blob) for blob in (b"{}", content)]
    except (AssertionError, OSError, http.client.HTTPException):
        return None
    config, layer = (
        {"mediaType": kind, "size": len(blob), "digest": digest}
        for kind, blob, digest in zip((CONFIG, LAYER), (b"{}", content), digests, strict=True)
    )
    manifest = json.dumps(
        {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer]}
    ).encode()
    try:
        status, _ = request(client, "PUT", f"/v2/{repository}/manifests/1", manifest)
    except (OSError, http.client.HTTPException):
        return None
    return manifest if status == 201 else None


def request(client: Client, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
    """One request on a connection of its own; where it is sent on to the storage, what that answers."""
    connection = client.connect()
    try:
        connection.request(
            method, path, body, {**client.headers, "Content-Type": MANIFEST, "Accept": MANIFEST}
        )
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != 307:
            return answer.status, content
        sent_on = httpx.get(answer.headers["Location"], timeout=60)
        return sent_on.status_code, sent_on.content
    finally:
        connection.close()


def count_outcomes(acknowledged: Mapping[str, bytes | None]) -> tuple[int, int]:
    """How many images were acknowledged, and how many refused."""
    accepted = sum(manifest is not None for manifest in acknowledged.values())
    return accepted, len(acknowledged) - accepted


@pytest.mark.parametrize("fault", CAMPAIGN.choose(RUNNING))
def test_no_acknowledged_push_is_lost(both: Both, fault: str) -> None:
    outputs = both.registry.outputs()
    place = urlsplit(str(outputs["endpoint"]))
    client = Client(
        str(place.hostname),
        int(place.port or 443),
        str(outputs["certificateAuthority"]),
        f"{outputs['user']}:{outputs['password']}",
    )
    plan, *minimum_counts = RUNNING[fault]
    images: dict[str, bytes] = {}
    acknowledged: dict[str, bytes | None] = {}
    with both.plan(plan):
        while len(images) < MOST_IMAGES and any(
            map(operator.lt, count_outcomes(acknowledged), minimum_counts)
        ):
            name = f"faults/{fault.replace(' ', '-')}-{len(images)}"
            images[name] = os.urandom(2 << 20)
            acknowledged[name] = push_image(client, name, images[name])
    print(f"{fault}: {count_outcomes(acknowledged)} acknowledged and refused")
    assert not any(map(operator.lt, count_outcomes(acknowledged), minimum_counts)), "the plan had no effect"
    for name, content in images.items():
        # A push that failed works when it is tried again.
        manifest = acknowledged[name] or push_image(client, name, content)
        assert manifest is not None, name
        assert request(client, "GET", f"/v2/{name}/manifests/1") == (200, manifest)
        digest = hashlib.sha256(content).hexdigest()
        status, pulled = request(client, "GET", f"/v2/{name}/blobs/sha256:{digest}")
        assert (status, hashlib.sha256(pulled).hexdigest()) == (200, digest), name


def test_a_container_that_is_gone(both: Both) -> None:
    """Last: what the error advises makes a new container, and new secrets with it."""
    connection = both.connection()
    for name in ("docker", OLD):
        for entry in connection.get_container(name, full_listing=True)[1]:
            connection.delete_object(name, entry["name"])
        connection.delete_container(name)
    both.renew()
    # Else the first one that fails may end the update before the other one is asked.
    code, printed = both.up("--continue-on-error")
    assert code != 0
    for container in CONTAINERS:
        (line, *_) = [line for line in printed.splitlines() if f"registry {container} is not healthy" in line]
        assert "has not this registry's container in account" in line
        assert "bin/operate recover ENV notices, and makes a new one" in line
    assert {container_entry["name"] for container_entry in connection.get_account()[1]} == set(), (
        "the registry made none itself"
    )
    refreshed = both.registry.pulumi("refresh", "--yes", "--skip-preview")
    assert refreshed.returncode == 0, refreshed.stdout
    again, printed = both.up()
    assert again == 0, printed
