"""VLANs, subnets and placement groups through the official client and slcli."""

from pathlib import Path
from typing import Any

import pytest
import SoftLayer

from harness.cloud.running_api import RunningApi, serve
from harness.waiting import until
from tests.cloud.services.slcli import Slcli
from tests.support.cloud import bare_metal_orders
from tests.support.cloud.ordering import ready, template
from tests.support.cloud.recorded_machines import RecordedMachines

CREATE = ("vs", "create", "-D", "example.com", "-c", "1", "-m", "1024", "-o", "UBUNTU_22_64", "-d", "dal13")


def of_datacenter(slcli: Slcli, name: str = "dal13") -> dict[str, Any]:
    """A datacenter's VLANs by network and number."""
    return {f"{row['Network']} {row['Number']}": row for row in slcli("vlan", "list", "-d", name)}


def test_slcli_lists_every_vlan_and_subnet_once(slcli: Slcli) -> None:
    vlans, subnets = slcli("vlan", "list", "-l", "50"), slcli("subnet", "list")
    assert len({vlan["Id"] for vlan in vlans}) == len(vlans) == len(subnets) == 129
    assert len({subnet["Identifier"] for subnet in subnets}) == 129
    assert {subnet["VLAN"] for subnet in subnets} == {vlan["Fully qualified name"] for vlan in vlans}
    assert set(of_datacenter(slcli)) == {"Private 1001", "Public 1002", "Private 1003"}


def test_a_server_is_on_the_ordered_vlans(slcli: Slcli, running_api: RunningApi) -> None:
    vlans = of_datacenter(slcli)
    second, front = vlans["Private 1003"]["Id"], vlans["Public 1002"]["Id"]
    subnet = next(row for row in slcli("subnet", "list", "-d", "dal13") if row["VLAN"].endswith("1003"))
    words = (
        "--vlan-private",
        str(second),
        "--subnet-private",
        str(subnet["Id"]),
        "--vlan-public",
        str(front),
    )
    slcli(*CREATE, "-H", "web", *words)
    (listed,) = slcli("vs", "list")
    until(lambda: ready(running_api.client(), listed["id"]), "ready")
    detail = slcli("vs", "detail", str(listed["id"]))
    assert {(vlan["type"], vlan["id"]) for vlan in detail["vlans"]} == {
        ("PRIVATE", second),
        ("PUBLIC", front),
    }

    vlan = slcli("vlan", "detail", str(second))
    assert vlan["vs"] == {"web": "example.com"}
    assert vlan["primary_router"] == "bcr01a.dal13.softlayer.com"
    assert vlan["subnets"][0]["id"] == subnet["Id"]
    detail_rows = slcli("subnet", "detail", str(subnet["Id"]))
    assert list(detail_rows["ipAddresses"].values()).count("In use") == 1
    assert detail_rows["vs"][0]["private_ip"] == detail["private_ip"]
    assert of_datacenter(slcli)["Private 1003"]["Virtual servers"] == 1
    assert of_datacenter(slcli)["Private 1001"]["Virtual servers"] == 0
    assert slcli("subnet", "lookup", detail["private_ip"])["subnet"]["id"] == subnet["Id"]


def test_bare_metal_is_on_vlans_and_subnets_too(slcli: Slcli, running_api: RunningApi) -> None:
    client = running_api.client()
    vlans = of_datacenter(slcli)
    second, front = vlans["Private 1003"]["Id"], vlans["Public 1002"]["Id"]
    subnets = {row["VLAN"].rpartition(".")[2]: row["Id"] for row in slcli("subnet", "list", "-d", "dal13")}
    subnet = subnets["1003"]
    backend = {"networkVlan": {"id": second, "primarySubnet": {"id": subnet}}}
    server = bare_metal_orders.ordered(client, primaryBackendNetworkComponent=backend)
    created = client.call("Virtual_Guest", "createObject", template())
    guest = until(lambda: ready(client, created["id"]), "the guest beside it is ready")
    public, private = server["primaryIpAddress"], server["primaryBackendIpAddress"]
    assert guest["primaryIpAddress"] != public

    listed = of_datacenter(slcli)
    counts = {name: (row["Hardware"], row["Virtual servers"]) for name, row in listed.items()}
    assert counts == {"Private 1001": (0, 1), "Public 1002": (1, 1), "Private 1003": (1, 0)}
    row = {"hostname": "metal", "domain": "example.com", "public_ip": public, "private_ip": private}
    assert slcli("vlan", "detail", str(second))["hardware"] == [row]
    detail_rows = slcli("subnet", "detail", str(subnet))
    assert detail_rows["hardware"] == [row]
    assert list(detail_rows["ipAddresses"].values()).count("In use") == 1
    for address, place in ((private, subnet), (public, subnets["1002"])):
        lookup_rows = slcli("subnet", "lookup", address)
        assert lookup_rows["subnet"]["id"] == place
        assert lookup_rows["device"] == {
            "id": server["id"],
            "name": "metal.example.com",
            "type": "server",
        }
    output = slcli("hardware", "detail", str(server["id"]))
    assert {(vlan["Network"], vlan["Id"]) for vlan in output["vlans"]} == {
        ("PRIVATE", second),
        ("PUBLIC", front),
    }


