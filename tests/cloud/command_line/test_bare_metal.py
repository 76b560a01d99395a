"""The whole local cloud: an official client's order of bare metal is a machine until it is cancelled."""

import pytest
import SoftLayer

from harness.cloud.machine_host import MachineOwner, host_key
from harness.waiting import until
from tests.cloud.command_line.cloud_command import CloudCommand
from tests.support.cloud.bare_metal_orders import PRESET, idle, is_deleted
from tests.support.cloud.changes import changed
from tests.support.cloud.ordering import Plain

pytestmark = pytest.mark.expected_seconds(25)

_PATIENCE_SECONDS = 180


@pytest.fixture(scope="module")
def key(cloud: CloudCommand, operator: MachineOwner) -> int:
    """The operator's key in the account."""
    properties = {"label": "test", "key": operator.public_key}
    return int(cloud.client().call("Security_Ssh_Key", "createObject", properties)["id"])


@pytest.fixture(scope="module")
def metal(cloud: CloudCommand, key: int) -> Plain:
    """A server that is ready, as the official client shows it."""
    client = cloud.client()
    receipt = SoftLayer.HardwareManager(client).place_order(
        size=PRESET,
        hostname="metal",
        domain="example.com",
        location="dal13",
        os="UBUNTU_24_64",
        port_speed=1000,
        hourly=True,
        ssh_keys=[key],
    )
    (server,) = receipt["orderDetails"]["hardware"]
    return until(lambda: idle(client, server["globalIdentifier"]), "the server is ready", _PATIENCE_SECONDS)


def test_ordered_metal_is_a_machine(cloud: CloudCommand, operator: MachineOwner, metal: Plain) -> None:
    for address in (metal["primaryIpAddress"], metal["primaryBackendIpAddress"]):
        assert operator.checked_ssh(address, "hostname --fqdn") == "metal.example.com"
    system = operator.checked_ssh(
        metal["primaryIpAddress"], "cat /etc/os-release; systemctl is-active docker"
    )
    assert "\nID=" in system
    assert system.endswith("\nactive")
    running = [guest["identifier"] for guest in cloud.status()["guests"] if guest["running"]]
    assert running == [metal["id"]]


def test_its_addresses_are_of_the_datacenters_subnets(cloud: CloudCommand, metal: Plain) -> None:
    manager = SoftLayer.NetworkManager(cloud.client())
    for name, space in (("primaryIpAddress", "PUBLIC"), ("primaryBackendIpAddress", "PRIVATE")):
        lookup = manager.ip_lookup(metal[name])
        assert lookup["hardware"]["id"] == metal["id"]
        vlan = manager.get_vlan(lookup["subnet"]["networkVlanId"])
        assert vlan["networkSpace"] == space
        assert [server["hostname"] for server in vlan["hardware"]] == ["metal"]


def test_a_reload_makes_it_anew(cloud: CloudCommand, operator: MachineOwner, key: int, metal: Plain) -> None:
    client, public = cloud.client(), metal["primaryIpAddress"]
    before = host_key(public)
    operator.checked_ssh(public, "echo kept >/root/kept; echo kept >/var/lib/docker/kept; sync")
    with changed(client, metal["id"], "Hardware_Server", _PATIENCE_SECONDS):
        assert SoftLayer.HardwareManager(client).reload(metal["id"], ssh_keys=[key]) == "OK"
    after = until(lambda: idle(client, metal["globalIdentifier"]), "the server is ready")
    assert after["lastOperatingSystemReload"]["id"] > 0
    assert after["primaryIpAddress"] == public
    assert host_key(public) != before
    remaining = "ls /root/kept /var/lib/docker/kept 2>/dev/null | wc -l; hostname --fqdn"
    assert operator.checked_ssh(public, remaining) == "0\nmetal.example.com"


def test_down_and_up_brings_it_back(cloud: CloudCommand, operator: MachineOwner, metal: Plain) -> None:
    public = metal["primaryIpAddress"]
    operator.checked_ssh(public, "echo kept >/root/kept; sync")
    cloud.must("down")
    cloud.must("up", "--port", "0")
    assert operator.checked_ssh(public, "cat /root/kept; systemctl is-active docker") == "kept\nactive"
    current = cloud.client().call("Hardware_Server", "getServerPowerState", id=metal["id"])
    assert current == "on"


def test_cancelled_metal_is_gone_from_the_host(cloud: CloudCommand, metal: Plain) -> None:
    client = cloud.client()
    assert SoftLayer.HardwareManager(client).cancel_hardware(metal["id"], immediate=True)
    until(lambda: is_deleted(client, metal["id"]), "the server to be gone", _PATIENCE_SECONDS)
    assert cloud.status()["guests"] == []
    assert not list((cloud.state_dir / "disks").iterdir())
    assert client.call("Account", "getAllTopLevelBillingItems") == []
