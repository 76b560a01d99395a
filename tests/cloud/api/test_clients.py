"""The official client, on both wires, from key to cancelled server."""

import socket
from pathlib import Path

import httpx
import pytest
import SoftLayer

from harness.cloud.running_api import RunningApi, serve
from harness.waiting import until
from tests.support.cloud.ordering import is_deleted, public_key, ready, template

wires = pytest.mark.parametrize("wire", ["xmlrpc", "rest"])


@wires
def test_a_servers_whole_life(running_api: RunningApi, wire: str) -> None:
    client = running_api.client(wire)
    manager = SoftLayer.VSManager(client)
    key = SoftLayer.SshKeyManager(client).add_key(public_key(), "operator")
    created = manager.create_instance(
        hostname="web",
        domain="example.com",
        datacenter="dal13",
        flavor="B1_2X4X25",
        os_code="UBUNTU_LATEST",
        hourly=True,
        local_disk=None,
        ssh_keys=[key["id"]],
        tags="one, two",
        nic_speed=100,
        disks=(25, 100),
        userdata="hello",
    )
    assert manager.wait_for_ready(created["id"], limit=20, delay=0.1)
    instance = manager.get_instance(created["id"])
    assert instance["fullyQualifiedDomainName"] == "web.example.com"
    assert (instance["maxCpu"], instance["maxMemory"]) == (2, 4096)
    assert (
        instance["operatingSystem"]["softwareLicense"]["softwareDescription"]["referenceCode"]
        == "UBUNTU_24_64"
    )
    assert [reference["tag"]["name"] for reference in instance["tagReferences"]] == ["one", "two"]
    assert instance["userData"][0]["value"] == "hello"
    assert instance["networkComponents"][1]["maxSpeed"] == 100
    assert instance["billingItem"]["orderItem"]["preset"]["keyName"] == "B1_2X4X25"
    assert [device["device"] for device in instance["blockDevices"]] == ["0", "1", "2"]
    assert socket.inet_aton(instance["primaryIpAddress"])
    assert "activeTransaction" not in instance
    assert "dedicatedHost" not in instance
    assert instance["datacenter"]["name"] == "dal13"

    assert manager.edit(created["id"], hostname="renamed", notes="note", tags="")
    after = manager.get_instance(created["id"], mask="mask[hostname,notes,tagReferences]")
    assert after == {"hostname": "renamed", "notes": "note", "tagReferences": []}

    assert manager.cancel_instance(created["id"]) is True
    until(lambda: is_deleted(client, created["id"]), "the server is gone")
    assert manager.list_instances() == []
    assert client.call("Account", "getAllTopLevelBillingItems") == []


@wires
def test_a_cancelled_server_is_still_listed_without_a_billing_item(tmp_path: Path, wire: str) -> None:
    with serve(tmp_path / "cloud", speed="realistic") as api:
        client = api.client(wire)
        guest = client.call("Virtual_Guest", "createObject", template())
        assert client.call("Virtual_Guest", "deleteObject", id=guest["id"]) is True
        mask = "mask[id,billingItem.id,activeTransaction.transactionStatus]"
        listed = client.call("Account", "getVirtualGuests", mask=mask)
        assert [row["id"] for row in listed] == [guest["id"]]
        assert "billingItem" not in listed[0]
        assert listed[0]["activeTransaction"]["transactionStatus"]["name"].startswith("RECLAIM")


@wires
def test_it_is_active_and_addressed_before_it_is_ready(tmp_path: Path, wire: str) -> None:
    with serve(tmp_path / "cloud", speed="realistic") as api:
        client = api.client(wire)
        guest = client.call("Virtual_Guest", "createObject", template())

        def addressed() -> dict[str, object] | None:
            current: dict[str, object] = client.call(
                "Virtual_Guest", "getObject", id=guest["id"], mask="mask[activeTransaction,powerState]"
            )
            return current if current.get("primaryIpAddress") else None

        current = until(addressed, "an address")
        assert current["status"] == {"keyName": "ACTIVE", "name": "Active"}
        assert not current["provisionDate"]


