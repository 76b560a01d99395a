"""The sizes on offer."""

from collections.abc import Sequence

import pulumi

TOKEN = "softlayer:index:getFlavors"  # noqa: S105 - a function's token in the schema


@pulumi.output_type
class GetFlavorsFlavor:
    """One size.

    Attributes:
        key_name: Key name for `VirtualGuest.flavor`, `B1_2X4X25`.
        description: Description, for people.
        disks: GB of each disk that it comes with.
        hourly_cost: USD an hour, for the size alone; 0 where it is not sold by the hour.
        monthly_cost: USD a month when billed by the month.
        cpus: Virtual processors; None for bare metal.
        memory: Memory in MB; None where the preset names none.
    """

    key_name: str = pulumi.property("keyName")
    description: str = pulumi.property("description")
    disks: Sequence[int] = pulumi.property("disks")
    hourly_cost: float = pulumi.property("hourlyCost")
    monthly_cost: float = pulumi.property("monthlyCost")
    cpus: int | None = pulumi.property("cpus", default=None)
    memory: int | None = pulumi.property("memory", default=None)


@pulumi.output_type
class GetFlavorsResult:
    """The sizes, by key name.

    Attributes:
        key_names: Key names of the flavors.
        flavors: The flavors, with everything that is known of them.
    """

    key_names: Sequence[str] = pulumi.property("keyNames")
    flavors: Sequence[GetFlavorsFlavor] = pulumi.property("flavors")


def get_flavors(
    *,
    datacenter: str | None = None,
    kind: str | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> GetFlavorsResult:
    """List sizes with plain arguments; see `get_flavors_output`."""
    arguments = {"datacenter": datacenter, "kind": kind}
    result: GetFlavorsResult = pulumi.runtime.invoke(TOKEN, arguments, opts=opts, typ=GetFlavorsResult).value
    return result


def get_flavors_output(
    *,
    datacenter: pulumi.Input[str] | None = None,
    kind: pulumi.Input[str] | None = None,
    opts: pulumi.InvokeOutputOptions | None = None,
) -> pulumi.Output[GetFlavorsResult]:
    """List sizes once all arguments are known.

    Args:
        datacenter: Datacenter whose sizes and prices to list; all sizes at standard prices when absent.
        kind: Kind of server, `virtual` (the default) or `metal`.
        opts: Pulumi's options, such as depends_on.

    Returns:
        The sizes; an error in the program when the datacenter does not exist or nothing of the kind is sold.
    """
    arguments = {"datacenter": datacenter, "kind": kind}
    return pulumi.runtime.invoke_output(TOKEN, arguments, opts=opts, typ=GetFlavorsResult)
