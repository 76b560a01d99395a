"""Create takes over what SL_ADOPT names, and orders nothing; what does not fit is refused."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from provider.commands import adoptable
from provider.commands.adoptable import (
    AdoptionCandidate,
    AdoptionRequest,
    PendingResource,
    candidates,
    read_request,
    with_fingerprint,
)
from provider.errors import ProviderError, WaitTimeoutError
from provider.host_keys.host_key import fingerprint
from provider.resources.contract import Created, Resource
from provider.resources.storage.account import ObjectStorageAccount
from provider.session import Session
from provider.settings import read_adoption
from provider.values import Properties
from tests.unit.provider.resources.servers.delivered_servers import GUEST, kinds
from tests.unit.provider.scripted_cloud import MISSING, ScriptedCloud, target

T = TypeVar("T")
PRESENTED = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGuY3ZJIhYXcqdZRMyjIrhcy0wA1QB2Ak2E7vkUJZGPd"
SERVER: dict[str, Any] = {**GUEST, "billingItem": {"id": 1}, "sshKeys": []}


def adopting(identifier: str, work: Callable[[Session], Awaitable[T]]) -> Callable[[Session], Awaitable[T]]:
    """With SL_ADOPT, for a resource of the name `it`."""
    return lambda session: work(
        replace(session, settings=replace(session.settings, adopt={"it": identifier}))
    )


def cloud(server: object) -> ScriptedCloud:
    return ScriptedCloud(
        {
            "Virtual_Guest::getObject": [server],
            "Account::getVirtualGuests": [[server] if isinstance(server, dict) else []],
            "Hardware_Server::getObject": [server],
            "Account::getHardware": [[server] if isinstance(server, dict) else []],
            "Virtual_Guest::editObject": [True],
            "Virtual_Guest::setTags": [True],
            "Hardware_Server::editObject": [True],
            "Hardware_Server::setTags": [True],
        }
    )


def create(
    handler: Resource, identifier: str, inputs: Properties, running: ScriptedCloud, tmp_path: Path
) -> Created:
    at = target(handler.token)
    desired: Properties = {**inputs, "probeSsh": False, "orderToken": "zzzzzzzz"}
    return running.run(tmp_path, adopting(identifier, lambda session: handler.create(session, at, desired)))


@kinds
def test_a_server_is_taken_over_with_its_own_token(
    handler: Resource, module: object, identifier: str, inputs: Properties, tmp_path: Path
) -> None:
    running = cloud({**SERVER, "fixedConfigurationPreset": {"keyName": "S1270_8GB_2X1TBSATA_NORAID"}})
    created = create(handler, identifier, inputs, running, tmp_path)
    assert created.identifier == identifier
    assert created.outputs["orderToken"] == "abcdefgh"
    assert not [name for name, _ in running.calls if name.endswith("createObject")]


@kinds
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"hostname": "web"}, "is called web.example.com; must be web-TOKEN.example.com"),
        ({"hostname": "other-abcdefgh"}, "must be web-TOKEN"),
        ({"domain": "other.com"}, "must be web-TOKEN.example.com"),
        ({"datacenter": {"name": "ams03"}}, "differs in datacenter"),
        ({"billingItem": None}, "is not in the account"),
    ],
)
def test_what_is_not_the_resource_s_is_refused(
    handler: Resource,
    module: object,
    identifier: str,
    inputs: Properties,
    change: dict[str, object],
    reason: str,
    tmp_path: Path,
) -> None:
    running = cloud({**SERVER, **change})
    with pytest.raises(ProviderError, match=reason):
        create(handler, identifier, inputs, running, tmp_path)
    assert not [name for name, _ in running.calls if name.endswith(("createObject", "editObject"))]


@kinds
def test_one_that_is_gone_is_refused(
    handler: Resource, module: object, identifier: str, inputs: Properties, tmp_path: Path
) -> None:
    with pytest.raises(ProviderError, match=rf"server {identifier}, .*, is not in the account"):
        create(handler, identifier, inputs, cloud(MISSING), tmp_path)


def test_the_variable_names_items_by_resource() -> None:
    assert read_adoption(" dal05-a=1, store-account = 7,dal05-b=,=3,x") == {
        "dal05-a": "1",
        "store-account": "7",
    }
    assert read_adoption("dal05-a=u-u-i-d,doors-global-ip=9") == {
        "dal05-a": "u-u-i-d",
        "doors-global-ip": "9",
    }


def test_object_storage_of_another_place_is_refused(tmp_path: Path) -> None:
    handler = ObjectStorageAccount()
    account = {
        "id": 7, "vendorName": "Swift", "serviceResource": {"datacenter": {"name": "ams03"}},
    }  # fmt: skip
    running = ScriptedCloud({"Account::getHubNetworkStorage": [[account]]})
    for identifier, reason in (("7", "is in ams03; must be one of dal05"), ("8", "is not in the account")):
        with pytest.raises(ProviderError, match=reason):
            running.run(
                tmp_path,
                adopting(
                    identifier,
                    lambda session: handler.create(session, target(handler.token), {"datacenter": "dal05"}),
                ),
            )


@pytest.mark.parametrize(
    ("candidate", "expected"),
    [
        (AdoptionCandidate("3", "a server", "192.0.2.1"), fingerprint(PRESENTED)),
        (AdoptionCandidate("4", "a server that is off", "192.0.2.2"), ""),
        (AdoptionCandidate("7", "an account"), ""),
    ],
)
def test_a_server_has_the_fingerprint_of_the_key_that_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, candidate: AdoptionCandidate, expected: str
) -> None:
    """For the operator to compare."""

    async def read(address: str, *_: object) -> str:
        if address != "192.0.2.1":
            raise WaitTimeoutError("no answer")
        return PRESENTED

    monkeypatch.setattr(adoptable, "read_host_key", read)
    observed = ScriptedCloud({}).run(tmp_path, lambda session: with_fingerprint(session, candidate))
    assert observed == replace(candidate, fingerprint=expected)


@pytest.mark.parametrize("host_keys", [False, True])
def test_host_keys_are_read_on_request(*, host_keys: bool) -> None:
    """A status that asks the account must not wait for servers that are off."""
    request = {"resources": [], **({"hostKeys": True} if host_keys else {})}
    assert read_request(json.dumps(request))[1] == AdoptionRequest([], host_keys)


def test_servers_are_found_by_name_and_token(tmp_path: Path) -> None:
    leaving = {**SERVER, "id": 4, "hostname": "web-bbbbbbbb", "billingItem": None}
    prod = {**SERVER, "tagReferences": [{"tag": {"name": name}} for name in ("prod", "mine")]}
    guests = [
        {**prod, "id": 5, "hostname": "web"},
        {**prod, "id": 6, "domain": "other.com"},
        {**prod, "id": 7, "tagReferences": [{"tag": {"name": "test"}}]},
    ]
    running = ScriptedCloud({"Account::getVirtualGuests": [[prod, leaving, *guests]]})
    inputs: Properties = {"hostname": "web", "domain": "example.com", "tags": ("prod",)}
    guest = PendingResource("VirtualGuest", "dal05-web", inputs)
    key = PendingResource("SshKey", "operator", {})
    candidates_by_name = running.run(tmp_path, lambda session: candidates(session, [guest, key]))
    assert {
        name: [candidate.id for candidate in several] for name, several in candidates_by_name.items()
    } == {"dal05-web": ["3"]}
    (candidate,) = candidates_by_name["dal05-web"]
    assert candidate.description == "web-abcdefgh.example.com (192.0.2.1)"
    assert candidate.address == "192.0.2.1"
