"""Rules of a security group: judged, compared and planned. Pure.

A rule is what it permits: it has no name, its number in the account means nothing, and its place in the list
neither. So a changed rule is one that goes and one that comes. Source of the limits: SLDN
SoftLayer_Network_SecurityGroup_Rule.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network

from provider.resources.contract import Change, Kind
from provider.resources.fields import Field, Rule
from provider.softlayer.records import Record, text_at, whole_at
from provider.values import Properties, Value, has_unknown, items

DIRECTIONS = ("ingress", "egress")
ETHERTYPES = ("IPv4", "IPv6")
PROTOCOLS = ("tcp", "udp", "icmp", "vrrp")
LAST_PORT = 65_535
LAST_ICMP = 255


def _one_of(*allowed: str) -> Rule:
    return lambda value: None if value in allowed else f"must be one of {', '.join(allowed)}"


def _remote(value: Value) -> str | None:
    try:
        ip_network(str(value), strict=False)
    except ValueError:
        return "must be an IP address or a CIDR, such as 10.0.0.0/8"
    return None


@dataclass(frozen=True)
class SecurityRule:
    """One permission, completed: what was left out is "" or None."""

    direction: str
    ethertype: str
    protocol: str
    port_min: int | None
    port_max: int | None
    remote_ip: str
    remote_group_id: int | None

    def template(self) -> dict[str, object]:
        """Return the rule as addRules takes it."""
        whole: dict[str, object] = {
            "direction": self.direction,
            "ethertype": self.ethertype,
            "protocol": self.protocol,
            "portRangeMin": self.port_min,
            "portRangeMax": self.port_max,
            "remoteIp": self.remote_ip,
            "remoteGroupId": self.remote_group_id,
        }
        return {name: value for name, value in whole.items() if value not in ("", None)}

    def as_input(self) -> dict[str, Value]:
        """Return the rule as a program writes it."""
        whole: dict[str, Value] = {
            "direction": self.direction,
            "protocol": self.protocol or None,
            "portRangeMin": self.port_min,
            "portRangeMax": self.port_max,
            "remoteIp": self.remote_ip or None,
            "remoteGroupId": self.remote_group_id,
        }
        if self.ethertype != _implied(self.remote_ip):
            whole["ethertype"] = self.ethertype
        return {name: value for name, value in whole.items() if value is not None}


@dataclass(frozen=True)
class Plan:
    """What turns the account's rules into the desired ones."""

    add: tuple[SecurityRule, ...]
    remove: tuple[int, ...]


def read_input(value: Value) -> SecurityRule:
    """Return a rule as the program gave it, checked before."""
    properties: Properties = value if isinstance(value, Mapping) else {}
    remote = _network(_text(properties, "remoteIp"))
    first, last = _whole(properties, "portRangeMin"), _whole(properties, "portRangeMax")
    if last is None and _text(properties, "protocol") != "icmp":
        last = first
    return SecurityRule(
        _text(properties, "direction"),
        _text(properties, "ethertype") or _implied(remote),
        _text(properties, "protocol"),
        first,
        last,
        remote,
        _whole(properties, "remoteGroupId"),
    )


def read_record(record: Record) -> SecurityRule:
    """Return a rule as the account shows it."""
    remote = _network(text_at(record, "remoteIp"))
    return SecurityRule(
        text_at(record, "direction"),
        text_at(record, "ethertype") or _implied(remote),
        text_at(record, "protocol"),
        whole_at(record, "portRangeMin"),
        whole_at(record, "portRangeMax"),
        remote,
        whole_at(record, "remoteGroupId"),
    )


def _text(properties: Properties, name: str) -> str:
    value = properties.get(name)
    return value if isinstance(value, str) else ""


def _whole(properties: Properties, name: str) -> int | None:
    value = properties.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _network(remote: str) -> str:
    """Return one spelling for an address: 10.1.2.3/32 is 10.1.2.3, 10.1.2.3/8 is 10.0.0.0/8."""
    if not remote:
        return ""
    network = ip_network(remote, strict=False)
    return str(network.network_address) if network.num_addresses == 1 else str(network)


