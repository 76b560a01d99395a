"""Where the registries of an environment keep everything, whatever the kind of storage, and their secret."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pulumi

import pulumi_softlayer as softlayer
from components.access.door_credential import door_secrets, purpose
from components.access.root_secret import RootSecret
from components.proxy.storage_proxy import StorageDoor
from components.storage.cos_bucket import CosBucket
from components.storage.drivers import FilesystemStorage, RegistryStorage
from components.storage.object_store import ObjectStore, ObjectStoreArgs
from settings import FilesystemSettings, S3Settings, Settings, StorageSettings, SwiftSettings
from settings.access.secrets import Secrets

Kind = ObjectStore | CosBucket | FilesystemSettings
HTTP_SECRET = "http.secret"  # noqa: S105 # its name
"""Purpose of the secret, and the name of its mark."""


@dataclass(frozen=True)
class RegistryStore:
    """One store, which all registries of an environment share except releases with another one.

    Attributes:
        kind: Swift, a bucket, or a folder of each server.
        root: Secret from which all secrets that the registries share are derived.
        overrides: Stores of the releases that do not share it, by the releases' names.
    """

    kind: Kind
    root: RootSecret
    overrides: Mapping[str, Kind] = field(default_factory=dict)

    def of(self, release: str) -> "RegistryStore":
        """The store of a release."""
        return replace(self, kind=self.overrides.get(release, self.kind))

    def storage(self, door: StorageDoor | None) -> pulumi.Output[RegistryStorage]:
        """The store as a modern registry's configuration names it, with marks in place of its secrets.

        Args:
            door: The server's storage door to Swift; None for other kinds.

        Raises:
            ValueError: Swift without a door.
        """
        match self.kind:
            case ObjectStore():
                if door is None:
                    raise ValueError(
                        "door must be given for Swift, since a registry reaches Swift through a storage door"
                    )
                return self.kind.swift(door.auth_url).apply(lambda storage: storage)
            case CosBucket():
                return pulumi.Output.from_input(self.kind.storage).apply(lambda storage: storage)
            case FilesystemSettings():
                return pulumi.Output.from_input(FilesystemStorage(self.kind.folder))

    @property
    def secrets(self) -> pulumi.Output[dict[str, str]]:
        """The secrets of a registry's container, by the names of their marks; secret as a whole."""
        own: dict[str, str] = {}
        kept = own if isinstance(self.kind, FilesystemSettings) else self.kind.secrets
        values = pulumi.Output.all(kept, self.root.derive(HTTP_SECRET, "httpSecret"))
        return pulumi.Output.secret(
            values.apply(lambda resolved: {**dict(resolved[0]), HTTP_SECRET: str(resolved[1])})
        )

    def door_secrets(self, release: str) -> pulumi.Output[dict[str, str]]:
        """The secrets by which front doors come to the containers of a release; secret as a whole.

        They are rotated with `http.secret`: both lie between a front door and a registry.
        """
        password = self.root.derive(purpose(release), "httpSecret")
        return pulumi.Output.secret(password.apply(door_secrets))

    @property
    def object_store(self) -> ObjectStore | None:
        """The object storage account; None for other kinds."""
        return self.kind if isinstance(self.kind, ObjectStore) else None

    @property
    def swift(self) -> ObjectStore | None:
        """The object storage account that any release uses; None where none does."""
        kinds = (self.kind, *self.overrides.values())
        return next((kind for kind in kinds if isinstance(kind, ObjectStore)), None)

    @property
    def buckets(self) -> tuple[CosBucket, ...]:
        """The buckets that any release uses, each once."""
        kinds = (self.kind, *self.overrides.values())
        buckets = {(kind.endpoint, kind.bucket): kind for kind in kinds if isinstance(kind, CosBucket)}
        return tuple(buckets.values())

    @property
    def folders(self) -> tuple[str, ...]:
        """The servers' folders that any release uses, each once."""
        kinds = (self.kind, *self.overrides.values())
        return tuple(dict.fromkeys(kind.folder for kind in kinds if isinstance(kind, FilesystemSettings)))


def open_store(settings: Settings, secrets: Secrets, placement: softlayer.RegistryPlacement) -> RegistryStore:
    """Declare the store that the settings name, and those of releases that have another one.

    Args:
        settings: Settings of the environment.
        secrets: Secrets of the environment.
        placement: Placement, recorded before anything is ordered.
    """
    root = _root(settings, secrets, placement)
    kinds = _kinds(settings, secrets, root, placement)
    releases = settings.colours.releases.values()
    overrides = {
        release.name: kinds[release.storage] for release in releases if release.storage != settings.storage
    }
    return RegistryStore(kinds[settings.storage], root, overrides)


def _root(settings: Settings, secrets: Secrets, placement: softlayer.RegistryPlacement) -> RootSecret:
    """The root that is in use, and the one before it while both are accepted."""
    generations = settings.secret_generations
    number, *before = generations.accepted("root")
    value, resource = secrets.root, None
    if value is None:
        # In an overlap either may be given up soon: no protection must stop that.
        value, resource = _random_root(number, placement, protect=settings.protect.images and not before)
    previous = secrets.previous_root if before else None
    if before and previous is None:
        previous, _ = _random_root(before[0], placement, protect=False)
    return RootSecret(value, resource, previous, generations)


def _random_root(
    generation: int, placement: softlayer.RegistryPlacement, *, protect: bool
) -> tuple[pulumi.Output[str], pulumi.Resource]:
    """A secret that is in the stack's state alone, so that no storage and no registry has it."""
    opts = pulumi.ResourceOptions(protect=protect, depends_on=[placement])
    secret = softlayer.RandomSecret("root" if generation == 1 else f"root-{generation}", opts)
    return pulumi.Output.secret(secret.hex), secret


def _kinds(
    settings: Settings, secrets: Secrets, root: RootSecret, placement: softlayer.RegistryPlacement
) -> dict[StorageSettings, Kind]:
    """The stores by their settings; containers of Swift are of one account."""
    opts = pulumi.ResourceOptions(depends_on=[placement])
    kinds: dict[StorageSettings, Kind] = {}
    for storage in settings.storages:
        account = next((kind for kind in kinds.values() if isinstance(kind, ObjectStore)), None)
        if account is not None and isinstance(storage, SwiftSettings):
            kinds[storage] = account.of_container(storage.container)
        else:
            kinds[storage] = _kind(storage, settings, secrets, root, opts)
    return kinds


def _kind(
    storage: StorageSettings,
    settings: Settings,
    secrets: Secrets,
    root: RootSecret,
    opts: pulumi.ResourceOptions,
) -> Kind:
    match storage:
        case SwiftSettings():
            legacy = settings.registry.legacy
            # While its container is named it stays, so that retiring the registry does not take its images.
            container = legacy.container if legacy else storage.legacy_container or None
            return ObjectStore(
                "store", ObjectStoreArgs(storage, container, settings.protect.images, root), opts
            )
        case S3Settings():
            return CosBucket(
                storage.endpoint,
                storage.region,
                storage.bucket,
                _require_secret(secrets.s3_access_key),
                _require_secret(secrets.s3_secret_key),
                storage.force_path_style,
            )
        case FilesystemSettings():
            return storage


def _require_secret(secret: pulumi.Output[str] | None) -> pulumi.Output[str]:
    """Return a secret that `settings.configuration` requires."""
    if secret is None:
        raise ValueError("a required secret is missing; settings.configuration reports which one")
    return secret
