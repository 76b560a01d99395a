"""Global IPs: orders and routes that do not come about, and what is kept of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from provider.errors import ProviderError, RefusedCallError, UnfinishedError, WaitTimeoutError
from provider.protocol import steps
from provider.resources.contract import State
from provider.resources.network.global_ip import GlobalIp
from provider.session import Session
from provider.values import UNKNOWN, Value
from tests.support.provider.provider_session import session
from tests.unit.provider.scripted_cloud import (
    LIMITED,
    LOST_ANSWER,
    MISSING,
    REFUSED,
    FaultError,
    ScriptedCloud,
    target,
)

IP = GlobalIp()
AT = target("softlayer:index:GlobalIp")
GET, LIST = "Network_Subnet_IpAddress_Global::getObject", "Account::getGlobalIpRecords"
CANCEL = "Billing_Item::cancelService"
LATER = FaultError("SoftLayer_Exception_Public", "Must be cancelled on its anniversary date.")


def record(route: str = "", item: int | None = 70, **more: object) -> dict[str, object]:
    return {
        "id": 7,
        "ipAddress": {"id": 71, "ipAddress": "192.0.2.7", "note": "", "subnetId": 72},
        "destinationIpAddress": {"ipAddress": route},
        "billingItem": {"id": item, "recurringFee": "5", "orderItem": {"order": {"id": 9}}},
        **more,
    }


def sold(more: Mapping[str, Sequence[object]] | None = None) -> ScriptedCloud:
    packages = [{"id": 1, "type": {"keyName": "ADDITIONAL_SERVICES_GLOBAL_IP_ADDRESSES"}}]
    items = [{"keyName": "GLOBAL_IPV4", "prices": [{"id": 3, "locationGroupId": 5}, {"id": 4}]}]
    return ScriptedCloud(
        {
            "Product_Package::getAllObjects": [packages],
            "Product_Package::getItems": [items],
            "Product_Order::placeOrder": [{"orderId": 9}],
            "Account::getOrders": [[]],
            LIST: [[record()]],
            GET: [record()],
            **(more or {}),
        }
    )


@pytest.mark.parametrize("value", ["nowhere", "2001:db8::1", "10.0.0"])
def test_a_route_that_is_no_ipv4_address_is_refused(value: str) -> None:
    failures = IP.check(session(), AT.urn, {}, {"routeTo": value}).failures
    assert [(failure.path, "IPv4" in failure.reason) for failure in failures] == [("routeTo", True)]


def test_the_price_without_a_place_is_ordered(tmp_path: Path) -> None:
    cloud = sold()
    created = cloud.run(tmp_path, lambda session: IP.create(session, AT, {}))
    assert (created.identifier, created.outputs["address"], created.outputs["orderId"]) == (
        "7",
        "192.0.2.7",
        9,
    )
    order = next(args[0] for name, args in cloud.calls if name == "Product_Order::placeOrder")
    assert isinstance(order, dict)
    assert order["prices"] == [{"id": 4}]


def test_nothing_is_ordered_where_none_is_sold(tmp_path: Path) -> None:
    cloud = sold({"Product_Package::getItems": [[{"keyName": "OTHER", "prices": []}]]})
    with pytest.raises(ProviderError, match=r"sells GLOBAL_IPV4. Nothing was ordered"):
        cloud.run(tmp_path, lambda session: IP.create(session, AT, {}))
    assert cloud.called("Product_Order::placeOrder") == 0


def test_an_order_refused_is_reported_and_leaves_no_note(tmp_path: Path) -> None:
    cloud = sold({"Product_Order::placeOrder": [REFUSED]})
    with pytest.raises(ProviderError, match=r"refuses an order of a global IP.*Nothing was made"):
        cloud.run(tmp_path, lambda session: IP.create(session, AT, {}))
    assert list((tmp_path / "softlayer-orders").iterdir()) == []


def test_an_order_whose_answer_is_lost_is_not_sent_again(tmp_path: Path) -> None:
    cloud = sold({"Product_Order::placeOrder": [LOST_ANSWER]})
    with pytest.raises(ProviderError, match="asked for, but the answer was lost"):
        cloud.run(tmp_path, lambda session: IP.create(session, AT, {}))
    assert cloud.called("Product_Order::placeOrder") == 1


def order(number: int, cancelled: str = "", category: str = "global_ipv4") -> dict[str, object]:
    return {
        "id": number,
        "items": [
            {"categoryCode": "other", "billingItem": {}},
            {"categoryCode": category, "billingItem": {"cancellationDate": cancelled}},
        ],
    }


def test_an_order_whose_answer_is_lost_is_the_one_that_came_up(tmp_path: Path) -> None:
    before = [order(1), order(2, "2026-01-01"), order(3, category="ram")]
    simulated_cloud = sold(
        {
            "Product_Order::placeOrder": [LOST_ANSWER],
            "Account::getOrders": [before, before, [*before, order(9)]],
        }
    )
    created = simulated_cloud.run(tmp_path, lambda session: IP.create(session, AT, {}))
    assert (created.identifier, simulated_cloud.called("Product_Order::placeOrder")) == ("7", 1)
    assert [file.name for file in (tmp_path / "softlayer-orders").iterdir() if "9" in file.read_text()]


def test_one_taken_over_is_not_cancelled_as_the_one_that_was_replaced(tmp_path: Path) -> None:
    """`--replace` after a run whose outcome was lost: the state may hold the very one that was found."""
    sold().run(tmp_path, lambda session: IP.create(session, AT, {}))

    async def replaced(session: Session) -> None:
        created = await steps.create(IP, session, AT, {})
        await steps.delete(IP, session, AT, created.identifier, State({}, created.outputs))

    again = sold({"Account::getOrders": [[order(9)]], CANCEL: [True]})
    again.run(tmp_path, replaced)
    assert (again.called("Product_Order::placeOrder"), again.called(CANCEL)) == (0, 0)
    assert "was not replaced" in again.user_log.messages[-1]
    assert list((tmp_path / "softlayer-orders").iterdir()) == []


def test_too_many_calls_are_no_order_and_end_after_six(tmp_path: Path) -> None:
    cloud = sold({"Product_Order::placeOrder": [LIMITED]})
    with pytest.raises(ProviderError, match="refused 6 times for too many calls"):
        cloud.run(tmp_path, lambda session: IP.create(session, AT, {}))
    assert cloud.called("Product_Order::placeOrder") == 6


def test_an_address_that_never_shows_keeps_its_order_s_id(tmp_path: Path) -> None:
    cloud = sold({LIST: [[]]})
    with pytest.raises(UnfinishedError, match="did not show within 1800 s") as caught:
        cloud.run(tmp_path, lambda session: IP.create(session, AT, {"notes": "n"}))
    assert caught.value.identifier == "order:9"
    assert caught.value.outputs["orderId"] == 9


def test_a_refresh_of_an_order_without_its_address_reports_so_and_an_import_finds_nothing(
    tmp_path: Path,
) -> None:
    cloud = sold({LIST: [[]]})
    state = State({"notes": "n"}, {})
    with pytest.raises(UnfinishedError, match="not there yet"):
        cloud.run(tmp_path, lambda session: IP.read(session, AT, "order:9", state))
    assert cloud.run(tmp_path, lambda session: IP.read(session, AT, "order:9", State({}, {}))) is None


@pytest.mark.parametrize("answer", [MISSING, record(item=None)])
def test_one_that_is_gone_or_no_longer_billed_is_read_as_gone(tmp_path: Path, answer: object) -> None:
    cloud = sold({GET: [answer], LIST: [[]]})
    assert cloud.run(tmp_path, lambda session: IP.read(session, AT, "7", State({}, {}))) is None


def test_an_import_shows_route_and_notes(tmp_path: Path) -> None:
    address = record("192.0.2.1")
    address["ipAddress"] = {"id": 71, "ipAddress": "192.0.2.7", "note": "mine", "subnetId": 72}
    cloud = sold({GET: [address]})
    live = cloud.run(tmp_path, lambda session: IP.read(session, AT, "7", State({}, {})))
    assert live is not None
    assert live.inputs == {"cancelOnAnniversary": False, "routeTo": "192.0.2.1", "notes": "mine"}


def test_an_id_that_is_no_number_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedCallError, match="whole number"):
        sold().run(tmp_path, lambda session: IP.read(session, AT, "x", State({}, {})))


def test_an_update_of_one_that_is_gone_advises_a_refresh(tmp_path: Path) -> None:
    cloud = sold({GET: [MISSING]})
    with pytest.raises(ProviderError, match="pulumi refresh"):
        cloud.run(tmp_path, lambda session: IP.update(session, AT, "7", State({}, {}), {}))


def test_one_that_goes_while_it_is_routed_is_gone(tmp_path: Path) -> None:
    cloud = sold({GET: [record(), MISSING]})
    with pytest.raises(ProviderError, match="pulumi refresh"):
        cloud.run(
            tmp_path, lambda session: IP.update(session, AT, "7", State({}, {}), {"routeTo": "192.0.2.1"})
        )


def test_a_route_that_does_not_come_about_is_reported_with_what_is_there(tmp_path: Path) -> None:
    cloud = sold({"Network_Subnet::route": [True]})
    with pytest.raises(
        UnfinishedError, match=r"leads to nowhere and not to 192.0.2.1 after 600 s.*was asked for"
    ):
        cloud.run(
            tmp_path, lambda session: IP.update(session, AT, "7", State({}, {}), {"routeTo": "192.0.2.1"})
        )
    assert cloud.called("Network_Subnet::route") > 1


def test_a_route_under_way_is_waited_out_before_another_is_requested(tmp_path: Path) -> None:
    cloud = sold({GET: [record("192.0.2.2", activeTransaction={"id": 5})]})
    with pytest.raises(UnfinishedError, match="earlier route is under way"):
        cloud.run(
            tmp_path, lambda session: IP.update(session, AT, "7", State({}, {}), {"routeTo": "192.0.2.1"})
        )
    assert cloud.called("Network_Subnet::route") == 0


def test_a_destination_that_is_nobody_s_is_named(tmp_path: Path) -> None:
    cloud = sold({"Network_Subnet::route": [MISSING]})
    with pytest.raises(UnfinishedError, match=r"192.0.2.1 is no server's address"):
        cloud.run(
            tmp_path, lambda session: IP.update(session, AT, "7", State({}, {}), {"routeTo": "192.0.2.1"})
        )


def test_a_route_refused_as_not_ready_is_requested_again_and_any_other_refusal_is_reported(
    tmp_path: Path,
) -> None:
    not_ready = FaultError("SoftLayer_Exception_Public", "The address is not ready.")
    address = record("192.0.2.1")
    cloud = sold({"Network_Subnet::route": [not_ready, True], GET: [record(), record(), record(), address]})
    news = {"routeTo": "192.0.2.1"}
    assert (
        cloud.run(tmp_path, lambda session: IP.update(session, AT, "7", State({}, {}), news))["globalIpId"]
        == 7
    )
    assert cloud.called("Network_Subnet::route") == 2
    refused = sold({"Network_Subnet::route": [REFUSED]})
    with pytest.raises(UnfinishedError, match="not possible"):
        refused.run(tmp_path, lambda session: IP.update(session, AT, "7", State({}, {}), news))


def test_delete_waits_for_the_address_of_its_order_and_is_content_with_one_that_is_gone(
    tmp_path: Path,
) -> None:
    cloud = sold({LIST: [[], [record()], [record()], []], CANCEL: [True]})
    cloud.run(tmp_path, lambda session: IP.delete(session, AT, "order:9", State({}, {})))
    assert cloud.called(CANCEL) == 1
    missing_address = sold({GET: [MISSING], LIST: [[]]})
    missing_address.run(tmp_path, lambda session: IP.delete(session, AT, "7", State({}, {})))
    assert missing_address.called(CANCEL) == 0


def test_delete_does_not_wait_for_an_order_that_came_to_nothing(tmp_path: Path) -> None:
    cloud = sold({LIST: [[]], "Billing_Order::getObject": [{"status": "CANCELLED"}]})
    cloud.run(tmp_path, lambda session: IP.delete(session, AT, "order:9", State({}, {})))
    assert (cloud.called(CANCEL), cloud.called(LIST)) == (0, 1)


@pytest.mark.parametrize("last", [MISSING, record(item=None)])
def test_delete_ends_when_it_is_no_longer_billed(tmp_path: Path, last: object) -> None:
    cloud = sold({GET: [record(), record(), record(), last], CANCEL: [MISSING]})
    cloud.run(tmp_path, lambda session: IP.delete(session, AT, "7", State({}, {})))
    assert cloud.called(CANCEL) == 1


def test_delete_of_one_that_stays_listed_is_reported(tmp_path: Path) -> None:
    cloud = sold({CANCEL: [True]})
    with pytest.raises(WaitTimeoutError, match="still listed"):
        cloud.run(tmp_path, lambda session: IP.delete(session, AT, "7", State({}, {})))


def test_one_that_is_listed_is_not_taken_for_deleted(tmp_path: Path) -> None:
    cloud = sold({GET: [MISSING], LIST: [[record()]]})
    with pytest.raises(
        ProviderError, match=r"Global IP 7: getObject does not find it, but the account lists it"
    ):
        cloud.run(tmp_path, lambda session: IP.delete(session, AT, "7", State({}, {})))
    assert cloud.called(CANCEL) == 0


def test_delete_is_content_with_one_that_is_no_longer_billed(tmp_path: Path) -> None:
    cloud = sold({GET: [record(item=None)]})
    cloud.run(tmp_path, lambda session: IP.delete(session, AT, "7", State({}, {})))
    assert cloud.called(CANCEL) == 0


def test_a_user_who_sees_no_bills_cannot_cancel_it(tmp_path: Path) -> None:
    cloud = sold({GET: [record(item=None)], "Account::getAllBillingItems": [[]]})
    with pytest.raises(
        ProviderError, match=r"Global IP 7 cannot be cancelled: user tester sees no billing items"
    ):
        cloud.run(tmp_path, lambda session: IP.delete(session, AT, "7", State({}, {})))


def test_it_stays_where_a_container_of_the_same_run_was_refused(tmp_path: Path) -> None:
    cloud = sold()

    async def work(session: Session) -> None:
        with pytest.raises(RefusedCallError):
            async with session.guard.judging():
                raise RefusedCallError("it holds images")
        await IP.delete(session, AT, "7", State({}, {}))

    with pytest.raises(ProviderError, match=r"Global IP 7 was not cancelled.*it holds images"):
        cloud.run(tmp_path, work)
    assert cloud.called(CANCEL) == 0


def test_delete_before_the_anniversary_is_refused_unless_it_was_requested(tmp_path: Path) -> None:
    cloud = sold({CANCEL: [LATER], "Billing_Item::cancelServiceOnAnniversaryDate": [True]})
    with pytest.raises(ProviderError, match="Set cancelOnAnniversary"):
        cloud.run(tmp_path, lambda session: IP.delete(session, AT, "7", State({}, {})))
    assert cloud.called("Billing_Item::cancelServiceOnAnniversaryDate") == 0
    state = State({"cancelOnAnniversary": True}, {})
    cloud.run(tmp_path, lambda session: IP.delete(session, AT, "7", state))
    assert cloud.called("Billing_Item::cancelServiceOnAnniversaryDate") == 1
    assert "until then it stays" in cloud.user_log.messages[-1]


def test_another_refusal_to_cancel_is_reported_as_it_is(tmp_path: Path) -> None:
    cloud = sold({CANCEL: [REFUSED]})
    with pytest.raises(RefusedCallError, match="not possible"):
        cloud.run(tmp_path, lambda session: IP.delete(session, AT, "7", State({}, {})))


def test_a_preview_of_a_new_one_knows_no_address_and_of_an_old_one_keeps_it() -> None:
    assert IP.preview({}, None)["address"] is UNKNOWN
    assert IP.preview({}, {"address": "192.0.2.7"})["address"] == "192.0.2.7"


OWN_ADDRESS, PEER_ADDRESS, ELSEWHERE = "192.0.2.1", "192.0.2.2", "192.0.2.3"
DOORS = {"routeTo": OWN_ADDRESS, "alternatives": [OWN_ADDRESS, PEER_ADDRESS]}


def test_a_route_that_somebody_moved_to_an_alternative_is_no_change() -> None:
    moved = State({"routeTo": PEER_ADDRESS, "alternatives": [OWN_ADDRESS, PEER_ADDRESS]}, {})
    assert IP.diff(session(), AT.urn, moved, DOORS) == ()
    astray = State({"routeTo": ELSEWHERE, "alternatives": [OWN_ADDRESS, PEER_ADDRESS]}, {})
    assert [change.path for change in IP.diff(session(), AT.urn, astray, DOORS)] == ["routeTo"]
    # A server that is replaced has an address that is not known yet.
    assert IP.diff(session(), AT.urn, moved, {"routeTo": UNKNOWN, "alternatives": UNKNOWN}) != ()


def test_a_preview_with_servers_that_have_no_address_yet_passes() -> None:
    news: dict[str, Value] = {"routeTo": UNKNOWN, "alternatives": [UNKNOWN, PEER_ADDRESS]}
    assert IP.check(session(), AT.urn, {}, news).failures == ()
    old = State({"routeTo": OWN_ADDRESS, "alternatives": [OWN_ADDRESS, PEER_ADDRESS]}, {})
    assert "routeTo" in {change.path for change in IP.diff(session(), AT.urn, old, news)}
    assert IP.preview(news, None)["address"] is UNKNOWN


def test_alternatives_in_another_order_are_no_change() -> None:
    old = State({"routeTo": OWN_ADDRESS, "alternatives": [PEER_ADDRESS, OWN_ADDRESS]}, {})
    assert IP.diff(session(), AT.urn, old, DOORS) == ()


@pytest.mark.parametrize(
    ("leads_to", "requests"), [(PEER_ADDRESS, 0), (OWN_ADDRESS, 0), (ELSEWHERE, 1), ("", 1)], ids=str
)
def test_an_update_leaves_it_at_an_alternative_and_takes_it_from_anywhere_else(
    tmp_path: Path, leads_to: str, requests: int
) -> None:
    cloud = sold({GET: [record(leads_to)] * 2 + [record(OWN_ADDRESS)], "Network_Subnet::route": [True]})
    cloud.run(tmp_path, lambda session: IP.update(session, AT, "7", State({}, {}), DOORS))
    assert cloud.called("Network_Subnet::route") == requests


def test_a_route_to_an_alternative_that_is_under_way_is_waited_for_and_left(tmp_path: Path) -> None:
    going = record(OWN_ADDRESS, activeTransaction={"id": 5})
    cloud = sold({GET: [going, going, going, record(PEER_ADDRESS)], "Network_Subnet::route": [True]})
    cloud.run(tmp_path, lambda session: IP.update(session, AT, "7", State({}, {}), DOORS))
    assert cloud.called("Network_Subnet::route") == 0


def test_it_is_deleted_from_an_alternative_too(tmp_path: Path) -> None:
    cloud = sold(
        {
            GET: [record(PEER_ADDRESS), record(PEER_ADDRESS), MISSING],
            CANCEL: [True],
        }
    )
    cloud.run(tmp_path, lambda session: IP.delete(session, AT, "7", State(DOORS, {})))
    assert cloud.called(CANCEL) == 1


def test_the_route_stays_until_a_cancellation_was_accepted(tmp_path: Path) -> None:
    clear, later = "Network_Subnet::clearRoute", "Billing_Item::cancelServiceOnAnniversaryDate"
    routed, cleared = record(PEER_ADDRESS), record()
    refused = sold({GET: [routed], CANCEL: [LATER], clear: [True]})
    with pytest.raises(ProviderError, match="Its route is as it was"):
        refused.run(tmp_path, lambda session: IP.delete(session, AT, "7", State(DOORS, {})))
    assert refused.called(clear) == 0
    accepted = sold({GET: [routed, routed, routed, cleared], CANCEL: [LATER], later: [True], clear: [True]})
    state = State({**DOORS, "cancelOnAnniversary": True}, {})
    accepted.run(tmp_path, lambda session: IP.delete(session, AT, "7", state))
    names = [name for name, _ in accepted.calls if name in (clear, later)]
    assert names == [later, clear]


def test_an_alternative_that_is_no_address_is_refused() -> None:
    (failure,) = IP.check(session(), AT.urn, {}, {"alternatives": [OWN_ADDRESS, "b"]}).failures
    assert failure.path == "alternatives[1]"
