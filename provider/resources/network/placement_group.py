"""`softlayer:index:PlacementGroup` over SoftLayer_Virtual_PlacementGroup.

A group is free. Create looks for one of the same name first: an empty one of the same router and rule is what
an interrupted run made, and is taken over; any other of that name is somebody's, and an error.
"""

from provider.errors import (
    ApiError,
    InterruptedCallError,
    InvalidInputError,
    NotFoundError,
    ProviderError,
    RefusedCallError,
)
from provider.resources.by_table import ByTable
from provider.resources.contract import Created, Live, State, Target
from provider.resources.fields import Field, filled, positive
from provider.resources.identifiers import record_number
from provider.resources.missing import PLACEMENT_GROUPS, confirm_missing
from provider.resources.ordering.price_list import nearest
from provider.session import Session
from provider.softlayer.records import Record, as_record, as_records, text_at, whole_at
from provider.values import UNKNOWN, Properties, Value, text, whole

SERVICE = "Virtual_PlacementGroup"
MASK = "mask[id,name,backendRouterId,backendRouter[id,hostname,datacenter[name]],rule[id,keyName],guestCount]"
COMPUTED = ("groupId", "guestCount")
TRIES = 3
"""Creates, each after a search, before giving up on lost answers (choice)."""


FIELDS = (
    Field("name", required=True, rule=filled),
    Field("datacenter", required=True, replaces=True, rule=filled),
    Field("backendRouterId", int, replaces=True, rule=positive),
    Field("rule", default="SPREAD", replaces=True, rule=filled),
)


