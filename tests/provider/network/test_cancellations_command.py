"""The provider's command for scheduled cancellations: the account has properties of its own for each kind."""

import json
import os
import subprocess
import sys
from pathlib import Path

import SoftLayer

from dev.local.environment import CHECKOUT
from harness.cloud.running_api import serve
from harness.waiting import until
from tests.support.cloud.ordering import ready, template


def test_dates_of_servers_and_of_a_global_ip_are_reported(tmp_path: Path) -> None:
    """Each kind of item has properties of its own: a mask of one kind is refused for another."""
    with serve(tmp_path) as api:
        client = api.client()
        monthly = {**template("a"), "hourlyBillingFlag": False}
        guest = client.call("Virtual_Guest", "createObject", monthly)["id"]
        until(lambda: ready(client, guest), "ready")
        SoftLayer.NetworkManager(client).add_global_ip()
        listed = "mask[id,billingItem[id]]"
        (address,) = until(lambda: client.call("Account", "getGlobalIpRecords", mask=listed), "the global IP")
        item = client.call("Virtual_Guest", "getObject", id=guest, mask=listed)["billingItem"]["id"]
        for billing_item in (item, address["billingItem"]["id"]):
            assert client.call(
                "Billing_Item", "cancelItem", False, False, "No longer needed", "", id=billing_item
            )
        account = {"username": api.username, "apiKey": api.api_key, "endpointUrl": api.xmlrpc}
        request = {
            "configuration": account,
            "servers": {"dal05-a": str(guest), "dal05-m": "no-such-server"},
            "globalIp": address["id"],
        }
        done = subprocess.run(
            [sys.executable, "-m", "provider.commands.cancellations"],
            cwd=CHECKOUT,
            env={name: value for name, value in os.environ.items() if not name.startswith(("SL_", "SOFT"))},
            input=json.dumps(request), capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    dates = json.loads(done.stdout)["cancellations"]
    assert set(dates) == {"dal05-a", "global IP"}
    assert all(dates.values())
