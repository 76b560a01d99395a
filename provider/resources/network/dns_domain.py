"""`softlayer:index:DnsDomain` over SoftLayer_Dns_Domain: a zone on SoftLayer's name servers.

The API cannot change a zone's name. Create looks for a zone of the same name first: one without records of
its own is what an interrupted run created, and is taken over; any other is somebody's, and an error. A zone
is deleted without records alone, since deleteObject takes them along for good. Source: softlayer-python,
managers/dns.py (create_zone), and SLDN, SoftLayer_Dns_Domain.
"""

import re
import time

from provider.errors import ApiError, InterruptedCallError, InvalidInputError, NotFoundError, ProviderError
from provider.resources.by_table import ByTable
from provider.resources.contract import Created, Live, State, Target
from provider.resources.fields import Field
from provider.resources.identifiers import record_number
from provider.resources.missing import AccountList, confirm_missing
from provider.session import Session
from provider.softlayer.records import Record, as_record, as_records, text_at, whole_at
from provider.values import UNKNOWN, Properties, Value, text

SERVICE = "Dns_Domain"
MASK = "mask[id,name,serial]"
TRIES = 3
"""Creates, each after a search, before giving up on lost answers (choice)."""
_DOMAINS = AccountList("DNS domain", "getDomains", "domains")
_NAME = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
_OWN_TYPES = frozenset({"soa", "ns"})
"""Records that createObject adds to each zone."""


def _domain_name(value: Value) -> str | None:
    if _NAME.fullmatch(str(value)) and len(str(value)) <= 253:
        return None
    return f"must be a domain in lower case such as example.com, not {value!r}"


class DnsDomain(ByTable):
    """The handler; see `provider.resources.contract.Resource`."""

    token = "softlayer:index:DnsDomain"  # noqa: S105 - a type token
    fields = (Field("name", required=True, replaces=True, rule=_domain_name),)

    def preview(self, inputs: Properties, outputs: Properties | None) -> Properties:
        """The serial number is unknown until created."""
        return {**inputs, "serial": (outputs or {}).get("serial", UNKNOWN)}

    async def create(self, session: Session, target: Target, inputs: Properties) -> Created:
        """Take over the empty zone of the same name, else create it.

        Raises:
            ProviderError: The answer was lost at every try; what was created is found by the next run.
        """
        template = {"name": text(inputs, "name"), "serial": time.strftime("%Y%m%d01"), "resourceRecords": []}
        for _ in range(TRIES):
            if domain := await self._find(session, text(inputs, "name")):
                existing = _created(domain, inputs)
                session.tokens.adopted(target.urn, existing.identifier)
                return existing
            try:
                domain = as_record(await session.api.order(SERVICE, "createObject", template))
            except InterruptedCallError:
                continue
            return _created(domain, inputs)
        raise ProviderError(
            f"The answer to {SERVICE}::createObject was lost {TRIES} times at {session.api.endpoint}. Run "
            "the same command again: a domain that was created is found by its name."
        )

    async def read(self, session: Session, target: Target, identifier: str, state: State) -> Live | None:
        """Return the zone as it is."""
        number = _number(identifier)
        try:
            domain = as_record(await session.api.read(SERVICE, "getObject", id=number, mask=MASK))
        except NotFoundError:
            await confirm_missing(session, _DOMAINS, number)
            return None
        inputs: Properties = {**state.inputs, "name": text_at(domain, "name")}
        return Live(identifier, inputs, _created(domain, inputs).outputs)

    async def update(
        self, session: Session, target: Target, identifier: str, old: State, news: Properties
    ) -> Properties:
        """Nothing of a zone is changed in place."""
        return {**old.outputs, **news}

    async def delete(self, session: Session, target: Target, identifier: str, old: State) -> None:
        """Delete it; one that is gone is fine, one with records an error that names them.

        Raises:
            ProviderError: The domain has records, which are named; nothing was deleted.
        """
        number = _number(identifier)
        try:
            if records := await _records(session, number):
                raise ProviderError(
                    f"DNS domain {identifier} ({text(old.outputs, 'name')}) cannot be deleted: its records"
                    f" {', '.join(records)} would be lost for good. Delete them first: `slcli dns record-list"
                    f" {text(old.outputs, 'name')}` and `slcli dns record-remove ID`."
                )
            await session.api.write(SERVICE, "deleteObject", id=number)
        except NotFoundError:
            return

    async def _find(self, session: Session, name: str) -> Record | None:
        chosen = {_DOMAINS.root: {"name": {"operation": name}}}
        answer = await session.api.read("Account", _DOMAINS.method, mask=MASK, filter=chosen)
        # A filter that the API does not understand is ignored there, not refused.
        same = [domain for domain in as_records(answer) if text_at(domain, "name") == name]
        for domain in same:
            number = whole_at(domain, "id") or 0
            if await _records(session, number):
                raise InvalidInputError(
                    "name",
                    f"is that of domain {number}, which has records. Import it (pulumi import {self.token}"
                    f" NAME {number}) or use another name.",
                )
        return same[0] if same else None


async def _records(session: Session, number: int) -> list[str]:
    """Return the records of a zone besides those that every zone has, for people."""
    mask = "mask[id,host,type]"
    records = as_records(await session.api.read(SERVICE, "getResourceRecords", id=number, mask=mask))
    return [
        f"{text_at(record, 'host')} ({text_at(record, 'type').upper()})"
        for record in records
        if text_at(record, "type").lower() not in _OWN_TYPES
    ]


def _created(domain: Record, inputs: Properties) -> Created:
    number = whole_at(domain, "id")
    if number is None:
        raise ApiError(f"{SERVICE}: the answer has no id. Run the same command again.")
    return Created(str(number), {**inputs, "serial": whole_at(domain, "serial")})


def _number(identifier: str) -> int:
    return record_number(identifier, "DNS domain")
