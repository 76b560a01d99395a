"""Upgrades and reloads: what is ordered, once, and what is reported when it fails."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from provider.deadline import Deadline
from provider.errors import InvalidInputError, ProviderError, WaitTimeoutError
from provider.resources.contract import State
from provider.resources.virtual_guest.change import Resize
from provider.resources.virtual_guest.reload import begin_reload, configuration
from provider.resources.virtual_guest.server import VirtualGuest
from provider.resources.virtual_guest.upgrade import prices, until, upgrade
from provider.session import Session
from provider.softlayer.records import Record
from provider.values import Properties
from tests.support.provider.order_note import make_old
from tests.unit.provider.scripted_cloud import LIMITED, LOST_ANSWER, REFUSED, ScriptedCloud, target

URN = target("softlayer:index:VirtualGuest").urn
GET_GUEST = "Virtual_Guest::getObject"
ORDER = "Product_Order::placeOrder"
RELOAD = "Virtual_Guest::reloadOperatingSystem"
READY = {
    "id": 3,
    "provisionDate": "2026-01-01T00:00:00+00:00",
    "primaryIpAddress": "192.0.2.1",
    "primaryBackendIpAddress": "10.0.0.1",
    "billingItem": {"id": 1},
}
SMALL = {**READY, "startCpus": 1, "maxMemory": 1024}
LARGE = {**READY, "startCpus": 4, "maxMemory": 8192}
FLAVORED = {**SMALL, "billingItem": {"id": 1, "orderItem": {"preset": {"keyName": "B1_1X2X25"}}}}


def price(number: int, code: str, capacity: int, units: str = "CORE") -> dict[str, object]:
    return {
        "id": number,
        "categories": [{"id": number + 100, "categoryCode": code}],
        "item": {"capacity": capacity, "units": units},
    }


OFFERED = [
    price(1, "guest_core", 4, "PRIVATE_CORE"),
    price(2, "guest_core", 4),
    price(3, "ram", 8, "GB"),
    price(4, "guest_disk1", 100, "GB"),
]
INPUTS: Properties = {"cpus": 4, "memory": 8192}


def guests(*reads: object, **more: Sequence[object]) -> ScriptedCloud:
    return ScriptedCloud(
        {
            "Account::getVirtualGuests": [[READY]],
            GET_GUEST: list(reads),
            "Virtual_Guest::getUpgradeItemPrices": [OFFERED],
            "Virtual_Guest::setUserMetadata": [True],
            "Product_Package::getAllObjects": [[{"id": 835, "keyName": "PUBLIC_CLOUD_SERVER"}]],
            "Product_Package::getActivePresets": [[{"id": 11, "keyName": "B1_2X4X25"}]],
            ORDER: [{"orderId": 9}],
            RELOAD: ["1"],
            **more,
        }
    )


async def grow(session: Session, inputs: Properties = INPUTS) -> None:
    await upgrade(session, URN, 3, inputs, Deadline(600))


def test_shared_cores_are_ordered_and_the_server_s_size_is_waited_for(tmp_path: Path) -> None:
    cloud = guests(SMALL, SMALL, LARGE)
    cloud.run(tmp_path, grow)
    order = next(args[0] for name, args in cloud.calls if name == ORDER)
    assert isinstance(order, dict)
    assert [price["id"] for price in order["prices"]] == [2, 3]
    assert order["virtualGuests"] == [{"id": 3}]


def test_a_server_of_that_size_is_not_ordered_again(tmp_path: Path) -> None:
    cloud = guests(LARGE)
    cloud.run(tmp_path, grow)
    assert cloud.called(ORDER) == 0


def test_another_flavor_is_ordered_by_its_preset(tmp_path: Path) -> None:
    preset = {"preset": {"keyName": "B1_2X4X25"}}
    cloud = guests(FLAVORED, {**LARGE, "billingItem": {"id": 1, "orderItem": preset}})
    cloud.run(tmp_path, lambda session: grow(session, {"flavor": "B1_2X4X25"}))
    order = next(args[0] for name, args in cloud.calls if name == ORDER)
    assert isinstance(order, dict)
    assert (order["presetId"], order["prices"]) == (11, [])


def test_a_flavor_that_is_none_is_reported_before_anything_is_ordered(tmp_path: Path) -> None:
    cloud = guests(FLAVORED)
    with pytest.raises(InvalidInputError, match="'B9_9X9X25' is no flavor"):
        cloud.run(tmp_path, lambda session: grow(session, {"flavor": "B9_9X9X25"}))
    assert cloud.called(ORDER) == 0


def test_a_refused_upgrade_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match="refuses the upgrade of server 3"):
        guests(SMALL, **{ORDER: [REFUSED]}).run(tmp_path, grow)


def test_an_upgrade_whose_answer_is_lost_is_believed_when_something_happens(tmp_path: Path) -> None:
    running = {**SMALL, "activeTransaction": {"transactionStatus": {"name": "UPGRADE"}}}
    for guest in (running, LARGE):
        cloud = guests(SMALL, guest, LARGE, **{ORDER: [LOST_ANSWER]})
        cloud.run(tmp_path, grow)
        assert cloud.called(ORDER) == 1


def test_an_upgrade_whose_answer_is_lost_is_not_ordered_again(tmp_path: Path) -> None:
    cloud = guests(SMALL, **{ORDER: [LOST_ANSWER]})
    with pytest.raises(ProviderError, match=r"nothing happened within 1 s. It was not ordered again"):
        cloud.run(tmp_path, grow)
    assert cloud.called(ORDER) == 1


def test_an_upgrade_of_a_killed_run_that_is_still_on_its_way_is_waited_for(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match="It was not ordered again"):
        guests(SMALL, **{ORDER: [LOST_ANSWER]}).run(tmp_path, grow)
    note = tmp_path / "softlayer-orders" / "upgrade-3"
    note.touch()  # as young as after a kill
    running = {**SMALL, "activeTransaction": {"transactionStatus": {"name": "UPGRADE"}}}
    cloud = guests(running, LARGE)
    cloud.run(tmp_path, grow)
    assert cloud.called(ORDER) == 0
    assert not note.exists()


def test_an_upgrade_of_a_killed_run_that_came_to_nothing_is_ordered(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match="It was not ordered again"):
        guests(SMALL, **{ORDER: [LOST_ANSWER]}).run(tmp_path, grow)
    note = tmp_path / "softlayer-orders" / "upgrade-3"
    make_old(note)
    cloud = guests(SMALL, SMALL, LARGE)
    cloud.run(tmp_path, grow)
    assert cloud.called(ORDER) == 1
    assert not note.exists()


@pytest.mark.parametrize("answer", [REFUSED, LIMITED])
def test_nothing_is_noted_of_an_upgrade_that_was_refused(tmp_path: Path, answer: Exception) -> None:
    with pytest.raises(ProviderError):
        guests(SMALL, **{ORDER: [answer]}).run(tmp_path, grow)
    assert list((tmp_path / "softlayer-orders").iterdir()) == []


def test_an_upgrade_that_never_begins_ends_in_time(tmp_path: Path) -> None:
    with pytest.raises(WaitTimeoutError):
        guests(SMALL).run(tmp_path, grow)


@pytest.mark.parametrize("status", ["CANCELLED", "canceled", "DECLINED"])
def test_an_accepted_upgrade_that_a_ticket_cancels_is_noticed_at_once(tmp_path: Path, status: str) -> None:
    orders = [{"status": "PENDING_AUTO_APPROVAL"}, {"status": "APPROVED"}, {"status": status}]
    cloud = guests(SMALL, **{"Billing_Order::getObject": orders})
    with pytest.raises(ProviderError, match=r"accepted as order 9 and cancelled afterwards.*Run pulumi up"):
        cloud.run(tmp_path, grow)
    assert (cloud.called(ORDER), cloud.called("Billing_Order::getObject")) == (1, 3)
    assert list((tmp_path / "softlayer-orders").iterdir()) == [], "the next run orders it again"


@pytest.mark.parametrize(("status", "orders"), [("PENDING_APPROVAL", 0), ("APPROVED", 1)])
def test_an_upgrade_that_waits_for_its_approval_is_not_ordered_twice(
    tmp_path: Path, status: str, orders: int
) -> None:
    """It takes people, and longer than the first run had; both orders would reboot the server."""
    answers: dict[str, Sequence[object]] = {"Billing_Order::getObject": [{"status": status}]}
    with pytest.raises(WaitTimeoutError):
        guests(SMALL, **answers).run(tmp_path, grow)
    note = tmp_path / "softlayer-orders" / "upgrade-3"
    make_old(note)
    cloud = guests(SMALL, SMALL, LARGE, **answers)
    cloud.run(tmp_path, grow)
    assert cloud.called(ORDER) == orders
    assert not note.exists()


def test_a_user_who_sees_no_orders_waits_for_the_upgrade(tmp_path: Path) -> None:
    cloud = guests(SMALL, SMALL, SMALL, LARGE, **{"Billing_Order::getObject": [REFUSED]})
    cloud.run(tmp_path, grow)


def test_a_condition_that_never_holds_ends_in_time(tmp_path: Path) -> None:
    async def work(session: Session) -> None:
        await until(session, URN, 3, lambda _: False, Deadline(5))

    with pytest.raises(WaitTimeoutError):
        guests(SMALL).run(tmp_path, work)


def test_sizes_that_are_not_on_offer_are_reported_with_those_that_are() -> None:
    offered: tuple[Record, ...] = tuple(OFFERED)
    with pytest.raises(InvalidInputError, match="upgraded to 3; on offer are 4") as caught:
        prices(offered, Resize(cpus=3), 3)
    assert str(caught.value).startswith("cpus")
    with pytest.raises(InvalidInputError, match=r"disks\[1\].*25 GB; on offer are 100"):
        prices(offered, Resize(disks={1: 25}), 3)
    with pytest.raises(InvalidInputError, match="on offer are none"):
        prices((), Resize(memory=2048), 3)


# Reloads


OPTIONS: Record = {
    "operatingSystems": [
        {"itemPrice": {}, "template": {"operatingSystemReferenceCode": "DEBIAN_LATEST"}},
        {"itemPrice": {"id": 55}, "template": {"operatingSystemReferenceCode": "DEBIAN_12_64"}},
    ]
}
PRESENT: Properties = {"osCode": "UBUNTU_22_64"}
NEWS: Properties = {
    "osCode": "DEBIAN_12_64",
    "sshKeyIds": [4],
    "postInstallScriptUri": "https://example.com/x",
    "userData": "new",
}


async def options(_: Session) -> Record:
    return OPTIONS


async def reload(session: Session) -> int | None:
    return await begin_reload(session, URN, 3, NEWS, PRESENT, options, Deadline(600))


def reloaded(number: int) -> dict[str, object]:
    return {**SMALL, "lastOperatingSystemReload": {"id": number}}


def test_what_a_reload_installs() -> None:
    assert configuration(NEWS, PRESENT, OPTIONS) == {
        "sshKeyIds": [4],
        "customProvisionScriptUri": "https://example.com/x",
        "itemPrices": [{"id": 55}],
    }
    assert configuration(PRESENT, PRESENT, OPTIONS) == {}


@pytest.mark.parametrize("code", ["DEBIAN_LATEST", "WIN_3_11"])
def test_a_system_without_a_price_cannot_be_reloaded_to(code: str) -> None:
    with pytest.raises(InvalidInputError, match="Nothing was changed"):
        configuration({"osCode": code}, PRESENT, OPTIONS)


def test_user_data_is_set_before_the_reload(tmp_path: Path) -> None:
    cloud = guests(reloaded(8))
    assert cloud.run(tmp_path, reload) == 8
    names = [name for name, _ in cloud.calls]
    assert names.index("Virtual_Guest::setUserMetadata") < names.index(RELOAD)


def test_a_refused_reload_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match="refuses to reload server 3"):
        guests(SMALL, **{RELOAD: [REFUSED]}).run(tmp_path, reload)


def test_a_reload_whose_answer_is_lost_is_looked_for_and_not_requested_again(tmp_path: Path) -> None:
    reloading = guests(SMALL, reloaded(9), **{RELOAD: [LOST_ANSWER]})
    assert reloading.run(tmp_path, reload) is None
    nothing = guests(reloaded(8), **{RELOAD: [LOST_ANSWER]})
    with pytest.raises(ProviderError, match="It was not asked for again"):
        nothing.run(tmp_path, reload)
    assert nothing.called(RELOAD) == 1


@pytest.mark.parametrize("name", ["userData", "sshKeyIds", "postInstallScriptUri"])
def test_what_counts_at_an_installation_alone_waits_for_the_next_one(tmp_path: Path, name: str) -> None:
    inputs: Properties = {
        "hostname": "web",
        "domain": "example.com",
        "osCode": "UBUNTU_22_64",
        "cpus": 1,
        "memory": 1024,
        "reloadOnChange": True,
        "orderToken": "abcdefgh",
    }
    present = {**SMALL, "hostname": "web-abcdefgh", "domain": "example.com"}
    reloading_guest = {**present, "lastOperatingSystemReload": {"id": 9}}
    news: Properties = {**inputs, name: NEWS[name]}
    offered = {"Virtual_Guest::getCreateObjectOptions": [OPTIONS]}
    cloud = guests(present, present, reloading_guest, **offered)
    at = target("softlayer:index:VirtualGuest")
    old = State(inputs, inputs)
    outputs = cloud.run(tmp_path, lambda session: VirtualGuest().update(session, at, "3", old, news))
    assert (cloud.called(RELOAD), outputs.get(name)) == (0, None)
    changed_system: Properties = {**news, "osCode": "DEBIAN_12_64"}
    reloading = guests(present, present, reloading_guest, **offered)
    after = State(news, outputs)
    outputs = reloading.run(
        tmp_path, lambda session: VirtualGuest().update(session, at, "3", after, changed_system)
    )
    assert (reloading.called(RELOAD), outputs[name]) == (1, NEWS[name])
    failed = State(news, inputs)
    live = cloud.run(tmp_path, lambda session: VirtualGuest().read(session, at, "3", failed))
    assert live is not None
    assert not live.outputs.get(name), "a wish is nothing that is there"
