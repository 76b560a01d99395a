"""What placement groups can be made of: rules, and the backend routers they lie on."""

from dataclasses import dataclass

from cloud.catalog.networks import VLANS, Vlan

MOST_GUESTS = 5
"""Servers a group holds at most (IBM's documentation of placement groups)."""


@dataclass(frozen=True)
class PlacementRule:
    """A rule: id, key name and name."""

    id: int
    key_name: str
    name: str


RULES = (PlacementRule(1, "SPREAD", "SPREAD"),)
"""The only one there is."""


def find_rule(number: int) -> PlacementRule | None:
    """Return the rule of an id, or None."""
    return next((rule for rule in RULES if rule.id == number), None)


def router_vlan(number: int) -> Vlan | None:
    """Return the first private VLAN on a backend router; None where there is no such router."""
    return next((vlan for vlan in VLANS if vlan.router_id == number and vlan.space == "PRIVATE"), None)


def backend_vlans() -> tuple[Vlan, ...]:
    """Return one private VLAN for each backend router."""
    return tuple(vlan for vlan in VLANS if vlan.space == "PRIVATE" and not vlan.second)
