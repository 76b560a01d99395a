"""The faults the provider's tests ask for."""

import time
from pathlib import Path

import httpx
import pytest
import SoftLayer

from tests.cloud.ordering import template
from tests.cloud.serving import RunningApi, serve

CREATE = "SoftLayer_Virtual_Guest::createObject"


@pytest.mark.parametrize(
    ("kind", "placed"),
    [
        ("timeout_after_accept", 1),
        ("reset_after_accept", 1),
        ("error_500_after", 1),
        ("error_500_before", 0),
        ("rate_limit", 0),
    ],
)
@pytest.mark.parametrize("wire", ["xmlrpc", "rest"])
def test_a_planned_fault_strikes_once(running_api: RunningApi, kind: str, placed: int, wire: str) -> None:
    client = running_api.client(wire, timeout=1)
    running_api.plan_fault(CREATE, kind, seconds=2)
    with pytest.raises(SoftLayer.SoftLayerError):
        client.call("Virtual_Guest", "createObject", template())
    assert running_api.orders_placed() == placed
    assert client.call("Virtual_Guest", "createObject", template("again"))["hostname"] == "again"
    assert running_api.orders_placed() == placed + 1
    assert running_api.calls()[CREATE] == 2


def test_the_rate_limit_is_softlayers(running_api: RunningApi) -> None:
    running_api.plan_fault("SoftLayer_Account::getObject", "rate_limit", times=2)
    for _ in range(2):
        with pytest.raises(SoftLayer.SoftLayerAPIError) as raised:
            running_api.client().call("Account", "getObject")
        assert raised.value.faultCode == "SoftLayer_Exception_WebService_RateLimitExceeded"
    assert running_api.client().call("Account", "getObject")["id"]


def test_a_cut_answer_comes_at_once(running_api: RunningApi) -> None:
    running_api.plan_fault("SoftLayer_Account::getObject", "reset_after_accept")
    begun = time.monotonic()
    with pytest.raises(SoftLayer.TransportError):
        running_api.client().call("Account", "getObject")
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"method":"x","kind":"rate_limit"}', b'{"method":"a::b","kind":"x"}']
)
def test_nonsense_is_refused(running_api: RunningApi, body: bytes) -> None:
    assert httpx.post(f"{running_api.url}/control/faults", content=body).status_code == 400


def test_there_is_no_control_unless_asked_for(tmp_path: Path) -> None:
    with serve(tmp_path, control=False) as api:
        assert httpx.get(f"{api.url}/control/calls").status_code == 404
        assert httpx.post(f"{api.url}/control/faults", json={}).status_code == 404
