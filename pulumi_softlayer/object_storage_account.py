"""An object storage (Swift) account."""

import pulumi

from pulumi_softlayer.arguments import arguments, to_register


@arguments
class ObjectStorageAccountArgs:
    """What an `ObjectStorageAccount` is made from; the fields are explained at `ObjectStorageAccount`."""

    datacenter: pulumi.Input[str] = pulumi.property(name="datacenter")


class ObjectStorageAccount(pulumi.CustomResource):
    """An object storage account (SoftLayer_Network_Storage of vendor Swift), ordered once.

    Its Pulumi id is the storage's id in the account. SoftLayer sold no new ones after 10 December 2018: on
    a real account this imports one, on the local cloud it orders one.
    """

    datacenter: pulumi.Output[str] = pulumi.property(name="datacenter")
    account_name: pulumi.Output[str] = pulumi.property(name="accountName")
    username: pulumi.Output[str] = pulumi.property(name="username")
    key: pulumi.Output[str] = pulumi.property(name="key")
    auth_url: pulumi.Output[str] = pulumi.property(name="authUrl")
    private_auth_url: pulumi.Output[str] = pulumi.property(name="privateAuthUrl")

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        datacenter: pulumi.Input[str],
    ) -> None:
        """Register the account.

        Args:
            resource_name: name in the program.
            opts: Pulumi's options.
            datacenter: short name of the object storage cluster, `dal05`. A change replaces the account.

        Outputs: `account_name` (`SLOS12345-1`), `username` (`SLOS12345-1:SL12345`), `key` (secret),
        `auth_url` and `private_auth_url` (v1 auth, public and backend network).
        """
        super().__init__(
            "softlayer:index:ObjectStorageAccount",
            resource_name,
            to_register(
                ObjectStorageAccountArgs(datacenter=datacenter),
                "account_name",
                "username",
                "key",
                "auth_url",
                "private_auth_url",
            ),
            opts,
        )
