"""Security groups, their rules and members."""

from collections.abc import Sequence
from dataclasses import replace

from cloud.account.account import ACCOUNT_ID, Account
from cloud.account.security_groups import GROUP
from cloud.entities.base import entity_of
from cloud.state.network_records import Binding, SecurityGroup, SecurityRule
from cloud.state.records import Guest
from cloud.values import Entity, Relation, Scalar, Value, structure

RULE = "SoftLayer_Network_SecurityGroup_Rule"


def group_entity(account: Account, group: SecurityGroup) -> Entity:
    """Return a SoftLayer_Network_SecurityGroup."""
    return Entity(
        GROUP,
        {
            "id": group.id,
            "name": group.name,
            "description": group.description,
            "createDate": group.created,
            "modifyDate": group.modified,
        },
        {
            "account": lambda: structure("SoftLayer_Account", {"id": ACCOUNT_ID}),
            "rules": lambda: [rule_entity(account, group, rule) for rule in group.rules],
            "networkComponentBindings": lambda: [
                binding_entity(account, group, binding) for binding in group.bindings
            ],
            "orderBindings": list,
        },
    )


def rule_entity(account: Account, group: SecurityGroup, rule: SecurityRule) -> Entity:
    """Return a SoftLayer_Network_SecurityGroup_Rule; what a rule leaves open is left out."""
    opened: dict[str, Scalar] = {
        "protocol": rule.protocol,
        "portRangeMin": rule.port_min,
        "portRangeMax": rule.port_max,
        "remoteIp": rule.remote_ip,
        "remoteGroupId": rule.remote_group_id,
    }
    local: dict[str, Value] = {
        "id": rule.id,
        "securityGroupId": group.id,
        "direction": rule.direction,
        "ethertype": rule.ethertype,
        "createDate": rule.created,
        "modifyDate": rule.modified,
        **{name: value for name, value in opened.items() if value is not None},
    }
    return Entity(
        RULE,
        local,
        {
            # Named by a mask, an open property is no mistake: it is absent.
            **{name: (lambda: None) for name, value in opened.items() if value is None},
            "securityGroup": lambda: group_entity(account, group),
            "remoteGroup": lambda: _group(account, rule.remote_group_id),
        },
    )


def _group(account: Account, number: int | None) -> Entity | None:
    group = account.store.get(SecurityGroup, number) if number is not None else None
    return group_entity(account, group) if group else None


def binding_entity(account: Account, group: SecurityGroup, binding: Binding) -> Entity:
    """Return a SoftLayer_Virtual_Network_SecurityGroup_NetworkComponentBinding."""
    return Entity(
        "SoftLayer_Virtual_Network_SecurityGroup_NetworkComponentBinding",
        {"id": binding.id, "networkComponentId": binding.component_id, "securityGroupId": group.id},
        {
            "networkComponent": lambda: component_entity(account, binding.component_id),
            "securityGroup": lambda: group_entity(account, group),
        },
    )


def component_entity(account: Account, component_id: int) -> Entity | None:
    """Return a SoftLayer_Virtual_Guest_Network_Component by its id; None for an unknown one."""
    guest = account.store.get(Guest, component_id // 2)
    components = entity_of(guest, account).get("networkComponents") if guest else None
    candidates = components if isinstance(components, Sequence) and not isinstance(components, str) else ()
    return next(
        (
            component
            for component in candidates
            if isinstance(component, Entity) and component.get("id") == component_id
        ),
        None,
    )


def with_groups(account: Account, component: Entity, guest: Guest) -> Entity:
    """Return a network component with its guest and its security groups."""
    number = component.get("id")

    def bindings() -> list[Value]:
        return [
            binding_entity(account, group, binding)
            for group in account.store.all(SecurityGroup)
            for binding in group.bindings
            if binding.component_id == number
        ]

    relations: dict[str, Relation] = {
        **component.relations,
        "guest": lambda: entity_of(guest, account),
        "securityGroupBindings": bindings,
    }
    return replace(component, relations=relations)
