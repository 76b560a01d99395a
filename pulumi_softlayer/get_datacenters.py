"""Where can be ordered."""

from collections.abc import Sequence

import pulumi

TOKEN = "softlayer:index:getDatacenters"  # noqa: S105 - a function's token in the schema


@pulumi.output_type
class GetDatacentersDatacenter:
    """One datacenter.

    Attributes:
        id: Number in the account.
        name: Short name, `dal05`.
        long_name: Long name such as `Dallas 5`.
    """

    id: int = pulumi.property("id")
    name: str = pulumi.property("name")
    long_name: str = pulumi.property("longName")


@pulumi.output_type
class GetDatacentersResult:
    """The datacenters, by short name.

    Attributes:
        names: Short names of the datacenters.
        datacenters: The datacenters, with everything that is known of them.
    """

    names: Sequence[str] = pulumi.property("names")
    datacenters: Sequence[GetDatacentersDatacenter] = pulumi.property("datacenters")


def get_datacenters(
    *,
    opts: pulumi.InvokeOptions | None = None,
) -> GetDatacentersResult:
    """List the datacenters with plain arguments; see `get_datacenters_output`."""
    arguments: dict[str, object] = {}
    result: GetDatacentersResult = pulumi.runtime.invoke(
        TOKEN, arguments, opts=opts, typ=GetDatacentersResult
    ).value
    return result


def get_datacenters_output(
    *,
    opts: pulumi.InvokeOutputOptions | None = None,
) -> pulumi.Output[GetDatacentersResult]:
    """List the datacenters once all arguments are known.

    Args:
        opts: Pulumi's options, such as depends_on.

    Returns:
        The datacenters; an error in the program when the cloud does not answer.
    """
    arguments: dict[str, object] = {}
    return pulumi.runtime.invoke_output(TOKEN, arguments, opts=opts, typ=GetDatacentersResult)
