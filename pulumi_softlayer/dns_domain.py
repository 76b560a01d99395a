"""A DNS domain on SoftLayer's name servers."""

import pulumi

from pulumi_softlayer.arguments import arguments, to_register


@arguments
class DnsDomainArgs:
    """What a `DnsDomain` is made from; the fields are explained at `DnsDomain`."""

    name: pulumi.Input[str] = pulumi.property(name="name")


class DnsDomain(pulumi.CustomResource):
    """A DNS domain (SoftLayer_Dns_Domain), a zone. Its Pulumi id is the domain's id in the account."""

    name: pulumi.Output[str] = pulumi.property(name="name")
    serial: pulumi.Output[int] = pulumi.property(name="serial")
    account_id: pulumi.Output[int] = pulumi.property(name="accountId")

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        name: pulumi.Input[str],
    ) -> None:
        """Register the domain.

        Args:
            resource_name: Name in the program.
            opts: Pulumi's options.
            name: The domain in lower case, such as `example.com`. A change replaces the zone.

        Output: `serial` (of the zone, as of the last refresh).
        """
        super().__init__(
            "softlayer:index:DnsDomain",
            resource_name,
            to_register(DnsDomainArgs(name=name), "serial", "account_id"),
            opts,
        )
