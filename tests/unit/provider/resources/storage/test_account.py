"""Object storage accounts: an order without a token, refused, lost, or never delivered."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from provider.errors import (
    InvalidInputError,
    ProviderError,
    RefusedCallError,
    UnfinishedError,
    WaitTimeoutError,
)
from provider.protocol import steps
from provider.resources.contract import State
from provider.resources.storage import account as object_storage_account
from provider.resources.storage.account import ObjectStorageAccount
from provider.session import Session
from provider.values import UNKNOWN, Properties
from tests.support.provider.provider_session import session
from tests.unit.provider.scripted_cloud import LOST_ANSWER, MISSING, REFUSED, ScriptedCloud, target

ACCOUNT = ObjectStorageAccount()
AT = target("softlayer:index:ObjectStorageAccount")
LIST = "Account::getHubNetworkStorage"
ORDER = "Product_Order::placeOrder"
VERIFY = "Product_Order::verifyOrder"
CANCEL = "Billing_Item::cancelService"
INPUTS: Properties = {"datacenter": "dal05"}
ENDPOINTS = [
    {"datacenterShortName": "dal05", "publicEndpoint": "https://p/", "privateEndpoint": "https://q/"}
]


def account(number: int = 7, *, login: bool = True, item: int | None = 70) -> dict[str, object]:
    logins = [{"username": "half"}, {"username": "SLOS7", "password": "k" * 20}] if login else []
    return {
        "id": number,
        "username": f"SLOS{number}",
        "vendorName": "Swift",
        "credentials": logins,
        "serviceResource": {"datacenter": {"name": "dal05"}},
        "billingItem": {"id": item, "recurringFee": "0"},
    }


def cloud(more: Mapping[str, Sequence[object]] | None = None) -> ScriptedCloud:
    return ScriptedCloud(
        {
            "Location::getDatacenters": [[{"name": "dal05"}, {"name": "ams03"}]],
            "Network_Storage::getObjectStorageConnectionInformation": [ENDPOINTS],
            LIST: [[{"id": 1, "vendorName": "NAS"}], [account()]],
            ORDER: [{"orderId": 9}],
            "Account::getObject": [{"id": 1}],
            **(more or {}),
        }
    )


def test_the_one_that_came_up_is_the_one_ordered(tmp_path: Path) -> None:
    running = cloud()
    created = running.run(tmp_path, lambda session: ACCOUNT.create(session, AT, INPUTS))
    assert (created.identifier, created.outputs["username"], created.outputs["authUrl"]) == (
        "7",
        "SLOS7",
        "https://p/",
    )
    assert created.outputs["credentials"] == [{"username": "SLOS7", "key": "k" * 20}]


def test_a_datacenter_that_is_none_is_reported_with_the_nearest(tmp_path: Path) -> None:
    running = cloud()
    with pytest.raises(InvalidInputError, match="'dal5' is no datacenter; nearest are dal05"):
        running.run(tmp_path, lambda session: ACCOUNT.create(session, AT, {"datacenter": "dal5"}))
    assert running.called(ORDER) == 0


def test_a_datacenter_without_a_cluster_keeps_what_was_ordered(tmp_path: Path) -> None:
    with pytest.raises(UnfinishedError, match="has no object storage cluster; there are dal05"):
        cloud().run(tmp_path, lambda session: ACCOUNT.create(session, AT, {"datacenter": "ams03"}))


def test_a_refused_order_is_reported_and_leaves_no_note(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match=r"refuses to order object storage.*Nothing was ordered"):
        cloud({ORDER: [REFUSED]}).run(tmp_path, lambda session: ACCOUNT.create(session, AT, INPUTS))
    assert list((tmp_path / "softlayer-orders").iterdir()) == []


def test_a_lost_answer_is_looked_for_and_never_ordered_again(tmp_path: Path) -> None:
    simulated_cloud = cloud({ORDER: [LOST_ANSWER], LIST: [[]]})
    with pytest.raises(ProviderError, match=r"no new account showed.*It was not ordered again"):
        simulated_cloud.run(tmp_path, lambda session: ACCOUNT.create(session, AT, INPUTS))
    came = cloud()
    created = came.run(tmp_path, lambda session: ACCOUNT.create(session, AT, INPUTS))
    assert (created.identifier, came.called(ORDER)) == ("7", 0)


def test_an_account_from_before_is_never_taken_for_the_one_ordered(tmp_path: Path) -> None:
    simulated_cloud = cloud({ORDER: [LOST_ANSWER], LIST: [[account(3)]]})
    with pytest.raises(ProviderError, match="no new account showed"):
        simulated_cloud.run(tmp_path, lambda session: ACCOUNT.create(session, AT, INPUTS))
    late = cloud({LIST: [[account(3)], [account(3), account(7)]]})
    created = late.run(tmp_path, lambda session: ACCOUNT.create(session, AT, INPUTS))
    assert (created.identifier, late.called(ORDER)) == ("7", 0)


def test_one_taken_over_is_not_deleted_as_the_one_that_was_replaced(tmp_path: Path) -> None:
    """`--replace` after a run whose outcome was lost: the state may hold the very one that was found."""
    ordered = cloud()
    ordered.run(tmp_path, lambda session: ACCOUNT.create(session, AT, INPUTS))

    async def replaced(session: Session) -> str:
        created = await steps.create(ACCOUNT, session, AT, INPUTS)
        await steps.delete(ACCOUNT, session, AT, created.identifier, State(INPUTS, created.outputs))
        return created.identifier

    again = cloud({LIST: [[account()]], CANCEL: [True]})
    assert again.run(tmp_path, replaced) == "7"
    assert (again.called(ORDER), again.called(CANCEL)) == (0, 0)
    assert "was not replaced" in again.user_log.messages[-1]
    assert list((tmp_path / "softlayer-orders").iterdir()) == []


def test_the_note_has_the_id_of_an_ordered_account_and_a_missing_account_is_ordered_again(
    tmp_path: Path,
) -> None:
    running = cloud()
    running.run(tmp_path, lambda session: ACCOUNT.create(session, AT, INPUTS))
    (note,) = (tmp_path / "softlayer-orders").iterdir()
    assert json.loads(note.read_text()) == {"made": 7}
    peer = cloud({LIST: [[account(7), account(8)]]})
    created = peer.run(tmp_path, lambda session: ACCOUNT.create(session, AT, INPUTS))
    assert (created.identifier, peer.called(ORDER)) == ("7", 0), "one that came up since is in no question"
    gone = cloud({LIST: [[], [], [account(8)]], "Network_Storage::getObject": [MISSING]})
    created = gone.run(tmp_path, lambda session: ACCOUNT.create(session, AT, INPUTS))
    assert (created.identifier, gone.called(ORDER)) == ("8", 1)


def test_two_that_came_up_are_not_distinguished(tmp_path: Path) -> None:
    running = cloud({LIST: [[], [account(7), account(8)]]})
    with pytest.raises(ProviderError, match="accounts 7, 8 came up"):
        running.run(tmp_path, lambda session: ACCOUNT.create(session, AT, INPUTS))


def ordered(number: int, order: int) -> dict[str, object]:
    return account(number) | {"billingItem": {"id": 70, "orderItem": {"order": {"id": order}}}}


def test_an_account_that_a_list_had_left_out_is_not_taken_for_the_one_ordered(tmp_path: Path) -> None:
    late = cloud({LIST: [[], [ordered(3, 5)], [ordered(3, 5), ordered(7, 9)]]})
    created = late.run(tmp_path, lambda session: ACCOUNT.create(session, AT, INPUTS))
    assert (created.identifier, late.called(ORDER)) == ("7", 1)


def test_one_that_the_list_leaves_out_is_not_taken_for_deleted(tmp_path: Path) -> None:
    running = cloud({LIST: [[]], "Network_Storage::getObject": [{"id": 7, "billingItem": {"id": 70}}]})
    with pytest.raises(
        ProviderError, match=r"account does not list it, but getObject finds it.*nothing was ch"
    ):
        running.run(tmp_path, lambda session: ACCOUNT.delete(session, AT, "7", State(INPUTS, {})))
    missing_account = cloud({LIST: [[]], "Network_Storage::getObject": [MISSING]})
    missing_account.run(tmp_path, lambda session: ACCOUNT.delete(session, AT, "7", State(INPUTS, {})))


def test_an_account_without_a_login_is_kept_and_waited_for_by_the_next_update(tmp_path: Path) -> None:
    running = cloud({LIST: [[], [account(login=False)]]})
    with pytest.raises(UnfinishedError, match="it has no login yet") as caught:
        running.run(tmp_path, lambda session: ACCOUNT.create(session, AT, INPUTS))
    assert caught.value.identifier == "7"
    state = State(INPUTS, {})
    with pytest.raises(UnfinishedError, match="has no login yet"):
        running.run(tmp_path, lambda session: ACCOUNT.read(session, AT, "7", state))
    with pytest.raises(UnfinishedError, match="it has no login yet"):
        running.run(tmp_path, lambda session: ACCOUNT.update(session, AT, "7", state, INPUTS))
    ready = cloud({LIST: [[account(login=False)], [account()]]})
    outputs = ready.run(tmp_path, lambda session: ACCOUNT.update(session, AT, "7", state, INPUTS))
    assert outputs["key"] == "k" * 20


def test_an_account_that_went_while_it_was_waited_for(tmp_path: Path) -> None:
    running = cloud({LIST: [[]]})
    with pytest.raises(UnfinishedError, match="account 7 is gone; run pulumi refresh"):
        running.run(tmp_path, lambda session: ACCOUNT.update(session, AT, "7", State(INPUTS, {}), INPUTS))


@pytest.mark.parametrize("listed", [[], [account(item=None)]])
def test_one_that_is_not_listed_or_not_billed_is_read_as_gone(tmp_path: Path, listed: object) -> None:
    running = cloud({LIST: [listed], "Network_Storage::getObject": [MISSING]})
    assert running.run(tmp_path, lambda session: ACCOUNT.read(session, AT, "7", State({}, {}))) is None


def test_an_import_finds_the_datacenter(tmp_path: Path) -> None:
    running = cloud({LIST: [[account()]]})
    live = running.run(tmp_path, lambda session: ACCOUNT.read(session, AT, "7", State({}, {})))
    assert live is not None
    assert live.inputs == {**INPUTS, "forceDestroy": False}


def test_delete_cancels_and_waits_until_the_list_has_let_it_go(tmp_path: Path) -> None:
    running = cloud({LIST: [[account()], [account(item=None)], []], CANCEL: [True]})
    forced = State({**INPUTS, "forceDestroy": True}, {})
    running.run(tmp_path, lambda session: ACCOUNT.delete(session, AT, "7", forced))
    assert running.called(CANCEL) == 1
    stuck = cloud({LIST: [[account(item=None)]]})
    with pytest.raises(WaitTimeoutError, match="cancelled but is still listed"):
        stuck.run(tmp_path, lambda session: ACCOUNT.delete(session, AT, "7", State(INPUTS, {})))


@pytest.mark.parametrize(
    ("inputs", "item", "judged"),
    [({}, 70, True), ({"forceDestroy": True}, 70, False), ({}, None, False)],
)
def test_what_others_keep_there_is_judged_before_it_is_cancelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inputs: Properties, item: int | None, judged: bool
) -> None:
    async def refuse(*_: object) -> None:
        raise RefusedCallError("it holds containers of others")

    monkeypatch.setattr(object_storage_account, "check_empty", refuse)
    running = cloud({LIST: [[account(item=item)], []], CANCEL: [True]})
    state = State({**INPUTS, **inputs}, {"authUrl": "https://p/"})
    if judged:
        with pytest.raises(RefusedCallError, match="containers of others"):
            running.run(tmp_path, lambda session: ACCOUNT.delete(session, AT, "7", state))
    else:
        running.run(tmp_path, lambda session: ACCOUNT.delete(session, AT, "7", state))
    assert running.called(CANCEL) == (item is not None and not judged)


def test_a_user_who_sees_no_bills_cannot_cancel_it(tmp_path: Path) -> None:
    running = cloud({LIST: [[account(item=None)]], "Account::getAllBillingItems": [[]]})
    with pytest.raises(
        ProviderError, match=r"account 7 cannot be cancelled: user tester sees no billing items"
    ):
        running.run(tmp_path, lambda session: ACCOUNT.delete(session, AT, "7", State(INPUTS, {})))


def test_a_quote_is_what_the_cloud_verifies_and_its_refusal_is_reported(tmp_path: Path) -> None:
    verified = {"prices": [{"recurringFee": "1.5"}]}
    running = cloud({VERIFY: [verified]})
    assert running.run(tmp_path, lambda session: ACCOUNT.quote(session, INPUTS, None)) == {"monthlyCost": 1.5}
    unknown: Properties = {"datacenter": UNKNOWN}
    assert running.run(tmp_path, lambda session: ACCOUNT.quote(session, unknown, None)) == {}
    assert running.run(tmp_path, lambda session: ACCOUNT.quote(session, INPUTS, State({}, {}))) == {}
    assert running.called(VERIFY) == 1
    refused = cloud({VERIFY: [REFUSED]})
    with pytest.raises(ProviderError, match="refuses to order object storage"):
        refused.run(tmp_path, lambda session: ACCOUNT.quote(session, INPUTS, None))


def test_a_preview_of_a_new_one_knows_no_key_and_an_empty_datacenter_is_refused() -> None:
    assert ACCOUNT.preview(INPUTS, None)["key"] is UNKNOWN
    assert ACCOUNT.preview(INPUTS, {"key": "k"})["key"] == "k"
    assert [
        failure.path for failure in ACCOUNT.check(session(), AT.urn, {}, {"datacenter": " "}).failures
    ] == ["datacenter"]
