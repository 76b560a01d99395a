"""Each row of the fault table in the project's SoftLayer facts that services of this cloud can meet."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import SoftLayer

from harness.cloud.running_api import API_KEY, USERNAME, RunningApi, serve
from tests.support.cloud.ordering import template

GUEST, ORDER, PUBLIC = "SoftLayer_Virtual_Guest", "SoftLayer_Product_Order", "SoftLayer_Exception_Public"
_PLACE: dict[str, Any] = {
    "packageId": 46,
    "location": "dal13",
    "prices": [{"id": number} for number in (1641, 21001, 45400, 2202, 27010)],
    "virtualGuests": [{"hostname": "web", "domain": "example.com"}],
}


@dataclass(frozen=True)
class Row:
    """A call that must fail, and how; `planned` is a fault on demand, for what nothing here brings about."""

    service: str
    method: str
    status: int
    code: str
    text: str
    identifier: int | str | None = None
    arguments: list[Any] = field(default_factory=list)
    mask: str = ""
    planned: str = ""


def _without(name: str) -> dict[str, Any]:
    return {key: value for key, value in template().items() if key != name}


ROWS = {
    "not found": Row(
        GUEST,
        "getObject",
        404,
        "SoftLayer_Exception_ObjectNotFound",
        "Unable to find object with id of '1'.",
        identifier=1,
    ),
    "not found, no number": Row(
        GUEST,
        "getObject",
        404,
        "SoftLayer_Exception_ObjectNotFound",
        "Unable to find object with unknown identifier of '65e2'.",
        identifier="65e2",
    ),
    "unknown service": Row("SoftLayer_Nonsense", "getObject", 404, PUBLIC, "Service does not exist"),
    "unknown method": Row(
        "SoftLayer_Account", "x", 404, PUBLIC, 'Function ("x") is not a valid method for this service.'
    ),
    "locked": Row(
        "SoftLayer_Account",
        "getObject",
        401,
        "SoftLayer_Exception_User_Customer_AccountLocked",
        "Account has been locked for 30 minutes.",
        planned="account_locked",
    ),
    "missing field": Row(
        GUEST,
        "createObject",
        500,
        "SoftLayer_Exception_MissingCreationProperty",
        "The property 'hostname' must be set to create an instance of 'SoftLayer_Virtual_Guest'.",
        arguments=[_without("hostname")],
    ),
    "no datacenter": Row(
        GUEST,
        "createObject",
        500,
        "SoftLayer_Exception_InvalidValue",
        "Invalid value provided for 'datacenter.name'. A datacenter name or regional group must be provided.",
        arguments=[_without("datacenter")],
    ),
    "bad mask": Row(
        "SoftLayer_Account",
        "getObject",
        500,
        "SoftLayer_Exception_WebService_ObjectMask",
        "Property 'x' not valid for 'SoftLayer_Account'.",
        mask="mask[x]",
    ),
    "order without names": Row(
        ORDER,
        "verifyOrder",
        500,
        "SoftLayer_Exception_Order_InvalidData",
        "property: virtualGuests. Hostname and domain are not set properly.",
        arguments=[{**_PLACE, "virtualGuests": [{}]}],
    ),
    "order for nowhere": Row(
        ORDER,
        "verifyOrder",
        500,
        "SoftLayer_Exception_Order_InvalidLocation",
        "The location provided for this order is invalid.",
        arguments=[{**_PLACE, "location": "xyz99"}],
    ),
    "order that is not whole": Row(
        ORDER,
        "placeOrder",
        500,
        "SoftLayer_Exception_Order_MissingCategory",
        "Order is missing the following category: RAM.",
        arguments=[{**_PLACE, "prices": [{"id": 1641}]}],
    ),
    "rate limit": Row(
        "SoftLayer_Account",
        "getObject",
        429,
        "SoftLayer_Exception_WebService_RateLimitExceeded",
        "Rate limit of 50 requests for every 1 second(s) exceeded.",
        planned="rate_limit",
    ),
    "immediate cancel refused": Row(
        "SoftLayer_Billing_Item",
        "cancelItem",
        500,
        PUBLIC,
        (
            "You cannot cancel the selected billing items immediately.  "
            "Please choose your next billing anniversary date."
        ),
        identifier=1,
        planned="before_anniversary",
    ),
    "too much data": Row(
        "SoftLayer_Account", "getVirtualGuests", 200, PUBLIC, "Internal Error", planned="too_much_data"
    ),
    "not provisioned far enough": Row(
        GUEST,
        "setUserMetadata",
        500,
        "SoftLayer_Exception_NotImplemented",
        "This server is not provisioned far enough.",
        identifier=1,
        planned="not_ready",
    ),
}
rows = pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Any:  # noqa: ANN401 - a generator fixture
    with serve(tmp_path_factory.mktemp("faults") / "cloud") as running:
        yield running


def _path(row: Row) -> str:
    return "/".join(str(part) for part in (row.service, row.identifier, row.method) if part is not None)


@rows
def test_on_rest(api: RunningApi, row: Row) -> None:
    if row.planned:
        api.plan_fault(f"{row.service}::{row.method}", row.planned)
    query = {"objectMask": row.mask} if row.mask else {}
    answer = httpx.post(
        api.rest + _path(row), params=query, json={"parameters": row.arguments}, auth=(USERNAME, API_KEY)
    )
    assert (answer.status_code, answer.json()) == (row.status, {"error": row.text, "code": row.code})
    assert answer.headers["content-type"] == "application/json"


@rows
def test_on_xmlrpc(api: RunningApi, row: Row) -> None:
    if row.planned:
        api.plan_fault(f"{row.service}::{row.method}", row.planned)
    with pytest.raises(SoftLayer.SoftLayerAPIError) as raised:
        api.client().call(
            row.service,
            row.method,
            *row.arguments,
            id=row.identifier,
            **({"mask": row.mask} if row.mask else {}),
        )
    assert (raised.value.faultCode, raised.value.faultString) == (row.code, row.text)
    assert not isinstance(raised.value, SoftLayer.TransportError)


@pytest.mark.parametrize("wire", ["xmlrpc", "rest"])
def test_a_transaction_is_running(tmp_path: Path, wire: str) -> None:
    with serve(tmp_path, speed="realistic") as slow:
        client = slow.client(wire)
        guest = client.call("Virtual_Guest", "createObject", template())
        with pytest.raises(SoftLayer.SoftLayerAPIError) as raised:
            client.call("Virtual_Guest", "powerOff", id=guest["id"])
        assert raised.value.faultCode == (PUBLIC if wire == "xmlrpc" else 500)
        assert raised.value.faultString == "There is currently an outstanding transaction for this server."


def test_a_malformed_filter_is_ignored(api: RunningApi) -> None:
    for text in ("{", "7", '["x"]', '{"virtualGuests":', '{"virtualGuests":{"hostname":{"operation":{}}}}'):
        answer = httpx.get(
            f"{api.rest}SoftLayer_Account/getVirtualGuests",
            params={"objectFilter": text},
            auth=(USERNAME, API_KEY),
        )
        assert (answer.status_code, answer.headers["SoftLayer-Total-Items"]) == (200, "0"), text
