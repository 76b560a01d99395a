"""From order to ready and from cancel to gone, with machines behind that can fail and be slow."""

import logging
import threading
from pathlib import Path

import pytest
import SoftLayer

from harness.cloud.running_api import serve
from harness.waiting import until
from tests.support.cloud.ordering import Plain, is_deleted, public_key, ready, template
from tests.support.cloud.recorded_machines import RecordedMachines

PROVISION = [
    "ASSIGN_HOST",
    "CLONE_CLOUD_TEMPLATE",
    "ATTACH_PRIMARY_DISK",
    "CLOUD_PROVISION_SETUP",
    "CLOUD_CONFIGURE_METADATA_DISK",
    "POWER_ON",
    "INSTALL_COMPLETE",
    "SERVICE_SETUP",
]


def _step(client: SoftLayer.BaseClient, number: int) -> str | None:
    mask = "mask[transactionStatus.name]"
    current = client.call("Virtual_Guest", "getActiveTransaction", id=number, mask=mask)
    return current["transactionStatus"]["name"] if current else None


def _until_ready(client: SoftLayer.BaseClient, number: int) -> Plain:
    return until(lambda: ready(client, number), "ready")


def test_a_machine_is_started_as_ordered_and_destroyed(tmp_path: Path) -> None:
    machines = RecordedMachines()
    with serve(tmp_path, machines=machines) as api:
        client = api.client()
        line = public_key()
        key = client.call("Security_Ssh_Key", "createObject", {"label": "one", "key": line})
        ordered = template(
            sshKeys=[{"id": key["id"]}],
            userData=[{"value": "data"}],
            blockDevices=[{"device": "0", "diskImage": {"capacity": 100}}],
        )
        guest = client.call("Virtual_Guest", "createObject", ordered)
        client.call("Security_Ssh_Key", "deleteObject", id=key["id"])
        current = until(lambda: ready(client, guest["id"]), "ready")
        (spec,) = machines.started
        assert (spec.identifier, spec.hostname, spec.datacenter, spec.os_code) == (
            guest["id"],
            "web",
            "dal13",
            "UBUNTU_22_64",
        )
        assert (spec.cpus, spec.memory_mb, spec.disk_gb, spec.user_data) == (1, 1024, 100, "data")
        assert spec.ssh_public_keys == (line,)
        assert (current["primaryIpAddress"], current["primaryBackendIpAddress"]) == (
            spec.public_ip,
            spec.private_ip,
        )
        machines.on.clear()
        assert client.call("Virtual_Guest", "getPowerState", id=guest["id"])["keyName"] == "HALTED"
        client.call("Virtual_Guest", "deleteObject", id=guest["id"])
        until(lambda: is_deleted(client, guest["id"]), "gone")
        assert machines.destroyed == [guest["id"]]


def test_the_transactions_come_in_order_with_gaps(tmp_path: Path) -> None:
    with serve(tmp_path, speed="realistic") as api:
        client = api.client()
        guest = client.call("Virtual_Guest", "createObject", template())
        steps: list[str | None] = []

        def record_step() -> bool:
            name = _step(client, guest["id"])
            if not steps or steps[-1] != name:
                steps.append(name)
            return bool(ready(client, guest["id"]))

        until(record_step, "ready", 30)
        assert [step for step in steps if step] == PROVISION
        assert None in steps[:-1], "there were no gaps"


def test_at_measured_speed_a_step_takes_its_real_time(tmp_path: Path) -> None:
    with serve(tmp_path, speed="measured") as api:
        client = api.client()
        guest = client.call("Virtual_Guest", "createObject", template())
        until(
            lambda: (
                client.call("Virtual_Guest", "getActiveTransaction", id=guest["id"])["elapsedSeconds"] >= 1
            ),
            "1 s",
        )
        current = client.call("Virtual_Guest", "getActiveTransaction", id=guest["id"])
        status = current["transactionStatus"]
        assert (status["name"], status["averageDuration"]) == ("ASSIGN_HOST", "0.35")


