"""A virtual server's whole life over real gRPC and real HTTP."""

import json
import resource
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import grpc
import psutil
import pytest
from pulumi.runtime.proto import provider_pb2

from harness.cloud.running_api import RunningApi, serve
from harness.provider.plugin import (
    GUEST,
    KEY,
    CallError,
    Plugin,
    UnfinishedCallError,
    configuration,
    plugin,
    urn,
)
from harness.provider.server_inputs import WEB
from provider.protocol.wire import encode
from provider.resources.virtual_guest.fields import MARK
from provider.values import UNKNOWN, Properties
from tests.provider.account_servers import guests
from tests.support.provider.guest_inputs import KEY as PUBLIC_KEY


def test_the_plugin_starts_as_quickly_as_its_libraries_allow(softlayer: Plugin) -> None:
    started = psutil.Process(softlayer.process.pid).cpu_times()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", "import grpc.aio, pulumi.runtime.proto"], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    libraries = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert started.user + started.system < 4 * libraries


def test_the_plugin_tells_its_schema(softlayer: Plugin) -> None:
    schema = softlayer.stub.GetSchema(provider_pb2.GetSchemaRequest()).schema
    assert GUEST in json.loads(schema)["resources"]


def test_create_read_update_delete(api: RunningApi, softlayer: Plugin) -> None:
    identifier, inputs, outputs = softlayer.make(GUEST, {**WEB, "userData": "hello"})
    assert outputs["guestId"] == int(identifier)
    assert outputs["orderedHostname"] == f"web-{inputs['orderToken']}"
    assert outputs["fullyQualifiedDomainName"] == f"web-{inputs['orderToken']}.example.com"
    assert outputs["publicIp"]
    assert outputs["privateIp"]
    assert isinstance(outputs["hourlyCost"], float)
    assert 0 < outputs["hourlyCost"] < 1
    assert outputs["monthlyCost"] == pytest.approx(outputs["hourlyCost"] * 730)
    (guest,) = guests(api)
    assert guest["notes"] == "the first"
    assert {tag["tag"]["name"] for tag in guest["tagReferences"]} == {"registry", "web 1"}
    assert guest["primaryNetworkComponent"]["maxSpeed"] == 100
    assert guest["userData"][0]["value"] == "hello"

    assert softlayer.read(GUEST, identifier, inputs, outputs) == (identifier, inputs, outputs)

    desired = {
        **WEB,
        "hostname": "db",
        "domain": "example.org",
        "tags": ["z"],
        "notes": "",
        "networkSpeed": 1000,
    }
    news = softlayer.check(GUEST, desired, inputs)
    assert news["orderToken"] == inputs["orderToken"]
    updated = softlayer.update(GUEST, identifier, inputs, outputs, news)
    assert updated["orderedHostname"] == f"db-{inputs['orderToken']}"
    (guest,) = guests(api)
    assert (guest["domain"], guest["notes"]) == ("example.org", "")
    assert {tag["tag"]["name"] for tag in guest["tagReferences"]} == {"z", MARK}
    assert guest["primaryNetworkComponent"]["maxSpeed"] == 1000
    assert softlayer.read(GUEST, identifier, news, updated) == (identifier, news, updated)

    softlayer.next_command()
    softlayer.delete(GUEST, identifier, news, updated)
    assert guests(api) == []
    softlayer.delete(GUEST, identifier, news, updated)
    assert softlayer.read(GUEST, identifier, news, updated)[0] == ""
    assert api.orders_placed() == 1