class PlacementGroup(ByTable):
    """The handler; see `provider.resources.contract.Resource`."""

    token = "softlayer:index:PlacementGroup"  # noqa: S105 - a type token
    fields = FIELDS

    def preview(self, inputs: Properties, outputs: Properties | None) -> Properties:
        """The id is unknown until created, and so is a router that the program leaves open."""
        computed = outputs or dict.fromkeys((*COMPUTED, "backendRouterId"), UNKNOWN)
        return {
            "backendRouterId": computed.get("backendRouterId"),
            **inputs,
            **{n: computed.get(n) for n in COMPUTED},
        }

    async def create(self, session: Session, target: Target, inputs: Properties) -> Created:
        """Take over the empty group of the same name, router and rule, else create it.

        Raises:
            ProviderError: The answer was lost at every try; what was created is found by the next run.
        """
        template = {
            "name": text(inputs, "name"),
            "backendRouterId": await self._router(session, inputs),
            "ruleId": await self._rule(session, inputs),
        }
        for _ in range(TRIES):
            if group := await self._find(session, template):
                existing = self._created(group, inputs)
                session.tokens.adopted(target.urn, existing.identifier)
                return existing
            try:
                answer = await session.api.order(SERVICE, "createObject", template)
            except InterruptedCallError:
                continue
            return self._created({**template, **as_record(answer)}, inputs)
        raise ProviderError(
            f"The answer to {SERVICE}::createObject was lost {TRIES} times at {session.api.endpoint}. Run "
            "the same command again: a group that was created is found by its name."
        )

    async def read(self, session: Session, target: Target, identifier: str, state: State) -> Live | None:
        """Return the group, with a changed name shown as drift."""
        try:
            group = as_record(await session.api.read(SERVICE, "getObject", id=_number(identifier), mask=MASK))
        except NotFoundError:
            await confirm_missing(session, PLACEMENT_GROUPS, _number(identifier))
            return None
        inputs: dict[str, Value] = dict(state.inputs) or {
            "datacenter": text_at(group, "backendRouter.datacenter.name"),
            "backendRouterId": whole_at(group, "backendRouterId"),
            "rule": text_at(group, "rule.keyName"),
        }
        inputs["name"] = text_at(group, "name")
        return Live(identifier, inputs, self._created(group, inputs).outputs)

    async def update(
        self, session: Session, target: Target, identifier: str, old: State, news: Properties
    ) -> Properties:
        """Rename it."""
        await session.api.write(SERVICE, "editObject", {"name": text(news, "name")}, id=_number(identifier))
        return {**old.outputs, **news}

    async def delete(self, session: Session, target: Target, identifier: str, old: State) -> None:
        """Delete it; one that is gone is fine, one with servers an error that names them.

        Raises:
            ProviderError: Servers are in it, which are named, or SoftLayer refuses.
        """
        try:
            await session.api.write(SERVICE, "deleteObject", id=_number(identifier))
        except NotFoundError:
            return
        except RefusedCallError as error:
            mask = "mask[id,fullyQualifiedDomainName]"
            guests = as_records(
                await session.api.read(SERVICE, "getGuests", id=_number(identifier), mask=mask)
            )
            names = [
                f"{text_at(guest, 'fullyQualifiedDomainName')} ({whole_at(guest, 'id')})" for guest in guests
            ]
            reason = f"it still holds {', '.join(names)}: cancel them first" if names else str(error)
            raise ProviderError(f"Placement group {identifier} cannot be deleted: {reason}.") from None

    async def _router(self, session: Session, inputs: Properties) -> int:
        router_id, datacenter = whole(inputs, "backendRouterId"), text(inputs, "datacenter")
        answer = as_records(
            await session.api.read(
                SERVICE, "getAvailableRouters", mask="mask[id,hostname,topLevelLocation[name]]"
            )
        )
        datacenters = {text_at(router, "topLevelLocation.name") for router in answer} - {""}
        if datacenter not in datacenters:
            reason = f"has no placement groups; {nearest(datacenter, datacenters)}"
            raise InvalidInputError("datacenter", f"{datacenter!r} {reason}. Nothing was created.")
        routers = {
            whole_at(router, "id") or 0: text_at(router, "hostname")
            for router in answer
            if text_at(router, "topLevelLocation.name") == datacenter
        }
        offer = ", ".join(f"{number} ({name})" for number, name in sorted(routers.items()))
        if router_id is None and len(routers) == 1:
            return next(iter(routers))
        if router_id is None:
            raise InvalidInputError(
                "backendRouterId", f"must be set, since {datacenter} has several: {offer}."
            )
        if router_id not in routers:
            raise InvalidInputError(
                "backendRouterId", f"{router_id} is no backend router of {datacenter}: {offer}."
            )
        return router_id

    async def _rule(self, session: Session, inputs: Properties) -> int:
        rules = as_records(await session.api.read("Virtual_PlacementGroup_Rule", "getAllObjects"))
        for rule in rules:
            number = whole_at(rule, "id")
            if text_at(rule, "keyName") == text(inputs, "rule") and number is not None:
                return number
        advice = nearest(text(inputs, "rule"), {text_at(rule, "keyName") for rule in rules})
        raise InvalidInputError("rule", f"{text(inputs, 'rule')!r} is no rule of placement groups; {advice}.")

    async def _find(self, session: Session, template: Record) -> Record | None:
        object_filter = {"placementGroups": {"name": {"operation": text_at(template, "name")}}}
        answer = await session.api.read("Account", "getPlacementGroups", mask=MASK, filter=object_filter)
        # A filter that the API does not understand is ignored there, not refused.
        same = [group for group in as_records(answer) if text_at(group, "name") == text_at(template, "name")]
        for group in same:
            location = (whole_at(group, "backendRouterId"), whole_at(group, "rule.id"))
            if location == (template["backendRouterId"], template["ruleId"]) and not whole_at(
                group, "guestCount"
            ):
                return group
        if same:
            number = whole_at(same[0], "id")
            raise InvalidInputError(
                "name",
                f"is that of placement group {number}, which holds servers or lies elsewhere. Import it "
                f"(pulumi import {self.token} NAME {number}) or use another name.",
            )
        return None

    def _created(self, group: Record, inputs: Properties) -> Created:
        number = whole_at(group, "id")
        if number is None:
            raise ApiError(f"{SERVICE}: the answer has no id. Run the same command again.")
        outputs: dict[str, Value] = {
            **inputs,
            "backendRouterId": whole_at(group, "backendRouterId"),
            "groupId": number,
            "guestCount": whole_at(group, "guestCount") or 0,
        }
        return Created(str(number), outputs)


def _number(identifier: str) -> int:
    return record_number(identifier, "placement group")
