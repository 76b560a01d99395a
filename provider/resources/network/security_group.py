"""`softlayer:index:SecurityGroup` over SoftLayer_Network_SecurityGroup.

Everything is changed in place, rules one by one: what comes is added before what goes is removed, and what
stays is not touched, so a change never opens or closes more than it says. A group costs nothing. Names are
not unique in an account, so a group whose creation was interrupted is found as `noted_order` tells.
"""

import asyncio
from collections.abc import Collection

from provider.errors import (
    REFRESH,
    ApiError,
    InterruptedCallError,
    NotFoundError,
    ProviderError,
    RefusedCallError,
    UnfinishedError,
)
from provider.resources.by_table import ByTable
from provider.resources.contract import Change, Created, Live, State, Target
from provider.resources.fields import Field, diff_fields, filled
from provider.resources.identifiers import record_number
from provider.resources.missing import SECURITY_GROUPS, confirm_missing
from provider.resources.network.security_rules import (
    RULES,
    SecurityRule,
    diff_rules,
    plan_rules,
    read_input,
    read_record,
)
from provider.resources.ordering.creation import note_name, obtain
from provider.session import Session
from provider.softlayer.records import Record, as_record, as_records, records_at, text_at, whole_at
from provider.values import UNKNOWN, Properties, Value, items, text

SERVICE = "Network_SecurityGroup"
MASK = (
    "mask[id,name,description,rules[id,direction,ethertype,protocol,portRangeMin,portRangeMax,remoteIp,"
    "remoteGroupId],networkComponentBindings[networkComponentId,networkComponent[guest[id,hostname]]]]"
)
DELETE_SECONDS = 5 * 60
FIRST_PAUSE = 0.3
LONGEST_PAUSE = 5.0


FIELDS = (Field("name", required=True, rule=filled), Field("description"), RULES)


class _Group:
    """A group to create once; see `noted_order.Made`."""

    def __init__(self, inputs: Properties) -> None:
        self._inputs = inputs
        self.noun = f"security group {text(inputs, 'name')!r}"

    async def listed(self, session: Session) -> set[int]:
        """Groups of that name and description."""
        answer = await session.api.read("Account", "getSecurityGroups", mask="mask[id,name,description]")
        criteria = [text(self._inputs, name) for name in ("name", "description")]
        return {
            number
            for group in as_records(answer)
            if [text_at(group, name) for name in ("name", "description")] == criteria
            and (number := whole_at(group, "id")) is not None
        }

    async def prepare(self, session: Session) -> None:
        """Prepare nothing."""

    async def make(self, session: Session) -> int | None:
        """Create it, still without rules."""
        answer = await session.api.order(SERVICE, "createObject", _attributes(self._inputs))
        return whole_at(as_record(answer), "id")


