"""The table of every service method, for docs/reference/api.md, from the code and a sample of everything.

A relation is answered where the object holds it, so that an object of each service is needed: each service
has a sample of what it creates, and the rest is ordered. The objects are found by the numbers in whatever the
account then answers.
"""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cloud.account.account import Account
from cloud.api import metadata, schema
from cloud.api.dispatch import Dispatcher, Request
from cloud.catalog.items import GLOBAL_IPV4, OBJECT_STORAGE_PRICE
from cloud.faults import ApiFault
from cloud.provisioning.hardware_pipeline import hardware_plan
from cloud.provisioning.pipeline import Pipeline
from cloud.services.account import NAME as ACCOUNT
from cloud.services.catalogue import all_services
from cloud.services.service import Service
from cloud.settings import CloudSettings
from cloud.state.records import Hardware
from cloud.state.store import Store
from cloud.values import Entity, Value

IMPLEMENTED, EMPTY, REFUSED = "implemented", "empty", "refused"
# How far from the account objects are looked for; the farthest (an order's preset) is well within.
_FAR = 4
_PATIENCE_SECONDS = 60

# What no createObject makes is ordered.
ORDERS: tuple[Request, ...] = tuple(
    Request("SoftLayer_Product_Order", "placeOrder", None, ({"packageId": 0, "prices": [{"id": number}]},))
    for number in (OBJECT_STORAGE_PRICE, GLOBAL_IPV4.price_id)
)


@dataclass(frozen=True)
class Row:
    """One method: `status` is `implemented`, `empty` or `refused`; `known` whether the real API has it."""

    service: str
    method: str
    status: str
    is_documented: bool


def rows() -> list[Row]:
    """Return every method of every service of this cloud, sorted.

    Raises:
        LookupError: A service's objects are missing from the sample.
    """
    with tempfile.TemporaryDirectory() as name:
        settings = CloudSettings(Path(name), "sample", "sample")
        store = Store(Path(name) / "account.sqlite")
        try:
            pipeline = Pipeline(store, None, None, "instant")
            account = Account(settings, store, pipeline, None, None)
            services = all_services(account)
            dispatcher = Dispatcher(services)
            for order in (*_creations(services.values()), *ORDERS):
                dispatcher.answer(order)
            asyncio.run(_settle(store, pipeline))
            for server in store.all(Hardware):
                account.hardware.cancel(server.id, immediately=False, reason="", note="")  # opens a ticket
            numbers = sorted(_numbers(services[ACCOUNT].object(None)))
            return [row for name in sorted(services) for row in _rows(services[name], numbers)]
        finally:
            store.close()


def _creations(services: Iterable[Service]) -> Iterator[Request]:
    for service in services:
        if service.sample is not None:
            yield Request(service.name, "createObject", None, (service.sample,))


async def _settle(store: Store, pipeline: Pipeline) -> None:
    """Make what was ordered: only then it has all that can be looked up."""
    await pipeline.open()
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while any(getattr(record, "transaction", None) for record in store.everything()) or any(
            hardware_plan(server) for server in store.all(Hardware)
        ):
            await asyncio.sleep(0.01)
    await pipeline.close()


def _numbers(start: Entity) -> set[str]:
    """Return the ids of the objects that can be reached from one, level by level."""
    visited: set[tuple[str, Value]] = set()
    level = [start]
    for _ in range(_FAR):
        near = [
            inner
            for outer in level
            for name in (*outer.local, *outer.relations)
            for inner in _some(outer.get(name))
        ]
        level = []
        for entity in near:
            key = (entity.type_name, entity.local.get("id"))
            if entity.type_name == "" or key not in visited:
                level.append(entity)
                visited.add(key)
    return {str(number) for _, number in visited if number is not None}


def _some(value: Value) -> list[Entity]:
    if isinstance(value, Entity):
        return [value]
    # Objects of one list are of one kind: the first few stand for them.
    return (
        [element for element in value[:3] if isinstance(element, Entity)]
        if isinstance(value, list | tuple)
        else []
    )


def _rows(service: Service, numbers: Iterable[str]) -> list[Row]:
    real_methods = metadata.methods(service.name)
    sample = _object(service, numbers)
    return [
        Row(service.name, method, _status(service, sample, method), method in real_methods)
        for method in sorted({*real_methods, *service.methods, *(["getObject"] if service.find else [])})
    ]


def _object(service: Service, numbers: Iterable[str]) -> Entity | None:
    """Return one object of the service.

    Raises:
        LookupError: The service has objects, but the sample holds none.
    """
    if service.find is None:
        return None
    for number in (None, *numbers):
        try:
            return service.find(number)
        except ApiFault:
            continue
    raise LookupError(f"no {service.name} is in the sample: give the service a sample")


def _status(service: Service, sample: Entity | None, method: str) -> str:
    if method in service.methods or (method == "getObject" and service.find):
        return IMPLEMENTED
    name = method[3:4].lower() + method[4:]
    if sample is None or not method.startswith("get"):
        return REFUSED
    if sample.has(name):
        return IMPLEMENTED
    return EMPTY if schema.kind(sample.type_name, name) in ("list", "single") else REFUSED


_HEAD = """# The API's methods

Every method of every service of the local cloud. Made by `python -m cloud methods > docs/reference/api.md`;
do not edit it. [local-cloud.md](../design/local-cloud.md) describes the cloud.

- **implemented**: it answers from the account's state or the catalog.
- **empty**: a relation that nothing in this cloud has: an empty list, or null.
- **refused**: the real API has it, this cloud does not: `SoftLayer_Exception_NotImplemented`.

Source: `metadata` is a method the real API has, by its own metadata as softlayer-go 1.2.0 shows it; `choice`
is one that is answered under a name the metadata does not have for that service. Services that are not listed
here are refused too where the real API has them; any other is `Service does not exist`.
"""


def table() -> str:
    """Return the whole document, in Markdown."""
    all_rows = rows()
    parts = [_HEAD, _summary(all_rows)]
    for service in sorted({row.service for row in all_rows}):
        lines = [
            f"| `{row.method}` | {row.status} | {_source(row)} |"
            for row in all_rows
            if row.service == service
        ]
        parts.append(
            "\n".join((f"## {service}\n", "| method | here | source |", "| --- | --- | --- |", *lines))
        )
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _source(row: Row) -> str:
    return "metadata" if row.is_documented else "choice"


def _summary(all_rows: list[Row]) -> str:
    counts = Counter((row.service, row.status) for row in all_rows)
    statuses = (IMPLEMENTED, EMPTY, REFUSED)
    lines = [
        f"| {service} | {' | '.join(str(counts[service, status]) for status in statuses)} |"
        for service in sorted({row.service for row in all_rows})
    ]
    return "\n".join((f"| service | {' | '.join(statuses)} |", "| --- | ---: | ---: | ---: |", *lines))
