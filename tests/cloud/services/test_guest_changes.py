"""Changes of a virtual server in place, through slcli and the client: upgrade, reload, edit, power."""

from pathlib import Path
from typing import Any

import pytest
import SoftLayer

from harness.cloud.running_api import RunningApi, serve
from harness.waiting import until
from tests.cloud.services.slcli import Slcli
from tests.cloud.services.upgrade_prices import UPGRADE, price_of
from tests.support.cloud.changes import change_is_over, changed, last_transaction
from tests.support.cloud.ordering import Plain, public_key, ready, template
from tests.support.cloud.recorded_machines import RecordedMachines


def order_guest(api: RunningApi, **changes: Any) -> int:  # noqa: ANN401 - parts of a template
    """A server that is ready."""
    client = api.client()
    number: int = client.call("Virtual_Guest", "createObject", template(**changes))["id"]
    until(lambda: ready(client, number), "ready")
    return number


def bill(api: RunningApi, number: int) -> dict[str, str]:
    """What the server is billed for, by category."""
    mask = "mask[billingItem[categoryCode,description,children[categoryCode,description]]]"
    item = api.client().call("Virtual_Guest", "getObject", id=number, mask=mask)["billingItem"]
    return {
        billing_item["categoryCode"]: billing_item["description"]
        for billing_item in (item, *item["children"])
    }


def test_slcli_upgrades_in_place(slcli: Slcli, running_api: RunningApi) -> None:
    number = order_guest(running_api)
    more = ("--network", "1000", "--resize-disk", "100", "2")
    with changed(running_api.client(), number):
        slcli("vs", "upgrade", str(number), "--cpu", "4", "--memory", "8192", *more)
    detail = slcli("vs", "detail", str(number))
    assert (detail["cores"], detail["memory"], detail["id"]) == (4, 8192, number)
    assert [drive["Capacity"] for drive in detail["drives"]] == ["25 GB", "2 GB", "100 GB"]
    lines = bill(running_api, number)
    assert lines["ram"] == "8 GB"
    assert lines["guest_core"].startswith("4 x")
    assert lines["guest_disk1"] == "100 GB (SAN)"
    assert running_api.orders_placed() == 2
    with changed(running_api.client(), number):
        slcli("vs", "upgrade", str(number), "--resize-disk", "200", "2")
    assert bill(running_api, number)["guest_disk1"] == "200 GB (SAN)"


def test_slcli_upgrades_to_another_flavor(slcli: Slcli, running_api: RunningApi) -> None:
    flavor = {"supplementalCreateObjectOptions": {"flavorKeyName": "B1_1X2X25"}}
    number = order_guest(running_api, startCpus=None, maxMemory=None, localDiskFlag=None, **flavor)
    with changed(running_api.client(), number):
        slcli("vs", "upgrade", str(number), "--flavor", "B1_4X8X25")
    detail = slcli("vs", "detail", str(number))
    assert (detail["cores"], detail["memory"], detail["preset"]) == (4, 8192, "B1_4X8X25")
    message = slcli("vs", "upgrade", str(number), "--memory", "16384", expected=1)
    assert "Unable to find memory option" in message


@pytest.mark.parametrize("wire", ["xmlrpc", "rest"])
def test_an_upgrade_that_does_not_add_up(running_api: RunningApi, wire: str) -> None:
    number = order_guest(running_api, blockDevices=[{"device": "2", "diskImage": {"capacity": 100}}])
    client = running_api.client(wire)
    memory = price_of(running_api, number, "ram", "4")
    orders: list[tuple[Plain, str]] = [
        ({"virtualGuests": []}, "is not set"),
        ({"virtualGuests": [{"id": 5}], "prices": [{"id": memory}]}, "Unable to find object"),
        ({"virtualGuests": [{"id": number}]}, "neither prices nor a preset"),
        ({"virtualGuests": [{"id": number}], "prices": [{"id": memory}] * 2}, "Only one price"),
        ({"virtualGuests": [{"id": number}], "prices": [{"id": 45401}]}, "cannot be upgraded to"),
        ({"virtualGuests": [{"id": number}], "presetId": 401}, "not valid for this server"),
        (_with(number, price_of(running_api, number, "guest_disk1", "50")), "cannot be made smaller"),
        (_with(number, price_of(running_api, number, "guest_disk3", "50")), "after the last one"),
        (_with(number, 32001), "does not exist"),
    ]
    for order, words in orders:
        for method in ("verifyOrder", "placeOrder"):
            with pytest.raises(SoftLayer.SoftLayerAPIError, match=words):
                client.call("Product_Order", method, {"complexType": UPGRADE, **order})
    assert running_api.orders_placed() == 1


