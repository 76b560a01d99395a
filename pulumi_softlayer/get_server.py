"""One virtual server of the account."""

from collections.abc import Sequence

import pulumi

TOKEN = "softlayer:index:getServer"  # noqa: S105 - a function's token in the schema


@pulumi.output_type
class GetServerResult:
    """A virtual server as it is.

    Attributes:
        guest_id: Number in the account.
        global_identifier: GUID of the server.
        hostname: Host name on the server, the order token included.
        domain: DNS domain.
        fully_qualified_domain_name: Host name and domain.
        datacenter: Short name of the datacenter.
        os_code: Reference code of its operating system.
        cpus: Virtual processors.
        memory: Memory in MB.
        hourly: Billed by the hour.
        tags: Tags, sorted.
        notes: Notes; "" for none.
        ready: Whether the server is provisioned and no transaction runs.
        hourly_cost: USD an hour; 0 when billed monthly.
        monthly_cost: USD a month; 730 hours when billed hourly.
        flavor: Key name; None for a custom size.
        public_ip: Address in that network; None while the server has none.
        private_ip: Address in that network; None while the server has none.
    """

    guest_id: int = pulumi.property("guestId")
    global_identifier: str = pulumi.property("globalIdentifier")
    hostname: str = pulumi.property("hostname")
    domain: str = pulumi.property("domain")
    fully_qualified_domain_name: str = pulumi.property("fullyQualifiedDomainName")
    datacenter: str = pulumi.property("datacenter")
    os_code: str = pulumi.property("osCode")
    cpus: int = pulumi.property("cpus")
    memory: int = pulumi.property("memory")
    hourly: bool = pulumi.property("hourly")
    tags: Sequence[str] = pulumi.property("tags")
    notes: str = pulumi.property("notes")
    ready: bool = pulumi.property("ready")
    hourly_cost: float = pulumi.property("hourlyCost")
    monthly_cost: float = pulumi.property("monthlyCost")
    flavor: str | None = pulumi.property("flavor", default=None)
    public_ip: str | None = pulumi.property("publicIp", default=None)
    private_ip: str | None = pulumi.property("privateIp", default=None)


def get_server(
    *,
    guest_id: int | None = None,
    global_identifier: str | None = None,
    hostname: str | None = None,
    domain: str | None = None,
    datacenter: str | None = None,
    public_ip: str | None = None,
    private_ip: str | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> GetServerResult:
    """Find one server with plain arguments; see `get_server_output`."""
    arguments = {
        "guestId": guest_id,
        "globalIdentifier": global_identifier,
        "hostname": hostname,
        "domain": domain,
        "datacenter": datacenter,
        "publicIp": public_ip,
        "privateIp": private_ip,
    }
    result: GetServerResult = pulumi.runtime.invoke(TOKEN, arguments, opts=opts, typ=GetServerResult).value
    return result


def get_server_output(
    *,
    guest_id: pulumi.Input[int] | None = None,
    global_identifier: pulumi.Input[str] | None = None,
    hostname: pulumi.Input[str] | None = None,
    domain: pulumi.Input[str] | None = None,
    datacenter: pulumi.Input[str] | None = None,
    public_ip: pulumi.Input[str] | None = None,
    private_ip: pulumi.Input[str] | None = None,
    opts: pulumi.InvokeOutputOptions | None = None,
) -> pulumi.Output[GetServerResult]:
    """Find one server once all arguments are known.

    Args:
        guest_id: Number in the account; excludes the others.
        global_identifier: GUID of the server.
        hostname: Exact host name, the order token included.
        domain: DNS domain.
        datacenter: Short name of the datacenter.
        public_ip: Public address of the server.
        private_ip: Backend address of the server.
        opts: Pulumi's options, such as depends_on.

    Returns:
        The server; an error in the program when there is none such or more than one.
    """
    arguments = {
        "guestId": guest_id,
        "globalIdentifier": global_identifier,
        "hostname": hostname,
        "domain": domain,
        "datacenter": datacenter,
        "publicIp": public_ip,
        "privateIp": private_ip,
    }
    return pulumi.runtime.invoke_output(TOKEN, arguments, opts=opts, typ=GetServerResult)
