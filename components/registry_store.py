"""Where the registries of an environment keep everything, whatever the kind of storage, and their secret."""

from dataclasses import dataclass

import pulumi

from components.cos_bucket import CosBucket
from components.object_store import ObjectStore, ObjectStoreArgs
from components.registry_storage import FilesystemStorage, RegistryStorage
from components.root_secret import RootSecret
from components.storage_door import StorageDoor
from settings import FilesystemSettings, S3Settings, Secrets, Settings, SwiftSettings


@dataclass(frozen=True)
class RegistryStore:
    """One store, shared by all registries of an environment.

    Attributes:
        kind: Swift, a bucket, or a folder of each server.
        root: every secret that the registries share is derived from it.
    """

    kind: ObjectStore | CosBucket | FilesystemSettings
    root: RootSecret

    def storage(self, door: StorageDoor | None) -> pulumi.Output[RegistryStorage]:
        """The store as a modern registry's configuration names it; secret.

        Args:
            door: the server's way to Swift; None for others.

        Raises:
            ValueError: Swift without a door.
        """
        match self.kind:
            case ObjectStore():
                if door is None:
                    raise ValueError("a registry reaches Swift through a storage door; give one")
                return self.kind.swift(door.auth_url).apply(lambda storage: storage)
            case CosBucket():
                return self.kind.storage.apply(lambda storage: storage)
            case FilesystemSettings():
                return pulumi.Output.from_input(FilesystemStorage(self.kind.folder))

    @property
    def object_store(self) -> ObjectStore | None:
        """The object storage account; None for other kinds."""
        return self.kind if isinstance(self.kind, ObjectStore) else None


def open_store(settings: Settings, secrets: Secrets) -> RegistryStore:
    """Declare the store that the settings name."""
    storage = settings.storage
    match storage:
        case SwiftSettings():
            legacy = settings.registry.legacy
            # While its container is named it stays, so that retiring the registry does not take its images.
            container = legacy.container if legacy else storage.legacy_container or None
            args = ObjectStoreArgs(storage, container, settings.protect)
            store = ObjectStore("store", args)
            root = secrets.root or pulumi.Output.secret(store.container.temp_url_key)
            return RegistryStore(store, RootSecret(root))
        case S3Settings():
            bucket = CosBucket(
                storage.endpoint,
                storage.region,
                storage.bucket,
                _given(secrets.s3_access_key),
                _given(secrets.s3_secret_key),
                storage.force_path_style,
            )
            return RegistryStore(bucket, RootSecret(_given(secrets.root)))
        case FilesystemSettings():
            return RegistryStore(storage, RootSecret(_given(secrets.root)))


def _given(secret: pulumi.Output[str] | None) -> pulumi.Output[str]:
    """A secret that `read_secrets` has seen to be there."""
    if secret is None:
        raise ValueError("a secret that the settings need is missing; read_secrets tells which")
    return secret
