"""One subnet of the account."""

import pulumi

TOKEN = "softlayer:index:getSubnet"  # noqa: S105 - a function's token in the schema


@pulumi.output_type
class GetSubnetResult:
    """A subnet as it is.

    Attributes:
        subnet_id: Number in the account.
        network_identifier: First address of the subnet.
        cidr: Length of its prefix.
        netmask: Netmask as a dotted quad.
        gateway: Address of the subnet's router.
        subnet_type: Subnet type such as PRIMARY.
        vlan_id: Id of its VLAN.
        network_space: Network space, PUBLIC or PRIVATE.
        datacenter: Short name of the datacenter.
        note: Notes; "" for none.
    """

    subnet_id: int = pulumi.property("subnetId")
    network_identifier: str = pulumi.property("networkIdentifier")
    cidr: int = pulumi.property("cidr")
    netmask: str = pulumi.property("netmask")
    gateway: str = pulumi.property("gateway")
    subnet_type: str = pulumi.property("subnetType")
    vlan_id: int = pulumi.property("vlanId")
    network_space: str = pulumi.property("networkSpace")
    datacenter: str = pulumi.property("datacenter")
    note: str = pulumi.property("note")


def get_subnet(
    *,
    subnet_id: int | None = None,
    network_identifier: str | None = None,
    vlan_id: int | None = None,
    datacenter: str | None = None,
    network_space: str | None = None,
    subnet_type: str | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> GetSubnetResult:
    """Find one subnet with plain arguments; see `get_subnet_output`."""
    arguments = {
        "subnetId": subnet_id,
        "networkIdentifier": network_identifier,
        "vlanId": vlan_id,
        "datacenter": datacenter,
        "networkSpace": network_space,
        "subnetType": subnet_type,
    }
    result: GetSubnetResult = pulumi.runtime.invoke(TOKEN, arguments, opts=opts, typ=GetSubnetResult).value
    return result


def get_subnet_output(
    *,
    subnet_id: pulumi.Input[int] | None = None,
    network_identifier: pulumi.Input[str] | None = None,
    vlan_id: pulumi.Input[int] | None = None,
    datacenter: pulumi.Input[str] | None = None,
    network_space: pulumi.Input[str] | None = None,
    subnet_type: pulumi.Input[str] | None = None,
    opts: pulumi.InvokeOutputOptions | None = None,
) -> pulumi.Output[GetSubnetResult]:
    """Find one subnet once all arguments are known.

    Args:
        subnet_id: Number in the account; excludes the others.
        network_identifier: First address of the subnet.
        vlan_id: Id of its VLAN.
        datacenter: Short name of the datacenter.
        network_space: Network space, PUBLIC or PRIVATE.
        subnet_type: Subnet type such as PRIMARY.
        opts: Pulumi's options, such as depends_on.

    Returns:
        The subnet; an error in the program when there is none such or more than one.
    """
    arguments = {
        "subnetId": subnet_id,
        "networkIdentifier": network_identifier,
        "vlanId": vlan_id,
        "datacenter": datacenter,
        "networkSpace": network_space,
        "subnetType": subnet_type,
    }
    return pulumi.runtime.invoke_output(TOKEN, arguments, opts=opts, typ=GetSubnetResult)
