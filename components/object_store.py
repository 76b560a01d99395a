"""ObjectStore: the object storage account, the container, and the secrets that live as long as they do."""

from dataclasses import dataclass

import pulumi

import pulumi_softlayer as softlayer
from components.certificate import derive
from components.registry_storage import SwiftStorage
from settings import SwiftSettings


@dataclass(frozen=True)
class ObjectStoreArgs:
    """The account's datacenter, the container's name, and whether they are protected from deletion."""

    settings: SwiftSettings
    protect: bool


class ObjectStore(pulumi.ComponentResource):
    """Where a registry keeps everything.

    Attributes:
        account: the object storage account.
        container: the container in it.
        root_secret: of high entropy, made once with the container; every secret that registries on this store
            share is derived from it.
    """

    def __init__(self, name: str, args: ObjectStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("softlayer-registry:index:ObjectStore", name, {}, opts)
        kept = pulumi.ResourceOptions(parent=self, protect=args.protect)
        self.account = softlayer.ObjectStorageAccount(
            f"{name}-account", datacenter=args.settings.datacenter, opts=kept
        )
        self.container = softlayer.ObjectStorageContainer(
            f"{name}-container",
            auth_url=self.account.auth_url,
            username=self.account.username,
            key=self.account.key,
            name=args.settings.container,
            force_destroy=args.settings.force_destroy,
            opts=kept,
        )
        self.root_secret: pulumi.Output[str] = pulumi.Output.secret(self.container.temp_url_key)
        self.register_outputs({"container": self.container.name, "username": self.account.username})

    @property
    def storage(self) -> pulumi.Output[SwiftStorage]:
        """The store as a registry's configuration names it; secret."""
        values = pulumi.Output.all(
            self.account.auth_url,
            self.account.username,
            self.account.key,
            self.container.name,
            self.root_secret,
        )
        return pulumi.Output.secret(values.apply(lambda found: SwiftStorage(*map(str, found))))

    def secret(self, purpose: str) -> pulumi.Output[str]:
        """Derive the secret for one purpose, as 64 hexadecimal digits."""
        return pulumi.Output.secret(self.root_secret.apply(lambda root: derive(root, purpose).hex()))

    def chosen_or_derived(self, chosen: pulumi.Output[str] | None, purpose: str) -> pulumi.Output[str]:
        """Return the secret that the operator chose, or where that is empty the one derived for `purpose`."""
        values = pulumi.Output.all(chosen or "", self.secret(purpose))
        return pulumi.Output.secret(values.apply(lambda found: str(found[0] or found[1])))

    @property
    def summary(self) -> pulumi.Output[dict[str, str]]:
        """What an operator needs to find the objects, without the key."""
        return pulumi.Output.all(
            account=self.account.account_name,
            authUrl=self.account.auth_url,
            container=self.container.name,
            username=self.account.username,
        )
