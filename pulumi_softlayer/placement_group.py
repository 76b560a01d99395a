"""A placement group: servers that run on different hosts."""

import pulumi

from pulumi_softlayer.arguments import arguments, to_register


@arguments
class PlacementGroupArgs:
    """What a `PlacementGroup` is made from; the fields are explained at `PlacementGroup`."""

    name: pulumi.Input[str] = pulumi.property(name="name")
    datacenter: pulumi.Input[str] = pulumi.property(name="datacenter")
    backend_router_id: pulumi.Input[int] | None = pulumi.property(name="backendRouterId", default=None)
    rule: pulumi.Input[str] | None = pulumi.property(name="rule", default=None)


class PlacementGroup(pulumi.CustomResource):
    """A placement group (SoftLayer_Virtual_PlacementGroup). Its Pulumi id is the group's id in the account.

    A server is ordered into it by `VirtualGuest(placement_group_id=group.group_id)`, and leaves it only by
    its end.
    """

    name: pulumi.Output[str] = pulumi.property(name="name")
    datacenter: pulumi.Output[str] = pulumi.property(name="datacenter")
    backend_router_id: pulumi.Output[int] = pulumi.property(name="backendRouterId")
    rule: pulumi.Output[str] = pulumi.property(name="rule")
    group_id: pulumi.Output[int] = pulumi.property(name="groupId")
    guest_count: pulumi.Output[int] = pulumi.property(name="guestCount")
    account_id: pulumi.Output[int] = pulumi.property(name="accountId")

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        name: pulumi.Input[str],
        datacenter: pulumi.Input[str],
        backend_router_id: pulumi.Input[int] | None = None,
        rule: pulumi.Input[str] | None = None,
    ) -> None:
        """Register the group.

        Args:
            resource_name: Name in the program.
            opts: Pulumi's options.
            name: Name in the account. Changed in place.
            datacenter: Short name of the datacenter, `dal13`. A change replaces the group.
            backend_router_id: The backend router its servers are behind, see `get_vlan`; may be left out
                where the datacenter has one. A change replaces the group.
            rule: Key name; `SPREAD`, the default, is the only one known. A change replaces the group.

        Outputs: `group_id`, and `guest_count` as it was last looked at.
        """
        args = PlacementGroupArgs(
            name=name, datacenter=datacenter, backend_router_id=backend_router_id, rule=rule
        )
        super().__init__(
            "softlayer:index:PlacementGroup",
            resource_name,
            to_register(args, "group_id", "guest_count", "account_id"),
            opts,
        )
