"""What the owner of the account may do to its security groups. Every action is on disk when it returns."""

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from cloud import faults
from cloud.account.requests import GuestRequest
from cloud.clock import now
from cloud.provisioning.network_pipeline import NetworkPipeline
from cloud.state.network_records import Binding, SecurityGroup, SecurityRequest, SecurityRule
from cloud.state.records import Guest
from cloud.state.store import Store

GROUP = "SoftLayer_Network_SecurityGroup"
ATTACHED = "Network Component Added to Security Group"
DETACHED = "Network Component Removed from Security Group"
RULES_ADDED = "Security Group Rule(s) Added"
RULES_EDITED = "Security Group Rule(s) Edited"
RULES_REMOVED = "Security Group Rule(s) Removed"


class SecurityGroups:
    """The security groups of one account."""

    def __init__(self, store: Store, pipeline: NetworkPipeline) -> None:
        self._store = store
        self._pipeline = pipeline

    def create(self, name: str | None, description: str | None) -> SecurityGroup:
        """Return a new group without rules: it lets nothing through."""
        group = SecurityGroup(self._store.numbers("SecurityGroup")[0], name, description, now())
        self._store.put((group,))
        return group

    def get(self, number: int) -> SecurityGroup:
        """Return a group.

        Raises:
            ApiFault: The group does not exist.
        """
        group = self._store.get(SecurityGroup, number)
        if group is None:
            raise faults.not_found(str(number))
        return group

    def edit(self, number: int, change: Callable[[SecurityGroup], SecurityGroup]) -> None:
        """Change name or description.

        Raises:
            ApiFault: The group does not exist.
        """
        if (
            self._store.change(SecurityGroup, number, lambda group: replace(change(group), modified=now()))
            is None
        ):
            raise faults.not_found(str(number))

    def delete(self, numbers: Iterable[int]) -> None:
        """Delete groups, all or none.

        Raises:
            ApiFault: A group is unknown, has members, or is the remote group of another's rule.
        """
        with self._store.transaction():
            going = [self.get(number) for number in numbers]
            for group in going:
                self._check_unused(group)
            for group in going:
                self._store.remove(SecurityGroup, group.id)

    def _check_unused(self, group: SecurityGroup) -> None:
        if group.bindings:
            raise faults.group_in_use(group.id, "network components are attached to it")
        every = self._store.all(SecurityGroup)
        users = [peer.id for peer in every if peer.id != group.id for rule in peer.rules
                 if rule.remote_group_id == group.id]  # fmt: skip
        if users:
            raise faults.group_in_use(group.id, f"it is the remote group of a rule of group {users[0]}")

    def add_rules(
        self, number: int, make: Callable[[SecurityGroup], tuple[SecurityRule, ...]]
    ) -> SecurityRequest:
        """Add the rules that `make` gives for the group as it is then.

        Raises:
            ApiFault: A rule is refused; none is added then.
        """
        with self._store.transaction():
            group = self.get(number)
            fresh = make(group)
            return self._changed(replace(group, rules=(*group.rules, *fresh)), RULES_ADDED, rules=fresh)

    def edit_rules(
        self, number: int, changes: Mapping[int, Callable[[SecurityRule], SecurityRule]]
    ) -> SecurityRequest:
        """Change rules by their ids.

        Raises:
            ApiFault: A rule is unknown or a change refused; none is changed then.
        """
        with self._store.transaction():
            group = self.get(number)
            _check_rules(group, changes)
            rules = tuple(changes[rule.id](rule) if rule.id in changes else rule for rule in group.rules)
            changed = tuple(rule for rule in rules if rule.id in changes)
            return self._changed(replace(group, rules=rules), RULES_EDITED, rules=changed)

    def remove_rules(self, number: int, rule_ids: Iterable[int]) -> SecurityRequest:
        """Remove rules by their ids.

        Raises:
            ApiFault: A rule is unknown; none is removed then.
        """
        with self._store.transaction():
            group, going = self.get(number), set(rule_ids)
            _check_rules(group, going)
            removed = tuple(rule for rule in group.rules if rule.id in going)
            rules = tuple(rule for rule in group.rules if rule.id not in going)
            return self._changed(replace(group, rules=rules), RULES_REMOVED, rules=removed)

    def attach(self, number: int, component_ids: Iterable[int]) -> SecurityRequest:
        """Make components members; those that are already stay.

        Raises:
            ApiFault: A component is unknown; none becomes a member then.
        """
        with self._store.transaction():
            group = self.get(number)
            fresh = self._bindings(group, component_ids)
            return self._changed(replace(group, bindings=(*group.bindings, *fresh)), ATTACHED, bindings=fresh)

    def detach(self, number: int, component_ids: Iterable[int]) -> SecurityRequest:
        """End memberships; components that are no members are left alone.

        Raises:
            ApiFault: The group is unknown.
        """
        with self._store.transaction():
            group, going = self.get(number), set(component_ids)
            removed = tuple(binding for binding in group.bindings if binding.component_id in going)
            kept = tuple(binding for binding in group.bindings if binding.component_id not in going)
            return self._changed(replace(group, bindings=kept), DETACHED, bindings=removed)

    def joined(self, members: Iterable[tuple[Guest, GuestRequest]]) -> list[SecurityGroup]:
        """Return the groups as they are once the guests being ordered are their members; nothing is written.

        Raises:
            ApiFault: A group is unknown.
        """
        changed: dict[int, SecurityGroup] = {}
        for guest, request in members:
            memberships = [(group_id, True) for group_id in request.public_groups]
            memberships += [(group_id, False) for group_id in request.private_groups]
            for number, public in dict.fromkeys(memberships):
                group = changed.get(number) or self.get(number)
                binding = Binding(
                    self._store.numbers("SecurityBinding")[0], guest.id * 2 + public, guest.id, public
                )
                changed[number] = replace(group, bindings=(*group.bindings, binding))
        return list(changed.values())

    def _bindings(self, group: SecurityGroup, component_ids: Iterable[int]) -> tuple[Binding, ...]:
        member_ids = {binding.component_id for binding in group.bindings}
        fresh = []
        for number in dict.fromkeys(component_ids):
            guest = self._store.get(Guest, number // 2)
            public = bool(number % 2)
            if guest is None or guest.reclaiming or (public and guest.private_only):
                raise faults.not_found(str(number))
            if number not in member_ids:
                fresh.append(Binding(self._store.numbers("SecurityBinding")[0], number, guest.id, public))
        return tuple(fresh)

    def _changed(
        self,
        group: SecurityGroup,
        kind: str,
        *,
        bindings: tuple[Binding, ...] = (),
        rules: tuple[SecurityRule, ...] = (),
    ) -> SecurityRequest:
        request = SecurityRequest(
            self._store.numbers("SecurityRequest")[0],
            secrets.token_hex(12),
            group.id,
            group.name,
            kind,
            now(),
            bindings,
            rules,
        )
        self._store.put((replace(group, modified=now()), request))
        self._pipeline.wake_request(request.id)
        return request


def _check_rules(group: SecurityGroup, rule_ids: Iterable[int]) -> None:
    known_ids = {rule.id for rule in group.rules}
    for number in rule_ids:
        if number not in known_ids:
            raise faults.not_found(str(number))