class SecurityGroup(ByTable):
    """The handler; see `provider.resources.contract.Resource`."""

    token = "softlayer:index:SecurityGroup"  # noqa: S105 - a type token
    fields = FIELDS
    noun = "security group"

    def note_name(self, session: Session, urn: str) -> str:
        """Return what the journal knows its creation by."""
        return note_name(session, urn, "security group")

    def noted_id(self, identifier: str, old: State) -> int | None:
        """Return its number."""
        return _number(identifier)

    async def is_gone(self, session: Session, noted_id: str) -> bool:
        """Return whether a group that was created is gone."""
        if await self._get(session, _number(noted_id)) is not None:
            return False
        await confirm_missing(session, SECURITY_GROUPS, _number(noted_id))
        return True

    async def is_alone(
        self, session: Session, noted_id: int, previous_ids: Collection[int], old: State
    ) -> bool:
        """Return whether every other group of that name and description is one of before."""
        return not await _Group(old.inputs).listed(session) - {noted_id, *previous_ids}

    def diff(self, session: Session, urn: str, old: State, news: Properties) -> tuple[Change, ...]:
        """Compare the inputs by the table, and by rule."""
        own_fields = tuple(field for field in FIELDS if field is not RULES)
        return (*diff_fields(own_fields, old.inputs, old.outputs, news), *diff_rules(old.inputs, news))

    def preview(self, inputs: Properties, outputs: Properties | None) -> Properties:
        """A new group's number is unknown."""
        return {**inputs, "securityGroupId": (outputs or {}).get("securityGroupId", UNKNOWN)}

    async def create(self, session: Session, target: Target, inputs: Properties) -> Created:
        """Create the group, or take over the one created before; then give it its rules.

        Raises:
            UnfinishedError: The group was created and lacks rules; its id is kept.
        """
        number, adopted = await obtain(session, self.note_name(session, target.urn), _Group(inputs))
        if adopted:
            session.tokens.adopted(target.urn, str(number))
        outputs = {**inputs, "securityGroupId": number}
        try:
            await self._bring(session, number, inputs)
        except ProviderError as error:
            reason = f"Security group {number} was created but lacks rules: {error}. pulumi up adds them."
            raise UnfinishedError(str(number), outputs, (reason,)) from None
        return Created(str(number), outputs)

    async def read(self, session: Session, target: Target, identifier: str, state: State) -> Live | None:
        """Return the group with name, description and rules as they are; other rules are shown as drift."""
        group = await self._get(session, _number(identifier))
        if group is None:
            await confirm_missing(session, SECURITY_GROUPS, _number(identifier))
            return None
        inputs: dict[str, Value] = {**state.inputs, "name": text_at(group, "name")}
        inputs.pop("description", None)
        if text_at(group, "description") or "description" in state.inputs:
            inputs["description"] = text_at(group, "description")
        plan = plan_rules(records_at(group, "rules"), [read_input(value) for value in items(inputs, "rules")])
        if plan.add or plan.remove:
            inputs["rules"] = [read_record(record).as_input() for record in records_at(group, "rules")]
        return Live(identifier, inputs, {**inputs, "securityGroupId": _number(identifier)})

    async def update(
        self, session: Session, target: Target, identifier: str, old: State, news: Properties
    ) -> Properties:
        """Edit what differs between the account and the inputs; harmless to repeat.

        Raises:
            ProviderError: Somebody deleted it from the account; nothing was changed.
            UnfinishedError: A call failed for good; what was changed stays.
        """
        number = _number(identifier)
        outputs = {**news, "securityGroupId": number}
        try:
            await self._bring(session, number, news)
        except NotFoundError:
            raise ProviderError(
                f"Security group {identifier} is gone from the account. Run {REFRESH}, then the same "
                "command again."
            ) from None
        except ApiError as error:
            raise UnfinishedError(identifier, outputs, (str(error),)) from None
        return outputs

    async def delete(self, session: Session, target: Target, identifier: str, old: State) -> None:
        """Delete it; one that is gone is fine, one with members is refused with their names."""
        if session.tokens.deletes_its_own(target.urn, identifier):
            await session.reporter.warning(
                target.urn,
                f"Security group {identifier} was not replaced: the provider did not know yet that the "
                "state holds it. The same command replaces it.",
            )
            return
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (target.timeout or DELETE_SECONDS)
        pause = FIRST_PAUSE
        while True:
            try:
                await session.api.write(SERVICE, "deleteObject", id=_number(identifier))
            except NotFoundError:
                return
            except RefusedCallError as error:
                await self._check_unattached(session, identifier, error)
                if loop.time() > deadline:
                    raise
            else:
                return
            await session.stop.sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)

    async def _check_unattached(self, session: Session, identifier: str, refusal: RefusedCallError) -> None:
        """A group that was just detached may still be refused for a moment; one with members always is."""
        group = await self._get(session, _number(identifier))
        members = records_at(group or {}, "networkComponentBindings")
        if members:
            names = sorted({text_at(member, "networkComponent.guest.hostname") or "?" for member in members})
            raise ProviderError(
                f"Security group {identifier} cannot be deleted: servers {', '.join(names)} are in it "
                f"({refusal}). Remove its SecurityGroupAttachments, or detach them (slcli securitygroup "
                f"interface-remove {identifier} ...), then run the same command again."
            )
        if "remote" in str(refusal).lower():
            raise ProviderError(
                f"Security group {identifier} cannot be deleted: {refusal}. Remove that rule first."
            )

    async def _bring(self, session: Session, number: int, inputs: Properties) -> None:
        group = await self._get(session, number)
        if group is None:
            raise NotFoundError(f"security group {number} is gone")
        attributes = _attributes(inputs)
        if any(text_at(group, name) != value for name, value in attributes.items()):
            await session.api.write(SERVICE, "editObject", attributes, id=number)
        plan = plan_rules(records_at(group, "rules"), [read_input(value) for value in items(inputs, "rules")])
        if plan.add:
            await self._add(session, number, plan.add)
        if plan.remove:
            await session.api.write(SERVICE, "removeRules", list(plan.remove), id=number)

    async def _add(self, session: Session, number: int, rules: tuple[SecurityRule, ...]) -> None:
        """Sent once, since a repeat is refused; after a lost answer the group tells whether it was heard."""
        try:
            await session.api.order(SERVICE, "addRules", [rule.template() for rule in rules], id=number)
        except InterruptedCallError:
            group = await self._get(session, number)
            if group is None or plan_rules(records_at(group, "rules"), rules).add:
                raise

    async def _get(self, session: Session, number: int) -> Record | None:
        try:
            return as_record(await session.api.read(SERVICE, "getObject", id=number, mask=MASK))
        except NotFoundError:
            return None


def _attributes(inputs: Properties) -> dict[str, str]:
    return {"name": text(inputs, "name"), "description": text(inputs, "description")}


def _number(identifier: str) -> int:
    return record_number(identifier, "security group")
