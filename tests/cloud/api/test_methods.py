"""The table of methods is current, and true on both wires."""

import pytest
import SoftLayer

from cloud.api import method_table
from cloud.api.method_table import EMPTY, REFUSED, rows, table
from dev.local.environment import CHECKOUT
from harness.cloud.running_api import RunningApi
from tests.support.cloud.ordering import template

DOCUMENT = CHECKOUT / "docs" / "reference" / "api.md"
NOT_IMPLEMENTED = "SoftLayer_Exception_NotImplemented"


def test_the_committed_table_is_current() -> None:
    current = table()
    assert DOCUMENT.read_text("utf-8") == current, "run: python -m cloud methods > docs/reference/api.md"


def test_a_service_missing_from_the_sample_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(method_table, "ORDERS", ())
    with pytest.raises(LookupError, match="give the service a sample"):
        rows()


@pytest.mark.parametrize("wire", ["xmlrpc", "rest"])
def test_every_refused_method_is_refused_as_in_the_table(running_api: RunningApi, wire: str) -> None:
    client = running_api.client(wire)
    guest = client.call("Virtual_Guest", "createObject", template())["id"]
    expected = NOT_IMPLEMENTED if wire == "xmlrpc" else 500
    for service, identifier in (("SoftLayer_Virtual_Guest", guest), ("SoftLayer_Product_Order", None)):
        refused = [row for row in rows() if (row.service, row.status) == (service, REFUSED)]
        assert refused
        for row in refused[:: max(1, len(refused) // 20)]:
            with pytest.raises(SoftLayer.SoftLayerAPIError) as raised:
                client.call(service, row.method, id=identifier)
            assert raised.value.faultCode == expected, row
            assert f"{row.method} is not implemented" in raised.value.faultString


def test_an_empty_relation_answers_nothing(running_api: RunningApi) -> None:
    client = running_api.client("rest")
    empty = [row for row in rows() if row.service == "SoftLayer_Account" and row.status == EMPTY]
    for row in empty[:: len(empty) // 20]:
        assert client.call("Account", row.method) in (None, [])


@pytest.mark.parametrize(
    ("service", "method", "code", "text"),
    [
        ("SoftLayer_Sales_Presale_Event", "getAllObjects", NOT_IMPLEMENTED, "Event::getAllObjects"),
        ("SoftLayer_Dns_Domain", "nonsense", "SoftLayer_Exception_Public", 'Function ("nonsense")'),
        ("SoftLayer_Nonsense", "getObject", "SoftLayer_Exception_Public", "Service does not exist"),
    ],
)
def test_what_no_service_here_has(
    running_api: RunningApi, service: str, method: str, code: str, text: str
) -> None:
    with pytest.raises(SoftLayer.SoftLayerAPIError) as raised:
        running_api.client().call(service, method)
    assert raised.value.faultCode == code
    assert text in raised.value.faultString