def test_a_failed_machine_leaves_the_transaction_stuck_and_can_be_deleted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    machines = RecordedMachines(refuse={"start"})
    with (
        serve(tmp_path, machines=machines) as api,
        caplog.at_level(logging.ERROR, "cloud.provisioning.pipeline"),
    ):
        client = api.client()
        guest = client.call("Virtual_Guest", "createObject", template())
        until(lambda: "POWER_ON failed: machine" in caplog.text, "the failure is logged")
        current = client.call(
            "Virtual_Guest",
            "getObject",
            id=guest["id"],
            mask="mask[provisionDate,activeTransaction.transactionStatus.name]",
        )
        assert not current["provisionDate"]
        assert current["activeTransaction"]["transactionStatus"]["name"] == "POWER_ON"
        client.call("Virtual_Guest", "deleteObject", id=guest["id"])
        until(lambda: is_deleted(client, guest["id"]), "gone")
        assert machines.destroyed == [guest["id"]]


def test_a_restart_goes_on_where_it_was(tmp_path: Path) -> None:
    slow = RecordedMachines(hold=threading.Event())
    with serve(tmp_path, machines=slow) as api:
        client = api.client()
        guest = client.call("Virtual_Guest", "createObject", template())
        until(lambda: _step(client, guest["id"]) == "POWER_ON", "its machine is being started")
    machines = RecordedMachines()
    with serve(tmp_path, machines=machines) as api:
        client = api.client()
        until(lambda: ready(client, guest["id"]), "ready")
        assert [spec.identifier for spec in machines.started] == [guest["id"]]
        assert api.orders_placed() == 1
        client.call("Virtual_Guest", "deleteObject", id=guest["id"])
    assert slow.hold
    slow.hold.set()
    with serve(tmp_path, machines=machines) as api:
        until(lambda: is_deleted(api.client(), guest["id"]), "gone")


def test_a_failed_start_is_tried_again_after_a_restart(tmp_path: Path) -> None:
    with serve(tmp_path, machines=RecordedMachines(refuse={"start"})) as api:
        guest = api.client().call("Virtual_Guest", "createObject", template())
        assert not ready(api.client(), guest["id"])
    with serve(tmp_path, machines=RecordedMachines()) as api:
        until(lambda: ready(api.client(), guest["id"]), "ready")


def test_running_servers_are_powered_on_again_after_a_restart(tmp_path: Path) -> None:
    with serve(tmp_path, machines=RecordedMachines()) as api:
        client = api.client()
        ids = [client.call("Virtual_Guest", "createObject", template(name))["id"] for name in ("on", "off")]
        for number in ids:
            _until_ready(client, number)
        client.call("Virtual_Guest", "powerOff", id=ids[1])
    machines = RecordedMachines()
    with serve(tmp_path, machines=machines):
        until(lambda: machines.on == {ids[0]}, "the first runs again")
    assert [spec.identifier for spec in machines.started] == [ids[0]]


def test_a_server_cancelled_while_it_is_made_is_reclaimed(tmp_path: Path) -> None:
    machines = RecordedMachines(hold=threading.Event())
    with serve(tmp_path, machines=machines) as api:
        client = api.client()
        guest = client.call("Virtual_Guest", "createObject", template())
        until(lambda: _step(client, guest["id"]) == "POWER_ON", "its machine is being started")
        for _ in range(2):
            assert client.call("Virtual_Guest", "deleteObject", id=guest["id"]) is True
        assert _step(client, guest["id"]) == "RECLAIM_WAIT"
        assert machines.hold
        machines.hold.set()
        until(lambda: is_deleted(client, guest["id"]), "gone")
        assert machines.on == set()


def test_many_servers_get_different_addresses(tmp_path: Path) -> None:
    with serve(tmp_path) as api:
        client = api.client()
        guests = client.call("Virtual_Guest", "createObjects", [template(f"web{at}") for at in range(20)])
        ready_guests = [_until_ready(client, guest["id"]) for guest in guests]
        addresses = {
            row[name] for row in ready_guests for name in ("primaryIpAddress", "primaryBackendIpAddress")
        }
        assert len(addresses) == 40
