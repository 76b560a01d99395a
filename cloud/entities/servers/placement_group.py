"""Placement groups: servers that are kept on different hosts."""

from cloud.account.account import Account
from cloud.catalog.networks import Vlan
from cloud.catalog.placement import PlacementRule, find_rule, router_vlan
from cloud.entities.base import entity_of
from cloud.entities.location import datacenter_entity
from cloud.entities.network.vlan import router_entity
from cloud.state.records import Guest, PlacementGroup
from cloud.values import Entity, Value, structure

NAME = "SoftLayer_Virtual_PlacementGroup"


def placement_group_entity(account: Account, group: PlacementGroup) -> Entity:
    """Return a SoftLayer_Virtual_PlacementGroup."""
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
            "guests": lambda: group_members(account, group),
        },
    )


def group_members(account: Account, group: PlacementGroup) -> list[Value]:
    """Return the servers of a placement group, those being reclaimed included."""
    members = [guest for guest in account.store.all(Guest) if guest.placement_group == group.id]
    return [entity_of(guest, account) for guest in members]


def backend_router(vlan: Vlan) -> Entity:
    """Return the SoftLayer_Hardware_Router_Backend of a private VLAN.

    Clients read its location without a mask.
    """
    router = router_entity(vlan)
    local = {**router.local, "topLevelLocation": datacenter_entity(vlan.datacenter)}
    return Entity("SoftLayer_Hardware_Router_Backend", local, router.relations)


def rule_entity(rule: PlacementRule) -> Entity:
    """Return a SoftLayer_Virtual_PlacementGroup_Rule."""
    return structure(
        "SoftLayer_Virtual_PlacementGroup_Rule", {"id": rule.id, "keyName": rule.key_name, "name": rule.name}
    )
