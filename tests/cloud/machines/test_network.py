"""Security groups and global IPs on real machines: what really gets through, and to whom."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import SoftLayer

from cloud.machines.local_machines import LocalMachines
from dev.images.machine import machine_image
from harness.cloud.machine_host import MachineOwner, host_key, left_on_host
from harness.cloud.running_api import serve
from harness.waiting import until
from tests.support.cloud.ordering import ready, template

GROUP = "Network_SecurityGroup"
GLOBAL_IP = "Network_Subnet_IpAddress_Global"
SERVE = "/usr/sbin/sshd -p {port}"


@dataclass(frozen=True)
class Place:
    """Two servers side by side in one datacenter, a third in another, and who may log in to them."""

    client: SoftLayer.BaseClient
    operator: MachineOwner
    web: dict[str, Any]
    near: dict[str, Any]
    far: dict[str, Any]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    state_dir = tmp_path_factory.mktemp("cloud")
    operator = MachineOwner(tmp_path_factory.mktemp("operator"))
    machines = LocalMachines(state_dir, machine_image())
    try:
        machines.up()
        with serve(state_dir, machines=machines) as api:
            client = api.client()
            key = client.call("Security_Ssh_Key", "createObject", {"label": "o", "key": operator.public_key})
            numbers = [
                _order(client, key["id"], *order)
                for order in (("web", "dal13"), ("near", "dal13"), ("far", "ams03"))
            ]
            servers = [_ready(client, number) for number in numbers]
            yield Place(client, operator, *servers)
    finally:
        machines.down()
    assert left_on_host(state_dir) == []


def _order(client: SoftLayer.BaseClient, key: int, hostname: str, datacenter: str) -> int:
    ordered = template(hostname, datacenter={"name": datacenter}, sshKeys=[{"id": key}])
    return int(client.call("Virtual_Guest", "createObject", ordered)["id"])


def _ready(client: SoftLayer.BaseClient, number: int) -> dict[str, Any]:
    until(lambda: ready(client, number), "ready", 240)
    mask = "mask[id,primaryIpAddress,primaryBackendIpAddress,networkComponents[id,port]]"
    current: dict[str, Any] = client.call("Virtual_Guest", "getObject", id=number, mask=mask)
    return current


def _port(server: dict[str, Any], number: int) -> int:
    return next(
        int(component["id"]) for component in server["networkComponents"] if component["port"] == number
    )


def _rule(direction: str, port: int, **who: object) -> dict[str, object]:
    ports = {"portRangeMin": port, "portRangeMax": port}
    return {"direction": direction, "protocol": "tcp", **ports, **who}


def _open(address: str, port: int) -> bool:
    """Whether the operator, on this host, gets a connection."""
    command = ["timeout", "1", "bash", "-c", f"</dev/tcp/{address}/{port}"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def _opens(place: Place, server: dict[str, Any], address: str, port: int) -> bool:
    """Whether a server gets a connection."""
    output = place.operator.ssh(server["primaryIpAddress"], f"timeout 1 bash -c '</dev/tcp/{address}/{port}'")
    return output.returncode == 0


def _settled(place: Place, component: int) -> None:
    def done() -> bool:
        current: bool = place.client.call(
            "Virtual_Guest_Network_Component", "securityGroupsReady", id=component
        )
        return current

    until(done, "the group is in place")


def test_a_group_filters_what_reaches_and_leaves_its_member(place: Place) -> None:
    client, web, near, far = place.client, place.web, place.near, place.far
    address, component = web["primaryIpAddress"], _port(web, 1)
    for port in (8001, 8002):
        place.operator.checked_ssh(address, SERVE.format(port=port))
    until(lambda: _open(address, 8001) and _open(address, 8002), "both are served")
    group = client.call(GROUP, "createObject", {"name": "web"})["id"]
    peer = client.call(GROUP, "createObject", {"name": "peers"})["id"]
    rules = [
        _rule("ingress", 22),
        _rule("ingress", 8001, remoteGroupId=peer),
        _rule("egress", 22, remoteIp=near["primaryIpAddress"]),
    ]
    client.call(GROUP, "addRules", rules, id=group)
    client.call(GROUP, "attachNetworkComponents", [component], id=group)
    _settled(place, component)
    try:
        assert _open(address, 22)
        assert not _open(address, 8001)
        assert _open(web["primaryBackendIpAddress"], 8001), "the private interface is in no group"
        assert not _opens(place, near, address, 8001)
        assert _opens(place, web, near["primaryIpAddress"], 22)
        assert not _opens(place, web, far["primaryIpAddress"], 22)
        near_component = _port(near, 1)
        client.call(GROUP, "addRules", [{"direction": "ingress"}, {"direction": "egress"}], id=peer)
        client.call(GROUP, "attachNetworkComponents", [near_component], id=peer)
        _settled(place, near_component)
        assert _opens(place, near, address, 8001), "a member of the remote group, on the same bridge"
        assert not _opens(place, near, address, 8002)
        assert not _opens(place, far, address, 8001)
        client.call(GROUP, "detachNetworkComponents", [near_component], id=peer)
    finally:
        client.call(GROUP, "detachNetworkComponents", [component], id=group)
        _settled(place, component)
    assert _open(address, 8002)
    client.call(GROUP, "deleteObject", id=group)
    client.call(GROUP, "deleteObject", id=peer)


def test_a_global_ip_leads_to_a_machine_and_moves_to_another_datacenter(place: Place) -> None:
    client, near, far = place.client, place.near, place.far
    receipt = SoftLayer.NetworkManager(client).add_global_ip()
    assert receipt["orderId"]
    (current,) = until(
        lambda: client.call("Account", "getGlobalIpRecords", mask="mask[id,ipAddress]"), "there"
    )
    number, own = current["id"], current["ipAddress"]["ipAddress"]
    assert not _open(own, 22)
    for server in (near, far):
        address = server["primaryIpAddress"]
        place.operator.checked_ssh(address, f"ip address replace {own}/32 dev lo")
        assert client.call(GLOBAL_IP, "route", address, id=number) is True
        until(lambda: _key(own) == host_key(address), f"{own} is {address}", 30)  # noqa: B023
        assert _opens(place, place.web, own, 22), "from another machine"
    item = client.call(GLOBAL_IP, "getBillingItem", id=number)["id"]
    client.call("Billing_Item", "cancelService", id=item)
    until(lambda: client.call("Account", "getGlobalIpRecords") == [], "cancelled")
    assert not _open(own, 22)


def _key(address: str) -> str | None:
    try:
        return host_key(address)
    except (subprocess.CalledProcessError, IndexError):
        return None