def _implied(remote: str) -> str:
    return "IPv6" if ":" in remote else "IPv4"


def judge_rule(value: Value) -> str | None:
    """Return what is wrong with a rule whose parts are right by themselves."""
    rule = read_input(value)
    if rule.remote_ip and rule.remote_group_id is not None:
        return "remoteIp and remoteGroupId exclude each other"
    if rule.remote_ip and rule.ethertype != _implied(rule.remote_ip):
        return f"remoteIp is {_implied(rule.remote_ip)} and ethertype says {rule.ethertype}"
    return _judge_ports(rule)


def _judge_ports(rule: SecurityRule) -> str | None:
    if rule.port_min is None:
        return None if rule.port_max is None else "portRangeMax needs portRangeMin"
    if rule.protocol not in ("tcp", "udp", "icmp"):
        return "ports need the protocol tcp, udp or icmp"
    if rule.protocol == "icmp":
        in_range = rule.port_min <= LAST_ICMP and (rule.port_max or 0) <= LAST_ICMP
        return None if in_range else f"ICMP types (portRangeMin) and codes (portRangeMax) end at {LAST_ICMP}"
    if rule.port_max is None or not 1 <= rule.port_min <= rule.port_max:
        return "portRangeMin must be 1 or more and not above portRangeMax"
    return None


def judge_rules(value: Value) -> str | None:
    """Return the repeated rules of a list of valid rules."""
    rules = [read_input(item) for item in value] if isinstance(value, Sequence) else []
    for index, rule in enumerate(rules):
        if rule in rules[:index]:
            return f"item {index} permits the same as item {rules.index(rule)}"
    return None


def _port(value: Value) -> str | None:
    fits = isinstance(value, int) and 0 <= value <= LAST_PORT
    return None if fits else f"must be from 0 to {LAST_PORT}"


PARTS = (
    Field("direction", required=True, rule=_one_of(*DIRECTIONS)),
    Field("ethertype", rule=_one_of(*ETHERTYPES)),
    Field("protocol", rule=_one_of(*PROTOCOLS)),
    Field("portRangeMin", int, rule=_port),
    Field("portRangeMax", int, rule=_port),
    Field("remoteIp", rule=_remote),
    Field("remoteGroupId", int),
)
RULES = Field("rules", dict, many=True, parts=PARTS, rule=judge_rule, whole_rule=judge_rules)


def diff_rules(old: Properties, news: Properties) -> tuple[Change, ...]:
    """Return what changed, by rule: one that goes has its old place, one that comes its new one."""
    before, after = items(old, "rules"), items(news, "rules")
    if has_unknown(news.get("rules")) and not after:
        return (Change("rules", Kind.UPDATE, replaces=False),)
    removed = _positions_missing(before, after)
    added = _positions_missing(after, before)
    kinds = dict.fromkeys(removed, Kind.DELETE) | dict.fromkeys(added, Kind.ADD)
    return tuple(
        Change(
            f"rules[{position}]",
            Kind.UPDATE if position in removed and position in added else kind,
            replaces=False,
        )
        for position, kind in sorted(kinds.items())
    )


def _positions_missing(these: Sequence[Value], peers: Sequence[Value]) -> set[int]:
    """Return where a list holds what another does not; an unknown rule is in no list."""
    peer_rules = {read_input(value) for value in peers if not has_unknown(value)}
    return {
        position
        for position, value in enumerate(these)
        if has_unknown(value) or read_input(value) not in peer_rules
    }


def plan_rules(records: Sequence[Record], desired: Sequence[SecurityRule]) -> Plan:
    """Return what to add and what to remove; a rule that is there twice loses its copies.

    Args:
        records: The group's rules in the account, with their ids.
        desired: Rules that the group is to have, all of them.
    """
    kept: set[SecurityRule] = set()
    remove = []
    for record in records:
        rule, number = read_record(record), whole_at(record, "id")
        if rule in desired and rule not in kept:
            kept.add(rule)
        elif number is not None:
            remove.append(number)
    return Plan(tuple(rule for rule in desired if rule not in kept), tuple(remove))
