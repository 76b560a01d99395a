"""A stack whose state is lost is known by the servers that the account has of it, by a real API."""

import json
from pathlib import Path

import pytest
import yaml

from harness.cloud.running_api import RunningApi
from operate.error import OperateError
from operate.stack.account_traces import find_traces, find_twins
from operate.stack.lost_state import read_facts
from operate.stack.traces import Traces
from tests.support.cloud import bare_metal_orders
from tests.support.cloud.ordering import template
from tests.support.process.shell import stand_in

SERVERS = [{"name": "a", "datacenter": "dal05"}, {"name": "b", "datacenter": "dal05"}]


@pytest.fixture
def stack_file(tmp_path: Path) -> Path:
    """That of a stack that never swapped, moved or rotated."""
    settings = {"domain": "example.com", "servers": SERVERS, "red": "1"}
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(yaml.safe_dump({"config": {f"softlayer-registry:{k}": v for k, v in settings.items()}}))
    return file


def order(api: RunningApi, hostname: str, *tags: str) -> None:
    """Order a server as the program does."""
    client = api.client()
    guest = client.call("Virtual_Guest", "createObject", template(hostname))
    client.call("Virtual_Guest", "setTags", ", ".join(tags), id=guest["id"])


def test_servers_of_the_stack_show_that_it_has_lived(
    running_api: RunningApi, stack_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SL_USERNAME", running_api.username)
    monkeypatch.setenv("SL_API_KEY", running_api.api_key)
    monkeypatch.setenv("SL_ENDPOINT_URL", running_api.xmlrpc)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    stand_in(tmp_path, "pulumi", 'cat "$HOME/state.json"')
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "state.json").write_text('{"deployment": {}}')
    assert find_traces("prod", stack_file) == Traces()
    with pytest.raises(OperateError, match=r"; run `pulumi up`$"):
        read_facts("prod", stack_file, None)
    # Of other stacks, and of nobody.
    order(running_api, "dal05-a-k3jx2q7a", "softlayer-registry", "staging")
    order(running_api, "dal05-a", "softlayer-registry", "prod")
    order(running_api, "dal05-c-k3jx2q7b", "softlayer-registry", "prod")
    assert find_traces("prod", stack_file) == Traces()
    order(running_api, "dal05-a-k3jx2q7c", "softlayer-registry", "prod", "team")
    order(running_api, "dal05-b-k3jx2q7d", "softlayer-registry", "prod")
    assert find_traces("prod", stack_file) == Traces(servers=("dal05-a", "dal05-b"))
    with pytest.raises(OperateError, match=r"the account has dal05-a, dal05-b, .*run `operate adopt prod`"):
        read_facts("prod", stack_file, None)
    # A first `pulumi up` that has not ended has them in its state.
    kind = "softlayer:index:VirtualGuest"
    names = ("dal05-a", "dal05-b")
    resources = [{"urn": f"urn:pulumi:prod::p::{kind}::{name}", "type": kind} for name in names]
    (tmp_path / "state.json").write_text(json.dumps({"deployment": {"resources": resources}}))
    assert find_traces("prod", stack_file) == Traces()


def test_a_twin_is_a_server_of_the_stack_with_an_id_that_the_state_does_not_hold(
    running_api: RunningApi, stack_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SL_USERNAME", running_api.username)
    monkeypatch.setenv("SL_API_KEY", running_api.api_key)
    monkeypatch.setenv("SL_ENDPOINT_URL", running_api.xmlrpc)
    order(running_api, "dal05-a-k3jx2q7c", "softlayer-registry", "prod")
    ((forgotten,),) = find_twins("prod", stack_file, ()).values()
    assert forgotten.startswith("dal05-a-k3jx2q7c.example.com (")
    known_id = forgotten.rpartition(", ")[2]
    assert not find_twins("prod", stack_file, {known_id})
    order(running_api, "dal05-a-k3jx2q7d", "softlayer-registry", "prod")
    ((twin,),) = find_twins("prod", stack_file, {known_id}).values()
    assert twin.startswith("dal05-a-k3jx2q7d.example.com (")


@pytest.mark.parametrize("is_held", [True, False])
def test_bare_metal_is_known_by_its_global_identifier(
    running_api: RunningApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_held: bool
) -> None:
    """Its Pulumi id is no number. By any other one, each server of the stack would be its own twin."""
    monkeypatch.setenv("SL_USERNAME", running_api.username)
    monkeypatch.setenv("SL_API_KEY", running_api.api_key)
    monkeypatch.setenv("SL_ENDPOINT_URL", running_api.xmlrpc)
    server = {"name": "m", "datacenter": "dal13", "preset": bare_metal_orders.PRESET}
    values = {"softlayer-registry:domain": "example.com", "softlayer-registry:servers": [server]}
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(yaml.safe_dump({"config": values}))
    client = running_api.client()
    identifier = client.call(
        "Hardware", "createObject", bare_metal_orders.template(hostname="dal13-m-k3jx2q7e")
    )["globalIdentifier"]
    (hardware,) = client.call("Account", "getHardware", mask="mask[id]")
    client.call("Hardware", "setTags", "softlayer-registry, prod", id=hardware["id"])
    twins = find_twins("prod", file, {identifier} if is_held else {str(hardware["id"])})
    if is_held:
        assert not twins
    else:
        ((twin,),) = twins.values()
        assert twin.startswith("dal13-m-k3jx2q7e.example.com (")
        assert twin.endswith(f"), {identifier}")


def test_an_account_that_does_not_answer_leaves_it_open(
    stack_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SL_USERNAME", "jane")
    monkeypatch.setenv("SL_API_KEY", "k" * 64)
    monkeypatch.setenv("SL_ENDPOINT_URL", "http://127.0.0.1:9/xmlrpc/v3.1/")
    traces = find_traces("prod", stack_file)
    assert traces.reason == ""
    assert traces.unknown
    assert "k" * 64 not in traces.unknown