def test_a_server_of_another_account_stays_in_the_state(api: RunningApi, softlayer: Plugin) -> None:
    identifier, inputs, outputs = softlayer.make(GUEST, WEB)
    number = api.client().call("Account", "getObject")["id"]
    assert outputs["accountId"] == number
    elsewhere = {**outputs, "accountId": 777}
    words = rf"VirtualGuest {identifier} is in SoftLayer account 777, .* belong to account {number}\."
    with pytest.raises(CallError, match=words):
        softlayer.read(GUEST, identifier, inputs, elsewhere)
    with pytest.raises(CallError, match=words):
        softlayer.delete(GUEST, identifier, inputs, elsewhere)
    with pytest.raises(CallError, match="VirtualGuest 5 is in SoftLayer account 777"):
        softlayer.read(GUEST, "5", inputs, elsewhere)
    assert len(guests(api)) == 1
    previewed = softlayer.update(GUEST, identifier, inputs, outputs, inputs, preview=True)
    assert previewed["accountId"] == number
    assert softlayer.create(GUEST, inputs, preview=True)[1]["accountId"] is UNKNOWN


@pytest.mark.parametrize(
    "shape",
    [
        {"flavor": "B1_2X4X25", "cpus": None, "memory": None},
        {"hourly": False},
        {"disks": [25, 100], "localDisk": True},
        {"privateNetworkOnly": True},
        {"osCode": "UBUNTU_LATEST_64"},
    ],
)
def test_every_shape_can_be_ordered_and_read_back_without_drift(
    softlayer: Plugin, shape: dict[str, Any]
) -> None:
    identifier, inputs, outputs = softlayer.make(GUEST, {**WEB, **shape})
    assert softlayer.read(GUEST, identifier, inputs, outputs) == (identifier, inputs, outputs)
    if shape.get("privateNetworkOnly"):
        assert "publicIp" not in outputs
    if shape.get("hourly") is False:
        assert outputs["hourlyCost"] == 0
        assert isinstance(outputs["monthlyCost"], float | int)
        assert outputs["monthlyCost"] > 0


def test_a_server_with_a_key(api: RunningApi, softlayer: Plugin) -> None:
    key_id, _, key = softlayer.make(KEY, {"label": "me", "publicKey": PUBLIC_KEY})
    softlayer.make(GUEST, {**WEB, "sshKeyIds": [key["keyId"]]})
    assert [ssh_key["id"] for ssh_key in guests(api)[0]["sshKeys"]] == [int(key_id)]


def test_preview_without_network_calls_nothing(api: RunningApi, softlayer: Plugin) -> None:
    softlayer.configure(configuration(api, verifyOrders="never"))
    inputs = softlayer.check(GUEST, {**WEB, "sshKeyIds": [UNKNOWN]})
    identifier, outputs = softlayer.create(GUEST, inputs, preview=True)
    assert identifier == ""
    assert outputs["publicIp"] is UNKNOWN
    assert outputs["hostname"] == "web"
    assert api.calls() == {}


def test_diff_is_detailed(softlayer: Plugin) -> None:
    inputs = softlayer.check(GUEST, WEB)
    answer = softlayer.diff(
        GUEST,
        "5",
        inputs,
        inputs,
        {**inputs, "hostname": "db", "cpus": 4, "datacenter": "ams01", "notes": None},
    )
    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert list(answer.replaces) == ["datacenter"]
    kinds = {path: difference.kind for path, difference in answer.detailedDiff.items()}
    assert kinds == {
        "hostname": provider_pb2.PropertyDiff.UPDATE,
        "cpus": provider_pb2.PropertyDiff.UPDATE,
        "datacenter": provider_pb2.PropertyDiff.UPDATE_REPLACE,
        "notes": provider_pb2.PropertyDiff.DELETE,
    }
    assert softlayer.diff(GUEST, "5", inputs, inputs, inputs).changes == provider_pb2.DiffResponse.DIFF_NONE


def test_drift_is_shown_and_server_side_changes_of_create_only_properties_are_not(
    api: RunningApi, softlayer: Plugin
) -> None:
    identifier, inputs, outputs = softlayer.make(GUEST, WEB)
    api.client().call("Virtual_Guest", "editObject", {"hostname": "taken", "notes": "x"}, id=int(identifier))
    api.client().call("Virtual_Guest", "setTags", "other", id=int(identifier))
    _, read_inputs, refreshed = softlayer.read(GUEST, identifier, inputs, outputs)
    assert (read_inputs["hostname"], read_inputs["notes"], read_inputs["tags"]) == ("taken", "x", ["other"])
    answer = softlayer.diff(GUEST, identifier, read_inputs, refreshed, inputs)
    assert set(answer.detailedDiff) == {"hostname", "notes", "tags"}
    assert not answer.replaces
    softlayer.update(GUEST, identifier, read_inputs, refreshed, inputs)
    assert softlayer.read(GUEST, identifier, inputs, outputs)[1] == inputs


