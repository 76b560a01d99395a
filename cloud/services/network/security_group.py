"""SoftLayer_Network_SecurityGroup, and the members' SoftLayer_Virtual_Guest_Network_Component.

Changes of rules and members are recorded when a call returns; the hosts follow, and the event log then
holds the request's id. Source: SLDN, and the official client's recorded answers.
"""

from dataclasses import replace
from functools import partial

from cloud import arguments, faults
from cloud.account.account import Account
from cloud.account.security_groups import GROUP
from cloud.account.security_rules import edit_rule, permits_same, read_rule
from cloud.entities.network.security_group import component_entity, group_entity, rule_entity
from cloud.services.service import Call, Method, Service, require_number
from cloud.state.network_records import SecurityGroup, SecurityRequest, SecurityRule
from cloud.state.records import Guest
from cloud.values import Entity, Json, Value, structure

COMPONENT = "SoftLayer_Virtual_Guest_Network_Component"
_MOST_AT_ONCE = 100


def services(account: Account) -> tuple[Service, ...]:
    """Return the services."""

    def find(identifier: str | None) -> Entity:
        return group_entity(account, account.security_groups.get(require_number(GROUP, identifier)))

    def component(identifier: str | None) -> Entity:
        number = require_number(COMPONENT, identifier)
        entity = component_entity(account, number)
        if entity is None:
            raise faults.not_found(str(number))
        return entity

    def ready(call: Call) -> Value:
        component(call.identifier)
        return _ready(account, require_number(COMPONENT, call.identifier))

    def listed() -> Value:
        return [group_entity(account, group) for group in account.store.all(SecurityGroup)]

    methods = {**_groups(account), **_rules(account), **_members(account)}
    return (
        Service(
            GROUP, find, methods, account_relations={"securityGroups": listed}, sample={"name": "sample"}
        ),
        Service(COMPONENT, component, {"securityGroupsReady": ready}),
    )


def _ready(account: Account, component: int) -> bool:
    """Return whether the hosts have followed every change that is about this component."""
    guest = account.store.get(Guest, component // 2)
    groups = {
        group.id
        for group in account.store.all(SecurityGroup)
        if any(binding.component_id == component for binding in group.bindings)
    }
    waiting = any(
        any(binding.component_id == component for binding in request.bindings)
        or (not request.bindings and request.group_id in groups)
        for request in account.store.all(SecurityRequest)
    )
    return not waiting and guest is not None and guest.provisioned is not None


def _groups(account: Account) -> dict[str, Method]:
    groups = account.security_groups

    def create(call: Call) -> Value:
        return _created(account, call.argument(0))

    def create_many(call: Call) -> Value:
        return [_created(account, template) for template in _listed(call, "templateObjects")]

    def edit(call: Call) -> Value:
        _edit(account, require_number(GROUP, call.identifier), call.argument(0))
        return True

    def edit_many(call: Call) -> Value:
        for template in _listed(call, "templateObjects"):
            _edit(account, _number(_inner_id(template)), template)
        return True

    def delete(call: Call) -> Value:
        groups.delete([require_number(GROUP, call.identifier)])
        return True

    def delete_many(call: Call) -> Value:
        groups.delete([_number(_inner_id(template)) for template in _listed(call, "templateObjects")])
        return True

    def everything(_: Call) -> Value:
        return [group_entity(account, group) for group in account.store.all(SecurityGroup)]

    return {
        "createObject": create,
        "createObjects": create_many,
        "editObject": edit,
        "editObjects": edit_many,
        "deleteObject": delete,
        "deleteObjects": delete_many,
        "getAllObjects": everything,
    }


def _created(account: Account, template: Json) -> Entity:
    properties = arguments.mapping(template, "The template object")
    name, description = arguments.text(properties, "name"), arguments.text(properties, "description")
    return group_entity(account, account.security_groups.create(name or None, description or None))


def _edit(account: Account, number: int, template: Json) -> None:
    properties = arguments.mapping(template, "The template object")

    def change(group: SecurityGroup) -> SecurityGroup:
        texts = {
            name: arguments.text(properties, name) or None
            for name in ("name", "description")
            if name in properties
        }
        return replace(
            group,
            name=texts.get("name", group.name),
            description=texts.get("description", group.description),
        )

    account.security_groups.edit(number, change)


def _rules(account: Account) -> dict[str, Method]:
    groups = account.security_groups

    def add(call: Call) -> Value:
        templates = _listed(call, "ruleTemplates")

        def read_rules(group: SecurityGroup) -> tuple[SecurityRule, ...]:
            numbers = account.store.numbers("SecurityRule", len(templates))
            fresh = [read_rule(number, template) for number, template in zip(numbers, templates, strict=True)]
            _check_new(account, group, fresh)
            return tuple(fresh)

        request = groups.add_rules(require_number(GROUP, call.identifier), read_rules)
        return _answer(account, request)

    def edit(call: Call) -> Value:
        templates = {_number(_inner_id(template)): template for template in _listed(call, "ruleTemplates")}
        changes = {number: partial(edit_rule, template) for number, template in templates.items()}
        return _answer(account, groups.edit_rules(require_number(GROUP, call.identifier), changes))

    def remove(call: Call) -> Value:
        numbers = [_number(rule_id) for rule_id in _listed(call, "ruleIds")]
        return _answer(account, groups.remove_rules(require_number(GROUP, call.identifier), numbers))

    return {"addRules": add, "editRules": edit, "removeRules": remove}


def _check_new(account: Account, group: SecurityGroup, fresh: list[SecurityRule]) -> None:
    for at, rule in enumerate(fresh):
        if any(permits_same(rule, existing) for existing in (*group.rules, *fresh[:at])):
            raise faults.ApiFault("SoftLayer_Exception_Public", "Security group rule already exists.")
        if rule.remote_group_id is not None:
            account.security_groups.get(rule.remote_group_id)


def _members(account: Account) -> dict[str, Method]:
    groups = account.security_groups

    def attach(call: Call) -> Value:
        numbers = [_number(component_id) for component_id in _listed(call, "networkComponentIds")]
        return _answer(account, groups.attach(require_number(GROUP, call.identifier), numbers))

    def detach(call: Call) -> Value:
        numbers = [_number(component_id) for component_id in _listed(call, "networkComponentIds")]
        return _answer(account, groups.detach(require_number(GROUP, call.identifier), numbers))

    return {"attachNetworkComponents": attach, "detachNetworkComponents": detach}


def _answer(account: Account, request: SecurityRequest) -> Entity:
    if not request.rules:
        return structure("SoftLayer_Network_SecurityGroup_Request", {"requestId": request.request_id})
    group = SecurityGroup(request.group_id, request.group_name, None, request.created)
    rules = [rule_entity(account, group, rule) for rule in request.rules]
    return Entity(
        "SoftLayer_Network_SecurityGroup_RequestRules", {"requestId": request.request_id, "rules": rules}
    )


def _listed(call: Call, name: str) -> list[Json]:
    entries = call.argument(0)
    if not isinstance(entries, list) or not 1 <= len(entries) <= _MOST_AT_ONCE:
        raise faults.invalid_value(name, f"A list of 1 to {_MOST_AT_ONCE} is needed.")
    return entries


def _inner_id(template: Json) -> Json:
    return arguments.mapping(template, "templateObjects").get("id")


def _number(value: Json) -> int:
    number = arguments.number(value, "id")
    if number is None:
        raise faults.invalid_value("id", "A whole number is needed.")
    return number
