"""What the API needs from the world behind it: machines and object storage.

The API (`cloud.api`, `cloud.services`) keeps the account's state; these two protocols are all it needs
of what is real. `cloud.machines` and `cloud.swift` implement them; an API without machines is given None.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class MachineSpec:
    """One machine to start.

    Attributes:
        identifier: The server's id in the API; names the machine for good.
        hostname: Host name without the domain.
        domain: The DNS domain.
        datacenter: Short name of the datacenter, such as `dal05`.
        os_code: SoftLayer's reference code of the operating system.
        cpus: Virtual processors.
        memory_mb: Memory in MB.
        disk_gb: Size of the first disk in GB, the space Docker gets.
        public_ip: The address on the datacenter's bridge, or None for a private-only guest.
        private_ip: The backend address on the same bridge.
        ssh_public_keys: OpenSSH lines root accepts.
        user_data: What the metadata service would answer; "" when none was given.
        reads_user_data: Whether its image reads them at the first boot of an installation.
    """

    identifier: int
    hostname: str
    domain: str
    datacenter: str
    os_code: str
    cpus: int
    memory_mb: int
    disk_gb: int
    public_ip: str | None
    private_ip: str
    ssh_public_keys: tuple[str, ...]
    user_data: str
    reads_user_data: bool = False


@dataclass(frozen=True)
class Addresses:
    """The addresses reserved for one machine, as dotted quads."""

    public_ip: str | None
    private_ip: str


@dataclass(frozen=True)
class AllowRule:
    """Traffic that a firewall policy lets through.

    Attributes:
        inbound: Whether the traffic goes to the machine, otherwise from it; answers always pass.
        protocol: Protocol, `tcp`, `udp`, `icmp` or `vrrp`; None for any.
        first: First port, or the ICMP type; None for any.
        last: Last port, or the ICMP code; None for any.
        peers: Addresses and networks at the other end; None for all.
    """

    inbound: bool
    protocol: str | None
    first: int | None
    last: int | None
    peers: tuple[str, ...] | None


@dataclass(frozen=True)
class FirewallPolicy:
    """Around some addresses of one machine: nothing but the permitted passes."""

    addresses: tuple[str, ...]
    allow_rules: tuple[AllowRule, ...]


class Machines(Protocol):
    """Real machines. Every call blocks until done, may be repeated, and raises `MachineError`."""

    def network(self, datacenter: str) -> str:
        """Return the datacenter's network, such as `10.213.1.0/24`, which never changes."""

    def reserve(
        self, identifier: int, datacenter: str, *, private_only: bool, second: bool = False
    ) -> Addresses:
        """Reserve addresses in the datacenter's network; the same again for the same identifier.

        Args:
            identifier: The guest's id.
            datacenter: Short name of the datacenter.
            private_only: Whether the machine has no public address.
            second: The private address is one of the datacenter's second private subnet.
        """

    def start(self, spec: MachineSpec) -> None:
        """Create the machine where it is missing and start it; returns when its sshd answers."""

    def reinstall(self, spec: MachineSpec) -> None:
        """Recreate the machine at its addresses, with an empty disk and new host keys.

        Returns when its sshd answers.
        """

    def run_script(self, identifier: int, uri: str) -> None:
        """Download the post-install script in the machine, and run it if its address is an https one.

        Once an installation. What becomes of it is the machine's business: a script that fails is no error.
        """

    def stop(self, identifier: int) -> None:
        """Power off; a stopped or unknown machine is left as it is."""

    def destroy(self, identifier: int) -> None:
        """Remove the machine, its disk and its reservation; unknown ones are left alone."""

    def running(self, identifier: int) -> bool:
        """Return whether the machine runs now."""

    def apply_firewalls(self, policies: tuple[FirewallPolicy, ...]) -> None:
        """Replace all firewall policies by these. Addresses without a policy are open."""

    def global_network(self) -> str:
        """Return the network that global IPs are taken from, such as `10.213.255.0/24`."""

    def route(self, address: str, target: str | None) -> None:
        """Route a global IP to a machine's address, or to none."""


@dataclass(frozen=True)
class SwiftAccount:
    """One Swift account as v1 auth knows it."""

    auth_url: str
    username: str
    key: str


class ObjectStorage(Protocol):
    """Real object storage, one Swift a datacenter. Raises `ObjectStorageError`."""

    def auth_url(self, datacenter: str) -> str:
        """Return the v1 auth URL of that datacenter; starts its Swift where it is not up."""

    def create_account(self, datacenter: str, account: str, username: str) -> SwiftAccount:
        """Create the account with a fresh key; the same account and key again when it exists."""

    def change_key(self, datacenter: str, account: str, username: str, key: str) -> None:
        """Give a user of an account another key; the one from before is refused from now on."""

    def delete_account(self, datacenter: str, account: str) -> None:
        """Delete the account with all that it holds; unknown ones are left alone."""


class MachineError(Exception):
    """A machine could not be made, reached or removed; the message says which, why and what to do."""


class ObjectStorageError(Exception):
    """Swift could not be started or used; the message says where, why and what to do."""


@dataclass(frozen=True)
class CloudPaths:
    """Where one local cloud keeps its things, all under its state folder."""

    state_dir: Path

    @property
    def database(self) -> Path:
        """The SQLite file of the account's state."""
        return self.state_dir / "account.sqlite"

    @property
    def description(self) -> Path:
        """cloud.json, mode 0600: endpoints and credentials for clients."""
        return self.state_dir / "cloud.json"
