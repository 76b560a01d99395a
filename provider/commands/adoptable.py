"""`python -m provider.commands.adoptable`: which items of the account a stack without state takes over.

Standard input holds a JSON object: `configuration`, the provider's, as `route` takes it; `resources`, what a
`pulumi up` would create: `{"kind": "VirtualGuest", "name": "dal05-a", "inputs": {}}`; and `hostKeys`, whether
servers are asked for their SSH host keys, which takes `SHOWN_SECONDS` where one is silent.
Prints `{"candidates": {NAME: [{"id", "description", "fingerprint"}]}}` for each resource that would be
ordered. Changes nothing. Exit code 1 and one line on standard error where the account cannot be asked.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from provider.commands.account_command import run_command
from provider.errors import NotFoundError, ProviderError, WaitTimeoutError
from provider.host_keys.host_key import fingerprint, read_host_key
from provider.resources.missing import is_billed
from provider.resources.network import global_ip
from provider.resources.servers.name_search import (
    NamedServer,
    SearchedNames,
    search_guests,
    search_metal,
)
from provider.resources.storage.account_records import account_login, list_accounts
from provider.session import Session
from provider.softlayer.records import as_records, text_at, whole_at
from provider.swift import SwiftLogin, head_container
from provider.values import Properties, Value, text, texts

SHOWN_SECONDS = 10.0
"""Seconds to see the host key of a server that may be off (choice)."""
_CONTAINER = "ObjectStorageContainer"


@dataclass(frozen=True)
class PendingResource:
    """A resource that would be created.

    Attributes:
        kind: Kind of the resource, such as `VirtualGuest`.
        name: Name of the resource.
        inputs: Inputs of the resource.
    """

    kind: str
    name: str
    inputs: Properties


@dataclass(frozen=True)
class AdoptionCandidate:
    """An item of the account that a resource could take over.

    Attributes:
        id: Id in the account.
        description: Description, for people.
        address: Address of a server as a dotted quad; "" for what is no server, or has none yet.
        fingerprint: Fingerprint of the SSH host key that a server shows, which nobody vouches for; "" where
            it shows none, or was not asked.
    """

    id: str
    description: str
    address: str = ""
    fingerprint: str = ""


@dataclass(frozen=True)
class AdoptionRequest:
    """What is asked of the account.

    Attributes:
        resources: Resources that would be created, containers of the object storage among them.
        host_keys: Whether servers are asked for their SSH host keys.
    """

    resources: Sequence[PendingResource]
    host_keys: bool = False


Search = Callable[[Session, PendingResource, Sequence[str]], Awaitable[list[AdoptionCandidate]]]


async def candidates(
    session: Session, resources: Sequence[PendingResource]
) -> Mapping[str, list[AdoptionCandidate]]:
    """Return what each resource could take over, by its name; an empty list where there is nothing.

    Args:
        session: Session of the account.
        resources: Resources that would be created, containers of the object storage among them.

    Raises:
        ProviderError: The account does not answer.
    """
    containers = [text(resource.inputs, "name") for resource in resources if resource.kind == _CONTAINER]
    searched = [resource for resource in resources if resource.kind in _SEARCHES]
    searches = (_SEARCHES[resource.kind](session, resource, containers) for resource in searched)
    results = await asyncio.gather(*searches)
    return {resource.name: result for resource, result in zip(searched, results, strict=True)}


async def _guests(session: Session, resource: PendingResource, _: Sequence[str]) -> list[AdoptionCandidate]:
    return _candidates(await search_guests(session, _names(resource)))


async def _metal(session: Session, resource: PendingResource, _: Sequence[str]) -> list[AdoptionCandidate]:
    return _candidates(await search_metal(session, _names(resource)))


def _names(resource: PendingResource) -> SearchedNames:
    inputs = resource.inputs
    tags = frozenset(texts(inputs, "tags"))
    return SearchedNames(frozenset({text(inputs, "hostname")}), text(inputs, "domain"), tags)


def _candidates(servers: Sequence[NamedServer]) -> list[AdoptionCandidate]:
    return [AdoptionCandidate(server.id, server.description, server.address) for server in servers]


async def with_fingerprint(session: Session, candidate: AdoptionCandidate) -> AdoptionCandidate:
    """Return a candidate with the host key that it shows, if it is a server that answers."""
    if not candidate.address:
        return candidate
    try:
        key = await read_host_key(candidate.address, SHOWN_SECONDS, session.stop)
    except WaitTimeoutError:
        return candidate
    return replace(candidate, fingerprint=fingerprint(key))


async def _with_fingerprints(
    session: Session, several: Sequence[AdoptionCandidate]
) -> list[AdoptionCandidate]:
    return list(await asyncio.gather(*(with_fingerprint(session, candidate) for candidate in several)))


async def _accounts(
    session: Session, resource: PendingResource, containers: Sequence[str]
) -> list[AdoptionCandidate]:
    """Return the datacenter's accounts that have the stack's containers: others have none of its images."""
    datacenter = text(resource.inputs, "datacenter")
    accounts = []
    for account in await list_accounts(session):
        number = whole_at(account, "id")
        if text_at(account, "serviceResource.datacenter.name") != datacenter or number is None:
            continue
        login = await account_login(session, number, account, datacenter)
        if login is not None and await _has_all(session, login, containers):
            accounts.append(AdoptionCandidate(str(number), text_at(account, "username")))
    return accounts


async def _has_all(session: Session, login: SwiftLogin, containers: Sequence[str]) -> bool:
    try:
        for container in containers:
            await head_container(login, container, session.stop)
    except NotFoundError:
        return False
    return True


async def _global_ips(
    session: Session, resource: PendingResource, _: Sequence[str]
) -> list[AdoptionCandidate]:
    answer = await session.api.read("Account", "getGlobalIpRecords", mask=global_ip.MASK)
    return [
        AdoptionCandidate(str(whole_at(record, "id")), text_at(record, "ipAddress.ipAddress"))
        for record in as_records(answer)
        if text_at(record, "ipAddress.note") == text(resource.inputs, "notes")
        and await is_billed(session, record)
    ]


_SEARCHES: Mapping[str, Search] = {
    "VirtualGuest": _guests,
    "BareMetalServer": _metal,
    "ObjectStorageAccount": _accounts,
    "GlobalIp": _global_ips,
}
"""By the kinds that are ordered; SSH keys and containers are taken over by their resources themselves."""


def read_request(text_in: str) -> tuple[str, AdoptionRequest]:
    """Read standard input: the configuration as JSON, and the request.

    Raises:
        ProviderError: Standard input has no such object.
    """
    try:
        request = json.loads(text_in)
        resources = [
            PendingResource(str(resource["kind"]), str(resource["name"]), _properties(resource["inputs"]))
            for resource in request["resources"]
        ]
        adoption = AdoptionRequest(resources, host_keys=bool(request.get("hostKeys")))
        return json.dumps(request.get("configuration") or {}), adoption
    except (ValueError, KeyError, TypeError) as error:
        raise ProviderError(f"standard input must be an object with resources ({error})") from None


def _properties(inputs: Mapping[str, Value]) -> Properties:
    return dict(inputs)


def main() -> int:
    """Run the command; the exit code."""
    return run_command(lambda: read_request(sys.stdin.read()), _report)


async def _report(session: Session, request: AdoptionRequest) -> Mapping[str, object]:
    by_name = await candidates(session, request.resources)
    if request.host_keys:
        results = await asyncio.gather(*(_with_fingerprints(session, items) for items in by_name.values()))
        by_name = dict(zip(by_name, results, strict=True))
    return {
        "candidates": {name: [asdict(candidate) for candidate in items] for name, items in by_name.items()}
    }


if __name__ == "__main__":
    sys.exit(main())
