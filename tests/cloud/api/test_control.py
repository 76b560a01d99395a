"""The faults the provider's tests ask for."""

import time
from pathlib import Path

import httpx
import pytest
import SoftLayer

from cloud.provisioning.stages import HARDWARE_PROVISION
from harness.cloud.running_api import API_KEY, USERNAME, RunningApi, serve
from harness.waiting import until
from tests.support.cloud import bare_metal_orders
from tests.support.cloud.ordering import Plain, is_deleted, ready, template

CREATE = "SoftLayer_Virtual_Guest::createObject"
PATHS = ("faults", "random", "transactions", "reclaim")


@pytest.mark.parametrize(
    ("kind", "placed"),
    [
        ("timeout_before_accept", 0),
        ("reset_before_accept", 0),
        ("capacity_refused", 0),
        ("timeout_after_accept", 1),
        ("reset_after_accept", 1),
        ("error_500_after", 1),
        ("error_500_before", 0),
        ("rate_limit", 0),
    ],
)
@pytest.mark.parametrize("wire", ["xmlrpc", "rest"])
def test_a_planned_fault_strikes_once(running_api: RunningApi, kind: str, placed: int, wire: str) -> None:
    # Only the answer that comes too late is waited for with little patience: this machine may be busy.
    client, hasty = running_api.client(wire, timeout=60), running_api.client(wire, timeout=1)
    running_api.plan_fault(CREATE, kind, seconds=2)
    with pytest.raises(SoftLayer.SoftLayerError):
        (hasty if kind.startswith("timeout") else client).call("Virtual_Guest", "createObject", template())
    assert running_api.orders_placed() == placed
    assert client.call("Virtual_Guest", "createObject", template("again"))["hostname"] == "again"
    assert running_api.orders_placed() == placed + 1
    assert running_api.calls()[CREATE] == 2


@pytest.mark.parametrize(
    ("kind", "status", "code", "text"),
    [
        (
            "rate_limit",
            429,
            "SoftLayer_Exception_WebService_RateLimitExceeded",
            "Rate limit of 50 requests for every 1 second(s) exceeded.",
        ),
        (
            "capacity_refused",
            500,
            "SoftLayer_Exception_Virtual_Host_Pool_InsufficientCapacity",
            "There is insufficient capacity to complete the request.",
        ),
        (
            "account_locked",
            401,
            "SoftLayer_Exception_User_Customer_AccountLocked",
            "Account has been locked for 30 minutes.",
        ),
        ("too_much_data", 200, "SoftLayer_Exception_Public", "Internal Error"),
        (
            "not_ready",
            500,
            "SoftLayer_Exception_NotImplemented",
            "This server is not provisioned far enough.",
        ),
        (
            "transaction_running",
            500,
            "SoftLayer_Exception_Public",
            "There is currently an outstanding transaction for this server.",
        ),
        (
            "before_anniversary",
            500,
            "SoftLayer_Exception_Public",
            (
                "You cannot cancel the selected billing items immediately.  "
                "Please choose your next billing anniversary date."
            ),
        ),
    ],
)
def test_an_api_fault_has_softlayers_code_and_text(
    running_api: RunningApi, kind: str, status: int, code: str, text: str
) -> None:
    running_api.plan_fault("SoftLayer_Account::getObject", kind, times=2)
    answer = httpx.get(f"{running_api.rest}SoftLayer_Account", auth=(USERNAME, API_KEY))
    assert (answer.status_code, answer.json()) == (status, {"error": text, "code": code})
    with pytest.raises(SoftLayer.SoftLayerAPIError) as raised:
        running_api.client().call("Account", "getObject")
    assert (raised.value.faultCode, raised.value.faultString) == (code, text)


def _sequence(api: RunningApi, seed: int) -> list[dict[str, object]]:
    api.clear_faults()
    api.plan_random_faults(seed, 0.5, kinds=["rate_limit", "capacity_refused", "error_500_before"])
    for _ in range(20):
        for service in ("SoftLayer_Account", "SoftLayer_Location/getDatacenters"):
            httpx.get(f"{api.rest}{service}", params={"resultLimit": 1}, auth=(USERNAME, API_KEY))
    first = {method: api.calls()[method] - 20 for method in api.calls()}
    return [
        {**fault, "call": int(str(fault["call"])) - first[str(fault["method"])]} for fault in api.triggered()
    ]


def test_a_seed_gives_the_same_faults_again(running_api: RunningApi) -> None:
    once, other_seed, again = (_sequence(running_api, seed) for seed in (7, 8, 7))
    assert once == again
    assert once != other_seed
    assert 5 < len(once) < 35
    assert {fault["kind"] for fault in once} == {"rate_limit", "capacity_refused", "error_500_before"}
    running_api.clear_faults()
    assert running_api.client().call("Account", "getObject")["id"]
    assert running_api.triggered() == []


