"""A bare metal server, hourly or monthly."""

from collections.abc import Sequence

import pulumi

from pulumi_softlayer.arguments import arguments, to_register

COMPUTED = (
    "order_token",
    "hardware_id",
    "ordered_hostname",
    "fully_qualified_domain_name",
    "global_identifier",
    "public_ip",
    "private_ip",
    "ssh_host_key",
    "installation",
    "hourly_cost",
    "monthly_cost",
    "status",
    "paid_until",
    "cancellation_date",
    "cancellation_ticket_id",
    "account_id",
)


@arguments
class BareMetalServerArgs:
    """What a `BareMetalServer` is made from; the fields are explained at `BareMetalServer`."""

    hostname: pulumi.Input[str] = pulumi.property(name="hostname")
    domain: pulumi.Input[str] = pulumi.property(name="domain")
    datacenter: pulumi.Input[str] = pulumi.property(name="datacenter")
    preset: pulumi.Input[str] = pulumi.property(name="preset")
    os_code: pulumi.Input[str] = pulumi.property(name="osCode")
    hourly: pulumi.Input[bool] | None = pulumi.property(name="hourly", default=None)
    network_speed: pulumi.Input[int] | None = pulumi.property(name="networkSpeed", default=None)
    private_network_only: pulumi.Input[bool] | None = pulumi.property(name="privateNetworkOnly", default=None)
    private_vlan_id: pulumi.Input[int] | None = pulumi.property(name="privateVlanId", default=None)
    public_vlan_id: pulumi.Input[int] | None = pulumi.property(name="publicVlanId", default=None)
    tags: pulumi.Input[Sequence[pulumi.Input[str]]] | None = pulumi.property(name="tags", default=None)
    notes: pulumi.Input[str] | None = pulumi.property(name="notes", default=None)
    user_data: pulumi.Input[str] | None = pulumi.property(name="userData", default=None)
    post_install_script_uri: pulumi.Input[str] | None = pulumi.property(
        name="postInstallScriptUri", default=None
    )
    ssh_key_ids: pulumi.Input[Sequence[pulumi.Input[int]]] | None = pulumi.property(
        name="sshKeyIds", default=None
    )
    system_change: pulumi.Input[str] | None = pulumi.property(name="systemChange", default=None)
    cancellation: pulumi.Input[str] | None = pulumi.property(name="cancellation", default=None)
    replacement_group: pulumi.Input[str] | None = pulumi.property(name="replacementGroup", default=None)
    probe_ssh: pulumi.Input[bool] | None = pulumi.property(name="probeSsh", default=None)
    first_contact: pulumi.Input[str] | None = pulumi.property(name="firstContact", default=None)


