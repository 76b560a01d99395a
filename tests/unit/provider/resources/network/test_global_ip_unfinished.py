"""A global IP whose address does not come: what its error tells, and that no second one is ordered."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from provider.errors import REFRESH, UnfinishedError
from provider.resources.contract import State
from provider.resources.network.global_ip import GlobalIp
from provider.resources.network.global_ip_unfinished import EndedOrderError
from tests.unit.provider.scripted_cloud import ScriptedCloud, target

IP = GlobalIp()
AT = target("softlayer:index:GlobalIp")
LIST = "Account::getGlobalIpRecords"


def order(number: int) -> dict[str, object]:
    return {"id": number, "items": [{"categoryCode": "global_ipv4", "billingItem": {"cancellationDate": ""}}]}


def sold(more: Mapping[str, Sequence[object]]) -> ScriptedCloud:
    packages = [{"id": 1, "type": {"keyName": "ADDITIONAL_SERVICES_GLOBAL_IP_ADDRESSES"}}]
    return ScriptedCloud(
        {
            "Product_Package::getAllObjects": [packages],
            "Product_Package::getItems": [[{"keyName": "GLOBAL_IPV4", "prices": [{"id": 4}]}]],
            "Product_Order::placeOrder": [{"orderId": 9}],
            "Account::getOrders": [[]],
            **more,
        }
    )


def test_an_order_that_stays_approved_names_itself_and_what_helps_and_is_never_doubled(
    tmp_path: Path,
) -> None:
    """The message had neither the order's number nor its status, and nothing to run."""
    cloud = sold({LIST: [[]], "Account::getOrders": [[], [order(9)]]})
    with pytest.raises(UnfinishedError) as created:
        cloud.run(tmp_path, lambda session: IP.create(session, AT, {}))
    assert (
        "within 1800 s, and order 9 is APPROVED. Its id is kept; pulumi up waits for it and orders no"
        in str(created.value)
    )
    assert (
        "open a ticket at SoftLayer that names order 9. To give it up, have SoftLayer cancel that order"
        in str(created.value)
    )
    assert f"run {REFRESH}" in str(created.value)
    state = State({}, created.value.outputs)
    with pytest.raises(UnfinishedError, match="order 9 is APPROVED"):
        cloud.run(tmp_path, lambda session: IP.update(session, AT, "order:9", state, {}))
    # A run that was killed before its state was written.
    with pytest.raises(UnfinishedError, match="order:9"):
        cloud.run(tmp_path, lambda session: IP.create(session, AT, {}))
    assert cloud.called("Product_Order::placeOrder") == 1


def test_an_order_that_came_to_nothing_is_not_waited_for_and_gives_way_to_another(tmp_path: Path) -> None:
    ended: dict[str, Sequence[object]] = {LIST: [[]], "Billing_Order::getObject": [{"status": "CANCELLED"}]}
    cloud = sold({**ended, "Account::getOrders": [[], [order(9)]]})
    with pytest.raises(EndedOrderError, match=r"Order 9 .* came to nothing \(status CANCELLED\)"):
        cloud.run(tmp_path, lambda session: IP.create(session, AT, {}))
    assert cloud.called(LIST) < 20, "half a minute instead of half an hour"
    assert list((tmp_path / "softlayer-orders").iterdir()) == [], "the next run orders another"
    state = State({"notes": "n"}, {"orderId": 9})
    with pytest.raises(EndedOrderError, match="pulumi refresh"):
        sold(ended).run(tmp_path, lambda session: IP.update(session, AT, "order:9", state, {}))
    assert sold(ended).run(tmp_path, lambda session: IP.read(session, AT, "order:9", state)) is None
