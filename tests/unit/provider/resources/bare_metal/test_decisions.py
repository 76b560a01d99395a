"""A bare metal server's decisions: what reloads, replaces or is refused, what is ordered or cancelled."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.errors import ProviderError
from provider.resources.bare_metal.fields import (
    INSTALLED,
    check_billing,
    check_reload,
    diff_inputs,
    installs,
)
from provider.resources.bare_metal.order import decide_hardware, hardware_template
from provider.resources.bare_metal.quote import METAL
from provider.resources.bare_metal.view import fingerprint
from provider.resources.bare_metal.wait import cancel
from provider.resources.ordering.single_order import Decision
from provider.resources.servers.cancellation import ANNIVERSARY, IMMEDIATE, check_replacement
from provider.resources.virtual_guest.fields import MARK
from provider.session import Session
from provider.softlayer.records import Record
from provider.values import Properties, Value
from tests.unit.provider.scripted_cloud import MISSING, ScriptedCloud, target

TOKEN = "abc123def456"
URN = target("softlayer:index:BareMetalServer").urn
OLD: Properties = {
    "hostname": "db",
    "domain": "example.com",
    "datacenter": "dal13",
    "preset": "S1270_8GB_2X1TBSATA_NORAID",
    "osCode": "UBUNTU_22_64",
    "hourly": True,
    "networkSpeed": 1000,
    "privateNetworkOnly": False,
    "notes": "one",
    "userData": "a",
    "postInstallScriptUri": "https://example.com/a",
    "sshKeyIds": [1, 2],
    "probeSsh": True,
    "firstContact": "trust",
}
CHANGED: dict[str, Value] = {
    "hostname": "db2",
    "domain": "example.org",
    "datacenter": "ams03",
    "preset": "S1270_32GB_2X1TBSATA_NORAID",
    "osCode": "DEBIAN_12_64",
    "networkSpeed": 100,
    "privateNetworkOnly": True,
    "notes": "two",
    "userData": "b",
    "postInstallScriptUri": "https://example.com/b",
    "sshKeyIds": [1, 3],
    "probeSsh": False,
    "firstContact": f"SHA256:{'a' * 43}",
}
CREATE_ONLY = {"datacenter", "preset", "privateNetworkOnly"}
CREATION_ONLY = {"firstContact", "postInstallScriptUri", "sshKeyIds", "userData"}
subsets = st.sets(st.sampled_from(sorted(CHANGED)))


def top_level_name(path: str) -> str:
    return path.partition("[")[0]


@given(subsets, st.booleans(), st.sampled_from([None, "reload", "replace"]))
def test_the_system_is_replaced_only_by_the_hour_and_without_a_choice(
    changed: set[str], hourly: bool, choice: str | None
) -> None:
    system_change: Properties = {} if choice is None else {"systemChange": choice}
    old = {**OLD, "hourly": hourly, **system_change}
    changes = diff_inputs(old, {}, {**old, **{name: CHANGED[name] for name in changed}})
    is_replaced = hourly and choice != "reload"
    assert {top_level_name(change.path) for change in changes} == changed - CREATION_ONLY
    replacing = CREATE_ONLY | ({"osCode"} if is_replaced else set())
    assert {top_level_name(change.path) for change in changes if change.replaces} == changed & replacing
    assert installs(changes) == ("osCode" in changed)


@given(st.sets(st.sampled_from(INSTALLED)))
def test_a_system_left_out_is_no_wish(left_out: set[str]) -> None:
    news = {name: value for name, value in OLD.items() if name not in left_out}
    assert not installs(diff_inputs(OLD, {}, news))


@given(subsets, st.booleans(), st.sampled_from([None, IMMEDIATE, ANNIVERSARY]))
def test_what_is_paid_is_replaced_only_with_a_word(changed: set[str], hourly: bool, word: str | None) -> None:
    cancellation: Properties = {} if word is None else {"cancellation": word}
    old = {**OLD, "hourly": hourly, **cancellation}
    changes = diff_inputs(old, {}, {**old, **{name: CHANGED[name] for name in changed}})
    refused = {top_level_name(failure.path) for failure in check_replacement(old, changes)}
    assert refused == (set() if hourly or word else changed & CREATE_ONLY)


@pytest.mark.parametrize(
    ("hourly", "system_change", "wrong"), [(False, "replace", 1), (False, "reload", 0), (True, "replace", 0)]
)
def test_a_monthly_server_is_never_replaced_for_its_system(
    hourly: bool, system_change: str, wrong: int
) -> None:
    assert len(check_billing({**OLD, "hourly": hourly, "systemChange": system_change})) == wrong


@given(subsets, st.booleans(), st.sampled_from([None, "reload"]))
def test_disks_are_emptied_in_place_only_with_a_word(
    changed: set[str], hourly: bool, choice: str | None
) -> None:
    system_change: Properties = {} if choice is None else {"systemChange": choice}
    old = {**OLD, "hourly": hourly, **system_change}
    news = {**old, **{name: CHANGED[name] for name in changed}}
    refused = [failure.path for failure in check_reload(diff_inputs(old, {}, news), news)]
    assert refused == (["osCode"] if "osCode" in changed and not hourly and not choice else [])


def test_the_order_carries_everything() -> None:
    assert hardware_template(OLD, TOKEN) == {
        "hostname": f"db-{TOKEN}",
        "domain": "example.com",
        "datacenter": {"name": "dal13"},
        "fixedConfigurationPreset": {"keyName": "S1270_8GB_2X1TBSATA_NORAID"},
        "operatingSystemReferenceCode": "UBUNTU_22_64",
        "hourlyBillingFlag": True,
        "privateNetworkOnlyFlag": False,
        "networkComponents": [{"maxSpeed": 1000}],
        "sshKeys": [{"id": 1}, {"id": 2}],
        "userData": [{"value": "a"}],
        "postInstallScriptUri": "https://example.com/a",
    }


def test_an_order_names_its_vlans() -> None:
    template = hardware_template({**OLD, "privateVlanId": 1234567, "publicVlanId": 1234568}, TOKEN)
    assert template["primaryBackendNetworkComponent"] == {"networkVlan": {"id": 1234567}}
    assert template["primaryNetworkComponent"] == {"networkVlan": {"id": 1234568}}


def server(number: int = 5, **more: object) -> Record:
    return {
        "id": number,
        "globalIdentifier": f"global-{number}",
        "hostname": f"db-{TOKEN}",
        "datacenter": {"name": "dal13"},
        "fixedConfigurationPreset": {"keyName": "S1270_8GB_2X1TBSATA_NORAID"},
        "hourlyBillingFlag": True,
        "billingItem": {"id": 9, "nextBillDate": "2026-12-01T00:00:00+00:00"},
        "provisionDate": "2026-11-01T00:00:00+00:00",
        **more,
    }


def leaving(number: int = 5) -> Record:
    return server(number, hardwareStatus={"status": "RECLAIM"})


@given(st.lists(st.sampled_from([server, leaving]), max_size=5))
def test_at_most_one_living_server_is_ever_taken(makers: list[Callable[[int], Record]]) -> None:
    candidates = tuple(maker(number) for number, maker in enumerate(makers))
    living = [f"global-{number}" for number, maker in enumerate(makers) if maker is server]
    if len(living) > 1:
        with pytest.raises(ProviderError, match="all bear the order token") as raised:
            decide_hardware(candidates, OLD, TOKEN)
        assert all(number in str(raised.value) for number in living)
    else:
        assert decide_hardware(candidates, OLD, TOKEN) == Decision[str](adopt=living[0] if living else None)


def test_a_delivered_one_passes_the_order_on() -> None:
    marked = server(tagReferences=[{"tag": {"name": MARK}}])
    assert decide_hardware((marked,), OLD, TOKEN) == Decision[str](pass_on=True)


@pytest.mark.parametrize("name", ["datacenter", "preset", "hourly"])
def test_another_shape_is_refused_by_name(name: str) -> None:
    desired = {**OLD, **CHANGED, "hourly": False}
    with pytest.raises(ProviderError, match=f"differs in {name}"):
        decide_hardware((server(),), {**OLD, name: desired[name]}, TOKEN)


def test_a_reload_is_known_by_its_system_alone() -> None:
    """A key that is rotated while a reload is under way does not send it again."""
    assert fingerprint({**OLD, "sshKeyIds": [3], "userData": "b"}) == fingerprint(OLD)
    assert fingerprint({**OLD, "osCode": "DEBIAN_12_64"}) != fingerprint(OLD)


@given(subsets)
def test_servers_that_cost_the_same_are_requested_once(changed: set[str]) -> None:
    news = {**OLD, **{name: CHANGED[name] for name in changed}}
    assert (METAL.shape(news) == METAL.shape(OLD)) == changed.isdisjoint(METAL.decisive)


def cancelling(how: str) -> Callable[[Session], Awaitable[None]]:
    return lambda session: cancel(session, URN, "global-5", how, 60)


@pytest.mark.parametrize("hourly", [True, False])
@pytest.mark.parametrize("how", [IMMEDIATE, ANNIVERSARY])
def test_only_an_hourly_server_goes_at_once_and_only_a_ticket_hurries(
    tmp_path: Path, hourly: bool, how: str
) -> None:
    at_once = hourly and how == IMMEDIATE
    bill = {"id": 9, "cancellationDate": "2026-12-01T00:00:00+00:00"}
    scheduled = server(hourlyBillingFlag=hourly, billingItem=bill, openCancellationTicket={"id": 77})
    after = (leaving(), MISSING) if at_once else (scheduled,)
    ready = server(hourlyBillingFlag=hourly)
    cloud = ScriptedCloud(
        {
            "Account::getHardware": [[ready], [ready], []],
            "Hardware_Server::getObject": [ready, ready, *after],
            "Billing_Item::cancelItem": [True],
            "Ticket::addUpdate": [[]],
        }
    )
    cloud.run(tmp_path, cancelling(how))
    sent = [arguments for name, arguments in cloud.calls if name == "Billing_Item::cancelItem"]
    assert [call[0] for call in sent] == [at_once]
    assert cloud.called("Ticket::addUpdate") == (how == IMMEDIATE and not hourly)


def test_what_is_scheduled_already_is_not_cancelled_twice(tmp_path: Path) -> None:
    bill = {"id": 9, "cancellationDate": "2026-12-01T00:00:00+00:00"}
    cloud = ScriptedCloud({"Hardware_Server::getObject": [server(billingItem=bill)]})
    cloud.run(tmp_path, cancelling(ANNIVERSARY))
    assert cloud.called("Hardware_Server::getObject") == len(cloud.calls) == 1