@wires
def test_paging_reads_every_server_once(running_api: RunningApi, wire: str) -> None:
    client = running_api.client(wire)
    names = [f"web{number}" for number in range(7)]
    client.call("Virtual_Guest", "createObjects", [template(name) for name in names])
    listed = client.call("Account", "getVirtualGuests", mask="mask[hostname]", limit=2, iter=True)
    assert [row["hostname"] for row in listed] == names
    page = client.call("Account", "getVirtualGuests", mask="mask[hostname]", limit=2, offset=3)
    assert [row["hostname"] for row in page] == ["web3", "web4"]
    assert page.total_count == 7


@wires
def test_filters_find_by_token_tag_and_relation(running_api: RunningApi, wire: str) -> None:
    client = running_api.client(wire)
    manager = SoftLayer.VSManager(client)
    guests = client.call("Virtual_Guest", "createObjects", [template("web-abc"), template("web-def")])
    manager.set_tags("red", guest_id=guests[1]["id"])
    for object_filter, names in (
        ({"hostname": {"operation": "$= -abc"}}, ["web-abc"]),
        ({"hostname": {"operation": "_= WEB-DEF"}}, ["web-def"]),
        ({"hostname": {"operation": "*= web"}}, ["web-abc", "web-def"]),
        ({"datacenter": {"name": {"operation": "dal13"}}}, ["web-abc", "web-def"]),
        ({"datacenter": {"name": {"operation": "ams03"}}}, []),
        ({"id": {"operation": guests[0]["id"]}}, ["web-abc"]),
        (
            {"hostname": {"operation": "orderBy", "options": [{"name": "sort", "value": ["DESC"]}]}},
            ["web-def", "web-abc"],
        ),
    ):
        listed = client.call(
            "Account", "getVirtualGuests", filter={"virtualGuests": object_filter}, mask="mask[hostname]"
        )
        assert [row["hostname"] for row in listed] == names, object_filter
    assert [row["hostname"] for row in manager.list_instances(tags=["red"])] == ["web-def"]
    assert [row["hostname"] for row in manager.list_instances(hostname="web-abc")] == ["web-abc"]


@wires
def test_hourly_and_monthly_servers_are_priced(running_api: RunningApi, wire: str) -> None:
    client = running_api.client(wire)
    manager = SoftLayer.VSManager(client)
    client.call("Virtual_Guest", "createObject", template("hourly"))
    client.call("Virtual_Guest", "createObject", template("monthly", hourlyBillingFlag=False))
    mask = "mask[hostname,hourlyBillingFlag,billingItem[hourlyFlag,hourlyRecurringFee,recurringFee,children]]"
    (hourly,) = manager.list_instances(monthly=False, mask=mask)
    (monthly,) = manager.list_instances(hourly=False, mask=mask)
    assert (hourly["hostname"], monthly["hostname"]) == ("hourly", "monthly")
    assert hourly["billingItem"]["hourlyFlag"] is True
    rates = [hourly["billingItem"], *hourly["billingItem"]["children"]]
    assert sum(float(rate["hourlyRecurringFee"]) for rate in rates) == pytest.approx(0.037)
    assert float(monthly["billingItem"]["hourlyRecurringFee"]) == 0
    fees = [monthly["billingItem"], *monthly["billingItem"]["children"]]
    assert sum(float(fee["recurringFee"]) for fee in fees) == pytest.approx(22.96)


@wires
def test_masks_narrow_and_refuse(running_api: RunningApi, wire: str) -> None:
    client = running_api.client(wire)
    guest = client.call("Virtual_Guest", "createObject", template())
    current = client.call("Virtual_Guest", "getObject", id=guest["id"], mask="datacenter.name, hostname")
    assert current == {"datacenter": {"name": "dal13"}, "hostname": "web"}
    whole = client.call(
        "Virtual_Guest", "getObject", id=guest["id"], mask="billingItem[orderItem.order.userRecord.username]"
    )
    assert whole["billingItem"]["orderItem"]["order"]["userRecord"] == {"username": running_api.username}
    assert whole["hostname"] == "web"
    with pytest.raises(
        SoftLayer.SoftLayerAPIError, match="Property 'nonsense' not valid for 'SoftLayer_Virtual_Guest'"
    ):
        client.call("Virtual_Guest", "getObject", id=guest["id"], mask="mask[id,nonsense]")
    with pytest.raises(SoftLayer.SoftLayerAPIError, match="Malformed object mask"):
        client.call("Virtual_Guest", "getObject", id=guest["id"], mask="mask[id")


