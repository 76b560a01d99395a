"""`softlayer:index:RegistryPlacement`: where the registry of an environment and its images are.

It is in no account. What the stack file says is compared with what the state holds, and what would move the
registry or its images by accident is refused: before anything is ordered, in a preview too. Before a refusal
the account is asked what of the recorded there is, since a run that failed has recorded what it did not make,
and a server that is lost holds nobody up. Where a front door goes, it is asked whether the global IP leads
there, since `operate route` moves that without Pulumi.

Before a server's name is recorded for the first time, the account is asked for servers of that name. A state
that was lost, or is older than they are, does not hold them: everything would be ordered again.
"""

import re
from collections.abc import Mapping

from provider.errors import InvalidInputError
from provider.resources.contract import Change, Checked, Created, Live, State, Target
from provider.resources.fields import Field, check_fields, diff_fields, filled
from provider.resources.registry.placement_rules import (
    Placement,
    existing,
    refusals,
    removed_doors,
    route_refusal,
)
from provider.resources.registry.unmanaged_servers import refuse_unmanaged
from provider.session import Session
from provider.softlayer.records import Record, as_records, text_at
from provider.values import Properties, has_unknown, text, texts

_TOKEN = re.compile(r"-[a-z2-7]{8}$")
"""The order token at the end of a server's hostname in the account; see `provider.orders.token`."""


FIELDS = (
    Field("environment", required=True, rule=filled),
    Field("servers", many=True, required=True, unordered=True, rule=filled),
    Field("domain", required=True, rule=filled),
    Field("frontDoors", many=True, required=True, unordered=True, rule=filled),
    Field("storeDoor"),
    # Counts for the change that names it; what it was before matters to nobody.
    Field("retiringDoors", many=True, unordered=True, creation_only=True, rule=filled),
    Field("sharedAddress", bool, default=False),
    Field("globalIpNotes"),
    Field("home"),
    Field("objectDatacenter"),
    Field("modernContainer"),
    Field("legacyContainer"),
    Field("containers", many=True, unordered=True, rule=filled),
    Field("legacyPort", int),
    Field("chosenLegacyPort", bool, default=False),
)


class RegistryPlacement:
    """The handler; see `provider.resources.contract.Resource`."""

    token = "softlayer:index:RegistryPlacement"  # noqa: S105 - a type token
    fields = FIELDS
    secret_outputs: frozenset[str] = frozenset()

    def check(self, session: Session, urn: str, olds: Properties, news: Properties) -> Checked:
        """Check the inputs by the table; what is the first of its kind stays the first one."""
        checked = check_fields(FIELDS, news)
        inputs = dict(checked.inputs)
        if text(inputs, "storeDoor") and text(olds, "storeDoor") in texts(inputs, "frontDoors"):
            inputs["storeDoor"] = text(olds, "storeDoor")
        return Checked(inputs, checked.failures)

    def diff(self, session: Session, urn: str, old: State, news: Properties) -> tuple[Change, ...]:
        """Compare the inputs by the table; nothing replaces it."""
        return diff_fields(FIELDS, old.inputs, old.outputs, news)

    def preview(self, inputs: Properties, outputs: Properties | None) -> Properties:
        """Everything is known."""
        return inputs

    async def quote(self, session: Session, inputs: Properties, old: State | None) -> Properties:
        """Return no cost, and refuse in a preview what a create or an update would refuse."""
        if any(has_unknown(value) for value in inputs.values()):
            return {}
        await refuse_unmanaged(session, old.inputs if old else {}, inputs)
        if old is not None:
            await self._require_place(session, old, inputs)
        return {}

    async def create(self, session: Session, target: Target, inputs: Properties) -> Created:
        """Record it, unless the account has servers of these names."""
        await refuse_unmanaged(session, {}, inputs)
        return Created(text(inputs, "environment"), inputs)

    async def read(self, session: Session, target: Target, identifier: str, state: State) -> Live | None:
        """Return what is recorded: the account knows nothing of it."""
        return Live(identifier, state.inputs, {**state.outputs, **state.inputs})

    async def update(
        self, session: Session, target: Target, identifier: str, old: State, news: Properties
    ) -> Properties:
        """Record what the stack file has, unless that would move the registry or order a server twice."""
        await refuse_unmanaged(session, old.inputs, news)
        await self._require_place(session, old, news)
        return news

    async def delete(self, session: Session, target: Target, identifier: str, old: State) -> None:
        """There is nothing to take away."""

    async def _require_place(self, session: Session, old: State, news: Properties) -> None:
        """Refuse what would move the registry or its images by accident.

        Raises:
            InvalidInputError: The stack file would move them; the text says what, where, and the command that
                does it on purpose.
        """
        recorded, new = Placement.of(old.inputs), Placement.of(news)
        if removed_doors(recorded, new) or refusals(recorded, new):
            servers = [door for door in recorded.front_doors if await self._exists(session, door)]
            accounts = as_records(await session.api.read("Account", "getHubNetworkStorage", mask="mask[id]"))
            recorded = existing(recorded, servers, has_account=bool(accounts))
            if failures := refusals(recorded, new):
                raise InvalidInputError(failures[0].path, "; ".join(failure.reason for failure in failures))
        removed = removed_doors(recorded, new)
        if not removed or not new.global_ip_notes:
            return
        for address in await self._routes(session, new.global_ip_notes):
            if reason := route_refusal(new, removed, await self._server_at(session, address)):
                raise InvalidInputError("frontDoors", reason)

    async def _exists(self, session: Session, server: str) -> bool:
        """Return whether the account has a server with this name, whatever its order token."""
        condition = {"hostname": {"operation": f"^= {server}"}}
        return any(
            _base_name(record) == server for record in await self._servers(session, condition, "hostname")
        )

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
        condition = {"primaryIpAddress": {"operation": address}}
        servers = await self._servers(session, condition, "hostname,primaryIpAddress")
        # A filter that the API does not understand is ignored there, not refused.
        return next(
            (_base_name(server) for server in servers if text_at(server, "primaryIpAddress") == address), ""
        )

    async def _servers(self, session: Session, condition: Mapping[str, object], fields: str) -> list[Record]:
        """Return the account's servers, virtual and bare metal, that meet a condition."""
        servers: list[Record] = []
        for method, root in (("getVirtualGuests", "virtualGuests"), ("getHardware", "hardware")):
            options = {"mask": f"mask[id,{fields}]", "filter": {root: condition}}
            servers += as_records(await session.api.read("Account", method, **options))
        return servers


def _base_name(server: Record) -> str:
    return _TOKEN.sub("", text_at(server, "hostname"))
