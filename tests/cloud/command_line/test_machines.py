"""The whole local cloud: an official client's order becomes a machine, and lives while it should."""

import os
import signal

import pytest
from swiftclient import Connection

from harness.cloud.machine_host import MachineOwner, host_key, left_on_host
from harness.waiting import until
from tests.cloud.command_line.cloud_command import CloudCommand
from tests.support.cloud.ordering import ready, template

pytestmark = pytest.mark.expected_seconds(25)

_UP = ("up", "--port", "0")
_PATIENCE_SECONDS = 120


@pytest.fixture(scope="module")
def guest(cloud: CloudCommand, operator: MachineOwner) -> int:
    """A provisioned guest's id."""
    client = cloud.client()
    key = client.call("Security_Ssh_Key", "createObject", {"label": "test", "key": operator.public_key})
    ordered = client.call("Virtual_Guest", "createObject", template("web", sshKeys=[{"id": key["id"]}]))
    identifier = int(ordered["id"])
    until(lambda: ready(client, identifier), "the guest to be provisioned", _PATIENCE_SECONDS)
    return identifier


def addresses(cloud: CloudCommand, guest: int) -> tuple[str, str]:
    mask = "mask[primaryIpAddress,primaryBackendIpAddress]"
    current = cloud.client().call("Virtual_Guest", "getObject", id=guest, mask=mask)
    return current["primaryIpAddress"], current["primaryBackendIpAddress"]


def test_an_ordered_guest_is_a_machine(cloud: CloudCommand, operator: MachineOwner, guest: int) -> None:
    public, private = addresses(cloud, guest)
    for address in (public, private):
        assert operator.checked_ssh(address, "hostname --fqdn") == "web.example.com"
    running = [guest["identifier"] for guest in cloud.status()["guests"] if guest["running"]]
    assert running == [guest]


def test_what_was_killed_comes_back_with_the_next_up(
    cloud: CloudCommand, operator: MachineOwner, guest: int
) -> None:
    public, _ = addresses(cloud, guest)
    key = host_key(public)
    operator.checked_ssh(public, "echo kept >/root/kept; sync")
    for pid in cloud.status()["processes"].values():
        os.kill(pid, signal.SIGKILL)
    cloud.must(*_UP)
    assert host_key(public) == key
    assert operator.checked_ssh(public, "cat /root/kept; systemctl is-active docker") == "kept\nactive"


def test_down_leaves_nothing_and_up_brings_all_back(
    cloud: CloudCommand, operator: MachineOwner, guest: int
) -> None:
    public, _ = addresses(cloud, guest)
    operator.checked_ssh(public, "echo kept >/var/lib/docker/kept")
    cloud.must("down")
    assert left_on_host(cloud.state_dir) == []
    cloud.must(*_UP)
    assert addresses(cloud, guest)[0] == public
    assert operator.checked_ssh(public, "cat /var/lib/docker/kept") == "kept"


def test_ordered_object_storage_is_reached_from_this_host_and_from_a_machine(
    cloud: CloudCommand, operator: MachineOwner, guest: int
) -> None:
    client = cloud.client()
    order = {
        "complexType": "SoftLayer_Container_Product_Order_Network_Storage_Hub",
        "packageId": 0,
        "quantity": 1,
        "prices": [{"id": 30920}],
        "location": "dal13",
    }
    client.call("Product_Order", "placeOrder", order)
    mask = "mask[id,username,credentials[username,password]]"
    current = until(
        lambda: [
            storage
            for storage in client.call("Account", "getHubNetworkStorage", mask=mask)
            if storage.get("credentials")
        ],
        "the object storage account",
        _PATIENCE_SECONDS,
    )[0]
    output = client.call("Network_Storage", "getObjectStorageConnectionInformation")
    url = next(
        endpoint["publicEndpoint"] for endpoint in output if endpoint["datacenterShortName"] == "dal13"
    )
    login = current["credentials"][0]
    storage = Connection(url, login["username"], login["password"], retries=1)
    storage.put_container("images")
    storage.put_object("images", "o", b"content")
    assert storage.get_object("images", "o")[1] == b"content"
    public, _ = addresses(cloud, guest)
    health = url.replace("/auth/v1.0", "/healthcheck")
    assert operator.checked_ssh(public, f"curl --silent --max-time 10 {health}") == "OK"


def test_a_cancelled_guest_is_gone(cloud: CloudCommand, operator: MachineOwner, guest: int) -> None:
    client = cloud.client()
    client.call("Virtual_Guest", "deleteObject", id=guest)
    until(lambda: not client.call("Account", "getVirtualGuests"), "the guest to be gone", _PATIENCE_SECONDS)
    until(lambda: not cloud.status()["guests"], "the machine to be gone", _PATIENCE_SECONDS)
    assert not list((cloud.state_dir / "disks").iterdir())