@pytest.mark.parametrize("stage", ["ASSIGN_HOST", "POWER_ON", "SERVICE_SETUP"])
def test_a_transaction_is_stuck_until_it_is_released(running_api: RunningApi, stage: str) -> None:
    client = running_api.client()
    running_api.hinder(stage)
    stuck, free = (client.call("Virtual_Guest", "createObject", template(name))["id"] for name in "ab")
    until(lambda: ready(client, free), "only one is stuck")
    name = client.call("Virtual_Guest", "getActiveTransaction", id=stuck)["transactionStatus"]["name"]
    assert (name, ready(client, stuck)) == (stage, None)
    running_api.release()
    until(lambda: ready(client, stuck), "it goes on")


def test_a_stuck_server_can_be_deleted_and_its_reclaim_be_stuck_too(running_api: RunningApi) -> None:
    client = running_api.client()
    running_api.hinder("POWER_ON")
    running_api.hinder("RECLAIM_WAIT")
    guest_id = client.call("Virtual_Guest", "createObject", template())["id"]
    until(
        lambda: "POWER_ON" in str(client.call("Virtual_Guest", "getActiveTransaction", id=guest_id)), "stuck"
    )
    assert client.call("Virtual_Guest", "deleteObject", id=guest_id) is True
    assert not is_deleted(client, guest_id)
    assert "RECLAIM_WAIT" in str(client.call("Virtual_Guest", "getActiveTransaction", id=guest_id))
    running_api.release()
    until(lambda: is_deleted(client, guest_id), "gone")


def test_a_seed_chooses_whose_transaction_is_stuck(tmp_path: Path) -> None:
    def stuck(folder: str) -> list[str]:
        with serve(tmp_path / folder) as api:
            api.hinder("CLONE_CLOUD_TEMPLATE", seed=3, chance=0.5)
            client = api.client()
            guests = client.call("Virtual_Guest", "createObjects", [template(f"web{at}") for at in range(10)])
            mask = "mask[hostname,provisionDate,activeTransaction.transactionStatus.name]"

            def settled() -> list[str] | None:
                current = client.call("Account", "getVirtualGuests", mask=mask)
                waiting = [row for row in current if not row["provisionDate"]]
                names = [guest.get("activeTransaction", {}).get("transactionStatus") for guest in waiting]
                still = all(name == {"name": "CLONE_CLOUD_TEMPLATE"} for name in names)
                return [guest["hostname"] for guest in waiting] if still else None

            assert len(guests) == 10
            return until(settled, "all ready or stuck")

    once, again = stuck("once"), stuck("again")
    assert once == again
    assert 0 < len(once) < 10


def test_a_server_is_taken_away_by_the_operator(running_api: RunningApi) -> None:
    client = running_api.client()
    guests = client.call("Virtual_Guest", "createObjects", [template(f"web{at}") for at in range(3)])
    ids = [guest["id"] for guest in guests]
    for number in ids:
        until(lambda number=number: ready(client, number), "ready")  # type: ignore[misc]
    assert running_api.reclaim(guest="web0") == ids[0]
    until(lambda: is_deleted(client, ids[0]), "gone")
    chosen = running_api.reclaim(seed=5)
    assert chosen in ids[1:]
    until(lambda: is_deleted(client, chosen), "gone too")
    assert len(client.call("Account", "getVirtualGuests")) == 1
    assert len(client.call("Account", "getAllTopLevelBillingItems")) == 1


def test_bare_metal_is_taken_away_by_id_or_name(running_api: RunningApi) -> None:
    client = running_api.client()
    first = bare_metal_orders.ordered(client, hostname="one", hourlyBillingFlag=False)
    second = bare_metal_orders.ordered(client, hostname="two")
    assert running_api.reclaim(hardware=first["id"]) == first["id"]
    until(lambda: bare_metal_orders.is_deleted(client, first["id"]), "the first is gone")
    assert [server["hostname"] for server in client.call("Account", "getHardware")] == ["two"]
    (bill,) = client.call("Account", "getAllTopLevelBillingItems")
    assert bill["id"] == second["billingItem"]["id"]
    assert running_api.reclaim(hardware="two.example.com") == second["id"]
    until(lambda: bare_metal_orders.is_deleted(client, second["id"]), "the second is gone too")
    assert client.call("Account", "getAllTopLevelBillingItems") == []