def _with(number: int, price: int) -> Plain:
    return {"virtualGuests": [{"id": number}], "prices": [{"id": price}]}


@pytest.mark.parametrize("wire", ["xmlrpc", "rest"])
def test_an_upgrade_is_verified_and_takes_transactions(tmp_path: Path, wire: str) -> None:
    machines = RecordedMachines()
    with serve(tmp_path / "cloud", machines=machines) as api:
        number, client = order_guest(api), api.client(wire)
        order = {"complexType": UPGRADE, **_with(number, price_of(api, number, "ram", "4"))}
        verified = client.call("Product_Order", "verifyOrder", {"orderContainers": [order]})
        assert verified["postTaxRecurringHourly"] == "0.048"
        machines.refuse.add("start")
        before = last_transaction(client, number)
        receipt = client.call("Product_Order", "placeOrder", {"orderContainers": [order]})
        assert receipt["placedOrder"]["status"] == "APPROVED"
        mask = "mask[maxMemory,activeTransaction[transactionGroup[name],transactionStatus[name]]]"

        def upgrading() -> Plain | None:
            current = client.call("Virtual_Guest", "getObject", id=number, mask=mask)
            running: Plain = current.get("activeTransaction", {})
            name = running.get("transactionStatus", {}).get("name")
            return running if name == "CLOUD_UPGRADE_POWER_ON" else None

        running = until(upgrading, "it starts again")
        assert running["transactionGroup"]["name"] == "Cloud Instance Upgrade"
        for method, arguments in (
            ("powerOff", ()),
            ("reloadOperatingSystem", ("FORCE", {})),
        ):
            with pytest.raises(SoftLayer.SoftLayerAPIError, match="outstanding transaction"):
                client.call("Virtual_Guest", method, *arguments, id=number)
        with pytest.raises(SoftLayer.SoftLayerAPIError, match="outstanding transaction"):
            client.call("Product_Order", "placeOrder", order)
    machines.refuse.clear()
    with serve(tmp_path / "cloud", machines=machines) as api:
        until(lambda: change_is_over(api.client(wire), number, before), "goes on after a restart")
    assert machines.started[-1].memory_mb == 4096


def test_an_upgrade_is_over_once_the_server_runs_again(tmp_path: Path) -> None:
    """Between its transactions, with gaps as long as these, the server stands still and looks ready."""
    machines = RecordedMachines()
    with serve(tmp_path / "cloud", speed="realistic", machines=machines) as api:
        client, number = api.client(), order_guest(api)
        order = {"complexType": UPGRADE, **_with(number, price_of(api, number, "ram", "4"))}
        with changed(client, number):
            client.call("Product_Order", "placeOrder", order)
        assert number in machines.on
        assert machines.started[-1].memory_mb == 4096


def test_slcli_reloads(tmp_path: Path, slcli: Slcli, running_api: RunningApi) -> None:
    file = tmp_path / "key.pub"
    file.write_text(public_key(), "utf-8")
    slcli("sshkey", "add", "operator", "-f", str(file))
    number = order_guest(running_api)
    address = slcli("vs", "detail", str(number))["public_ip"]
    client = running_api.client()
    with changed(client, number):
        slcli("vs", "reload", str(number), "-k", "operator", "-i", "https://example.com/x.sh")
    assert slcli("vs", "ready", str(number)).strip().strip('"') == "READY"
    mask = (
        "mask[postInstallScriptUri,sshKeys[label],lastOperatingSystemReload[id,createDate],primaryIpAddress]"
    )
    current = client.call("Virtual_Guest", "getObject", id=number, mask=mask)
    assert current["postInstallScriptUri"] == "https://example.com/x.sh"
    assert [key["label"] for key in current["sshKeys"]] == ["operator"]
    assert current["primaryIpAddress"] == address
    assert current["lastOperatingSystemReload"]["id"]
    client.call("Virtual_Guest", "editObject", {"notes": "later"}, id=number)
    again = client.call("Virtual_Guest", "getObject", id=number, mask=mask)
    assert again["lastOperatingSystemReload"] == current["lastOperatingSystemReload"]