class BareMetalServer(pulumi.CustomResource):
    """A bare metal server (SoftLayer_Hardware_Server). Its Pulumi id is its global identifier.

    It is ordered as `<hostname>-<order_token>`, so that one resource never becomes two bills. A change of
    os_code installs another system on the same server where it is billed by the month (what is on its disks
    is lost), see `system_change`. ssh_key_ids, user_data and post_install_script_uri count at an installation
    alone. datacenter, preset, hourly, private_network_only and the VLANs take a new server; all else is
    changed in place.
    """

    hostname: pulumi.Output[str] = pulumi.property(name="hostname")
    domain: pulumi.Output[str] = pulumi.property(name="domain")
    datacenter: pulumi.Output[str] = pulumi.property(name="datacenter")
    preset: pulumi.Output[str] = pulumi.property(name="preset")
    os_code: pulumi.Output[str] = pulumi.property(name="osCode")
    hourly: pulumi.Output[bool] = pulumi.property(name="hourly")
    network_speed: pulumi.Output[int | None] = pulumi.property(name="networkSpeed")
    private_network_only: pulumi.Output[bool] = pulumi.property(name="privateNetworkOnly")
    private_vlan_id: pulumi.Output[int | None] = pulumi.property(name="privateVlanId")
    public_vlan_id: pulumi.Output[int | None] = pulumi.property(name="publicVlanId")
    tags: pulumi.Output[Sequence[str] | None] = pulumi.property(name="tags")
    notes: pulumi.Output[str | None] = pulumi.property(name="notes")
    user_data: pulumi.Output[str | None] = pulumi.property(name="userData")
    post_install_script_uri: pulumi.Output[str | None] = pulumi.property(name="postInstallScriptUri")
    ssh_key_ids: pulumi.Output[Sequence[int] | None] = pulumi.property(name="sshKeyIds")
    system_change: pulumi.Output[str | None] = pulumi.property(name="systemChange")
    cancellation: pulumi.Output[str | None] = pulumi.property(name="cancellation")
    replacement_group: pulumi.Output[str | None] = pulumi.property(name="replacementGroup")
    probe_ssh: pulumi.Output[bool] = pulumi.property(name="probeSsh")
    first_contact: pulumi.Output[str | None] = pulumi.property(name="firstContact")
    order_token: pulumi.Output[str] = pulumi.property(name="orderToken")
    hardware_id: pulumi.Output[int] = pulumi.property(name="hardwareId")
    ordered_hostname: pulumi.Output[str] = pulumi.property(name="orderedHostname")
    fully_qualified_domain_name: pulumi.Output[str] = pulumi.property(name="fullyQualifiedDomainName")
    global_identifier: pulumi.Output[str] = pulumi.property(name="globalIdentifier")
    public_ip: pulumi.Output[str | None] = pulumi.property(name="publicIp")
    private_ip: pulumi.Output[str] = pulumi.property(name="privateIp")
    ssh_host_key: pulumi.Output[str | None] = pulumi.property(name="sshHostKey")
    installation: pulumi.Output[str] = pulumi.property(name="installation")
    hourly_cost: pulumi.Output[float] = pulumi.property(name="hourlyCost")
    monthly_cost: pulumi.Output[float] = pulumi.property(name="monthlyCost")
    status: pulumi.Output[str] = pulumi.property(name="status")
    paid_until: pulumi.Output[str | None] = pulumi.property(name="paidUntil")
    cancellation_date: pulumi.Output[str | None] = pulumi.property(name="cancellationDate")
    cancellation_ticket_id: pulumi.Output[int | None] = pulumi.property(name="cancellationTicketId")
    account_id: pulumi.Output[int] = pulumi.property(name="accountId")

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        hostname: pulumi.Input[str],
        domain: pulumi.Input[str],
        datacenter: pulumi.Input[str],
        preset: pulumi.Input[str],
        os_code: pulumi.Input[str],
        hourly: pulumi.Input[bool] | None = None,
        network_speed: pulumi.Input[int] | None = None,
        private_network_only: pulumi.Input[bool] | None = None,
        private_vlan_id: pulumi.Input[int] | None = None,
        public_vlan_id: pulumi.Input[int] | None = None,
        tags: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        notes: pulumi.Input[str] | None = None,
        user_data: pulumi.Input[str] | None = None,
        post_install_script_uri: pulumi.Input[str] | None = None,
        ssh_key_ids: pulumi.Input[Sequence[pulumi.Input[int]]] | None = None,
        system_change: pulumi.Input[str] | None = None,
        cancellation: pulumi.Input[str] | None = None,
        replacement_group: pulumi.Input[str] | None = None,
        probe_ssh: pulumi.Input[bool] | None = None,
        first_contact: pulumi.Input[str] | None = None,
    ) -> None:
        """Register the server.

        Args:
            resource_name: Name in the program.
            opts: Pulumi's options; `custom_timeouts` bound the waits (create 24 h, delete 1 h).
            hostname: One RFC 1123 label of at most 54 characters; a dash and the order token follow.
            domain: DNS domain.
            datacenter: Short name of the datacenter, `dal13`.
            preset: Key name of the fixed configuration, `S1270_8GB_2X1TBSATA_NORAID`.
            os_code: Operating system reference code, `UBUNTU_22_64`.
            hourly: Hourly (true, the default) or monthly billing.
            network_speed: Speed in Mbps: 100, 1000 or 10000.
            private_network_only: No public address; false by default.
            private_vlan_id: The VLAN of its backend, see `get_vlan`; the datacenter's own when absent.
            public_vlan_id: The VLAN of its public port; the datacenter's own when absent.
            tags: Letters, digits, space and `_-.:`, the order has no meaning.
            notes: Free text, at most 1000 characters.
            user_data: Metadata, read by the next installation.
            post_install_script_uri: URL of a script to run, https only, since SoftLayer merely downloads
                others; it counts at an installation alone.
            ssh_key_ids: `SshKey.key_id` of the keys root accepts after an installation; a rotated key touches
                no server.
            system_change: What a change of os_code takes: `reload` (the same server, its disks are lost) or
                `replace`, the default by the hour; by the month it must be `reload`.
            cancellation: `immediate` (hourly's default) or `anniversary`; without it a monthly server is not
                deleted.
            replacement_group: Servers of one name are replaced one in a run, since they stand in for each
                other; never compared.
            probe_ssh: Wait until sshd answers and pin its host key; true by default.
            first_contact: Who vouches for the host key of a new installation: `trust`, or a fingerprint
                `SHA256:...`. Without it the first contact is refused.

        Outputs: as of `VirtualGuest`; `paid_until` and `cancellation_date` are RFC 3339 moments, the latter
        only while a cancellation is scheduled.
        """
        args = BareMetalServerArgs(
            hostname=hostname,
            domain=domain,
            datacenter=datacenter,
            preset=preset,
            os_code=os_code,
            hourly=hourly,
            network_speed=network_speed,
            private_network_only=private_network_only,
            private_vlan_id=private_vlan_id,
            public_vlan_id=public_vlan_id,
            tags=tags,
            notes=notes,
            user_data=user_data,
            post_install_script_uri=post_install_script_uri,
            ssh_key_ids=ssh_key_ids,
            system_change=system_change,
            cancellation=cancellation,
            replacement_group=replacement_group,
            probe_ssh=probe_ssh,
            first_contact=first_contact,
        )
        super().__init__("softlayer:index:BareMetalServer", resource_name, to_register(args, *COMPUTED), opts)
