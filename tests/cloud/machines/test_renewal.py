"""A real machine that is upgraded and reinstalled, and the scripts that run in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cloud.machines.local_machines import LocalMachines
from dev.images.machine import machine_image
from harness.cloud.machine_host import MachineOwner, host_key, left_on_host
from harness.cloud.running_api import RunningApi, serve
from harness.waiting import until
from tests.cloud.machines.https_files import Authority, served
from tests.cloud.services.upgrade_prices import UPGRADE, price_of
from tests.support.cloud.changes import changed
from tests.support.cloud.ordering import Plain, ready, template

SCRIPT = b"#!/bin/sh\necho ran as $(id -un) in $(pwd) >/root/proof\necho to the log\nexit 3\n"
PATIENCE = 120


@dataclass(frozen=True)
class Cloud:
    """An API over real machines, and where they find scripts."""

    api: RunningApi
    operator: MachineOwner
    key: int
    https: str
    http: str

    def ready(self, number: int) -> str:
        """The server's address, once it is ready."""
        client = self.api.client()
        current: Plain = until(lambda: ready(client, number), "ready", PATIENCE)
        return str(current["primaryIpAddress"])


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    state_dir, folder = tmp_path_factory.mktemp("cloud"), tmp_path_factory.mktemp("authority")
    operator = MachineOwner(tmp_path_factory.mktemp("operator"))
    trust = folder / "trust.pem"
    machines = LocalMachines(state_dir, machine_image(), trust)
    try:
        machines.up()
        gateway = machines.gateway("dal13")
        authority = Authority(folder, gateway)
        authority.make()
        files = {"/script": SCRIPT}
        with (
            served(gateway, files, authority) as https,
            served(gateway, files, None) as http,
            serve(state_dir, machines=machines) as api,
        ):
            labelled = {"label": "operator", "key": operator.public_key}
            key = api.client().call("Security_Ssh_Key", "createObject", labelled)
            yield Cloud(api, operator, int(key["id"]), https, http)
    finally:
        machines.down()
    assert left_on_host(state_dir) == []


def test_script_upgrade_and_reload_of_one_machine(cloud: Cloud, tmp_path: Path) -> None:
    run, client = cloud.operator.checked_ssh, cloud.api.client()
    ordered = template(sshKeys=[{"id": cloud.key}], userData=[{"value": "first"}], maxMemory=1024)
    ordered["postInstallScriptUri"] = f"{cloud.https}/script"
    number = int(client.call("Virtual_Guest", "createObject", ordered)["id"])
    address = cloud.ready(number)
    assert run(address, "cat /root/proof") == "ran as root in /root"
    assert run(address, "cat /var/log/post_install.log") == "to the log\nended with 3"
    assert run(address, "cat /etc/softlayer/user-data") == "first"
    first_key = host_key(address)

    # An upgrade restarts the same machine: its files, its host key and its script's traces stay.
    run(address, "touch /root/mine /var/lib/docker/mine")
    client.call("Virtual_Guest", "setUserMetadata", ["second"], id=number)
    memory = price_of(cloud.api, number, "ram", "2")
    booted = run(address, "cat /proc/1/stat").split()[21]
    order = {"complexType": UPGRADE, "virtualGuests": [{"id": number}], "prices": [{"id": memory}]}
    with changed(client, number, seconds=PATIENCE):
        client.call("Product_Order", "placeOrder", order)
    assert run(address, "ls /root/mine /var/lib/docker/mine").splitlines() == [
        "/root/mine",
        "/var/lib/docker/mine",
    ]
    assert run(address, "cat /proc/1/stat").split()[21] != booted
    assert run(address, "cat /etc/softlayer/user-data") == "second"
    assert host_key(address) == first_key

    # A reload is another machine at the same address; a script over plain http is only downloaded.
    config = {"customProvisionScriptUri": f"{cloud.http}/script", "sshKeyIds": [cloud.key]}
    with changed(client, number, seconds=PATIENCE):
        assert client.call("Virtual_Guest", "reloadOperatingSystem", "FORCE", config, id=number) == "OK"
    assert cloud.ready(number) == address
    assert host_key(address) != first_key
    assert run(address, "ls /root /var/lib/docker | grep -c -e mine -e proof || true") == "0"
    assert run(address, "cat /root/post_install").encode() + b"\n" == SCRIPT
