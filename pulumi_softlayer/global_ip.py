"""A global IP address, which can lead to a server in any datacenter."""

from collections.abc import Sequence

import pulumi

from pulumi_softlayer.arguments import arguments, to_register


@arguments
class GlobalIpArgs:
    """What a `GlobalIp` is made from; the fields are explained at `GlobalIp`."""

    route_to: pulumi.Input[str] | None = pulumi.property(name="routeTo", default=None)
    alternatives: pulumi.Input[Sequence[pulumi.Input[str]]] | None = pulumi.property(
        name="alternatives", default=None
    )
    notes: pulumi.Input[str] | None = pulumi.property(name="notes", default=None)
    cancel_on_anniversary: pulumi.Input[bool] | None = pulumi.property(
        name="cancelOnAnniversary", default=None
    )


class GlobalIp(pulumi.CustomResource):
    """A global IPv4 address (SoftLayer_Network_Subnet_IpAddress_Global), ordered once, by the month.

    Its Pulumi id is its number in the account. Everything is changed in place: the address stays.
    """

    route_to: pulumi.Output[str | None] = pulumi.property(name="routeTo")
    alternatives: pulumi.Output[Sequence[str] | None] = pulumi.property(name="alternatives")
    notes: pulumi.Output[str | None] = pulumi.property(name="notes")
    cancel_on_anniversary: pulumi.Output[bool] = pulumi.property(name="cancelOnAnniversary")
    global_ip_id: pulumi.Output[int] = pulumi.property(name="globalIpId")
    address: pulumi.Output[str] = pulumi.property(name="address")
    order_id: pulumi.Output[int] = pulumi.property(name="orderId")
    hourly_cost: pulumi.Output[float] = pulumi.property(name="hourlyCost")
    monthly_cost: pulumi.Output[float] = pulumi.property(name="monthlyCost")
    cancellation_date: pulumi.Output[str] = pulumi.property(name="cancellationDate")
    account_id: pulumi.Output[int] = pulumi.property(name="accountId")

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        route_to: pulumi.Input[str] | None = None,
        alternatives: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        notes: pulumi.Input[str] | None = None,
        cancel_on_anniversary: pulumi.Input[bool] | None = None,
    ) -> None:
        """Register the address.

        Args:
            resource_name: Name in the program.
            opts: Pulumi's options.
            route_to: Public address of the server it leads to, `VirtualGuest.public_ip`; nowhere when
                absent. A change moves it, within a minute. The server must hold the address itself.
            alternatives: Public addresses at which it may stay. Where it leads to one of them, somebody
                moved it there, and it is left there.
            notes: Free text.
            cancel_on_anniversary: Whether to cancel it for its anniversary date, if SoftLayer refuses to do
                so now. It is billed until then. Default False: deletion fails and says so.

        Outputs: `address`, `global_ip_id`, `order_id`, `hourly_cost` (0) and `monthly_cost` in USD, and
        `cancellation_date` ("" while it is not cancelled).
        """
        args = GlobalIpArgs(
            route_to=route_to,
            alternatives=alternatives,
            notes=notes,
            cancel_on_anniversary=cancel_on_anniversary,
        )
        super().__init__(
            "softlayer:index:GlobalIp",
            resource_name,
            to_register(
                args,
                "global_ip_id",
                "address",
                "order_id",
                "hourly_cost",
                "monthly_cost",
                "cancellation_date",
                "account_id",
            ),
            opts,
        )
