"""A virtual server, hourly or monthly."""

from collections.abc import Sequence

import pulumi

from pulumi_softlayer.arguments import arguments, to_register

COMPUTED = (
    "order_token",
    "guest_id",
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
    "cancellation_date",
    "account_id",
)


@arguments
class VirtualGuestArgs:
    """What a `VirtualGuest` is made from; the fields are explained at `VirtualGuest`."""

    hostname: pulumi.Input[str] = pulumi.property(name="hostname")
    domain: pulumi.Input[str] = pulumi.property(name="domain")
    datacenter: pulumi.Input[str] = pulumi.property(name="datacenter")
    os_code: pulumi.Input[str] = pulumi.property(name="osCode")
    hourly: pulumi.Input[bool] | None = pulumi.property(name="hourly", default=None)
    flavor: pulumi.Input[str] | None = pulumi.property(name="flavor", default=None)
    cpus: pulumi.Input[int] | None = pulumi.property(name="cpus", default=None)
    memory: pulumi.Input[int] | None = pulumi.property(name="memory", default=None)
    local_disk: pulumi.Input[bool] | None = pulumi.property(name="localDisk", default=None)
    disks: pulumi.Input[Sequence[pulumi.Input[int]]] | None = pulumi.property(name="disks", default=None)
    network_speed: pulumi.Input[int] | None = pulumi.property(name="networkSpeed", default=None)
    private_network_only: pulumi.Input[bool] | None = pulumi.property(name="privateNetworkOnly", default=None)
    tags: pulumi.Input[Sequence[pulumi.Input[str]]] | None = pulumi.property(name="tags", default=None)
    notes: pulumi.Input[str] | None = pulumi.property(name="notes", default=None)
    user_data: pulumi.Input[str] | None = pulumi.property(name="userData", default=None)
    post_install_script_uri: pulumi.Input[str] | None = pulumi.property(
        name="postInstallScriptUri", default=None
    )
    ssh_key_ids: pulumi.Input[Sequence[pulumi.Input[int]]] | None = pulumi.property(
        name="sshKeyIds", default=None
    )
    private_vlan_id: pulumi.Input[int] | None = pulumi.property(name="privateVlanId", default=None)
    private_subnet_id: pulumi.Input[int] | None = pulumi.property(name="privateSubnetId", default=None)
    public_vlan_id: pulumi.Input[int] | None = pulumi.property(name="publicVlanId", default=None)
    public_subnet_id: pulumi.Input[int] | None = pulumi.property(name="publicSubnetId", default=None)
    placement_group_id: pulumi.Input[int] | None = pulumi.property(name="placementGroupId", default=None)
    reload_on_change: pulumi.Input[bool] | None = pulumi.property(name="reloadOnChange", default=None)
    cancellation: pulumi.Input[str] | None = pulumi.property(name="cancellation", default=None)
    replacement_group: pulumi.Input[str] | None = pulumi.property(name="replacementGroup", default=None)
    probe_ssh: pulumi.Input[bool] | None = pulumi.property(name="probeSsh", default=None)
    first_contact: pulumi.Input[str] | None = pulumi.property(name="firstContact", default=None)
    ssh_key_file: pulumi.Input[str] | None = pulumi.property(name="sshKeyFile", default=None)