@pytest.mark.parametrize("wire", ["xmlrpc", "rest"])
def test_a_reload_changes_system_keys_and_script_of_the_machine(tmp_path: Path, wire: str) -> None:
    machines = RecordedMachines()
    with serve(tmp_path / "cloud", machines=machines) as api:
        client = api.client(wire)
        key = client.call("Security_Ssh_Key", "createObject", {"label": "k", "key": public_key("new")})
        number = order_guest(api, postInstallScriptUri="https://example.com/first")
        assert machines.scripts == [(number, "https://example.com/first")]
        options = client.call("Virtual_Guest", "getCreateObjectOptions")["operatingSystems"]
        debian = next(
            option
            for option in options
            if option["template"]["operatingSystemReferenceCode"] == "DEBIAN_12_64"
        )
        config = {"sshKeyIds": [key["id"]], "itemPrices": [{"id": debian["itemPrice"]["id"]}]}
        token = client.call("Virtual_Guest", "reloadOperatingSystem", "", config, id=number)
        assert machines.reinstalled == []
        with changed(client, number):
            assert client.call("Virtual_Guest", "reloadOperatingSystem", token, config, id=number) == "OK"
        (spec,) = machines.reinstalled
        assert (spec.os_code, spec.ssh_public_keys) == ("DEBIAN_12_64", (key["key"],))
        assert machines.scripts == [(number, "https://example.com/first")]
        assert "Debian" in bill(api, number)["os"]
        again = client.call("Virtual_Guest", "reloadOperatingSystem", token, {}, id=number)
        assert again not in ("OK", token), "a token confirms one reload"
        for wrong in ({"itemPrices": [{"id": 899}]}, {"imageTemplateId": "x"}, {"sshKeyIds": [5]}):
            with pytest.raises(SoftLayer.SoftLayerAPIError):
                client.call("Virtual_Guest", "reloadOperatingSystem", "FORCE", wrong, id=number)
        assert len(machines.reinstalled) == 1


def test_a_reload_can_be_cancelled_with_the_server(tmp_path: Path) -> None:
    machines = RecordedMachines()
    with serve(tmp_path / "cloud", machines=machines) as api:
        client, number = api.client(), order_guest(api)
        machines.refuse.add("reinstall")
        client.call("Virtual_Guest", "reloadOperatingSystem", "FORCE", {}, id=number)
        client.call("Virtual_Guest", "deleteObject", id=number)
        until(lambda: number in machines.destroyed, "destroyed")


def test_slcli_edits(slcli: Slcli, running_api: RunningApi) -> None:
    number = order_guest(running_api, networkComponents=[{"maxSpeed": 100}])
    words = ("--hostname", "db", "--domain", "example.org", "-g", "red", "-g", "blue", "-u", "data")
    slcli("vs", "edit", str(number), *words, "--public-speed", "1000", "--private-speed", "10")
    detail = slcli("vs", "detail", str(number))
    assert (detail["fqdn"], sorted(detail["tags"])) == ("db.example.org", ["blue", "red"])
    mask = "mask[userData[value],primaryNetworkComponent.maxSpeed,primaryBackendNetworkComponent.maxSpeed]"
    client = running_api.client()
    current = client.call("Virtual_Guest", "getObject", id=number, mask=mask)
    assert current["userData"] == [{"value": "data"}]
    assert current["primaryNetworkComponent"]["maxSpeed"] == 1000
    assert current["primaryBackendNetworkComponent"]["maxSpeed"] == 10
    with pytest.raises(SoftLayer.SoftLayerAPIError, match="newSpeed"):
        client.call("Virtual_Guest", "setPublicNetworkInterfaceSpeed", 77, id=number)


def test_slcli_powers_off_and_on(slcli: Slcli, running_api: RunningApi) -> None:
    number = str(order_guest(running_api))
    states = []
    for command in ("power-off", "power-on", "reboot"):
        slcli("vs", command, number)
        states.append(slcli("vs", "detail", number)["state"])
    assert states == ["HALTED", "RUNNING", "RUNNING"]
