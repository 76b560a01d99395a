"""What security groups let through: from the books to nftables."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from cloud.account.security_rules import edit_rule, read_rule
from cloud.interfaces import AllowRule, FirewallPolicy
from cloud.machines.network.firewalls import ruleset
from cloud.provisioning.firewalls import firewall_policies
from cloud.state.network_records import Binding, GlobalIp, SecurityGroup, SecurityRule
from cloud.state.records import Guest

_NOW = "2026-01-01T00:00:00+00:00"
PLAIN = Guest(
    id=1, uuid="u", global_identifier="g", hostname="web", domain="example.com", datacenter="dal13",
    os_code="UBUNTU_22_64", cpus=1, memory_mb=1024, flavor=None, hourly=True, local_disk=False, disks=(25,),
    speed_mbps=100, private_only=False, key_ids=(), sealed_keys=(), user_data=(), script_uri="",
    billing_id=1, created=_NOW, public_ip="10.213.1.10", private_ip="10.213.1.129",
)  # fmt: skip
RULE = SecurityRule(1, "ingress", "IPv4", "tcp", 22, 22, None, None, _NOW)


def _group(number: int, *rules: SecurityRule, members: tuple[Binding, ...] = ()) -> SecurityGroup:
    return SecurityGroup(number, "g", None, _NOW, rules=rules, bindings=members)


def test_no_group_is_no_wall() -> None:
    assert firewall_policies([_group(1, RULE)], [PLAIN], []) == ()


def test_a_group_without_rules_lets_nothing_through() -> None:
    member = Binding(1, 3, 1, public=True)
    assert firewall_policies([_group(1, members=(member,))], [PLAIN], []) == (
        FirewallPolicy(("10.213.1.10",), ()),
    )


def test_a_member_of_two_groups_is_let_what_either_permits() -> None:
    member = Binding(1, 2, 1, public=False)
    egress_rule = replace(RULE, id=2, direction="egress", protocol=None, port_min=None, port_max=None)
    (wall,) = firewall_policies(
        [_group(1, RULE, members=(member,)), _group(2, egress_rule, members=(member,))], [PLAIN], []
    )
    assert wall == FirewallPolicy(
        ("10.213.1.129",), (AllowRule(True, "tcp", 22, 22, None), AllowRule(False, None, None, None, None))
    )


def test_a_global_ip_is_behind_the_wall_of_the_machine_it_leads_to() -> None:
    member = Binding(1, 3, 1, public=True)
    global_ip = GlobalIp(5, 6, 8, _NOW, address="10.213.255.1", target="10.213.1.10")
    (wall,) = firewall_policies([_group(1, members=(member,))], [PLAIN], [global_ip])
    assert wall.addresses == ("10.213.1.10", "10.213.255.1")
    assert firewall_policies([_group(1, members=(member,))], [PLAIN], [replace(global_ip, target=None)])[
        0
    ].addresses == ("10.213.1.10",)


def test_rules_of_ipv6_and_of_empty_groups_permit_nothing() -> None:
    member = Binding(1, 3, 1, public=True)
    rules = (replace(RULE, ethertype="IPv6"), replace(RULE, remote_group_id=9))
    (wall,) = firewall_policies([_group(1, *rules, members=(member,)), _group(9)], [PLAIN], [])
    assert [allow_rule.peers for allow_rule in wall.allow_rules] == [()]
    text = ruleset("t", (wall,))
    assert "return" not in text
    assert text.count("drop") == 2


def test_any_address_is_no_condition() -> None:
    member = Binding(1, 3, 1, public=True)
    (wall,) = firewall_policies(
        [_group(1, replace(RULE, remote_ip="0.0.0.0/0"), members=(member,))], [PLAIN], []
    )
    assert "    tcp dport 22-22 return" in ruleset("t", (wall,)).splitlines()


ports = st.integers(1, 65_535)
allow_rules = st.one_of(
    st.builds(
        lambda inbound, protocol, pair, peers: AllowRule(inbound, protocol, min(pair), max(pair), peers),
        st.booleans(),
        st.sampled_from(["tcp", "udp"]),
        st.tuples(ports, ports),
        st.sampled_from([None, ("10.0.0.0/8",), ()]),
    ),
    st.builds(
        AllowRule, st.booleans(), st.sampled_from([None, "icmp", "vrrp"]), st.none(), st.none(), st.none()
    ),
)


@given(st.lists(allow_rules, max_size=6))
def test_every_chain_ends_in_a_drop_and_every_permit_stands_on_its_side(chosen: list[AllowRule]) -> None:
    text = ruleset("t", (FirewallPolicy(("10.0.0.1",), tuple(chosen)),))
    arriving = text.split("chain arriving_0 {")[1].split("}\n")[0]
    reclaiming = text.split("chain leaving_0 {")[1].split("\n  }")[0]
    assert reclaiming.strip().endswith("drop")
    effective = [allow_rule for allow_rule in chosen if allow_rule.peers != ()]
    assert text.count("return") == len(effective)
    assert reclaiming.count("return") == len(
        [allow_rule for allow_rule in effective if not allow_rule.inbound]
    )
    assert "10.0.0.1 : jump arriving_0" in text
    assert arriving


rules = st.fixed_dictionaries(
    {"direction": st.sampled_from(["ingress", "egress"])},
    optional={
        "protocol": st.sampled_from(["tcp", "udp"]),
        "remoteIp": st.sampled_from(["10.0.0.1", "fd00::/8"]),
    },
)


@given(rules)
def test_an_edit_to_what_it_is_changes_nothing(template: dict[str, str]) -> None:
    rule = read_rule(1, dict(template))
    assert replace(edit_rule(dict(template), rule), modified=None) == rule
    assert edit_rule({"protocol": ""}, rule).protocol is None