def test_import_of_a_server_ordered_elsewhere(api: RunningApi, softlayer: Plugin) -> None:
    template = {
        "hostname": "my-frontend",
        "domain": "example.com",
        "datacenter": {"name": "dal05"},
        "startCpus": 2,
        "maxMemory": 4096,
        "hourlyBillingFlag": True,
        "localDiskFlag": False,
        "operatingSystemReferenceCode": "UBUNTU_22_64",
    }
    created = api.client().call("Virtual_Guest", "createObject", template)
    deadline = time.monotonic() + 20
    while (
        not api.client()
        .call("Virtual_Guest", "getObject", id=created["id"], mask="mask[provisionDate]")
        .get("provisionDate")
    ):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    with pytest.raises(UnfinishedCallError) as caught:
        softlayer.read(GUEST, str(created["id"]))
    assert "host key" in str(caught.value)
    unfinished = caught.value.error
    assert unfinished.identifier == str(created["id"])
    assert unfinished.outputs["hostname"] == "my-frontend"
    assert unfinished.outputs["cpus"] == 2


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"datacenter": "dal99"}, "datacenter: 'dal99' is no datacenter"),
        ({"osCode": "UBUNTU_23_64"}, "osCode: 'UBUNTU_23_64' is no operating system"),
        ({"flavor": "B1_2X4X26", "cpus": None, "memory": None}, "flavor: 'B1_2X4X26' is no flavor"),
    ],
)
def test_what_is_not_on_offer_is_refused_by_name_and_nothing_ordered(
    api: RunningApi, softlayer: Plugin, wrong: dict[str, Any], message: str
) -> None:
    inputs = softlayer.check(GUEST, {**WEB, **wrong})
    with pytest.raises(CallError) as caught:
        softlayer.create(GUEST, inputs)
    assert message in str(caught.value)
    assert "nearest are" in str(caught.value)
    assert api.orders_placed() == 0


def test_a_wrong_api_key_is_one_clear_line_without_the_key(api: RunningApi, tmp_path: Path) -> None:
    secret = "not-the-right-key-at-all"
    with plugin({}, tmp_path / "state") as running:
        running.configure(configuration(api, apiKey=secret))
        with pytest.raises(CallError) as caught:
            running.make(GUEST, WEB)
    message = str(caught.value)
    assert "refuses these credentials" in message
    assert api.xmlrpc in message
    assert "pulumi config set" in message
    assert secret not in message
    assert "\n" not in message


def test_a_process_sends_its_api_key_to_one_endpoint_alone(api: RunningApi, tmp_path: Path) -> None:
    with plugin({}, tmp_path / "state") as running, socket.create_server(("127.0.0.1", 0)) as stranger:
        running.configure(configuration(api))
        elsewhere = f"http://127.0.0.1:{stranger.getsockname()[1]}/xmlrpc/v3.1/"
        with pytest.raises(grpc.RpcError, match="no other endpoint after it"):
            running.configure(configuration(api, endpointUrl=elsewhere))
        running.configure(configuration(api))
        assert running.make(GUEST, WEB)[0]


