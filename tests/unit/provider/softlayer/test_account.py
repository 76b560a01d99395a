"""Credentials of another account, users without billing rights, single silences: nothing counts as gone."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from provider.errors import AnotherAccountError, ProviderError, UnfinishedError
from provider.protocol import steps
from provider.resources.contract import Live, State, Target
from provider.resources.handlers import RESOURCES
from provider.resources.random_secret import RandomSecret
from provider.session import Session
from provider.softlayer.account import ACCOUNT_ID
from provider.values import Properties
from tests.support.provider.guest_inputs import GOOD, KEY
from tests.unit.provider.scripted_cloud import MISSING, REFUSED, ScriptedCloud, target

GUEST, METAL = "softlayer:index:VirtualGuest", "softlayer:index:BareMetalServer"
IDS = {METAL: "u-u-i-d", "softlayer:index:SecurityGroupAttachment": "3:3:public"}
STATE_OUTPUTS: Properties = {**GOOD, "label": "l", "publicKey": KEY, ACCOUNT_ID: 777}
every = pytest.mark.parametrize("token", RESOURCES)


@every
@pytest.mark.parametrize("step", ["read", "update", "delete"])
def test_under_another_account_nothing_is_requested_and_nothing_is_gone(
    token: str, step: str, tmp_path: Path
) -> None:
    resource, at, old = RESOURCES[token], target(token), State(STATE_OUTPUTS, STATE_OUTPUTS)
    cloud = ScriptedCloud({})

    async def work(session: Session) -> None:
        if step == "read":
            await steps.read(resource, session, at, "3", old)
        elif step == "update":
            await steps.update(resource, session, at, "3", old, STATE_OUTPUTS)
        else:
            await steps.delete(resource, session, at, "3", old)

    words = (
        r"in SoftLayer account 777, but the credentials of user tester belong to account 12345.*stays in the"
    )
    with pytest.raises(AnotherAccountError, match=words) as raised:
        cloud.run(tmp_path, work)
    assert "SL_USERNAME" in str(raised.value)
    assert [name for name, _ in cloud.calls] == ["Account::getObject"]


def test_a_replacement_is_not_ordered_in_another_account(tmp_path: Path) -> None:
    """The engine orders the new server before it deletes the old one."""
    handler, at = RESOURCES[GUEST], target(GUEST)
    news: Properties = {**STATE_OUTPUTS, "datacenter": "ams03"}
    cloud = ScriptedCloud({})

    async def work(session: Session) -> None:
        assert await steps.diff(handler, session, at, "3", State(STATE_OUTPUTS, STATE_OUTPUTS), news)
        await steps.create(handler, session, at, news)

    with pytest.raises(AnotherAccountError, match="Nothing was ordered"):
        cloud.run(tmp_path, work)
    assert [name for name, _ in cloud.calls] == ["Account::getObject"]


def test_the_account_is_an_output_also_of_what_is_not_ready(tmp_path: Path) -> None:
    handler, at = RESOURCES["softlayer:index:SshKey"], target("softlayer:index:SshKey")
    cloud = ScriptedCloud({"Account::getSshKeys": [[{"id": 9, "label": "l", "key": KEY}]]})
    desired: Properties = {"label": "l", "publicKey": KEY}
    created = cloud.run(tmp_path, lambda session: steps.create(handler, session, at, desired))
    assert created.outputs[ACCOUNT_ID] == 12345
    guest = {"id": 3, "hostname": "web", "provisionDate": ""}
    unready = ScriptedCloud({"Virtual_Guest::getObject": [guest]})
    server = RESOURCES[GUEST]
    with pytest.raises(UnfinishedError) as raised:
        unready.run(
            tmp_path, lambda session: steps.read(server, session, target(GUEST), "3", State(GOOD, GOOD))
        )
    assert raised.value.outputs[ACCOUNT_ID] == 12345


SERVER: dict[str, Any] = {
    "id": 3,
    "globalIdentifier": "u-u-i-d",
    "hostname": "web-abcdefgh",
    "domain": "example.com",
    "provisionDate": "2026-01-01T00:00:00+00:00",
    "primaryIpAddress": "192.0.2.1",
    "primaryBackendIpAddress": "10.0.0.1",
}
BILLS = "Account::getAllBillingItems"


@pytest.mark.parametrize("token", [GUEST, METAL])
@pytest.mark.parametrize(("bills", "is_kept"), [([[]], True), ([REFUSED], True), ([[{"id": 1}]], False)])
def test_a_server_whose_billing_item_is_hidden_is_not_leaving(
    token: str, bills: Sequence[object], is_kept: bool, tmp_path: Path
) -> None:
    """Only to a user who sees other billing items does a missing one say that the server is cancelled."""
    identifier = IDS.get(token, "3")
    state_inputs: Properties = {**GOOD, "preset": "S1270", "probeSsh": False}
    script = {"Virtual_Guest::getObject": [{**SERVER}], "Hardware_Server::getObject": [{**SERVER}]}
    cloud = ScriptedCloud({**script, BILLS: bills})
    at = target(token)
    live = cloud.run(
        tmp_path,
        lambda session: RESOURCES[token].read(session, at, identifier, State(state_inputs, state_inputs)),
    )
    assert (live is not None) is is_kept


@pytest.mark.parametrize("token", [GUEST, METAL])
def test_a_reclaim_is_believed_without_billing_rights(token: str, tmp_path: Path) -> None:
    leaving = {**SERVER, "activeTransaction": {"id": 1, "transactionStatus": {"name": "RECLAIM_WAIT"}}}
    script = {"Virtual_Guest::getObject": [leaving], "Hardware_Server::getObject": [leaving]}
    cloud = ScriptedCloud({**script, BILLS: [[]]})
    at, state = target(token), State(GOOD, GOOD)
    assert cloud.run(
        tmp_path, lambda session: RESOURCES[token].read(session, at, IDS.get(token, "3"), state)
    ) is None  # fmt: skip


ADDRESS = {"id": 3, "ipAddress": {"id": 1, "ipAddress": "192.0.2.9", "subnetId": 4}}
STORAGE = {
    "id": 3,
    "vendorName": "Swift",
    "username": "SLOS1-1",
    "credentials": [{"username": "SLOS1-1:u", "password": "p"}],
}


@pytest.mark.parametrize(
    ("kind", "script"),
    [
        ("GlobalIp", {"Network_Subnet_IpAddress_Global::getObject": [ADDRESS]}),
        ("ObjectStorageAccount", {"Account::getHubNetworkStorage": [[STORAGE]]}),
    ],
)
def test_what_cannot_be_cancelled_without_billing_rights_is_reported(
    kind: str, script: dict[str, Sequence[object]], tmp_path: Path
) -> None:
    token = f"softlayer:index:{kind}"
    cloud = ScriptedCloud({**script, BILLS: [[]]})
    state = State({"forceDestroy": True}, {})
    with pytest.raises(ProviderError, match="user tester sees no billing items"):
        cloud.run(tmp_path, lambda session: RESOURCES[token].delete(session, target(token), "3", state))


@pytest.mark.parametrize(
    ("kind", "service", "method"),
    [
        ("SshKey", "Security_Ssh_Key", "Account::getSshKeys"),
        ("SecurityGroup", "Network_SecurityGroup", "Account::getSecurityGroups"),
        ("PlacementGroup", "Virtual_PlacementGroup", "Account::getPlacementGroups"),
        ("GlobalIp", "Network_Subnet_IpAddress_Global", "Account::getGlobalIpRecords"),
        ("VirtualGuest", "Virtual_Guest", "Account::getVirtualGuests"),
        ("BareMetalServer", "Hardware_Server", "Account::getHardware"),
    ],
)
@pytest.mark.parametrize("listed", [True, False])
def test_one_silence_is_not_believed(
    kind: str, service: str, method: str, listed: bool, tmp_path: Path
) -> None:
    token = f"softlayer:index:{kind}"
    record = {**SERVER, "billingItem": {"id": 5}}
    cloud = ScriptedCloud({f"{service}::getObject": [MISSING], method: [[record] if listed else []]})
    state = State({**GOOD, "probeSsh": False}, {"domain": "example.com"})
    at, identifier = target(token), IDS.get(token, "3")

    def refresh() -> object:
        return cloud.run(tmp_path, lambda session: RESOURCES[token].read(session, at, identifier, state))

    if not listed:
        assert refresh() is None
    elif token in (GUEST, METAL):
        assert refresh() is not None
    else:
        with pytest.raises(ProviderError, match=r"the account lists it.*stays in the state"):
            refresh()


@pytest.mark.parametrize(
    ("answer", "is_missing"), [(MISSING, True), ({"id": 3, "billingItem": {"id": 4}}, False)]
)
def test_an_object_storage_account_that_the_list_lacks_is_requested(
    answer: object, is_missing: bool, tmp_path: Path
) -> None:
    token = "softlayer:index:ObjectStorageAccount"
    cloud = ScriptedCloud({"Account::getHubNetworkStorage": [[]], "Network_Storage::getObject": [answer]})
    state = State({"datacenter": "dal05"}, {})

    def refresh() -> object:
        return cloud.run(tmp_path, lambda session: RESOURCES[token].read(session, target(token), "3", state))

    if is_missing:
        assert refresh() is None
    else:
        with pytest.raises(ProviderError, match="getObject finds it"):
            refresh()


@pytest.mark.parametrize(
    ("held", "reported"),
    [({"hex": "ab"}, []), ({"hex": "cd"}, ["not as the state has it: hex"]), ({}, [])],
)
def test_a_secret_that_differs_from_the_state_is_named_and_not_shown(
    held: Properties, reported: list[str], tmp_path: Path
) -> None:
    """An engine masks secrets in its events, so that nobody who listens could tell."""

    class LiveSecret(RandomSecret):
        async def read(self, session: Session, target: Target, identifier: str, state: State) -> Live:
            return Live(identifier, state.inputs, {"hex": "ab"})

    cloud, at = ScriptedCloud({}), target("softlayer:index:RandomSecret")
    state = State({}, {**held, ACCOUNT_ID: 12345})
    live = cloud.run(tmp_path, lambda session: steps.read(LiveSecret(), session, at, "3", state))
    assert live is not None
    assert cloud.user_log.messages == reported
