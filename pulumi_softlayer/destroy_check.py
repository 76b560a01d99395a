"""A check before a destroy."""

from collections.abc import Sequence

import pulumi

from pulumi_softlayer.arguments import arguments, to_register


@arguments
class DestroyCheckArgs:
    """What a `DestroyCheck` is made from; explained at `DestroyCheck`."""

    protected: pulumi.Input[Sequence[pulumi.Input[str]]] | None = pulumi.property(
        name="protected", default=None
    )
    monthly_servers: pulumi.Input[Sequence[pulumi.Input[str]]] | None = pulumi.property(
        name="monthlyServers", default=None
    )
    auth_url: pulumi.Input[str] | None = pulumi.property(name="authUrl", default=None)
    username: pulumi.Input[str] | None = pulumi.property(name="username", default=None)
    containers: pulumi.Input[Sequence[pulumi.Input[str]]] | None = pulumi.property(
        name="containers", default=None
    )
    force_destroy: pulumi.Input[bool] | None = pulumi.property(name="forceDestroy", default=None)


class DestroyCheck(pulumi.CustomResource):
    """Refuses a destroy as a whole, before anything was deleted, where a later deletion would be refused.

    It must depend on all other resources (`depends_on`), so that the engine deletes it first and alone.
    Nothing of it is in the account. Its Pulumi id is `destroy-check`.
    """

    protected: pulumi.Output[Sequence[str] | None] = pulumi.property(name="protected")
    monthly_servers: pulumi.Output[Sequence[str] | None] = pulumi.property(name="monthlyServers")
    auth_url: pulumi.Output[str | None] = pulumi.property(name="authUrl")
    username: pulumi.Output[str | None] = pulumi.property(name="username")
    containers: pulumi.Output[Sequence[str] | None] = pulumi.property(name="containers")
    force_destroy: pulumi.Output[bool] = pulumi.property(name="forceDestroy")
    account_id: pulumi.Output[int] = pulumi.property(name="accountId")

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        protected: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        monthly_servers: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        auth_url: pulumi.Input[str] | None = None,
        username: pulumi.Input[str] | None = None,
        containers: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        force_destroy: pulumi.Input[bool] | None = None,
    ) -> None:
        """Register the check. Everything is changed in place.

        Args:
            resource_name: Name in the program.
            opts: Pulumi's options, with `depends_on` all other resources.
            protected: Kinds that are protected, for the message; `images` and `servers` are not judged then.
            monthly_servers: Names of servers billed by the month that have no `cancellation`.
            auth_url: URL of v1 authentication of the object storage.
            username: User of the object storage account that goes with the stack; its key is read from
                SoftLayer.
            containers: Names of the containers that go with the stack.
            force_destroy: The containers go along with the objects in them; false by default.
        """
        args = DestroyCheckArgs(
            protected=protected,
            monthly_servers=monthly_servers,
            auth_url=auth_url,
            username=username,
            containers=containers,
            force_destroy=force_destroy,
        )
        super().__init__("softlayer:index:DestroyCheck", resource_name, to_register(args, "account_id"), opts)