class VirtualGuest(pulumi.CustomResource):
    """A virtual server (SoftLayer_Virtual_Guest). Its Pulumi id is the guest's id in the account.

    The server is ordered as `<hostname>-<order_token>`: the token is what a repeated or interrupted `up`
    searches for before it orders, so one resource never becomes two bills.

    Changed in place: hostname, domain, tags, notes, network_speed, cancellation, probe_ssh. With a reboot:
    cpus, memory, a flavor with the same first disk, disks added or enlarged. By a reload of the operating
    system, if `reload_on_change` says so: os_code; the host key is another one afterwards. ssh_key_ids,
    user_data and post_install_script_uri count at an installation alone: their change touches no server. All
    else replaces the server, new one first.
    """

    hostname: pulumi.Output[str] = pulumi.property(name="hostname")
    domain: pulumi.Output[str] = pulumi.property(name="domain")
    datacenter: pulumi.Output[str] = pulumi.property(name="datacenter")
    os_code: pulumi.Output[str] = pulumi.property(name="osCode")
    hourly: pulumi.Output[bool] = pulumi.property(name="hourly")
    flavor: pulumi.Output[str | None] = pulumi.property(name="flavor")
    cpus: pulumi.Output[int | None] = pulumi.property(name="cpus")
    memory: pulumi.Output[int | None] = pulumi.property(name="memory")
    local_disk: pulumi.Output[bool | None] = pulumi.property(name="localDisk")
    disks: pulumi.Output[Sequence[int] | None] = pulumi.property(name="disks")
    network_speed: pulumi.Output[int | None] = pulumi.property(name="networkSpeed")
    private_network_only: pulumi.Output[bool] = pulumi.property(name="privateNetworkOnly")
    tags: pulumi.Output[Sequence[str] | None] = pulumi.property(name="tags")
    notes: pulumi.Output[str | None] = pulumi.property(name="notes")
    user_data: pulumi.Output[str | None] = pulumi.property(name="userData")
    post_install_script_uri: pulumi.Output[str | None] = pulumi.property(name="postInstallScriptUri")
    ssh_key_ids: pulumi.Output[Sequence[int] | None] = pulumi.property(name="sshKeyIds")
    private_vlan_id: pulumi.Output[int | None] = pulumi.property(name="privateVlanId")
    private_subnet_id: pulumi.Output[int | None] = pulumi.property(name="privateSubnetId")
    public_vlan_id: pulumi.Output[int | None] = pulumi.property(name="publicVlanId")
    public_subnet_id: pulumi.Output[int | None] = pulumi.property(name="publicSubnetId")
    placement_group_id: pulumi.Output[int | None] = pulumi.property(name="placementGroupId")
    reload_on_change: pulumi.Output[bool | None] = pulumi.property(name="reloadOnChange")
    cancellation: pulumi.Output[str | None] = pulumi.property(name="cancellation")
    replacement_group: pulumi.Output[str | None] = pulumi.property(name="replacementGroup")
    probe_ssh: pulumi.Output[bool] = pulumi.property(name="probeSsh")
    first_contact: pulumi.Output[str | None] = pulumi.property(name="firstContact")
    ssh_key_file: pulumi.Output[str | None] = pulumi.property(name="sshKeyFile")
    order_token: pulumi.Output[str] = pulumi.property(name="orderToken")
    guest_id: pulumi.Output[int] = pulumi.property(name="guestId")
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
    cancellation_date: pulumi.Output[str | None] = pulumi.property(name="cancellationDate")
    account_id: pulumi.Output[int] = pulumi.property(name="accountId")

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        hostname: pulumi.Input[str],
        domain: pulumi.Input[str],
        datacenter: pulumi.Input[str],
        os_code: pulumi.Input[str],
        hourly: pulumi.Input[bool] | None = None,
        flavor: pulumi.Input[str] | None = None,
        cpus: pulumi.Input[int] | None = None,
        memory: pulumi.Input[int] | None = None,
        local_disk: pulumi.Input[bool] | None = None,
        disks: pulumi.Input[Sequence[pulumi.Input[int]]] | None = None,
        network_speed: pulumi.Input[int] | None = None,
        private_network_only: pulumi.Input[bool] | None = None,
        tags: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        notes: pulumi.Input[str] | None = None,
        user_data: pulumi.Input[str] | None = None,
        post_install_script_uri: pulumi.Input[str] | None = None,
        ssh_key_ids: pulumi.Input[Sequence[pulumi.Input[int]]] | None = None,
        private_vlan_id: pulumi.Input[int] | None = None,
        private_subnet_id: pulumi.Input[int] | None = None,
        public_vlan_id: pulumi.Input[int] | None = None,
        public_subnet_id: pulumi.Input[int] | None = None,
        placement_group_id: pulumi.Input[int] | None = None,
        reload_on_change: pulumi.Input[bool] | None = None,
        cancellation: pulumi.Input[str] | None = None,
        replacement_group: pulumi.Input[str] | None = None,
        probe_ssh: pulumi.Input[bool] | None = None,
        first_contact: pulumi.Input[str] | None = None,
        ssh_key_file: pulumi.Input[str] | None = None,
    ) -> None:
        """Register the server.

        Args:
            resource_name: Name in the program.
            opts: Pulumi's options; `custom_timeouts` bound the waits (create 45 min, delete 30 min).
            hostname: One RFC 1123 label of at most 54 characters, so that "-" and the 8-character order
                token still fit into 63.
            domain: DNS domain.
            datacenter: Short name of the datacenter, `dal05`.
            os_code: Operating system reference code, `UBUNTU_22_64`.
            hourly: Hourly (true, the default) or monthly billing.
            flavor: Flavor key name, `B1_2X4X25`; excludes cpus, memory and local_disk.
            cpus: Virtual processors, 1 to 64; needs memory.
            memory: MB, a multiple of 1024; needs cpus.
            local_disk: Disks on the host rather than on the network; false by default.
            disks: Sizes in GB, the first is the boot disk; at most 5.
            network_speed: Speed in Mbps: 10, 100 or 1000.
            private_network_only: No public address; false by default.
            tags: Letters, digits, space and `_-.:`, the order has no meaning.
            notes: Free text, at most 1000 characters.
            user_data: Handed to the server at an installation; compared with nothing afterwards.
            post_install_script_uri: URL of a script to run, https only, since SoftLayer merely downloads
                others; it counts at an installation alone.
            ssh_key_ids: `SshKey.key_id` of the keys root accepts after an installation; a rotated key touches
                no server.
            private_vlan_id: The VLAN of its backend, see `get_vlan`; the datacenter's own when absent.
            private_subnet_id: The subnet of its backend address; needs private_vlan_id.
            public_vlan_id: The VLAN of its public port; the datacenter's own when absent.
            public_subnet_id: The subnet of its public address; needs public_vlan_id.
            placement_group_id: `PlacementGroup.group_id` of the group it is ordered into.
            reload_on_change: Whether a change of os_code installs the operating system again in place, which
                empties the first disk, rather than replaces the server; false by default.
            cancellation: Cancellation of a server billed by the month: `immediate` (nothing is paid back) or
                `anniversary` (it runs until its next bill date); without it such a server is not deleted or
                replaced.
            replacement_group: Servers of one name are replaced one in a run, since they stand in for each
                other; never compared.
            probe_ssh: Wait until sshd answers and pin its host key; true by default.
            first_contact: Who vouches for the host key of a new installation: `userData` (a one-time key
                that goes along with the order), `trust`, or a fingerprint `SHA256:...`.
                Without it the first contact is refused.
            ssh_key_file: Place of the operator's private key, for `userData`; with `~/` or relative to the
                program's folder, in which Pulumi starts the provider.

        Outputs: addresses as dotted quads (`public_ip` is None for a private-only server), `ssh_host_key` as
        an OpenSSH line `ssh-ed25519 AAAA...` (seen at first contact, pinned until SoftLayer reports a
        reload), `installation` (the id, and the date of the last reload), costs in USD, `cancellation_date`
        (None unless its cancellation is scheduled).
        """
        args = VirtualGuestArgs(
            hostname=hostname,
            domain=domain,
            datacenter=datacenter,
            os_code=os_code,
            hourly=hourly,
            flavor=flavor,
            cpus=cpus,
            memory=memory,
            local_disk=local_disk,
            disks=disks,
            network_speed=network_speed,
            private_network_only=private_network_only,
            tags=tags,
            notes=notes,
            user_data=user_data,
            post_install_script_uri=post_install_script_uri,
            ssh_key_ids=ssh_key_ids,
            private_vlan_id=private_vlan_id,
            private_subnet_id=private_subnet_id,
            public_vlan_id=public_vlan_id,
            public_subnet_id=public_subnet_id,
            placement_group_id=placement_group_id,
            reload_on_change=reload_on_change,
            cancellation=cancellation,
            replacement_group=replacement_group,
            probe_ssh=probe_ssh,
            first_contact=first_contact,
            ssh_key_file=ssh_key_file,
        )
        super().__init__("softlayer:index:VirtualGuest", resource_name, to_register(args, *COMPUTED), opts)