@wires
def test_ssh_keys(running_api: RunningApi, wire: str) -> None:
    client = running_api.client(wire)
    manager = SoftLayer.SshKeyManager(client)
    line = public_key()
    key = manager.add_key(line, "label", notes="notes")
    assert (key["key"], key["label"], key["notes"]) == (line, "label", "notes")
    with pytest.raises(SoftLayer.SoftLayerAPIError, match="SSH key already exists"):
        manager.add_key(line, "other")
    with pytest.raises(SoftLayer.SoftLayerAPIError, match="Invalid value provided for 'key'"):
        manager.add_key("ssh-ed25519 nonsense", "other")
    assert manager.edit_key(key["id"], label="renamed") is True
    assert [row["label"] for row in manager.list_keys(label="renamed")] == ["renamed"]
    by_print = {"sshKeys": {"fingerprint": {"operation": key["fingerprint"]}}}
    assert [key["id"] for key in client.call("Account", "getSshKeys", filter=by_print)] == [key["id"]]
    assert manager.delete_key(key["id"]) is True
    with pytest.raises(SoftLayer.SoftLayerAPIError, match=f"Unable to find object with id of '{key['id']}'"):
        manager.get_key(key["id"])


@wires
def test_power(running_api: RunningApi, wire: str) -> None:
    client = running_api.client(wire)
    guest = client.call("Virtual_Guest", "createObject", template())
    until(lambda: ready(client, guest["id"]), "ready")
    assert client.call("Virtual_Guest", "getPowerState", id=guest["id"])["keyName"] == "RUNNING"
    assert client.call("Virtual_Guest", "powerOff", id=guest["id"]) is True
    assert client.call("Virtual_Guest", "getPowerState", id=guest["id"])["keyName"] == "HALTED"
    assert client.call("Virtual_Guest", "isPingable", id=guest["id"]) is False
    assert client.call("Virtual_Guest", "powerOn", id=guest["id"]) is True
    assert client.call("Virtual_Guest", "isPingable", id=guest["id"]) is True


def test_faults_carry_softlayers_codes_on_xmlrpc(running_api: RunningApi) -> None:
    client = running_api.client("xmlrpc")
    for changes, code, text in (
        (
            {"hostname": None},
            "SoftLayer_Exception_MissingCreationProperty",
            "The property 'hostname' must be set",
        ),
        ({"hourlyBillingFlag": None}, "SoftLayer_Exception_MissingCreationProperty", "'hourlyBillingFlag'"),
        ({"datacenter": {"name": "xyz99"}}, "SoftLayer_Exception_InvalidValue", "'datacenter.name'"),
        (
            {"operatingSystemReferenceCode": "BEOS_5"},
            "SoftLayer_Exception_InvalidValue",
            "'operatingSystemReferenceCode'",
        ),
        (
            {"supplementalCreateObjectOptions": {"flavorKeyName": "Z9"}},
            "SoftLayer_Exception_InvalidValue",
            "flavorKeyName",
        ),
        ({"startCpus": 7}, "SoftLayer_Exception_InvalidValue", "'startCpus'"),
        ({"maxMemory": 1000}, "SoftLayer_Exception_InvalidValue", "'maxMemory'"),
        ({"sshKeys": [{"id": 5}]}, "SoftLayer_Exception_ObjectNotFound", "id of '5'"),
        ({"hostname": "not a name"}, "SoftLayer_Exception_InvalidValue", "'hostname'"),
    ):
        with pytest.raises(SoftLayer.SoftLayerAPIError) as raised:
            client.call("Virtual_Guest", "createObject", template(**changes))
        assert raised.value.faultCode == code, changes
        assert text in raised.value.faultString
    assert running_api.orders_placed() == 0


