"""Real registries whose storage fails: clear refusals, nothing acknowledged and lost, and life afterwards."""

import subprocess
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from cloud.interfaces import SwiftAccount
from cloud.swift.fault_plan import FaultPlan
from components.storage.drivers import FilesystemStorage, RegistryStorage, S3Storage, SwiftStorage
from harness.clients.images import PushRefusedError, digest_of, image, push, unreadable
from harness.load.acknowledged_pushes import PushLoad, measure
from harness.registries.process import RegistryEndedError, RunningRegistry
from harness.registries.storages import SOUND, Place, container, on_folder, on_remote, on_s3, on_swift


@pytest.mark.expected_seconds(46)
@on_swift
def test_few_images_at_once_on_a_stale_swift_are_all_there(place: Place) -> None:
    outcome = measure(PushLoad(12, 4, 1.0), place.cloud, "SLOS2-1", place.folder, place.programs)
    assert (outcome.images, outcome.blobs) == (12, 24)
    assert (outcome.lost_at_once, outcome.unreadable) == ((), ())
    # The same, where the registry finds bulk deletes offered: what the storage door is for.
    offered = PushLoad(2, 2, 1.0, door=False, attempts=1)
    outcome = measure(offered, place.cloud, "SLOS2-2", place.folder, place.programs)
    assert outcome.unreadable


def broken(place: Place) -> RegistryStorage:
    """The same storage with a key that is not the right one."""
    match place.storage:
        case SwiftStorage():
            return replace(place.storage, key="wrong")
        case S3Storage():
            return replace(place.storage, secret_key="wrong")
        case _:
            raise AssertionError(place.storage)


def refused(registry: RunningRegistry, client: httpx.Client, seed: int) -> str:
    """What the registry says to a push that must fail, and why, from its log."""
    with pytest.raises(PushRefusedError) as output:
        push(client, "app", "1", image(seed, 100_000))
    assert '"errors"' in str(output.value)
    return f"{output.value} {registry.errors()[-1]}"


@on_swift
def test_wrong_credentials_end_the_registry_that_keeps_itself_in_swift(place: Place) -> None:
    with (
        pytest.raises(RegistryEndedError, match="swift authentication failed: Authorization Failed"),
        place.registry(storage=broken(place)),
    ):
        pass


@on_s3
def test_wrong_credentials_refuse_every_push_to_s3(place: Place) -> None:
    with place.registry(storage=broken(place)) as registry, registry.client() as client:
        assert "SignatureDoesNotMatch" in refused(registry, client, 5)


@on_swift
def test_a_missing_container_is_made(place: Place) -> None:
    assert isinstance(place.storage, SwiftStorage)
    pushed = image(6, 1000)
    with (
        place.registry(storage=replace(place.storage, container="another")) as registry,
        registry.client() as client,
    ):
        push(client, "app", "1", pushed)
        assert unreadable(client, "app", "1", pushed) is None


@on_s3
def test_a_missing_bucket_refuses_every_push(place: Place) -> None:
    assert isinstance(place.storage, S3Storage)
    with (
        place.registry(storage=replace(place.storage, bucket="another")) as registry,
        registry.client() as client,
    ):
        assert "NoSuchBucket" in refused(registry, client, 7)


@on_remote
@pytest.mark.parametrize(
    "plan",
    [
        FaultPlan(error_share=1.0),
        FaultPlan(error_share=1.0, methods=("PUT",)),
        FaultPlan(cut_upload_bytes=10),
        FaultPlan(hang_share=1.0, hang_seconds=1.0),
    ],
    ids=["500", "500 on writes", "cut", "hang"],
)
def test_storage_that_fails_refuses_pushes_and_none_of_it_stays(plan: FaultPlan, place: Place) -> None:
    pushed = image(8, 100_000)
    with place.registry() as registry, registry.client() as client:
        place.inject(plan)
        assert refused(registry, client, 8)
        place.inject(SOUND)
        push(client, "app", "1", pushed)
        assert unreadable(client, "app", "1", pushed) is None


@on_remote
def test_storage_that_is_down_fails_the_health_check(place: Place) -> None:
    # Three failures in a row as in the configuration; its 10 s between two of them are not waited out.
    with place.registry(overrides={"REGISTRY_HEALTH_STORAGEDRIVER_INTERVAL": "1s"}) as registry:
        place.inject(FaultPlan(error_share=1.0))
        deadline = time.monotonic() + 90
        while (response := httpx.get(f"{registry.debug_url}/debug/health")).status_code == 200:
            assert time.monotonic() < deadline
            time.sleep(0.5)
        assert response.status_code == 503
        assert "storagedriver" in next(iter(response.json()))


@on_remote
def test_slow_storage_is_slow_and_loses_nothing(place: Place) -> None:
    pushed = image(9, 500_000)
    with place.registry() as registry, registry.client() as client:
        place.inject(FaultPlan(bytes_per_second=250_000))
        started_at = time.monotonic()
        push(client, "app", "1", pushed)
        assert time.monotonic() - started_at > 2
        assert unreadable(client, "app", "1", pushed) is None


@on_s3
def test_a_wrong_clock_refuses_pushes_to_s3(place: Place) -> None:
    with place.registry() as registry, registry.client() as client:
        place.inject(FaultPlan(clock_skew_seconds=3600))
        assert "RequestTimeTooSkewed" in refused(registry, client, 10)


@on_swift
def test_a_wrong_clock_breaks_redirects_to_swift_and_nothing_else(place: Place) -> None:
    pushed = image(11, 1000)
    with place.registry(redirect=True) as registry, registry.client() as client:
        place.inject(FaultPlan(clock_skew_seconds=3600))
        push(client, "app", "1", pushed)
        sent = client.get(f"/v2/app/blobs/{digest_of(pushed.blobs[1])}")
        assert httpx.get(sent.headers["Location"]).status_code == 401
    with place.registry() as registry, registry.client() as client:
        assert unreadable(client, "app", "1", pushed) is None


@on_swift
def test_a_full_container_refuses_pushes(place: Place, swift_account: SwiftAccount) -> None:
    container(swift_account).post_container("docker", {"X-Container-Meta-Quota-Bytes": "50000"})
    with place.registry() as registry, registry.client() as client:
        # Swift says 413.
        assert "413" in refused(registry, client, 12)


@on_folder
def test_a_full_disk_refuses_pushes(place: Place) -> None:
    assert isinstance(place.storage, FilesystemStorage)
    folder = Path(place.storage.folder)
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], check=True)
    try:
        with place.registry() as registry, registry.client() as client:
            assert "no space left on device" in refused(registry, client, 13)
    finally:
        subprocess.run(["umount", folder], check=True)
