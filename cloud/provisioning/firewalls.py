"""From the books to the hosts: what the security groups let through, and where global IPs lead. Pure."""

from collections.abc import Sequence
from ipaddress import IPv4Network

from cloud.interfaces import Permit, Wall
from cloud.state.network_records import Binding, GlobalIp, SecurityGroup, SecurityRule
from cloud.state.records import Guest


def walls(
    groups: Sequence[SecurityGroup], guests: Sequence[Guest], global_ips: Sequence[GlobalIp]
) -> tuple[Wall, ...]:
    """The walls around every member of a group; a member of many is let all that any of them permits.

    Args:
        groups: all of the account's.
        guests: all of the account's.
        global_ips: all of the account's; one that leads to a member is behind the member's wall.
    """
    by_id = {one.id: one for one in guests}
    members = {one.component_id: one for group in groups for one in group.bindings}
    found = []
    for component, binding in sorted(members.items()):
        addresses = _addresses(binding, by_id, global_ips)
        if addresses:
            rules = [
                rule
                for group in groups
                if any(one.component_id == component for one in group.bindings)
                for rule in group.rules
            ]
            found.append(Wall(addresses, _permits(rules, groups, by_id, global_ips)))
    return tuple(found)


def _addresses(binding: Binding, guests: dict[int, Guest], global_ips: Sequence[GlobalIp]) -> tuple[str, ...]:
    guest = guests.get(binding.guest_id)
    own = (guest.public_ip if binding.public else guest.private_ip) if guest else None
    if own is None:
        return ()
    return (own, *(one.address for one in global_ips if one.leads_to == own))


def _permits(
    rules: Sequence[SecurityRule],
    groups: Sequence[SecurityGroup],
    guests: dict[int, Guest],
    global_ips: Sequence[GlobalIp],
) -> tuple[Permit, ...]:
    # Machines here have IPv4 addresses alone, so rules for IPv6 permit nothing.
    found = [
        Permit(
            rule.direction == "ingress",
            rule.protocol,
            rule.port_min,
            rule.port_max,
            _peers(rule, groups, guests, global_ips),
        )
        for rule in rules
        if rule.ethertype == "IPv4"
    ]
    return tuple(dict.fromkeys(found))


def _peers(
    rule: SecurityRule,
    groups: Sequence[SecurityGroup],
    guests: dict[int, Guest],
    global_ips: Sequence[GlobalIp],
) -> tuple[str, ...] | None:
    if rule.remote_group_id is not None:
        group = next((one for one in groups if one.id == rule.remote_group_id), None)
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
