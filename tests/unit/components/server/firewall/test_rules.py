"""The firewall's rules: what a packet meets, for any networks and ports."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.server.firewall.rules import CHAIN, FirewallShape, rules

NETWORKS = st.lists(
    st.one_of(
        st.tuples(st.ip_addresses(v=4), st.integers(0, 32)),
        st.tuples(st.ip_addresses(v=6), st.integers(0, 128)),
    ).map(lambda pair: str(ipaddress.ip_network(f"{pair[0]}/{pair[1]}", strict=False))),
    max_size=4,
).map(tuple)
PORTS = st.lists(st.integers(1, 65535), min_size=1, max_size=3, unique=True).map(tuple)


def opens(text: str, port: int, source: str) -> bool:
    """Whether a new connection passes."""
    for line in text.splitlines():
        words = line.split()
        if words[:2] != ["-A", CHAIN] or words[words.index("-j") + 1] != "RETURN" or "--dport" not in words:
            continue
        network = words[words.index("-s") + 1] if "-s" in words else None
        inside = network is None or ipaddress.ip_address(source) in ipaddress.ip_network(network)
        if inside and int(words[words.index("--dport") + 1]) == port:
            return True
    return False


@given(PORTS, NETWORKS, NETWORKS, st.ip_addresses().filter(lambda address: "%" not in str(address)))
def test_a_connection_passes_where_a_network_names_it(
    ports: tuple[int, ...], ssh: tuple[str, ...], registry: tuple[str, ...], source: ipaddress.IPv4Address
) -> None:
    text = rules(FirewallShape(ports, ssh, registry), source.version)

    def contains_source(networks: tuple[str, ...]) -> bool:
        return not networks or any(source in ipaddress.ip_network(network) for network in networks)

    for port in {*ports, 22, 23}:
        is_allowed = (port == 22 and contains_source(ssh)) or (port in ports and contains_source(registry))
        assert opens(text, port, str(source)) is is_allowed


@given(PORTS, NETWORKS, NETWORKS)
def test_running_connections_come_first_and_the_drop_last(
    ports: tuple[int, ...], ssh: tuple[str, ...], registry: tuple[str, ...]
) -> None:
    for family in (4, 6):
        lines = rules(FirewallShape(ports, ssh, registry), family).splitlines()
        assert (lines[0], lines[-1]) == ("*mangle", "COMMIT")
        assert lines[1] == f":{CHAIN} - [0:0]"
        let_in = [line for line in lines if line.startswith(f"-A {CHAIN} ")]
        assert let_in[0] == f"-A {CHAIN} -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN"
        assert let_in[-1] == f"-A {CHAIN} -j DROP"
        assert len(lines) == 3 + len(let_in)


def test_inner_ports_are_for_the_other_front_doors_alone() -> None:
    shape = FirewallShape((5000,), inner_ports=(15443,), inner_from=("10.0.0.1", "10.0.0.2"))
    for source in ("10.0.0.1", "10.0.0.2", "10.0.0.3"):
        assert opens(rules(shape, 4), 15443, source) is (source != "10.0.0.3")
        assert opens(rules(shape, 4), 5000, source)
    with pytest.raises(ValueError, match="must name the front doors"):
        FirewallShape((), inner_ports=(15443,))


@given(NETWORKS, st.lists(st.ip_addresses(v=4).map(str), max_size=3).map(tuple))
def test_the_stacks_servers_always_reach_ssh(ssh: tuple[str, ...], peers: tuple[str, ...]) -> None:
    """And nobody else does whom `sshFrom` leaves out."""
    shape = FirewallShape((5000,), ssh, ssh_peers=peers)
    for peer in peers:
        assert opens(rules(shape, 4), 22, peer)
    stranger = ipaddress.ip_address("203.0.113.77")
    is_allowed = any(stranger in ipaddress.ip_network(network) for network in (*ssh, *peers))
    assert opens(rules(shape, 4), 22, str(stranger)) is (is_allowed or not ssh)


def test_a_peer_that_is_no_address_is_no_rule() -> None:
    with pytest.raises(ValueError, match="firewall: network must be such as"):
        FirewallShape((), ("10.0.0.0/8",), ssh_peers=("x",))


@pytest.mark.parametrize(
    ("ports", "networks"), [((0,), ()), ((5000,), ("10.0.0.1/8",)), ((5000,), ("x -j ACCEPT",))]
)
def test_nonsense_is_no_rule(ports: tuple[int, ...], networks: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="firewall"):
        FirewallShape(ports, networks)
