"""Rules of security groups as the API takes them: read, checked and completed.

Source: SLDN SoftLayer_Network_SecurityGroup_Rule, addRules and editRules. Texts of refusals are a choice.
"""

from dataclasses import replace
from ipaddress import ip_network

from cloud import arguments, faults
from cloud.clock import now
from cloud.state.network_records import SecurityRule
from cloud.values import Json

_DIRECTIONS = ("ingress", "egress")
_TYPES = {"ipv4": "IPv4", "ipv6": "IPv6"}
_PROTOCOLS = ("tcp", "udp", "icmp", "vrrp")
_LAST_PORT, _LAST_ICMP = 65_535, 255


def read_rule(number: int, template: Json) -> SecurityRule:
    """Return a new rule.

    Raises:
        ApiFault: A property is missing or invalid; the text names it.
    """
    properties = arguments.mapping(template, "ruleTemplates")
    if not arguments.text(properties, "direction"):
        raise faults.missing_property("direction", "SoftLayer_Network_SecurityGroup_Rule")
    blank = SecurityRule(number, "", "", None, None, None, None, None, now())
    return _checked(
        _with_properties(blank, properties), has_ethertype=bool(arguments.text(properties, "ethertype"))
    )


def edit_rule(template: Json, rule: SecurityRule) -> SecurityRule:
    """Return a rule with the named properties changed; -1 and "" empty one.

    Raises:
        ApiFault: A property is invalid; the text names it.
    """
    properties = arguments.mapping(template, "ruleTemplates")
    has_ethertype = bool(arguments.text(properties, "ethertype")) or "remoteIp" not in properties
    return replace(_checked(_with_properties(rule, properties), has_ethertype=has_ethertype), modified=now())


def permits_same(first: SecurityRule, second: SecurityRule) -> bool:
    """Return whether two rules allow the same traffic, in the same words."""
    return replace(first, id=0, created="", modified=None) == replace(second, id=0, created="", modified=None)


def _with_properties(rule: SecurityRule, properties: dict[str, Json]) -> SecurityRule:
    def text(name: str, old: str | None) -> str | None:
        return (arguments.text(properties, name) or None) if name in properties else old

    def whole(name: str, old: int | None) -> int | None:
        number = arguments.number(_unsigned(properties.get(name)), f"ruleTemplates.{name}")
        return old if name not in properties else None if number == -1 else number

    return replace(
        rule,
        direction=(text("direction", rule.direction) or "").lower(),
        ethertype=text("ethertype", rule.ethertype) or "",
        protocol=(text("protocol", rule.protocol) or "").lower() or None,
        port_min=whole("portRangeMin", rule.port_min),
        port_max=whole("portRangeMax", rule.port_max),
        remote_ip=text("remoteIp", rule.remote_ip),
        remote_group_id=whole("remoteGroupId", rule.remote_group_id),
    )


def _unsigned(value: Json) -> Json:
    return -1 if value == "-1" else value


def _checked(rule: SecurityRule, *, has_ethertype: bool) -> SecurityRule:
    if rule.direction not in _DIRECTIONS:
        raise faults.invalid_value("direction", "ingress and egress are possible.")
    if rule.protocol not in (None, *_PROTOCOLS):
        raise faults.invalid_value("protocol", "icmp, tcp, udp and vrrp are possible.")
    if rule.remote_ip is not None and rule.remote_group_id is not None:
        raise faults.invalid_value("remoteGroupId", "It cannot be combined with remoteIp.")
    _check_ports(rule)
    return replace(rule, ethertype=_ethertype(rule, has_ethertype=has_ethertype))


def _ethertype(rule: SecurityRule, *, has_ethertype: bool) -> str:
    """Return the given ethertype, else that of the remote address, else IPv4."""
    actual = None
    if rule.remote_ip is not None:
        try:
            actual = f"IPv{ip_network(rule.remote_ip, strict=False).version}"
        except ValueError:
            raise faults.invalid_value("remoteIp", "An IP address or a CIDR is needed.") from None
    if not has_ethertype or not rule.ethertype:
        return actual or "IPv4"
    requested = _TYPES.get(rule.ethertype.lower())
    if requested is None:
        raise faults.invalid_value("ethertype", "IPv4 and IPv6 are possible.")
    if actual not in (None, requested):
        raise faults.invalid_value("ethertype", f"remoteIp is {actual}.")
    return requested


def _check_ports(rule: SecurityRule) -> None:
    first, last = rule.port_min, rule.port_max
    if first is None and last is None:
        return
    if rule.protocol is None or rule.protocol == "vrrp":
        raise faults.invalid_value("portRangeMin", "Ports need the protocol tcp, udp or icmp.")
    if first is None:
        raise faults.invalid_value("portRangeMin", "It is needed with portRangeMax.")
    if rule.protocol == "icmp":
        if not 0 <= first <= _LAST_ICMP or not 0 <= (last or 0) <= _LAST_ICMP:
            raise faults.invalid_value("portRangeMin", "ICMP types and codes are 0 to 255.")
        return
    if last is None or not 1 <= first <= last <= _LAST_PORT:
        raise faults.invalid_value(
            "portRangeMax", "A range within 1 to 65535 is needed, the lower port first."
        )