@pytest.mark.parametrize(
    ("service", "method", "identifier", "status", "code"),
    [
        ("SoftLayer_Nonsense", "getObject", None, 404, "SoftLayer_Exception_Public"),
        ("SoftLayer_Account", "nonsense", None, 404, "SoftLayer_Exception_Public"),
        ("SoftLayer_Virtual_Guest", "getObject", 1, 404, "SoftLayer_Exception_ObjectNotFound"),
        ("SoftLayer_Virtual_Guest", "getObject", "65e2", 404, "SoftLayer_Exception_ObjectNotFound"),
        ("SoftLayer_Virtual_Guest", "deleteObject", None, 404, "SoftLayer_Exception_Public"),
    ],
)
def test_not_found(
    running_api: RunningApi, service: str, method: str, identifier: int | str | None, status: int, code: str
) -> None:
    for wire, expected in (("xmlrpc", code), ("rest", status)):
        with pytest.raises(SoftLayer.SoftLayerAPIError) as raised:
            running_api.client(wire).call(service, method, id=identifier)
        assert raised.value.faultCode == expected


def test_wrong_credentials(running_api: RunningApi) -> None:
    with pytest.raises(SoftLayer.SoftLayerAPIError) as raised:
        running_api.client("xmlrpc", api_key="wrong").call("Account", "getObject")
    assert raised.value.faultCode == "SoftLayer_Exception_InvalidLegacyToken"
    assert raised.value.faultString == "Invalid API token."
    with pytest.raises(SoftLayer.SoftLayerAPIError, match="Access Denied") as raised:
        running_api.client("rest", api_key="wrong").call("Account", "getObject")
    assert raised.value.faultCode == 401
    answer = httpx.get(f"{running_api.rest}SoftLayer_Account.json")
    assert (answer.status_code, answer.json()["error"]) == (401, "No valid authentication found")
    anonymous = httpx.get(f"{running_api.rest}SoftLayer_Account.json", auth=("apikey", running_api.api_key))
    assert anonymous.status_code == 200


@wires
def test_a_guest_is_found_by_its_guid(running_api: RunningApi, wire: str) -> None:
    client = running_api.client(wire)
    guest = client.call("Virtual_Guest", "createObject", template())
    current = client.call("Virtual_Guest", "getObject", id=guest["globalIdentifier"], mask="mask[id]")
    assert current == {"id": guest["id"]}


def test_rest_as_go_and_docker_machine_read_it(running_api: RunningApi) -> None:
    auth = (running_api.username, running_api.api_key)
    root = running_api.url + "/rest/v3"
    response = httpx.post(
        f"{root}/SoftLayer_Virtual_Guest.json", auth=auth, json={"parameters": [template()]}
    ).json()
    guest = f"{root}/SoftLayer_Virtual_Guest/{response['id']}"
    until(lambda: httpx.get(f"{guest}/getActiveTransaction.json", auth=auth).text == "null", "no transaction")
    address = httpx.get(f"{guest}/getPrimaryIpAddress.json", auth=auth).text
    assert address == f'"{address[1:-1]}"'
    assert httpx.get(f"{guest}/getActiveTransactions", auth=auth).text == "[]"
    assert httpx.get(f"{guest}/isPingable", auth=auth).text == "true"
    plain = httpx.get(guest, auth=auth).json()
    assert plain["notes"] is None
    assert plain["provisionDate"].endswith("+00:00")
    assert httpx.put(guest, auth=auth, json={"parameters": [{**plain, "notes": "put back"}]}).text == "true"
    assert httpx.delete(guest, auth=auth).text == "true"
    key = {"label": "machine", "key": public_key()}
    assert httpx.post(f"{root}/SoftLayer_Security_Ssh_Key", auth=auth, json={"parameters": [key]}).json()[
        "id"
    ]
    response = httpx.get(
        f"{root}/SoftLayer_Location_Datacenter/getDatacenters.json?resultLimit=0,3", auth=auth
    )
    assert len(response.json()) == 3
    assert int(response.headers["SoftLayer-Total-Items"]) > 40
