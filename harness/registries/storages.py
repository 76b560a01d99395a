"""The kinds of storage that registries are tested on, each with the versions that have its driver."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from swiftclient import Connection

from cloud.interfaces import SwiftAccount
from cloud.swift.configuration import S3_REGION
from cloud.swift.fault_plan import FaultPlan
from cloud.swift.local_object_storage import LocalObjectStorage
from components.storage.drivers import FilesystemStorage, RegistryStorage, S3Storage, SwiftStorage
from harness.registries.process import RunningRegistry, running_registry
from settings import DEFAULT_CONTENT_POLICY, ContentPolicy

DATACENTER = "dal05"
# As behind a storage door.
SOUND = FaultPlan(hide_info=True)
KINDS = [
    ("swift", "2.8.3"),
    ("s3", "2.8.3"),
    ("s3", "3.1.1"),
    ("filesystem", "2.8.3"),
    ("filesystem", "3.1.1"),
]

on_each = pytest.mark.parametrize("place", KINDS, indirect=True, ids="-".join)
on_remote = pytest.mark.parametrize("place", KINDS[:3], indirect=True, ids="-".join)
on_swift = pytest.mark.parametrize("place", KINDS[:1], indirect=True, ids="-".join)
on_s3 = pytest.mark.parametrize("place", KINDS[1:3], indirect=True, ids="-".join)
on_folder = pytest.mark.parametrize("place", KINDS[3:], indirect=True, ids="-".join)


@dataclass(frozen=True)
class Place:
    """One kind of storage, empty, and a version that keeps itself there."""

    version: str
    storage: RegistryStorage
    cloud: LocalObjectStorage
    folder: Path
    programs: Path

    def registry(
        self,
        *,
        storage: RegistryStorage | None = None,
        redirect: bool = False,
        content: ContentPolicy = DEFAULT_CONTENT_POLICY,
        pulls_only: bool = False,
        overrides: Mapping[str, str] | None = None,
    ) -> AbstractContextManager[RunningRegistry]:
        """Run a registry on it."""
        return running_registry(
            self.version,
            storage or self.storage,
            self.folder,
            programs=self.programs,
            redirect=redirect,
            content=content,
            pulls_only=pulls_only,
            overrides=overrides,
        )

    def inject(self, plan: FaultPlan) -> None:
        """Have the storage fail as a plan says."""
        self.cloud.inject(DATACENTER, replace(plan, hide_info=True))


def container(account: SwiftAccount) -> Connection:
    """Make the container that registries find; return the connection."""
    client = Connection(account.auth_url, account.username, account.key, retries=0)
    client.put_container("docker", {"X-Container-Meta-Temp-URL-Key": "a key for temporary URLs"})
    return client


def storage_of(kind: str, account: SwiftAccount, folder: Path) -> RegistryStorage:
    """Return the storage of a kind, as the settings of a registry."""
    match kind:
        case "swift":
            return SwiftStorage(
                account.auth_url, account.username, account.key, "docker", "a key for temporary URLs"
            )
        case "s3":
            endpoint = account.auth_url.removesuffix("/auth/v1.0")
            return S3Storage(endpoint, S3_REGION, "docker", account.username, account.key)
        case _:
            return FilesystemStorage(str(folder / "kept"))
