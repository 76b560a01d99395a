"""What the API answered once it answers again after a restart."""

import random
import subprocess
import sys
import threading
from pathlib import Path

import SoftLayer

from dev.local.environment import CHECKOUT
from harness.cloud.running_api import RunningApi, serve
from harness.waiting import until
from tests.support.cloud.ordering import public_key, ready, template

MASK = (
    "mask[id,hostname,notes,tagReferences.tag.name,primaryIpAddress,globalIdentifier,"
    "billingItem[id,children.id]]"
)


def test_everything_survives(tmp_path: Path) -> None:
    with serve(tmp_path) as api:
        client = api.client()
        key = client.call("Security_Ssh_Key", "createObject", {"label": "one", "key": public_key()})
        guest = client.call("Virtual_Guest", "createObject", template())
        client.call("Virtual_Guest", "setTags", "red,blue", id=guest["id"])
        client.call("Virtual_Guest", "editObject", {"notes": "kept"}, id=guest["id"])
        until(lambda: ready(client, guest["id"]), "ready")
        guests = client.call("Account", "getVirtualGuests", mask=MASK)
        orders = client.call("Account", "getOrders")
    with serve(tmp_path) as api:
        client = api.client()
        assert client.call("Account", "getVirtualGuests", mask=MASK) == guests
        assert client.call("Account", "getOrders") == orders
        assert [key["id"] for key in client.call("Account", "getSshKeys")] == [key["id"]]
        second = client.call("Virtual_Guest", "createObject", template("second"))
        assert second["id"] > guest["id"]


def test_ids_are_never_given_twice(tmp_path: Path) -> None:
    ids = []
    for _ in range(3):
        with serve(tmp_path) as api:
            client = api.client()
            key = client.call("Security_Ssh_Key", "createObject", {"label": "one", "key": public_key()})
            client.call("Security_Ssh_Key", "deleteObject", id=key["id"])
            ids.append(key["id"])
    assert len(set(ids)) == 3


def test_the_database_is_private(tmp_path: Path) -> None:
    with serve(tmp_path):
        assert (tmp_path / "account.sqlite").stat().st_mode & 0o077 == 0


def test_a_killed_api_loses_nothing_it_answered(tmp_path: Path) -> None:
    kill_times, answered = random.Random(7), list[int]()  # noqa: S311 - when to kill
    for _ in range(6):
        command = [sys.executable, "-m", "tests.cloud.api.killed_api", str(tmp_path)]
        root = CHECKOUT
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
            assert process.stdout is not None
            client = RunningApi(int(process.stdout.readline()), tmp_path).client()
            # On a busy machine the first call alone may take longer than all the rest.
            answered.append(client.call("Virtual_Guest", "createObject", template())["id"])
            killer = threading.Timer(kill_times.uniform(0.01, 0.15), process.kill)
            killer.start()
            try:
                while True:
                    answered.append(client.call("Virtual_Guest", "createObject", template())["id"])
            except SoftLayer.SoftLayerError:
                killer.join()
    with serve(tmp_path) as api:
        client = api.client()
        kept = [guest["id"] for guest in client.call("Account", "getVirtualGuests", mask="mask[id]")]
        assert set(answered) <= set(kept)
        assert len(answered) == len(set(answered))
        assert len(kept) == api.orders_placed() <= len(answered) + 6
        for number in kept:
            until(lambda number=number: ready(client, number), "ready")  # type: ignore[misc]
