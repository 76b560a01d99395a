"""Records of networks: security groups, the requests that change them, global IPs and events."""

from dataclasses import dataclass

from cloud.state.record import Record
from cloud.state.transaction_record import Transaction


@dataclass(frozen=True)
class SecurityRule:
    """One permission of a security group.

    Attributes:
        direction: Direction, `ingress` or `egress`.
        ethertype: Version of the protocol, `IPv4` or `IPv6`.
        protocol: Protocol, `tcp`, `udp`, `icmp` or `vrrp`; None for any.
        port_min: First port, or the ICMP type; None for any.
        port_max: Last port, or the ICMP code; None for any.
        remote_ip: Address or network at the other end; None for anybody.
        remote_group_id: Id of the group whose members are at the other end.
    """

    id: int
    direction: str
    ethertype: str
    protocol: str | None
    port_min: int | None
    port_max: int | None
    remote_ip: str | None
    remote_group_id: int | None
    created: str
    modified: str | None = None


@dataclass(frozen=True)
class Binding:
    """A guest's network component in a security group."""

    id: int
    component_id: int
    guest_id: int
    public: bool


@dataclass(frozen=True)
class SecurityGroup(Record, first_id=3_000_001):
    """A security group with its rules and members."""

    id: int
    name: str | None
    description: str | None
    created: str
    modified: str | None = None
    rules: tuple[SecurityRule, ...] = ()
    bindings: tuple[Binding, ...] = ()


@dataclass(frozen=True)
class SecurityRequest(Record, first_id=1):
    """A change of a group that the hosts have not followed yet.

    Attributes:
        request_id: What the caller was answered.
        kind: The event it becomes, such as `Network Component Added to Security Group`.
        bindings: The components attached or detached.
        rules: The rules added, changed or removed.
    """

    id: int
    request_id: str
    group_id: int
    group_name: str | None
    kind: str
    created: str
    bindings: tuple[Binding, ...] = ()
    rules: tuple[SecurityRule, ...] = ()


@dataclass(frozen=True)
class Event(Record, first_id=1):
    """An entry of the event log.

    Attributes:
        name: Name of what happened.
        object_name: Kind of what it happened to: `Security Group` or `CCI`.
        object_id: Id of the object that it happened to.
        label: Label of the object.
        meta: JSON text with the details.
    """

    id: int
    name: str
    object_name: str
    object_id: int
    label: str
    meta: str
    created: str


@dataclass(frozen=True)
class GlobalIp(Record, first_id=250_001):
    """A global IP address, a subnet of one address that may be routed to any datacenter.

    Attributes:
        subnet_id: Id of its subnet.
        address: Address as a dotted quad; "" until it is there, and not listed until then.
        target: The address it is routed to; None when it is routed nowhere.
        pending_target: The address of the route under way; None for no address.
        transaction: The route under way.
        reclaiming: Whether it is cancelled.
    """

    id: int
    subnet_id: int
    billing_id: int
    created: str
    address: str = ""
    note: str = ""
    target: str | None = None
    pending_target: str | None = None
    transaction: Transaction | None = None
    reclaiming: bool = False

    @property
    def destination(self) -> str | None:
        """Where its traffic goes, or will when the route under way is done."""
        return self.pending_target if self.transaction else self.target
