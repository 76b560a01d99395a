"""docker-machine's SoftLayer driver, call by call, as it writes requests and reads answers.

Source: docker/machine (archived), drivers/softlayer/driver.go and softlayer.go; its module is not to be had
from the module proxy. It talks to `/rest/v3`, reads an address as raw text, and decodes all else as JSON.
"""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness.cloud.running_api import RunningApi, serve
from harness.waiting import until
from tests.support.cloud.ordering import public_key

# The driver's isOkStatus.
OK = (200, 201, 204)
ADDRESS = re.compile(r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}")
# It believes that a server is set up once no transaction was seen so often: there are gaps between them. It
# pauses 2 s between two looks; what matters is that they are longer apart than a gap.
QUIET = 4
PAUSE_SECONDS = 0.15
Ask = Callable[..., bytes]


def _driver(api: RunningApi) -> Ask:
    def ask(verb: str, path: str, body: object = None) -> bytes:
        content = None if body is None else json.dumps({"parameters": [body]})
        url = f"{api.url}/rest/v3/{path}"
        answer = httpx.request(verb, url, content=content, auth=(api.username, api.api_key))
        assert answer.status_code in OK, answer.text
        return answer.content

    return ask


def _host_spec(key: dict[str, Any], **changes: object) -> dict[str, Any]:
    """The driver's HostSpec with its defaults; absent parts are null or "", never left out."""
    return {
        "hostname": "machine",
        "domain": "example.com",
        "startCpus": 1,
        "maxMemory": 1024,
        "datacenter": {"name": "dal13"},
        "sshKeys": [key],
        "blockDevices": None,
        "networkComponents": [{"maxSpeed": 100}],
        "postInstallScriptUri": "",
        "privateNetworkOnlyFlag": False,
        "operatingSystemReferenceCode": "UBUNTU_LATEST",
        "hourlyBillingFlag": True,
        "localDiskFlag": False,
        **changes,
    }


def _create(ask: Ask, **changes: object) -> tuple[int, dict[str, Any]]:
    line = public_key() + "\n"
    key = json.loads(ask("POST", "SoftLayer_Security_Ssh_Key", {"key": line, "label": "machine"}))
    guest = json.loads(ask("POST", "SoftLayer_Virtual_Guest.json", _host_spec(key, **changes)))
    return guest["id"], key


def _address(ask: Ask, guest: int, which: str = "getPrimaryIpAddress") -> str:
    def read_address() -> str:
        raw = ask("GET", f"SoftLayer_Virtual_Guest/{guest}/{which}.json").decode().replace('"', "")
        return raw if ADDRESS.search(raw) else ""

    return until(read_address, "an address")


def _wait(ask: Ask, guest: int) -> list[str]:
    """Wait for power and for the transactions; the names that were seen."""
    state = f"SoftLayer_Virtual_Guest/{guest}/getPowerState.json"
    until(lambda: json.loads(ask("GET", state))["name"] == "Running", "it runs", 30)
    steps: list[str] = []

    def quiet() -> bool:
        for _ in range(QUIET):
            document = (
                json.loads(ask("GET", f"SoftLayer_Virtual_Guest/{guest}/getActiveTransaction.json")) or {}
            )
            if name := document.get("transactionStatus", {}).get("name", ""):
                assert document["guestId"] == guest
                assert isinstance(document["elapsedSeconds"], int)
                assert isinstance(document["transactionStatus"]["averageDuration"], str)
                steps.append(name)
                return False
            time.sleep(PAUSE_SECONDS)
        return True

    until(quiet, "no transaction", 30)
    return steps


def _remove(ask: Ask, guest: int, key: int) -> None:
    assert ask("DELETE", f"SoftLayer_Virtual_Guest/{guest}") == b"true"
    assert ask("DELETE", f"SoftLayer_Security_Ssh_Key/{key}") == b"true"


def test_create_and_remove(running_api: RunningApi) -> None:
    ask = _driver(running_api)
    guest, key = _create(ask)
    assert _address(ask, guest) == _address(ask, guest)
    _wait(ask, guest)
    for turn, state in (("powerOff", "Halted"), ("powerOn", "Running"), ("rebootSoft", "Running")):
        assert ask("GET", f"SoftLayer_Virtual_Guest/{guest}/{turn}.json") == b"true"
        output = json.loads(ask("GET", f"SoftLayer_Virtual_Guest/{guest}/getPowerState.json"))
        assert output["name"] == state
    _remove(ask, guest, key["id"])
    auth = (running_api.username, running_api.api_key)
    url = f"{running_api.url}/rest/v3/SoftLayer_Virtual_Guest/{guest}"
    until(lambda: httpx.get(url, auth=auth).status_code == 404, "gone")


def test_a_private_machine_with_a_disk(running_api: RunningApi) -> None:
    ask = _driver(running_api)
    disks = [{"device": "0", "diskImage": {"capacity": 100}}]
    guest, key = _create(ask, privateNetworkOnlyFlag=True, blockDevices=disks, hourlyBillingFlag=False)
    assert _address(ask, guest, "getPrimaryBackendIpAddress")
    _wait(ask, guest)
    # Clients read "no public address" as text without an address in it.
    assert ask("GET", f"SoftLayer_Virtual_Guest/{guest}/getPrimaryIpAddress.json") == b"null"
    _remove(ask, guest, key["id"])


def test_it_waits_for_the_transactions_of_a_slow_cloud(tmp_path: Path) -> None:
    with serve(tmp_path, speed="realistic") as api:
        ask = _driver(api)
        guest, _ = _create(ask)
        _address(ask, guest)
        steps = _wait(ask, guest)
        assert steps[-1] == "SERVICE_SETUP"


@pytest.mark.parametrize(
    ("changes", "status", "text"),
    [
        ({"datacenter": {"name": "dal01x"}}, 500, "Invalid value provided for 'datacenter.name'."),
        ({"startCpus": 0}, 500, "Invalid value provided for 'startCpus'."),
        ({"sshKeys": [{"id": 1}]}, 404, "Unable to find object with id of '1'."),
    ],
)
def test_a_refusal_is_read_from_the_error(
    running_api: RunningApi, changes: dict[str, object], status: int, text: str
) -> None:
    answer = httpx.post(
        f"{running_api.url}/rest/v3/SoftLayer_Virtual_Guest.json",
        json={"parameters": [_host_spec({}, **{"sshKeys": None, **changes})]},
        auth=(running_api.username, running_api.api_key),
    )
    assert answer.status_code == status
    assert answer.json()["error"].startswith(text)
