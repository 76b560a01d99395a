"""The real `slcli`, as a process, on both wires."""

import json
from pathlib import Path

import SoftLayer

from harness.cloud.running_api import RunningApi
from harness.waiting import until
from tests.cloud.services.slcli import Slcli
from tests.support.cloud.changes import changed
from tests.support.cloud.ordering import is_deleted, public_key, ready, template


def test_create_list_detail_cancel(slcli: Slcli, running_api: RunningApi, tmp_path: Path) -> None:
    key_file = tmp_path / "key.pub"
    key_file.write_text(public_key(), "utf-8")
    slcli("sshkey", "add", "operator", "-f", str(key_file))
    assert [row["label"] for row in slcli("sshkey", "list")] == ["operator"]

    create = ["vs", "create", "-H", "web", "-D", "example.com", "-f", "B1_1X2X25", "-d", "dal13"]
    test = slcli(*create, "-o", "UBUNTU_22_64", "--test")
    assert running_api.orders_placed() == 0
    receipt = slcli(
        *create, "-o", "UBUNTU_22_64", "-k", "operator", "-g", "red", "-u", "data", "--wait", "30"
    )
    assert running_api.orders_placed() == 1
    assert "0.049" in json.dumps(test)
    assert "0.049" in json.dumps(receipt)

    (listed,) = slcli("vs", "list")
    assert (listed["hostname"], listed["datacenter"], listed["action"]) == ("web", "dal13", None)
    detail = slcli("vs", "detail", "web", "--price")
    assert (detail["fqdn"], detail["state"], detail["tags"]) == ("web.example.com", "RUNNING", ["red"])
    assert (detail["cores"], detail["memory"], detail["preset"]) == (1, 2048, "B1_1X2X25") or detail[
        "cores"
    ] == 1
    assert detail["owner"] == running_api.username
    assert slcli("vs", "ready", "web").strip().strip('"') == "READY"
    assert slcli("vs", "list", "--tag", "red")[0]["id"] == listed["id"]
    assert slcli("vs", "list", "--tag", "blue") == []

    slcli("vs", "cancel", "web")
    until(lambda: is_deleted(running_api.client(), listed["id"]), "the server is gone")


def test_create_custom_monthly_private(slcli: Slcli, running_api: RunningApi) -> None:
    slcli(
        "vs",
        "create",
        "-H",
        "db",
        "-D",
        "example.com",
        "-c",
        "2",
        "-m",
        "4096",
        "-d",
        "ams03",
        "-o",
        "DEBIAN_LATEST_64",
        "--billing",
        "monthly",
        "--disk",
        "25",
        "--disk",
        "100",
        "--private",
        "-n",
        "1000",
    )
    client = running_api.client()
    (listed,) = slcli("vs", "list", "--monthly")
    until(lambda: ready(client, listed["id"]), "ready")
    detail = slcli("vs", "detail", str(listed["id"]))
    assert (detail["private_only"], detail["public_ip"], detail["billing"]) == (True, "-", "Monthly")
    assert [drive["Capacity"] for drive in detail["drives"]] == ["25 GB", "2 GB", "100 GB"]


def test_create_options(slcli: Slcli) -> None:
    tables = slcli("vs", "create-options")
    assert any(table.get("Value") == "dal13" for table in tables[0])
    assert any(table.get("Value") == "B1_1X2X25" for table in tables[1])
    custom = slcli("vs", "create-options", "--vsi-type", "CLOUD_SERVER", "--prices")
    assert "UBUNTU_24_64" in json.dumps(custom)


def test_a_refused_order_gives_the_reason(slcli: Slcli) -> None:
    words = ("vs", "create", "-H", "web", "-D", "example.com", "-c", "1", "-m", "1024", "-o", "UBUNTU_22_64")
    message = slcli(*words, "-d", "xyz99", expected=1)
    assert "Invalid value provided for 'datacenter.name'" in message


def test_object_storage(slcli: Slcli, running_api: RunningApi) -> None:
    order = {"packageId": 0, "quantity": 1, "prices": [{"id": 30920}]}
    running_api.client().call("Product_Order", "placeOrder", order)
    accounts = until(lambda: slcli("object-storage", "accounts"), "an account")
    assert [(account["name"], account["apiType"]) for account in accounts] == [("SLOS12345-1", "Swift")]
    slcli("object-storage", "cancel", str(accounts[0]["id"]), "--immediate")
    until(lambda: running_api.client().call("Account", "getHubNetworkStorage") == [], "the account is gone")