def test_metal_on_a_vlan_of_another_place_is_refused(running_api: RunningApi) -> None:
    client = running_api.client()
    wrong = {"networkVlan": {"id": 1}}
    with pytest.raises(SoftLayer.SoftLayerAPIError, match="Invalid value provided for 'primaryBackend"):
        client.call(
            "Hardware", "createObject", bare_metal_orders.template(primaryBackendNetworkComponent=wrong)
        )
    assert running_api.orders_placed() == 0


def test_labels_of_vlans_and_subnets(slcli: Slcli, running_api: RunningApi) -> None:
    vlan = str(of_datacenter(slcli)["Private 1003"]["Id"])
    slcli("vlan", "edit", vlan, "-n", "registry", "--tags", "a,b")
    (labelled_vlan,) = slcli("vlan", "list", "--name", "registry")
    assert (str(labelled_vlan["Id"]), labelled_vlan["Tags"]) == (vlan, ["a", "b"])
    subnet = str(slcli("subnet", "list", "-d", "dal13")[0]["Id"])
    slcli("subnet", "edit", subnet, "--note", "backends", "--tags", "c")
    assert slcli("subnet", "detail", subnet)["note"] == "backends"
    mask = "mask[tagReferences.tag.name]"
    current = running_api.client().call("Network_Subnet", "getObject", id=int(subnet), mask=mask)
    assert [reference["tag"]["name"] for reference in current["tagReferences"]] == ["c"]
    assert slcli("vlan", "detail", vlan)["id"] == int(vlan)


@pytest.mark.parametrize("wire", ["xmlrpc", "rest"])
def test_a_vlan_of_another_place_is_refused(running_api: RunningApi, wire: str) -> None:
    client = running_api.client(wire)
    vlans = {
        (vlan["datacenter"]["name"], vlan["networkSpace"]): vlan
        for vlan in client.call("Account", "getNetworkVlans", mask="mask[datacenter,networkSpace]")
    }
    wrong: list[Any] = [
        {"primaryNetworkComponent": {"networkVlan": {"id": vlans["dal13", "PRIVATE"]["id"]}}},
        {"primaryNetworkComponent": {"networkVlan": {"id": vlans["ams01", "PUBLIC"]["id"]}}},
        {"primaryBackendNetworkComponent": {"networkVlan": {"id": 1}}},
        {"primaryBackendNetworkComponent": {"router": {"id": 1}}},
    ]
    for vlan in wrong:
        with pytest.raises(SoftLayer.SoftLayerAPIError, match="Invalid value provided for 'primary"):
            client.call("Virtual_Guest", "createObject", template(**vlan))
    assert running_api.orders_placed() == 0


def test_placement_groups(slcli: Slcli, running_api: RunningApi) -> None:
    options = slcli("vs", "placementgroup", "create-options")
    assert "bcr01a.dal13" in options
    assert "SPREAD" in options
    words = ("vs", "placementgroup")
    slcli(*words, "create", "--name", "apart", "-b", "bcr01a.dal13", "-r", "SPREAD")
    (group,) = slcli(*words, "list")
    assert (group["Name"], group["Backend Router"], group["Guests"]) == ("apart", "bcr01a.dal13", 0)

    slcli(*CREATE, "-H", "web0", "--placementgroup", "apart")
    client = running_api.client()
    guests = [template(f"web{number}", placementGroupId=group["Id"]) for number in range(1, 5)]
    client.call("Virtual_Guest", "createObjects", guests)
    refused = slcli(*CREATE, "-H", "web5", "--placementgroup", "apart", expected=1)
    assert "at most 5" in refused
    assert "is not in ams01" in slcli(
        *CREATE[:-1], "ams01", "-H", "far", "--placementgroup", "apart", expected=1
    )
    assert slcli(*words, "detail", "apart").count("example.com") == 5
    assert "not empty" in slcli(*words, "delete", "apart", expected=1)

    for guest in client.call("Account", "getVirtualGuests"):
        assert guest["placementGroupId"] == group["Id"]
        client.call("Virtual_Guest", "deleteObject", id=guest["id"])
    until(lambda: client.call("Account", "getVirtualGuests") == [], "all are gone")
    slcli(*words, "delete", "apart")
    assert slcli(*words, "list") == []


def test_with_machines_the_subnets_are_those_of_the_machines(tmp_path: Path) -> None:
    machines = RecordedMachines()
    with serve(tmp_path / "cloud", machines=machines) as api:
        client = api.client()
        server = bare_metal_orders.ordered(client)
        guest = client.call("Virtual_Guest", "createObject", template())
        until(lambda: ready(client, guest["id"]), "ready")
        current = client.call(
            "Virtual_Guest",
            "getObject",
            id=guest["id"],
            mask="mask[primaryIpAddressRecord[subnet[networkIdentifier,cidr,gateway]]]",
        )
        assert current["primaryIpAddressRecord"]["subnet"] == {
            "networkIdentifier": "10.201.0.0",
            "cidr": 25,
            "gateway": "10.201.0.1",
        }
        mask = "mask[networkComponents[primarySubnet[cidr],primaryIpAddressRecord[subnet[cidr]]]]"
        ports = client.call("Hardware_Server", "getObject", id=server["id"], mask=mask)["networkComponents"]
        sizes = [
            (port["primarySubnet"]["cidr"], port["primaryIpAddressRecord"]["subnet"]["cidr"])
            for port in ports
            if "primarySubnet" in port
        ]
        assert sizes == [(26, 26), (25, 25)]
