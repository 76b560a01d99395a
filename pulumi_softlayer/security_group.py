"""A security group: what may reach and leave the interfaces in it."""

from collections.abc import Sequence

import pulumi

from pulumi_softlayer.arguments import arguments, to_register


@arguments
class SecurityGroupRuleArgs:
    """One permission; a field that is left out restricts nothing.

    Attributes:
        direction: Direction, `ingress` (to the server) or `egress` (from it). Answers always pass.
        ethertype: Version of the protocol, `IPv4` or `IPv6`; by default what `remote_ip` is, else IPv4.
        protocol: Protocol, `tcp`, `udp`, `icmp` or `vrrp`.
        port_range_min: First port, 1 to 65535; for ICMP the type, 0 to 255.
        port_range_max: Last port, by default the first one; for ICMP the code.
        remote_ip: Address or CIDR at the other end. Not with `remote_group_id`.
        remote_group_id: Group whose members are at the other end.
    """

    direction: pulumi.Input[str] = pulumi.property(name="direction")
    ethertype: pulumi.Input[str] | None = pulumi.property(name="ethertype", default=None)
    protocol: pulumi.Input[str] | None = pulumi.property(name="protocol", default=None)
    port_range_min: pulumi.Input[int] | None = pulumi.property(name="portRangeMin", default=None)
    port_range_max: pulumi.Input[int] | None = pulumi.property(name="portRangeMax", default=None)
    remote_ip: pulumi.Input[str] | None = pulumi.property(name="remoteIp", default=None)
    remote_group_id: pulumi.Input[int] | None = pulumi.property(name="remoteGroupId", default=None)


@pulumi.output_type
class SecurityGroupRule:
    """One permission as it is; see `SecurityGroupRuleArgs`."""

    direction: str = pulumi.property("direction")
    ethertype: str | None = pulumi.property("ethertype", default=None)
    protocol: str | None = pulumi.property("protocol", default=None)
    port_range_min: int | None = pulumi.property("portRangeMin", default=None)
    port_range_max: int | None = pulumi.property("portRangeMax", default=None)
    remote_ip: str | None = pulumi.property("remoteIp", default=None)
    remote_group_id: int | None = pulumi.property("remoteGroupId", default=None)


@arguments
class SecurityGroupArgs:
    """What a `SecurityGroup` is made from; the fields are explained at `SecurityGroup`."""

    name: pulumi.Input[str] = pulumi.property(name="name")
    description: pulumi.Input[str] | None = pulumi.property(name="description", default=None)
    rules: pulumi.Input[Sequence[pulumi.Input[SecurityGroupRuleArgs]]] | None = pulumi.property(
        name="rules", default=None
    )


class SecurityGroup(pulumi.CustomResource):
    """A security group (SoftLayer_Network_SecurityGroup). Its Pulumi id is the group's number.

    An interface in no group is open. One in a group is closed but for what the rules of its groups permit.
    """

    name: pulumi.Output[str] = pulumi.property(name="name")
    description: pulumi.Output[str | None] = pulumi.property(name="description")
    rules: pulumi.Output[Sequence[SecurityGroupRule] | None] = pulumi.property(name="rules")
    security_group_id: pulumi.Output[int] = pulumi.property(name="securityGroupId")
    account_id: pulumi.Output[int] = pulumi.property(name="accountId")

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        name: pulumi.Input[str],
        description: pulumi.Input[str] | None = None,
        rules: pulumi.Input[Sequence[pulumi.Input[SecurityGroupRuleArgs]]] | None = None,
    ) -> None:
        """Register the group. Everything is changed in place, rules one by one.

        Args:
            resource_name: Name in the program.
            opts: Pulumi's options.
            name: Name in the account, not empty; not unique there.
            description: Free text.
            rules: Rules that permit traffic, in any order; without any the group lets nothing through.

        Outputs: `security_group_id`, for `SecurityGroupAttachment` and for rules of other groups.
        """
        args = SecurityGroupArgs(name=name, description=description, rules=rules)
        super().__init__(
            "softlayer:index:SecurityGroup",
            resource_name,
            to_register(args, "security_group_id", "account_id"),
            opts,
        )
