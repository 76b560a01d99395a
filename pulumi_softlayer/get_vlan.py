"""One VLAN of the account."""

import pulumi

TOKEN = "softlayer:index:getVlan"  # noqa: S105 - a function's token in the schema


@pulumi.output_type
class GetVlanResult:
    """A VLAN as it is.

    Attributes:
        vlan_id: Number in the account.
        vlan_number: VLAN number on its router.
        name: Name; "" for none.
        fully_qualified_name: Fully qualified name such as dal13.bcr01a.1001.
        network_space: Network space, PUBLIC or PRIVATE.
        datacenter: Short name of the datacenter.
        router: Host name of its router.
        router_id: Id of its router.
        primary_subnet_id: Id of its primary subnet.
    """

    vlan_id: int = pulumi.property("vlanId")
    vlan_number: int = pulumi.property("vlanNumber")
    name: str = pulumi.property("name")
    fully_qualified_name: str = pulumi.property("fullyQualifiedName")
    network_space: str = pulumi.property("networkSpace")
    datacenter: str = pulumi.property("datacenter")
    router: str = pulumi.property("router")
    router_id: int = pulumi.property("routerId")
    primary_subnet_id: int = pulumi.property("primarySubnetId")


def get_vlan(
    *,
    vlan_id: int | None = None,
    vlan_number: int | None = None,
    name: str | None = None,
    datacenter: str | None = None,
    network_space: str | None = None,
    router: str | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> GetVlanResult:
    """Find one VLAN with plain arguments; see `get_vlan_output`."""
    arguments = {
        "vlanId": vlan_id,
        "vlanNumber": vlan_number,
        "name": name,
        "datacenter": datacenter,
        "networkSpace": network_space,
        "router": router,
    }
    result: GetVlanResult = pulumi.runtime.invoke(TOKEN, arguments, opts=opts, typ=GetVlanResult).value
    return result


def get_vlan_output(
    *,
    vlan_id: pulumi.Input[int] | None = None,
    vlan_number: pulumi.Input[int] | None = None,
    name: pulumi.Input[str] | None = None,
    datacenter: pulumi.Input[str] | None = None,
    network_space: pulumi.Input[str] | None = None,
    router: pulumi.Input[str] | None = None,
    opts: pulumi.InvokeOutputOptions | None = None,
) -> pulumi.Output[GetVlanResult]:
    """Find one VLAN once all arguments are known.

    Args:
        vlan_id: Number in the account; excludes the others.
        vlan_number: VLAN number on its router.
        name: Exact name of the VLAN.
        datacenter: Short name of the datacenter.
        network_space: Network space, PUBLIC or PRIVATE.
        router: Host name of its router, such as bcr01a.dal13.
        opts: Pulumi's options, such as depends_on.

    Returns:
        The VLAN; an error in the program when there is none such or more than one.
    """
    arguments = {
        "vlanId": vlan_id,
        "vlanNumber": vlan_number,
        "name": name,
        "datacenter": datacenter,
        "networkSpace": network_space,
        "router": router,
    }
    return pulumi.runtime.invoke_output(TOKEN, arguments, opts=opts, typ=GetVlanResult)
