"""A server's firewall as two texts for iptables-restore and ip6tables-restore, as pure functions.

The chain hangs in PREROUTING of the table mangle and not in INPUT: a packet for a port that Docker publishes
never sees INPUT, since Docker sends it on to the container before. Here both are seen, Docker's own chains
stay as they are, and Docker's restarts, which put its rules first again, change nothing.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

CHAIN = "SOFTLAYER-REGISTRY"
_BRIDGES = ("docker0", "br-+")
_SSH_PORT = 22

Family = Literal[4, 6]


@dataclass(frozen=True)
class FirewallShape:
    """What is let in.

    Attributes:
        ports: The registry's TCP ports.
        ssh_from: Networks that reach port 22; empty means all.
        registry_from: Networks that reach `ports`; empty means all.
        inner_ports: TCP ports for `inner_from` alone.
        inner_from: Addresses of the servers whose front doors come here.
        ssh_peers: Addresses of the stack's other servers, which reach port 22 whatever `ssh_from` names.
    """

    ports: tuple[int, ...]
    ssh_from: tuple[str, ...] = ()
    registry_from: tuple[str, ...] = ()
    inner_ports: tuple[int, ...] = ()
    inner_from: tuple[str, ...] = ()
    ssh_peers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.inner_ports and not self.inner_from:
            raise ValueError(
                f"firewall: inner_from must name the front doors that use ports {self.inner_ports}, got none"
            )
        for port in (*self.ports, *self.inner_ports):
            if not 1 <= port <= 65535:
                raise ValueError(f"firewall: port must be between 1 and 65535, got {port}")
        for network in (*self.ssh_from, *self.registry_from, *self.inner_from, *self.ssh_peers):
            try:
                ipaddress.ip_network(network)
            except ValueError as error:
                raise ValueError(f"firewall: network must be such as 10.0.0.0/8, got {network!r}") from error

    @property
    def ssh_networks(self) -> tuple[str, ...]:
        """Networks that reach port 22, the stack's servers among them; empty means all."""
        return tuple(dict.fromkeys((*self.ssh_from, *self.ssh_peers))) if self.ssh_from else ()


def rules(shape: FirewallShape, family: Family) -> str:
    """Return the chain for one family; loading it replaces it as a whole and no other.

    What is let in: answers to what the server asked, running connections, the loopback, ICMP, everything from
    the server's own containers and to others than the server itself, and new connections to the ports named.
    What is forwarded to containers is judged by `bridge-guard.sh`.
    """
    icmp = "icmp" if family == 4 else "ipv6-icmp"
    lines = [
        "*mangle",
        f":{CHAIN} - [0:0]",
        *(
            f"-A {CHAIN} {match} -j RETURN"
            for match in (
                "-m conntrack --ctstate RELATED,ESTABLISHED",
                "-i lo",
                f"-p {icmp}",
                *(f"-i {bridge}" for bridge in _BRIDGES),
                "-m addrtype ! --dst-type LOCAL",
                *_openings(shape.ssh_networks, (_SSH_PORT,), family),
                *_openings(shape.registry_from, shape.ports, family),
                *_openings(shape.inner_from, shape.inner_ports, family),
            )
        ),
        f"-A {CHAIN} -j DROP",
        "COMMIT",
    ]
    return "\n".join((*lines, ""))


def _openings(networks: Iterable[str], ports: tuple[int, ...], family: Family) -> list[str]:
    parsed_networks = [ipaddress.ip_network(network) for network in networks]
    sources = (
        [f"-s {network} " for network in parsed_networks if network.version == family]
        if parsed_networks
        else [""]
    )
    return [f"{source}-p tcp -m tcp --dport {port}" for source in sources for port in sorted(set(ports))]
