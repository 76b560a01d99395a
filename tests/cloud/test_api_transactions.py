"""From order to ready and from cancel to gone, with machines behind that can fail and be slow."""

import logging
import threading
from pathlib import Path

import pytest
import SoftLayer

from tests.cloud.ordering import Plain, gone, public_key, ready, template
from tests.cloud.recorded_machines import RecordedMachines
from tests.cloud.serving import serve
from tests.cloud.waiting import until

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
    found = client.call("Virtual_Guest", "getActiveTransaction", id=number, mask=mask)
    return found["transactionStatus"]["name"] if found else None


def _until_ready(client: SoftLayer.BaseClient, number: int) -> Plain:
    return until(lambda: ready(client, number), "ready")


def test_a_machine_is_started_as_ordered_and_destroyed(tmp_path: Path) -> None:
    machines = RecordedMachines()
    with serve(tmp_path, machines=machines) as api:
        client = api.client()
        line = public_key()
        key = client.call("Security_Ssh_Key", "createObject", {"label": "one", "key": line})
        wanted = template(
            sshKeys=[{"id": key["id"]}],
            userData=[{"value": "data"}],
            blockDevices=[{"device": "0", "diskImage": {"capacity": 100}}],
        )
        made = client.call("Virtual_Guest", "createObject", wanted)
        client.call("Security_Ssh_Key", "deleteObject", id=key["id"])
        found = until(lambda: ready(client, made["id"]), "ready")
        (spec,) = machines.started
        assert (spec.identifier, spec.hostname, spec.datacenter, spec.os_code) == (
            made["id"],
            "web",
            "dal13",
            "UBUNTU_22_64",
        )
        assert (spec.cpus, spec.memory_mb, spec.disk_gb, spec.user_data) == (1, 1024, 100, "data")
        assert spec.ssh_public_keys == (line,)
        assert (found["primaryIpAddress"], found["primaryBackendIpAddress"]) == (
            spec.public_ip,
            spec.private_ip,
        )
        machines.on.clear()
        assert client.call("Virtual_Guest", "getPowerState", id=made["id"])["keyName"] == "HALTED"
        client.call("Virtual_Guest", "deleteObject", id=made["id"])
        until(lambda: gone(client, made["id"]), "gone")
        assert machines.destroyed == [made["id"]]


def test_the_transactions_come_in_order_with_gaps(tmp_path: Path) -> None:
    with serve(tmp_path, speed="realistic") as api:
        client = api.client()
        made = client.call("Virtual_Guest", "createObject", template())
        seen: list[str | None] = []

        def look() -> bool:
            name = _step(client, made["id"])
            if not seen or seen[-1] != name:
                seen.append(name)
            return bool(ready(client, made["id"]))

        until(look, "ready", 30)
        assert [one for one in seen if one] == PROVISION
        assert None in seen[:-1], "there were no gaps"


def test_at_measured_speed_a_step_takes_its_real_time(tmp_path: Path) -> None:
    with serve(tmp_path, speed="measured") as api:
        client = api.client()
        made = client.call("Virtual_Guest", "createObject", template())
        until(
            lambda: (
                client.call("Virtual_Guest", "getActiveTransaction", id=made["id"])["elapsedSeconds"] >= 1
            ),
            "1 s",
        )
        found = client.call("Virtual_Guest", "getActiveTransaction", id=made["id"])
        status = found["transactionStatus"]
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
        made = client.call("Virtual_Guest", "createObject", template())
        until(lambda: "POWER_ON failed: machine" in caplog.text, "the operator is told")
        found = client.call(
            "Virtual_Guest",
            "getObject",
            id=made["id"],
            mask="mask[provisionDate,activeTransaction.transactionStatus.name]",
        )
        assert not found["provisionDate"]
        assert found["activeTransaction"]["transactionStatus"]["name"] == "POWER_ON"
        client.call("Virtual_Guest", "deleteObject", id=made["id"])
        until(lambda: gone(client, made["id"]), "gone")
        assert machines.destroyed == [made["id"]]


def test_a_restart_goes_on_where_it_was(tmp_path: Path) -> None:
    slow = RecordedMachines(hold=threading.Event())
    with serve(tmp_path, machines=slow) as api:
        client = api.client()
        made = client.call("Virtual_Guest", "createObject", template())
        until(lambda: _step(client, made["id"]) == "POWER_ON", "its machine is being started")
    machines = RecordedMachines()
    with serve(tmp_path, machines=machines) as api:
        client = api.client()
        until(lambda: ready(client, made["id"]), "ready")
        assert [one.identifier for one in machines.started] == [made["id"]]
        assert api.orders_placed() == 1
        client.call("Virtual_Guest", "deleteObject", id=made["id"])
    assert slow.hold
    slow.hold.set()
    with serve(tmp_path, machines=machines) as api:
        until(lambda: gone(api.client(), made["id"]), "gone")


def test_a_failed_start_is_tried_again_after_a_restart(tmp_path: Path) -> None:
    with serve(tmp_path, machines=RecordedMachines(refuse={"start"})) as api:
        made = api.client().call("Virtual_Guest", "createObject", template())
        assert not ready(api.client(), made["id"])
    with serve(tmp_path, machines=RecordedMachines()) as api:
        until(lambda: ready(api.client(), made["id"]), "ready")


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
    assert [one.identifier for one in machines.started] == [ids[0]]


def test_a_server_cancelled_while_it_is_made_is_reclaimed(tmp_path: Path) -> None:
    machines = RecordedMachines(hold=threading.Event())
    with serve(tmp_path, machines=machines) as api:
        client = api.client()
        made = client.call("Virtual_Guest", "createObject", template())
        until(lambda: _step(client, made["id"]) == "POWER_ON", "its machine is being started")
        for _ in range(2):
            assert client.call("Virtual_Guest", "deleteObject", id=made["id"]) is True
        assert _step(client, made["id"]) == "RECLAIM_WAIT"
        assert machines.hold
        machines.hold.set()
        until(lambda: gone(client, made["id"]), "gone")
        assert machines.on == set()


def test_many_servers_get_different_addresses(tmp_path: Path) -> None:
    with serve(tmp_path) as api:
        client = api.client()
        made = client.call("Virtual_Guest", "createObjects", [template(f"web{at}") for at in range(20)])
        found = [_until_ready(client, one["id"]) for one in made]
        addresses = {one[name] for one in found for name in ("primaryIpAddress", "primaryBackendIpAddress")}
        assert len(addresses) == 40