def test_metal_that_is_stuck_or_to_be_cancelled_can_be_taken_away(running_api: RunningApi) -> None:
    client = running_api.client()
    due = bare_metal_orders.ordered(client, hourlyBillingFlag=False)
    client.call("Billing_Item", "cancelItem", False, False, "", "", id=due["billingItem"]["id"])
    running_api.reclaim(hardware=due["id"])
    until(lambda: bare_metal_orders.is_deleted(client, due["id"]), "gone before its day")
    assert client.call("Account", "getOpenTickets") == []
    running_api.hinder(HARDWARE_PROVISION[1].name)
    guid = client.call("Hardware", "createObject", bare_metal_orders.template())["globalIdentifier"]
    active = "mask[id,activeTransaction[transactionStatus]]"

    def stuck() -> Plain | None:
        current: Plain = client.call("Hardware", "getObject", id=guid, mask=active)
        return current if HARDWARE_PROVISION[1].name in str(current) else None

    number = until(stuck, "stuck")["id"]
    running_api.reclaim(hardware="metal")
    until(lambda: bare_metal_orders.is_deleted(client, number), "what was stuck is gone")


def test_a_seed_chooses_among_virtual_and_metal(tmp_path: Path) -> None:
    def reclaimed(folder: str) -> list[str]:
        with serve(tmp_path / folder) as api:
            client = api.client()
            names = {
                guest["id"]: guest["hostname"]
                for guest in client.call("Virtual_Guest", "createObjects", [template("a"), template("b")])
            }
            names |= {bare_metal_orders.ordered(client, hostname=name)["id"]: name for name in "cd"}
            return [names[api.reclaim(seed=seed)] for seed in (4, 5, 6, 7)]

    once = reclaimed("once")
    assert sorted(once) == ["a", "b", "c", "d"]
    assert reclaimed("again") == once


@pytest.mark.parametrize("wire", ["xmlrpc", "rest"])
def test_the_real_rate_limit_is_enforced(tmp_path: Path, wire: str) -> None:
    with serve(tmp_path, rate_limit=5) as api:
        client = api.client(wire)
        started_at, passed, messages = time.monotonic(), 0, set[str]()
        while time.monotonic() < started_at + 1.5:
            try:
                client.call("Account", "getObject")
            except SoftLayer.SoftLayerAPIError as error:
                messages.add(error.faultString)
            else:
                passed += 1
        assert 6 <= passed <= 10
        assert messages == {"Rate limit of 5 requests for every 1 second(s) exceeded."}


def test_the_rate_limit_is_softlayers(running_api: RunningApi) -> None:
    running_api.plan_fault("SoftLayer_Account::getObject", "rate_limit", times=2)
    for _ in range(2):
        with pytest.raises(SoftLayer.SoftLayerAPIError) as raised:
            running_api.client().call("Account", "getObject")
        assert raised.value.faultCode == "SoftLayer_Exception_WebService_RateLimitExceeded"
    assert running_api.client().call("Account", "getObject")["id"]


def test_a_cut_answer_comes_at_once(running_api: RunningApi) -> None:
    running_api.plan_fault("SoftLayer_Account::getObject", "reset_after_accept")
    started_at = time.monotonic()
    with pytest.raises(SoftLayer.TransportError):
        running_api.client().call("Account", "getObject")
    assert time.monotonic() - started_at < 30


@pytest.mark.parametrize(
    ("path", "body"),
    [
        *((path, body) for path in PATHS for body in (b"", b"[]", b"{", b"{}", b"7", b"\xff")),
        ("faults", b'{"method":"x","kind":"rate_limit"}'),
        ("faults", b'{"method":"a::b","kind":"x"}'),
        ("faults", b'{"method":"a::b","kind":"rate_limit","seconds":601}'),
        ("random", b'{"seed":1,"chance":2}'),
        ("random", b'{"seed":1,"chance":0.5,"kinds":["x"]}'),
        ("transactions", b'{"stage":"LUNCH"}'),
        ("transactions", b'{"stage":"POWER_ON","seed":1}'),
        ("reclaim", b'{"guest":1}'),
        ("reclaim", b'{"seed":1}'),
        ("reclaim", b'{"guest":1,"seed":1}'),
        ("reclaim", b'{"hardware":1}'),
        ("reclaim", b'{"hardware":"nobody"}'),
        ("reclaim", b'{"hardware":1,"guest":1}'),
        ("reclaim", b'{"guest":true}'),
    ],
)
def test_nonsense_is_refused(running_api: RunningApi, path: str, body: bytes) -> None:
    answer = httpx.post(f"{running_api.url}/control/{path}", content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1"])
def test_a_page_in_a_browser_of_this_machine_does_not_control_the_cloud(
    running_api: RunningApi, host: str
) -> None:
    """A page elsewhere could point its own name at the loopback; only Host tells."""
    for path in PATHS:
        answer = httpx.post(f"{running_api.url}/control/{path}", json={}, headers={"Host": host})
        assert answer.status_code == 403
    near = httpx.get(f"{running_api.url}/control/calls", headers={"Host": "localhost"})
    assert near.status_code == 200


def test_there_is_no_control_endpoint_by_default(tmp_path: Path) -> None:
    with serve(tmp_path, control=False) as api:
        assert httpx.get(f"{api.url}/control/calls").status_code == 404
        for path in PATHS:
            assert httpx.post(f"{api.url}/control/{path}", json={}).status_code == 404
