"""Firewall policies from the security groups and global IPs of the account. Pure."""

from collections.abc import Sequence
from ipaddress import IPv4Network

from cloud.interfaces import AllowRule, FirewallPolicy
from cloud.state.network_records import Binding, GlobalIp, SecurityGroup, SecurityRule
from cloud.state.records import Guest


def firewall_policies(
    groups: Sequence[SecurityGroup], guests: Sequence[Guest], global_ips: Sequence[GlobalIp]
) -> tuple[FirewallPolicy, ...]:
    """Return the policy of every member of a group.

    A member of several groups may do what any of them allows.

    Args:
        groups: Security groups of the account, all of them.
        guests: Guests of the account, all of them.
        global_ips: Global IPs of the account, all of them; one that is routed to a member falls under the
            member's policy.
    """
    by_id = {guest.id: guest for guest in guests}
    members = {binding.component_id: binding for group in groups for binding in group.bindings}
    policies = []
    for component, binding in sorted(members.items()):
        addresses = _addresses(binding, by_id, global_ips)
        if addresses:
            rules = [
                rule
                for group in groups
                if any(binding.component_id == component for binding in group.bindings)
                for rule in group.rules
            ]
            policies.append(FirewallPolicy(addresses, _allow_rules(rules, groups, by_id, global_ips)))
    return tuple(policies)


def _addresses(binding: Binding, guests: dict[int, Guest], global_ips: Sequence[GlobalIp]) -> tuple[str, ...]:
    guest = guests.get(binding.guest_id)
    own = (guest.public_ip if binding.public else guest.private_ip) if guest else None
    if own is None:
        return ()
    return (own, *(global_ip.address for global_ip in global_ips if global_ip.destination == own))


def _allow_rules(
    rules: Sequence[SecurityRule],
    groups: Sequence[SecurityGroup],
    guests: dict[int, Guest],
    global_ips: Sequence[GlobalIp],
) -> tuple[AllowRule, ...]:
    # Machines here have IPv4 addresses alone, so rules for IPv6 allow nothing.
    allow_rules = [
        AllowRule(
            rule.direction == "ingress",
            rule.protocol,
            rule.port_min,
            rule.port_max,
            _peers(rule, groups, guests, global_ips),
        )
        for rule in rules
        if rule.ethertype == "IPv4"
    ]
    return tuple(dict.fromkeys(allow_rules))


def _peers(
    rule: SecurityRule,
    groups: Sequence[SecurityGroup],
    guests: dict[int, Guest],
    global_ips: Sequence[GlobalIp],
) -> tuple[str, ...] | None:
    if rule.remote_group_id is not None:
        group = next((group for group in groups if group.id == rule.remote_group_id), None)
        listed = [
            address
            for binding in (group.bindings if group else ())
            for address in _addresses(binding, guests, global_ips)
        ]
        return tuple(sorted(set(listed)))
    if rule.remote_ip is None:
        return None
    network = IPv4Network(rule.remote_ip, strict=False)
    return None if network.prefixlen == 0 else (str(network),)
