"""The provider's command for day two: a global IP led elsewhere by a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
import SoftLayer

from dev.local.environment import CHECKOUT
from harness.cloud.running_api import RunningApi, serve
from harness.waiting import until
from tests.support.cloud.ordering import ready, template


@dataclass(frozen=True)
class Moving:
    """A global IP and two servers."""

    api: RunningApi
    number: int
    address: str
    servers: tuple[str, str]

    @property
    def account(self) -> dict[str, str]:
        return {"username": self.api.username, "apiKey": self.api.api_key, "endpointUrl": self.api.xmlrpc}

    def run(
        self, *arguments: str, account: Mapping[str, object] | str | None = None, **variables: str
    ) -> "subprocess.CompletedProcess[str]":
        text = (
            account if isinstance(account, str) else json.dumps(self.account if account is None else account)
        )
        plain = {
            name: value for name, value in os.environ.items() if not name.startswith(("SL_", "SOFTLAYER_"))
        }
        return subprocess.run(
            [sys.executable, "-m", "provider.commands.route", *arguments],
            cwd=CHECKOUT, env=plain | variables, input=text, capture_output=True, text=True, timeout=60,
            check=False,
        )  # fmt: skip

    def route(self, *arguments: str, account: Mapping[str, object] | None = None, **variables: str) -> str:
        """Where the command says that it leads."""
        done = self.run(str(self.number), *arguments, account=account, **variables)
        assert done.returncode == 0, done.stderr
        result = json.loads(done.stdout)
        assert result["address"] == self.address
        return str(result["leadsTo"])


@pytest.fixture(scope="module")
def moving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moving]:
    with serve(tmp_path_factory.mktemp("cloud")) as api:
        client = api.client()
        servers = (_server(client, "a"), _server(client, "b"))
        SoftLayer.NetworkManager(client).add_global_ip()
        listed = "mask[id,ipAddress[ipAddress]]"
        (record,) = until(lambda: client.call("Account", "getGlobalIpRecords", mask=listed), "the global IP")
        yield Moving(api, record["id"], record["ipAddress"]["ipAddress"], servers)


def _server(client: SoftLayer.BaseClient, name: str) -> str:
    created = client.call("Virtual_Guest", "createObject", template(name))["id"]
    return str(until(lambda: ready(client, created), "ready")["primaryIpAddress"])


def test_it_is_led_from_server_to_server_and_reported(moving: Moving) -> None:
    assert moving.route() == ""
    before = ""
    for server in (*moving.servers, moving.servers[1]):
        done = moving.run(str(moving.number), server)
        assert json.loads(done.stdout) == {"address": moving.address, "before": before, "leadsTo": server}
        before = server
        assert moving.route() == server


def test_the_environment_s_credentials_do_as_well(moving: Moving) -> None:
    configuration_values = {
        "SL_USERNAME": moving.api.username,
        "SL_API_KEY": moving.api.api_key,
        "SL_ENDPOINT_URL": moving.api.xmlrpc,
    }
    assert moving.route(moving.servers[0], account={}, **configuration_values) == moving.servers[0]


def test_what_cannot_be_done_is_one_line_without_the_key(moving: Moving) -> None:
    wrong = {**moving.account, "apiKey": "w" * 40}
    for arguments, configuration, message in (
        (("99999",), None, "global IP 99999 is not in the account of user"),
        ((str(moving.number), "192.0.2.77"), None, "192.0.2.77 is no server's address"),
        ((str(moving.number),), wrong, "Invalid API token"),
        ((str(moving.number),), {}, "username is missing: set softlayer:username or SL_USERNAME"),
        ((str(moving.number),), "{", "no JSON object"),
        (("x",), None, "no id of a global IP"),
    ):
        done = moving.run(*arguments, account=configuration)
        assert done.returncode == 1
        assert message in done.stderr, done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert "w" * 40 not in done.stderr
        assert moving.api.api_key not in done.stderr
        assert done.stdout == ""


def test_its_use_is_reported(moving: Moving) -> None:
    assert moving.run().returncode == 2
