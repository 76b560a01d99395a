"""`softlayer:index:RegistryPlacement`: where the registry of an environment and its images are.

It is in no account. Check compares what the stack file says with what the state holds and refuses what would
move the registry or its images by accident: before anything is ordered, in a preview too. Where a front door
goes, the account is asked whether the global IP leads to it, since `operate route` moves that without Pulumi.
"""

import re

from provider.errors import InvalidInputError
from provider.records import as_records, text_at
from provider.resources.contract import Change, Checked, Created, Live, State, Target
from provider.resources.fields import Field, check_fields, diff_fields
from provider.resources.placement_rules import Placement, refusals, removed_doors, route_refusal
from provider.session import Session
from provider.values import Properties, Value, has_unknown, text

_TOKEN = re.compile(r"-[a-z2-7]{8}$")
"""The order token at the end of a server's hostname in the account; see `provider.order_token`."""


def _filled(value: Value) -> str | None:
    return None if str(value).strip() else "must not be empty"


FIELDS = (
    Field("environment", required=True, rule=_filled),
    Field("frontDoors", many=True, required=True, unordered=True, rule=_filled),
    Field("retiringDoors", many=True, unordered=True, rule=_filled),
    Field("sharedAddress", bool, default=False),
    Field("globalIpNotes"),
    Field("home"),
    Field("objectDatacenter"),
    Field("modernContainer"),
    Field("legacyContainer"),
    Field("containers", many=True, unordered=True, rule=_filled),
    Field("rootContainer"),
    Field("legacyPort", int),
    Field("chosenLegacyPort", bool, default=False),
)


class RegistryPlacement:
    """The handler; see `provider.resources.contract.Resource`."""

    token = "softlayer:index:RegistryPlacement"  # noqa: S105 - a type token
    secret_outputs: frozenset[str] = frozenset()

    def check(self, session: Session, urn: str, olds: Properties, news: Properties) -> Checked:
        """By the table, and by what is recorded; the container of the root secret stays the first one."""
        checked = check_fields(FIELDS, news)
        if checked.failures or not olds or any(has_unknown(value) for value in checked.inputs.values()):
            return checked
        inputs = dict(checked.inputs)
        if text(inputs, "rootContainer"):
            inputs["rootContainer"] = text(olds, "rootContainer") or inputs["rootContainer"]
        return Checked(inputs, refusals(Placement.of(olds), Placement.of(inputs)))

    def diff(self, session: Session, urn: str, old: State, news: Properties) -> tuple[Change, ...]:
        """By the table; nothing replaces it."""
        return diff_fields(FIELDS, old.inputs, old.outputs, news)

    def preview(self, inputs: Properties, outputs: Properties | None) -> Properties:
        """Everything is known."""
        return inputs

    async def quote(self, session: Session, inputs: Properties, old: State | None) -> Properties:
        """It costs nothing; what an update would refuse, a preview refuses here."""
        if old is not None and not any(has_unknown(value) for value in inputs.values()):
            await self._check_route(session, old, inputs)
        return {}

    async def create(self, session: Session, target: Target, inputs: Properties) -> Created:
        """Record it."""
        return Created(text(inputs, "environment"), inputs)

    async def read(self, session: Session, target: Target, identifier: str, state: State) -> Live | None:
        """What is recorded: the account knows nothing of it."""
        return Live(identifier, state.inputs, {**state.outputs, **state.inputs})

    async def update(
        self, session: Session, target: Target, identifier: str, old: State, news: Properties
    ) -> Properties:
        """Record what the stack file says, unless the global IP leads to a front door that goes."""
        await self._check_route(session, old, news)
        return news

    async def delete(self, session: Session, target: Target, identifier: str, old: State) -> None:
        """There is nothing to take away."""

    async def _check_route(self, session: Session, old: State, news: Properties) -> None:
        """Refuse that front doors go while the global IP leads to one of them.

        Raises:
            InvalidInputError: it does.
        """
        new = Placement.of(news)
        removed = removed_doors(Placement.of(old.inputs), new)
        if not removed or not new.global_ip_notes:
            return
        for address in await self._routes(session, new.global_ip_notes):
            if reason := route_refusal(new, removed, await self._server_at(session, address)):
                raise InvalidInputError("frontDoors", reason)

    async def _routes(self, session: Session, notes: str) -> tuple[str, ...]:
        """Return the addresses to which global IPs with these notes lead."""
        mask = "mask[id,ipAddress[note],destinationIpAddress[ipAddress]]"
        answer = await session.api.read("Account", "getGlobalIpRecords", mask=mask)
        routes = (
            text_at(record, "destinationIpAddress.ipAddress")
            for record in as_records(answer)
            if text_at(record, "ipAddress.note") == notes
        )
        return tuple(address for address in routes if address)

    async def _server_at(self, session: Session, address: str) -> str:
        """Return the name of the server with a public address, without its order token; else ""."""
        for method, root in (("getVirtualGuests", "virtualGuests"), ("getHardware", "hardware")):
            answer = await session.api.read(
                "Account",
                method,
                mask="mask[id,hostname,primaryIpAddress]",
                filter={root: {"primaryIpAddress": {"operation": address}}},
            )
            # A filter that the API does not understand is ignored there, not refused.
            for server in as_records(answer):
                if text_at(server, "primaryIpAddress") == address:
                    return _TOKEN.sub("", text_at(server, "hostname"))
        return ""
