"""Placement groups: servers that are kept on different hosts."""

from collections.abc import Callable

from cloud.catalog.networks import Vlan
from cloud.catalog.placement import PlacementRule, find_rule, router_vlan
from cloud.entities.location import datacenter_entity
from cloud.entities.network import router_entity
from cloud.records import PlacementGroup
from cloud.values import Entity, Value, structure

NAME = "SoftLayer_Virtual_PlacementGroup"


def placement_group_entity(group: PlacementGroup, guests: Callable[[], list[Value]]) -> Entity:
    """A SoftLayer_Virtual_PlacementGroup.

    Args:
        group: the record.
        guests: its servers as entities, worked out when asked for.
    """
    rule, vlan = find_rule(group.rule_id), router_vlan(group.router_id)
    return Entity(
        NAME,
        {
            "id": group.id,
            "name": group.name,
            "backendRouterId": group.router_id,
            "ruleId": group.rule_id,
            "createDate": group.created,
            "modifyDate": group.modified,
        },
        {
            "backendRouter": lambda: backend_router(vlan) if vlan else None,
            "rule": lambda: rule_entity(rule) if rule else None,
            "guests": guests,
        },
    )


def backend_router(vlan: Vlan) -> Entity:
    """The SoftLayer_Hardware_Router_Backend of a private VLAN; clients read its location without a mask."""
    router = router_entity(vlan)
    local = {**router.local, "topLevelLocation": datacenter_entity(vlan.datacenter)}
    return Entity("SoftLayer_Hardware_Router_Backend", local, router.relations)


def rule_entity(rule: PlacementRule) -> Entity:
    """A SoftLayer_Virtual_PlacementGroup_Rule."""
    return structure(
        "SoftLayer_Virtual_PlacementGroup_Rule", {"id": rule.id, "keyName": rule.key_name, "name": rule.name}
    )
