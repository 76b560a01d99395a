"""SoftLayer_Virtual_PlacementGroup and its rules.

A group is free, holds servers of one backend router, and is deleted empty. Faults' texts are a choice.
"""

from dataclasses import replace

from cloud import arguments, faults
from cloud.account.account import Account
from cloud.catalog.placement import RULES, backend_vlans, find_rule, router_vlan
from cloud.clock import now
from cloud.entities.servers.placement_group import (
    NAME,
    backend_router,
    group_members,
    placement_group_entity,
    rule_entity,
)
from cloud.services.service import Call, Service, require_number
from cloud.state.records import PlacementGroup
from cloud.values import Entity, Json, Value

RULE = "SoftLayer_Virtual_PlacementGroup_Rule"
_SAMPLE: dict[str, Json] = {
    "name": "sample",
    "backendRouterId": backend_vlans()[0].router_id,
    "ruleId": RULES[0].id,
}


def services(account: Account) -> tuple[Service, ...]:
    """Return the services of groups and rules."""

    def find(identifier: str | None) -> Entity:
        return _entity(account, _group(account, identifier))

    def create(call: Call) -> Value:
        return _entity(account, _created(account, call))

    def edit(call: Call) -> Value:
        group = _group(account, call.identifier)
        properties = arguments.mapping(call.argument(0), "The template object")
        name = arguments.text(properties, "name") or group.name
        account.store.change(
            PlacementGroup, group.id, lambda record: replace(record, name=name, modified=now())
        )
        return True

    def delete(call: Call) -> Value:
        group = _group(account, call.identifier)
        with account.store.transaction():
            if group_members(account, group):
                raise faults.ApiFault(
                    "SoftLayer_Exception_Public",
                    "The placement group is not empty: cancel its virtual servers and wait for their end.",
                )
            account.store.remove(PlacementGroup, group.id)
        return True

    def routers(call: Call) -> Value:
        return _routers(arguments.number(call.argument(0), "datacenterId"))

    def rules(_: Call) -> Value:
        return [rule_entity(rule) for rule in RULES]

    def listed() -> Value:
        return [_entity(account, group) for group in account.store.all(PlacementGroup)]

    methods = {
        "createObject": create,
        "editObject": edit,
        "deleteObject": delete,
        "getAvailableRouters": routers,
    }
    return (
        Service(NAME, find, methods, account_relations={"placementGroups": listed}, sample=_SAMPLE),
        Service(RULE, None, {"getAllObjects": rules}),
    )


def _entity(account: Account, group: PlacementGroup) -> Entity:
    return placement_group_entity(account, group)


def _group(account: Account, identifier: str | None) -> PlacementGroup:
    number = require_number(NAME, identifier)
    group = account.store.get(PlacementGroup, number)
    if group is None:
        raise faults.not_found(str(number))
    return group


def _created(account: Account, call: Call) -> PlacementGroup:
    properties = arguments.mapping(call.argument(0), "The template object")
    name = arguments.text(properties, "name")
    router = arguments.number(properties.get("backendRouterId"), "backendRouterId")
    rule = arguments.number(properties.get("ruleId"), "ruleId")
    for property_name, value in (("name", name), ("backendRouterId", router), ("ruleId", rule)):
        if not value:
            raise faults.missing_property(property_name, NAME)
    if router is None or router_vlan(router) is None:
        raise faults.invalid_value("backendRouterId", "See getAvailableRouters for valid values.")
    if rule is None or find_rule(rule) is None:
        raise faults.invalid_value("ruleId", f"See {RULE}::getAllObjects for valid values.")
    group = PlacementGroup(account.store.numbers("PlacementGroup")[0], name, router, rule, now())
    account.store.put((group,))
    return group


def _routers(datacenter: int | None) -> list[Value]:
    return [backend_router(vlan) for vlan in backend_vlans() if datacenter in (None, vlan.datacenter.id)]