def test_security_groups(slcli: Slcli, running_api: RunningApi) -> None:
    created = slcli("securitygroup", "create", "-n", "web", "-d", "doors")
    group = str(created["id"])
    (added,) = slcli(
        "securitygroup", "rule-add", group, "-d", "ingress", "-p", "tcp", "-m", "443", "-M", "443"
    )
    assert added["requestId"]
    (rule,) = slcli("securitygroup", "rule-list", group)
    assert (rule["portRangeMin"], rule["protocol"], rule["remoteIp"]) == (443, "tcp", None)
    slcli("securitygroup", "rule-edit", group, str(rule["id"]), "-r", "10.0.0.0/8")
    assert slcli("securitygroup", "detail", group)["rules"][0]["remoteIp"] == "10.0.0.0/8"
    slcli("securitygroup", "edit", group, "-n", "front")
    assert [row["name"] for row in slcli("securitygroup", "list")] == ["front"]

    create = ["vs", "create", "-H", "web", "-D", "example.com", "-f", "B1_1X2X25", "-d", "dal13"]
    slcli(*create, "-o", "UBUNTU_22_64", "-S", group)
    client = running_api.client()
    (guest,) = client.call("Account", "getVirtualGuests")
    until(lambda: ready(client, guest["id"]), "ready")
    server = ("-s", str(guest["id"]), "-i", "private")
    # `slcli securitygroup event-log` fails by itself: it adds two generators.
    assert slcli("securitygroup", "interface-add", group, *server)[0]["requestId"]
    interfaces = slcli("securitygroup", "interface-list", group)
    assert {interface["interface"] for interface in interfaces} == {"PUBLIC", "PRIVATE"}
    assert len(slcli("securitygroup", "detail", group)["servers"]) == 2
    assert "network components are attached" in slcli("securitygroup", "delete", group, expected=1)
    for side in ("private", "public"):
        slcli("securitygroup", "interface-remove", group, "-s", str(guest["id"]), "-i", side)
    slcli("securitygroup", "rule-remove", group, str(rule["id"]))
    slcli("securitygroup", "delete", group)
    assert slcli("securitygroup", "list") == []


def test_global_ips(slcli: Slcli, running_api: RunningApi) -> None:
    client = running_api.client()
    guest = client.call("Virtual_Guest", "createObject", template())["id"]
    target = until(lambda: ready(client, guest), "ready")["primaryIpAddress"]
    assert "20.00" in json.dumps(slcli("globalip", "create"))
    (listed,) = until(lambda: slcli("globalip", "list", "--ip-version", "v4"), "listed")
    assert (listed["assigned"], listed["target"]) == ("No", "None")
    slcli("globalip", "assign", listed["ip"], target)
    until(lambda: slcli("globalip", "list")[0]["target"] == f"{target} (web.example.com)", "assigned")
    slcli("globalip", "unassign", str(listed["id"]))
    until(lambda: slcli("globalip", "list")[0]["assigned"] == "No", "unassigned")
    slcli("globalip", "cancel", str(listed["id"]))
    until(lambda: slcli("globalip", "list") == [], "cancelled")


def test_bare_metal_create_list_detail_reload_cancel(slcli: Slcli, running_api: RunningApi) -> None:
    client = running_api.client()
    size = "S1270_8GB_2X1TBSATA_NORAID"
    options = slcli("hw", "create-options")
    assert size in json.dumps(options)
    create = ["hw", "create", "-H", "metal", "-D", "example.com", "-s", size, "-o", "UBUNTU_22_64"]
    create += ["-d", "dal13", "--network", "1_GBPS_PUBLIC_PRIVATE_NETWORK_UPLINKS"]
    test = slcli(*create, "--billing", "monthly", "--test")
    assert "Total monthly cost" in json.dumps(test)
    assert running_api.orders_placed() == 0
    slcli(*create)
    assert running_api.orders_placed() == 1

    (listed,) = slcli("hw", "list")
    number = listed["id"]
    assert (listed["hostname"], listed["datacenter"], listed["owner"]) == (
        "metal",
        "dal13",
        running_api.username,
    )
    until(lambda: hardware_ready(client, number), "the server is ready")
    detail = slcli("hw", "detail", str(number), "--price", "--components")
    assert (detail["fqdn"], detail["status"], detail["cores"]) == ("metal.example.com", "ACTIVE", 4)
    assert (detail["billing"], detail["owner"], detail["os"]) == ("Hourly", running_api.username, "Ubuntu")
    assert len(detail["drives"]) == 2

    with changed(client, number, "Hardware_Server"):
        slcli("hw", "reload", str(number))
    slcli("hw", "cancel", str(number), "--immediate")
    until(lambda: slcli("hw", "list") == [], "the server is gone")


def hardware_ready(client: SoftLayer.BaseClient, number: int) -> bool:
    mask = "mask[provisionDate,activeTransaction[id]]"
    current = client.call("Hardware_Server", "getObject", id=number, mask=mask)
    return bool(current["provisionDate"]) and "activeTransaction" not in current
