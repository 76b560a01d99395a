"""An object storage (Swift) account."""

from collections.abc import Sequence

import pulumi

from pulumi_softlayer.arguments import arguments, to_register


@arguments
class ObjectStorageAccountArgs:
    """What an `ObjectStorageAccount` is made from; the fields are explained at `ObjectStorageAccount`."""

    datacenter: pulumi.Input[str] = pulumi.property(name="datacenter")
    force_destroy: pulumi.Input[bool] | None = pulumi.property(name="forceDestroy", default=None)


@pulumi.output_type
class ObjectStorageEndpoint:
    """Where an account is reached in one datacenter.

    Attributes:
        datacenter: Short name of the datacenter.
        auth_url: URL of v1 authentication on the public network.
        private_auth_url: URL of v1 authentication on the backend network; traffic there is free of charge.
    """

    datacenter: str = pulumi.property("datacenter")
    auth_url: str = pulumi.property("authUrl")
    private_auth_url: str = pulumi.property("privateAuthUrl")


@pulumi.output_type
class ObjectStorageCredential:
    """One login of an account.

    Attributes:
        username: User for v1 auth.
        key: Key of the user.
    """

    username: str = pulumi.property("username")
    key: str = pulumi.property("key")


class ObjectStorageAccount(pulumi.CustomResource):
    """An object storage account (SoftLayer_Network_Storage of vendor Swift), ordered once.

    Its Pulumi id is the storage's id in the account. SoftLayer sold no new ones after 10 December 2018: on
    a real account this imports one, on the local cloud it orders one.
    """

    datacenter: pulumi.Output[str] = pulumi.property(name="datacenter")
    force_destroy: pulumi.Output[bool] = pulumi.property(name="forceDestroy")
    account_name: pulumi.Output[str] = pulumi.property(name="accountName")
    username: pulumi.Output[str] = pulumi.property(name="username")
    key: pulumi.Output[str] = pulumi.property(name="key")
    auth_url: pulumi.Output[str] = pulumi.property(name="authUrl")
    private_auth_url: pulumi.Output[str] = pulumi.property(name="privateAuthUrl")
    endpoints: pulumi.Output[Sequence[ObjectStorageEndpoint]] = pulumi.property(name="endpoints")
    credentials: pulumi.Output[Sequence[ObjectStorageCredential]] = pulumi.property(name="credentials")
    monthly_cost: pulumi.Output[float] = pulumi.property(name="monthlyCost")
    account_id: pulumi.Output[int] = pulumi.property(name="accountId")

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        datacenter: pulumi.Input[str],
        force_destroy: pulumi.Input[bool] | None = None,
    ) -> None:
        """Register the account.

        Args:
            resource_name: Name in the program.
            opts: Pulumi's options.
            datacenter: Short name of the datacenter of the object storage cluster, `dal05`. A change replaces
                the account.
            force_destroy: Cancel the account though it holds containers that the stack did not make. False by
                default: its deletion is refused then, and names them.

        Outputs: `account_name` (`SLOS12345-1`), `username` (`SLOS12345-1:SL12345`), `key` (secret),
        `auth_url` and `private_auth_url` (v1 auth, public and backend network), `endpoints` (both for every
        datacenter that has a cluster), `credentials` (every login, secret), `monthly_cost` (USD for the
        account itself, known in a preview; what lies in it is paid by use).
        """
        super().__init__(
            "softlayer:index:ObjectStorageAccount",
            resource_name,
            to_register(
                ObjectStorageAccountArgs(datacenter=datacenter, force_destroy=force_destroy),
                "account_name",
                "username",
                "key",
                "auth_url",
                "private_auth_url",
                "endpoints",
                "credentials",
                "monthly_cost",
                "account_id",
            ),
            opts,
        )