def test_a_cloud_that_is_down_is_one_clear_line(tmp_path: Path) -> None:
    with serve(tmp_path / "cloud") as api:
        config = configuration(api)
    with plugin({}, tmp_path / "state") as running:
        running.configure(config)
        with pytest.raises(CallError) as caught:
            running.make(GUEST, WEB)
    assert str(caught.value).startswith(f"Cannot reach the SoftLayer API at {api.xmlrpc}")
    assert "run the same command again" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_create_that_times_out_keeps_the_id_and_update_waits_on(tmp_path: Path) -> None:
    with serve(tmp_path / "cloud", speed="realistic") as api, plugin({}, tmp_path / "state") as running:
        running.configure(configuration(api))
        inputs = running.check(GUEST, WEB)
        with pytest.raises(UnfinishedCallError) as caught:
            running.create(GUEST, inputs, timeout=2)
        unfinished = caught.value.error
        assert "not ready within 2 s" in unfinished.reasons[0]
        assert unfinished.outputs["guestId"] == int(unfinished.identifier)
        with pytest.raises(UnfinishedCallError, match="still being provisioned"):
            running.read(GUEST, unfinished.identifier, inputs, unfinished.outputs)
        news = running.check(GUEST, WEB, inputs)
        outputs = running.update(GUEST, unfinished.identifier, inputs, unfinished.outputs, news)
        assert outputs["publicIp"]
        assert running.read(GUEST, unfinished.identifier, news, outputs) == (
            unfinished.identifier,
            news,
            outputs,
        )
        assert api.orders_placed() == 1


def test_delete_waits_out_a_transaction_and_until_it_is_gone(tmp_path: Path) -> None:
    with serve(tmp_path / "cloud", speed="realistic") as api, plugin({}, tmp_path / "state") as running:
        running.configure(configuration(api))
        inputs = running.check(GUEST, WEB)
        with pytest.raises(UnfinishedCallError) as caught:
            running.create(GUEST, inputs, timeout=1)
        unfinished = caught.value.error
        with pytest.raises(CallError, match="Run the same command again"):
            running.delete(GUEST, unfinished.identifier, inputs, unfinished.outputs, timeout=1)
        running.delete(GUEST, unfinished.identifier, inputs, unfinished.outputs)
        assert guests(api) == []


def test_many_servers_are_waited_for_with_one_poll(tmp_path: Path) -> None:
    with serve(tmp_path / "cloud", speed="realistic") as api, plugin({}, tmp_path / "state") as running:
        running.configure(configuration(api))

        def create_one(number: int) -> None:
            running.make(GUEST, {**WEB, "hostname": f"web{number}"}, name=f"web{number}")

        threads = [threading.Thread(target=create_one, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(guests(api)) == 8
        assert api.calls()["SoftLayer_Account::getVirtualGuests"] < 8 + 8 * 12, (
            "a poll for each server is too many"
        )


def test_the_protocol_needs_no_type_field(softlayer: Plugin) -> None:
    """A child of a component has its parents' types in its URN."""
    nested = urn(f"registry:index:Server${GUEST}")
    answer = softlayer.stub.Check(
        provider_pb2.CheckRequest(urn=nested, news=encode({**WEB, "hostname": "-"}, frozenset()))
    )
    assert [failure.property for failure in answer.failures] == ["hostname"]


def test_a_monthly_server_goes_only_with_a_word(api: RunningApi, softlayer: Plugin) -> None:
    monthly: Properties = {**WEB, "hourly": False}
    identifier, inputs, outputs = softlayer.make(GUEST, monthly)
    with pytest.raises(CallError, match=r"billed by the month.*was not cancelled. Set cancellation"):
        softlayer.delete(GUEST, identifier, inputs, outputs)
    with pytest.raises(AssertionError, match="takes a new server while this one is paid by the month"):
        softlayer.check(GUEST, {**monthly, "datacenter": "ams03"}, inputs)
    news = softlayer.check(GUEST, {**monthly, "cancellation": "anniversary"}, inputs)
    updated = softlayer.update(GUEST, identifier, inputs, outputs, news)
    softlayer.next_command()
    softlayer.delete(GUEST, identifier, news, updated)
    refreshed = softlayer.read(GUEST, identifier, news, updated)[2]
    assert refreshed["cancellationDate"], "it runs on until its next bill date"
    another, _, _ = softlayer.make(GUEST, {**monthly, "cancellation": "immediate"})
    assert another != identifier, "one that is on its way out is not taken over"
