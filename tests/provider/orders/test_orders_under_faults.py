"""Exactly one order for one token, whatever the network does: faults injected on the cloud's side."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.cloud.running_api import RunningApi
from harness.provider.plugin import (
    ACCOUNT,
    GUEST,
    KEY,
    CallError,
    Plugin,
    configuration,
    plugin,
    urn,
)
from harness.provider.server_inputs import WEB
from provider.orders.token import order_token
from provider.values import Properties
from tests.provider.account_servers import guests
from tests.support.provider.guest_inputs import KEY as PUBLIC_KEY

ORDER = "SoftLayer_Virtual_Guest::createObject"


@pytest.fixture
def hasty(api: RunningApi, tmp_path: Path) -> Iterator[Plugin]:
    """A plugin that gives a call one second only."""
    with plugin({}, tmp_path / "state") as running:
        running.configure(configuration(api, timeout=1))
        yield running


@pytest.mark.parametrize("kind", ["timeout_after_accept", "reset_after_accept", "error_500_after"])
def test_an_order_whose_answer_is_lost_is_found_again(api: RunningApi, hasty: Plugin, kind: str) -> None:
    api.plan_fault(ORDER, kind, seconds=3)
    identifier, _, outputs = hasty.make(GUEST, WEB)
    assert outputs["guestId"] == int(identifier)
    assert api.orders_placed() == 1
    assert len(guests(api)) == 1
    assert api.calls()[ORDER] == 1


def test_an_order_that_never_arrived_is_not_sent_again_blindly(api: RunningApi, hasty: Plugin) -> None:
    api.plan_fault(ORDER, "error_500_before")
    inputs = hasty.check(GUEST, WEB)
    with pytest.raises(CallError, match="It was not ordered again"):
        hasty.create(GUEST, inputs)
    assert (api.orders_placed(), api.calls()[ORDER]) == (0, 1)
    hasty.create(GUEST, inputs)
    assert (api.orders_placed(), api.calls()[ORDER]) == (1, 2)


def test_a_refusal_for_too_many_calls_is_certain_so_the_order_is_sent_again(
    api: RunningApi, hasty: Plugin
) -> None:
    api.plan_fault(ORDER, "rate_limit", times=2)
    hasty.make(GUEST, WEB)
    assert (api.orders_placed(), api.calls()[ORDER]) == (1, 3)


@pytest.mark.parametrize("kind", ["error_500_before", "reset_after_accept", "rate_limit"])
@pytest.mark.parametrize(
    "method",
    [
        "SoftLayer_Account::getVirtualGuests",
        "SoftLayer_Virtual_Guest::getObject",
        "SoftLayer_Virtual_Guest::getCreateObjectOptions",
        "SoftLayer_Virtual_Guest::setTags",
    ],
)
def test_reads_and_idempotent_writes_survive_faults(
    api: RunningApi, softlayer: Plugin, kind: str, method: str
) -> None:
    api.plan_fault(method, kind, times=2)
    softlayer.make(GUEST, WEB)
    assert api.orders_placed() == 1


def test_tags_that_cannot_be_set_do_not_cost_the_server(api: RunningApi, softlayer: Plugin) -> None:
    api.plan_fault("SoftLayer_Virtual_Guest::setTags", "rate_limit", times=7)
    identifier, inputs, outputs = softlayer.make(GUEST, WEB)
    _, refreshed, _ = softlayer.read(GUEST, identifier, inputs, outputs)
    assert refreshed["tags"] == []
    assert set(softlayer.diff(GUEST, identifier, refreshed, outputs, inputs).detailedDiff) == {"tags"}
    softlayer.update(GUEST, identifier, refreshed, outputs, inputs)
    assert softlayer.read(GUEST, identifier, inputs, outputs)[1] == inputs


def test_a_killed_provider_s_order_is_taken_over_by_the_next(api: RunningApi, tmp_path: Path) -> None:
    with plugin({}, tmp_path / "state") as first:
        first.configure(configuration(api))
        scope = first.inputs
        identifier, _, _ = first.make(GUEST, WEB)
        first.process.kill()
    with plugin({}, tmp_path / "state") as second:
        second.configure(configuration(api), scope)
        assert second.make(GUEST, WEB)[0] == identifier
    assert api.orders_placed() == 1


def test_an_order_still_on_its_way_when_the_provider_is_killed_is_waited_for(
    api: RunningApi, tmp_path: Path
) -> None:
    """The next one finds no server at first; the note on disk tells it to look for longer."""
    with plugin({}, tmp_path / "state") as first:
        first.configure(configuration(api))
        token = first.check(GUEST, WEB)["orderToken"]
        scope = first.inputs
    note = tmp_path / "state" / "softlayer-orders" / str(token)
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text("")
    with plugin({}, tmp_path / "state") as second:
        second.configure(configuration(api, orderSettle=3), scope)
        started = time.monotonic()
        identifier, inputs, outputs = second.make(GUEST, WEB)
        assert time.monotonic() - started > 2.5
        assert note.read_text() == identifier
        second.diff(GUEST, identifier, inputs, outputs, second.check(GUEST, WEB, inputs))
        assert not note.exists(), "Diff shows that the state holds it"
    assert api.orders_placed() == 1


def test_another_server_of_the_same_token_is_an_error_not_an_order(
    api: RunningApi, softlayer: Plugin
) -> None:
    inputs = softlayer.check(GUEST, WEB)
    softlayer.create(GUEST, inputs)
    with pytest.raises(CallError, match="differs in cpus, memory"):
        softlayer.create(GUEST, {**inputs, "cpus": 4, "memory": 8192})
    assert api.orders_placed() == 1


@pytest.mark.parametrize("killed", [False, True])
def test_replace_declines_once_rather_than_delete_the_server_it_adopted(
    api: RunningApi, tmp_path: Path, killed: bool
) -> None:
    """`--replace` looks like a first create whose state was lost, until the engine deletes the old one."""
    with plugin({}, tmp_path / "state") as first:
        first.configure(configuration(api))
        scope = first.inputs
        old_id, old, outputs = first.make(GUEST, WEB)
        if killed:
            first.process.kill()
        else:
            first.close()
    with plugin({}, tmp_path / "state") as second:
        second.configure(configuration(api), scope)
        assert second.make(GUEST, WEB)[0] == old_id
        second.delete(GUEST, old_id, old, outputs)
        assert len(guests(api)) == 1
        second.close()
    with plugin({}, tmp_path / "state") as third:
        third.configure(configuration(api), scope)
        new_id, new, new_outputs = third.make(GUEST, WEB)
        assert new_id != old_id
        assert new["orderToken"] == old["orderToken"]
        following = order_token(str(scope["orderScope"]), urn(GUEST), str(old["orderToken"]))
        assert new_outputs["orderToken"] == following
        third.delete(GUEST, old_id, old, outputs)
    assert [guest["id"] for guest in guests(api)] == [int(new_id)]


def test_a_server_whose_state_was_lost_is_found_by_its_noted_id_though_no_list_has_it(
    api: RunningApi, tmp_path: Path
) -> None:
    with plugin({}, tmp_path / "state") as first:
        first.configure(configuration(api))
        scope = first.inputs
        identifier, _, _ = first.make(GUEST, WEB)
        first.close()
    api.client().call("Virtual_Guest", "editObject", {"hostname": "unlisted"}, id=int(identifier))
    with plugin({}, tmp_path / "state") as second:
        second.configure(configuration(api), scope)
        assert second.make(GUEST, WEB)[0] == identifier
    assert api.orders_placed() == 1


def test_replace_of_an_object_storage_account_declines_once_as_well(api: RunningApi, tmp_path: Path) -> None:
    # No Swift is behind this cloud, so that nobody can look for containers of others.
    desired: Properties = {"datacenter": "dal05", "forceDestroy": True}
    ids: list[str] = []
    scope: Properties = {}
    for _ in range(3):
        with plugin({}, tmp_path / "state") as run:
            run.configure(configuration(api), scope)
            scope = run.inputs
            identifier, inputs, outputs = run.make(ACCOUNT, desired)
            if ids:
                run.delete(ACCOUNT, ids[-1], inputs, outputs)
            ids.append(identifier)
            run.close()
    first, second, third = ids
    assert first == second != third
    accounts = api.client().call("Account", "getHubNetworkStorage", mask="mask[id]")
    assert [account["id"] for account in accounts] == [int(third)]


def test_a_key_whose_answer_is_lost_is_not_created_twice(api: RunningApi, softlayer: Plugin) -> None:
    api.plan_fault("SoftLayer_Security_Ssh_Key::createObject", "error_500_after")
    softlayer.make(KEY, {"label": "me", "publicKey": PUBLIC_KEY})
    assert len(api.client().call("Account", "getSshKeys")) == 1


@pytest.mark.parametrize("kind", ["timeout_after_accept", "reset_after_accept", "error_500_after"])
def test_an_object_storage_order_whose_answer_is_lost_is_found_again(
    api: RunningApi, hasty: Plugin, kind: str
) -> None:
    api.plan_fault("SoftLayer_Product_Order::placeOrder", kind, seconds=3)
    hasty.make(ACCOUNT, {"datacenter": "dal05"})
    assert api.orders_placed() == 1


def test_a_killed_provider_s_object_storage_is_taken_over(api: RunningApi, tmp_path: Path) -> None:
    with plugin({}, tmp_path / "state") as first:
        first.configure(configuration(api))
        scope = first.inputs
        identifier, _, _ = first.make(ACCOUNT, {"datacenter": "dal05"})
        first.process.kill()
    with plugin({}, tmp_path / "state") as second:
        second.configure(configuration(api), scope)
        assert second.make(ACCOUNT, {"datacenter": "dal05"})[0] == identifier
        second.close()
    assert api.orders_placed() == 1


def test_the_provider_goes_when_its_engine_dies(softlayer: Plugin) -> None:
    assert softlayer.process.stdin is not None
    softlayer.process.stdin.close()
    assert softlayer.process.wait(2) == 1


def test_no_secret_in_the_process_list(softlayer: Plugin, api: RunningApi) -> None:
    preview = subprocess.run(
        ["ps", "-o", "args=", "-p", str(softlayer.process.pid)], capture_output=True, check=True
    )
    assert b"provider" in preview.stdout
    assert api.api_key.encode() not in preview.stdout
