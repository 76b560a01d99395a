"""ObjectStore: the object storage account of an environment, and the containers that registries keep."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

import pulumi_softlayer as softlayer
from components.access.root_secret import RootSecret
from components.access.secret_mark import mark
from components.proxy.storage_proxy_config import origin_of
from components.refused_setting import RefusedSettingError
from components.storage.drivers import SwiftStorage
from components.storage.legacy_storage import LegacyStorage
from settings import SwiftSettings

KEY, TEMP_URL_KEY = "swift.key", "swift.tempUrlKey"
"""Names of the marks."""


@dataclass(frozen=True)
class ObjectStoreArgs:
    """What is kept where.

    Attributes:
        settings: The account's datacenter and the container.
        legacy_container: The legacy registry's container, which may be the same; None where there is none.
        protect: Refuse deletion of account and containers.
        root: Root secret, from which the containers' TempURL keys are derived.
    """

    settings: SwiftSettings
    legacy_container: str | None
    protect: bool
    root: RootSecret


class ObjectStore(pulumi.ComponentResource):
    """Where registries keep everything.

    Attributes:
        account: The object storage account.
        container: The container in it.
        legacy_container: Container of the legacy registry; the same where the settings name no other.
        username: User as whom registries and operators log in, `ACCOUNT:USER`.
        key: Key of that user. Secret.
        server_auth_url: URL of v1 authentication for servers, of the network that the settings name.
        client_origin: `SCHEME://HOST[:PORT]` at which clients reach the storage, on the public network.
    """

    def __init__(self, name: str, args: ObjectStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("softlayer-registry:index:ObjectStore", name, {}, opts)
        self._kept = pulumi.ResourceOptions(parent=self, protect=args.protect)
        self._name, self._settings, self._root = name, args.settings, args.root
        self._containers: dict[str, softlayer.ObjectStorageContainer] = {}
        self.account = softlayer.ObjectStorageAccount(
            f"{name}-account", datacenter=args.settings.datacenter, opts=self._kept
        )
        self.username, self.key = self._login(args.settings.user)
        self.server_auth_url = (
            self.account.private_auth_url if args.settings.endpoint == "private" else self.account.auth_url
        )
        self.client_origin = self.account.auth_url.apply(origin_of)
        self.container = self._container(args.settings.container)
        self.legacy_container = self._container(args.legacy_container or args.settings.container)
        self.register_outputs({"container": self.container.name, "username": self.account.username})

    @property
    def containers(self) -> list[softlayer.ObjectStorageContainer]:
        """All containers of the account that the program keeps."""
        return list(self._containers.values())

    def of_container(self, name: str) -> "ObjectStore":
        """Return the same account with another container for the registries.

        Args:
            name: Name of the container.
        """
        store = copy.copy(self)
        store.container = self._container(name)
        return store

    def _login(self, user: str) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
        """Name and key of a user of the account; "" is the first one."""
        if not user:
            return self.account.username, self.account.key
        key = self.account.credentials.apply(
            lambda credentials: key_of(
                user, {credential.username: credential.key for credential in credentials}
            )
        )
        return pulumi.Output.from_input(user), pulumi.Output.secret(key)

    def _container(self, name: str) -> softlayer.ObjectStorageContainer:
        if name not in self._containers:
            self._containers[name] = softlayer.ObjectStorageContainer(
                # By the container's own name: one that gets another role keeps its resource and its images.
                f"{self._name}-container-{name}",
                auth_url=self.account.auth_url,
                username=self.account.username,
                key=self.account.key,
                name=name,
                temp_url_key=self._root.derive(f"TempURL key {name}", "tempUrlKey"),
                second_temp_url_key=self._root.derive_previous(f"TempURL key {name}", "tempUrlKey"),
                force_destroy=self._settings.force_destroy,
                opts=self._kept,
            )
        return self._containers[name]

    def swift(self, auth_url: pulumi.Output[str]) -> pulumi.Output[SwiftStorage]:
        """The container as the modern registry's configuration names it, with marks in place of the keys.

        Args:
            auth_url: Authentication URL of a storage door.
        """
        values = pulumi.Output.all(
            auth_url, self.username, mark(KEY), self.container.name, mark(TEMP_URL_KEY)
        )
        return values.apply(lambda resolved: SwiftStorage(*map(str, resolved)))

    @property
    def legacy(self) -> pulumi.Output[LegacyStorage]:
        """The container as the legacy registry's environment names it, with a mark in place of the key."""
        values = pulumi.Output.all(self.server_auth_url, self.username, mark(KEY), self.legacy_container.name)
        return values.apply(lambda resolved: LegacyStorage(*map(str, resolved)))

    @property
    def secrets(self) -> pulumi.Output[dict[str, str]]:
        """The keys by the names of their marks; secret."""
        keys = pulumi.Output.all(self.key, self.container.temp_url_key)
        return pulumi.Output.secret(
            keys.apply(lambda values: {KEY: str(values[0]), TEMP_URL_KEY: str(values[1])})
        )

    @property
    def summary(self) -> pulumi.Output[dict[str, str]]:
        """What an operator needs to find the objects, without the key."""
        return pulumi.Output.all(
            account=self.account.account_name,
            authUrl=self.account.auth_url,
            container=self.container.name,
            datacenter=self._settings.datacenter,
            legacyContainer=self.legacy_container.name,
            username=self.account.username,
        )


def key_of(user: str, keys: Mapping[str, str]) -> str:
    """Return the key of one of an account's users.

    Args:
        user: Name of the user.
        keys: Keys of all users, by name. Secret.

    Raises:
        RefusedSettingError: The account has no such user; the message names those that exist.
    """
    if user not in keys:
        raise RefusedSettingError(
            f"objectUser: must be one of {', '.join(sorted(keys))}, got {user}; of a user that was created in"
            " the portal since, the stack knows after `pulumi refresh`"
        )
    return keys[user]
