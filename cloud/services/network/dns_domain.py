"""SoftLayer_Dns_Domain: zones with the records that they are created with.

Source: SLDN (createObject adds the SOA record and both NS records) and the official client's managers/dns.py.
The records' ids and the faults' texts are a choice.
"""

from dataclasses import dataclass

from cloud import arguments, faults
from cloud.account.account import Account
from cloud.clock import now
from cloud.services.service import Call, Service, require_number
from cloud.state.record import Record
from cloud.values import Entity, Json, Relation, Value, structure

NAME = "SoftLayer_Dns_Domain"
_NAME_SERVERS = ("ns1.softlayer.com.", "ns2.softlayer.com.")
_RECORDS_A_DOMAIN = 1000


@dataclass(frozen=True)
class DnsRecord:
    """One record of a zone: its host within it, its type in lower case, its data and its seconds to live."""

    host: str
    type: str
    data: str
    ttl: int


@dataclass(frozen=True)
class DnsDomain(Record, first_id=400_001):
    """A zone."""

    id: int
    name: str
    serial: int
    updated: str
    records: tuple[DnsRecord, ...]


def services(account: Account) -> tuple[Service, ...]:
    """Return the service: createObject, deleteObject, getObject and the relations of a zone."""

    def find(identifier: str | None) -> Entity:
        return _entity(_domain(account, identifier))

    def create(call: Call) -> Value:
        return _entity(_created(account, arguments.mapping(call.argument(0), "The template object")))

    def delete(call: Call) -> Value:
        account.store.remove(DnsDomain, _domain(account, call.identifier).id)
        return True

    def listed() -> Value:
        return [_entity(domain) for domain in account.store.all(DnsDomain)]

    methods = {"createObject": create, "deleteObject": delete}
    relations = {"domains": listed}
    return (Service(NAME, find, methods, account_relations=relations, sample={"name": "example.com"}),)


def _domain(account: Account, identifier: str | None) -> DnsDomain:
    number = require_number(NAME, identifier)
    domain = account.store.get(DnsDomain, number)
    if domain is None:
        raise faults.not_found(str(number))
    return domain


def _created(account: Account, properties: dict[str, Json]) -> DnsDomain:
    name, created = arguments.text(properties, "name").lower(), now()
    if not name:
        raise faults.missing_property("name", NAME)
    serial = arguments.number(properties.get("serial"), "serial")
    # The official client sends an empty object for no records.
    templates = arguments.sequence(properties, "resourceRecords") if properties.get("resourceRecords") else []
    records = tuple(_record(arguments.mapping(template, "A resource record")) for template in templates)
    with account.store.transaction():
        if any(domain.name == name for domain in account.store.all(DnsDomain)):
            raise faults.invalid_value("name", f"The domain {name} already exists.")
        domain = DnsDomain(
            account.store.numbers("DnsDomain")[0],
            name,
            serial or int(f"{created[:10].replace('-', '')}01"),
            created,
            (
                DnsRecord("@", "soa", _NAME_SERVERS[0], 86400),
                *(DnsRecord("@", "ns", server, 86400) for server in _NAME_SERVERS),
                *records,
            ),
        )
        account.store.put((domain,))
    return domain


def _record(template: dict[str, Json]) -> DnsRecord:
    host, kind, data = (arguments.text(template, name) for name in ("host", "type", "data"))
    for name, value in (("host", host), ("type", kind), ("data", data)):
        if not value:
            raise faults.missing_property(name, f"{NAME}_ResourceRecord")
    return DnsRecord(host, kind.lower(), data, arguments.number(template.get("ttl"), "ttl") or 86400)


def _entity(domain: DnsDomain) -> Entity:
    def records() -> list[Value]:
        return [
            structure(
                f"{NAME}_ResourceRecord",
                {
                    "id": domain.id * _RECORDS_A_DOMAIN + position,
                    "domainId": domain.id,
                    "host": record.host,
                    "type": record.type,
                    "data": record.data,
                    "ttl": record.ttl,
                },
            )
            for position, record in enumerate(domain.records)
        ]

    local: dict[str, Value] = {
        "id": domain.id,
        "name": domain.name,
        "serial": domain.serial,
        "updateDate": domain.updated,
    }
    relations: dict[str, Relation] = {
        "resourceRecords": records,
        "resourceRecordCount": lambda: len(domain.records),
        "soaResourceRecord": lambda: records()[0],
    }
    return Entity(NAME, local, relations)
