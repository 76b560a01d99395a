"""Bare metal: refusals, lost answers and cancellations that lose money."""

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
from provider.resources.bare_metal import server as server_module
from provider.resources.bare_metal.server import BareMetalServer
from provider.resources.contract import State
from provider.session import Session
from provider.values import Properties
from tests.unit.provider.scripted_cloud import (
    LOST_ANSWER,
    MISSING,
    REFUSED,
    FaultError,
    ScriptedCloud,
    target,
)

METAL = BareMetalServer()
AT = target("softlayer:index:BareMetalServer")
GET = "Hardware_Server::getObject"
LIST = "Account::getHardware"
ORDER = "Hardware_Server::createObject"
RELOAD = "Hardware_Server::reloadOperatingSystem"
CANCEL = "Billing_Item::cancelItem"
TAGS = "Hardware_Server::setTags"
INPUTS: Properties = {
    "hostname": "db",
    "domain": "example.com",
    "datacenter": "dal05",
    "preset": "S1270",
    "osCode": "UBUNTU_22_64",
    "hourly": False,
    "orderToken": "abcdefgh",
}


def server(**more: object) -> dict[str, object]:
    return {
        "id": 3,
        "globalIdentifier": "u-u-i-d",
        "hostname": "db-abcdefgh",
        "domain": "example.com",
        "datacenter": {"name": "dal05"},
        "provisionDate": "2026-01-01T00:00:00+00:00",
        "primaryIpAddress": "192.0.2.1",
        "billingItem": {"id": 70, "nextBillDate": "2026-02-01T00:00:00+00:00"},
        "operatingSystem": {"softwareLicense": {"softwareDescription": {"referenceCode": "UBUNTU_22_64"}}},
        **more,
    }


def cloud(more: Mapping[str, Sequence[object]] | None = None) -> ScriptedCloud:
    items = [
        {"softwareDescription": {"referenceCode": "OTHER"}, "prices": [{"id": 1}]},
        {
            "softwareDescription": {"referenceCode": "DEBIAN_12_64"},
            "prices": [{"id": 2, "locationGroupId": 5}, {"id": 4}],
        },
    ]
    return ScriptedCloud(
        {
            LIST: [[]],
            ORDER: [{"globalIdentifier": "u-u-i-d"}],
            GET: [server()],
            RELOAD: ["1"],
            CANCEL: [True],
            TAGS: [True],
            "Hardware_Server::editObject": [True],
            "Hardware_Server::setUserMetadata": [True],
            "Hardware_Server::setPrivateNetworkInterfaceSpeed": [True],
            "Hardware_Server::setPublicNetworkInterfaceSpeed": [True],
            "Product_Package::getAllObjects": [[{"id": 200}]],
            "Product_Package::getItems": [items],
            "Ticket::addUpdate": [True],
            **(more or {}),
        }
    )


def state(**more: object) -> State:
    inputs: Properties = {**INPUTS, **more}  # type: ignore[dict-item]
    return State(inputs, {**inputs, "paidUntil": "2026-02-01"})


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("Invalid preset keyName.", "preset: "),
        ("Invalid value provided for 'datacenter.name'.", "datacenter: "),
        ("Something else.", "SoftLayer refuses the order"),
    ],
)
def test_a_refused_order_is_blamed_on_what_the_cloud_names(tmp_path: Path, words: str, message: str) -> None:
    running = cloud({ORDER: [FaultError("SoftLayer_Exception_Public", words)]})
    with pytest.raises(ProviderError, match="Nothing was ordered") as caught:
        running.run(tmp_path, lambda session: METAL.create(session, AT, INPUTS))
    assert str(caught.value).startswith(message)


def test_a_lost_answer_is_looked_for_by_the_token_and_never_ordered_again(tmp_path: Path) -> None:
    simulated_cloud = cloud({ORDER: [LOST_ANSWER], LIST: [[], [server()]]})
    created = simulated_cloud.run(tmp_path, lambda session: METAL.create(session, AT, INPUTS))
    assert (created.identifier, simulated_cloud.called(ORDER)) == ("u-u-i-d", 1)
    nowhere = cloud({ORDER: [LOST_ANSWER]})
    with pytest.raises(ProviderError, match="It was not ordered again"):
        nowhere.run(tmp_path / "other", lambda session: METAL.create(session, AT, INPUTS))


def test_the_noted_server_is_found_though_no_list_has_it(tmp_path: Path) -> None:
    cloud().run(tmp_path, lambda session: METAL.create(session, AT, INPUTS))
    again = cloud()
    assert again.run(tmp_path, lambda session: METAL.create(session, AT, INPUTS)).identifier == "u-u-i-d"
    assert again.called(ORDER) == 0

    def made_later(*_: object) -> object:
        if not missing_server.called(ORDER):
            raise MISSING
        return server()

    missing_server = cloud({GET: [made_later]})
    missing_server.run(tmp_path, lambda session: METAL.create(session, AT, INPUTS))
    assert missing_server.called(ORDER) == 1


def test_the_template_holds_what_was_requested(tmp_path: Path) -> None:
    more: Properties = {
        "networkSpeed": 1000,
        "sshKeyIds": [4],
        "userData": "u",
        "postInstallScriptUri": "https://example.com/x",
        "tags": ["a"],
        "notes": "n",
    }
    running = cloud()
    running.run(tmp_path, lambda session: METAL.create(session, AT, {**INPUTS, **more}))
    template = next(args[0] for name, args in running.calls if name == ORDER)
    assert isinstance(template, dict)
    assert template["networkComponents"] == [{"maxSpeed": 1000}]
    assert template["sshKeys"] == [{"id": 4}]
    assert template["userData"] == [{"value": "u"}]
    assert template["postInstallScriptUri"] == "https://example.com/x"
    assert running.called(TAGS) == 1


def test_one_that_is_never_ready_keeps_its_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "CREATE_SECONDS", 3600)  # a day of looks takes two seconds
    busy = {"activeTransaction": {"transactionStatus": {"name": "HARDWARE_SETUP"}}}
    running = cloud({GET: [server(provisionDate="", **busy)]})
    with pytest.raises(UnfinishedError, match=r"not ready within .*HARDWARE_SETUP") as caught:
        running.run(tmp_path, lambda session: METAL.create(session, AT, INPUTS))
    assert caught.value.identifier == "u-u-i-d"
    with pytest.raises(UnfinishedError, match="still being provisioned"):
        running.run(tmp_path, lambda session: METAL.read(session, AT, "u-u-i-d", state()))


@pytest.mark.parametrize(
    "answer", [MISSING, server(hardwareStatus={"status": "RECLAIM"}), server(billingItem={})]
)
def test_one_that_is_gone_is_read_as_gone_and_cannot_be_updated(tmp_path: Path, answer: object) -> None:
    running = cloud({GET: [answer]})
    assert running.run(tmp_path, lambda session: METAL.read(session, AT, "u-u-i-d", state())) is None
    with pytest.raises(ProviderError, match="pulumi refresh"):
        running.run(tmp_path, lambda session: METAL.update(session, AT, "u-u-i-d", state(), INPUTS))


def test_a_host_key_that_was_never_read_is_reported_at_refresh(tmp_path: Path) -> None:
    with pytest.raises(UnfinishedError, match="host key of server u-u-i-d"):
        cloud().run(tmp_path, lambda session: METAL.read(session, AT, "u-u-i-d", state(probeSsh=True)))


def test_drift_is_shown_where_there_is_a_wish(tmp_path: Path) -> None:
    reinstalled = server(
        domain="example.org",
        notes="theirs",
        tagReferences=[{"tag": {"name": "b"}}],
        primaryBackendNetworkComponent={"maxSpeed": 100},
        primaryNetworkComponent={"maxSpeed": 100},
    )
    old = state(notes="mine", tags=["a"], networkSpeed=1000)
    live = cloud({GET: [reinstalled]}).run(tmp_path, lambda session: METAL.read(session, AT, "u-u-i-d", old))
    assert live is not None
    changed = {name: live.inputs[name] for name in ("domain", "notes", "tags", "networkSpeed")}
    assert changed == {"domain": "example.org", "notes": "theirs", "tags": ["b"], "networkSpeed": 100}
    assert live.inputs["hostname"] == "db"


def test_what_can_be_changed_in_place_is(tmp_path: Path) -> None:
    news = {**INPUTS, "hostname": "dc", "notes": "n", "tags": ["a"], "userData": "u", "networkSpeed": 100}
    running = cloud()
    running.run(tmp_path, lambda session: METAL.update(session, AT, "u-u-i-d", state(), news))
    names = {name.partition("::")[2] for name, _ in running.calls} - {"getObject", "getHardware"}
    assert names == {
        "editObject",
        "setTags",
        "setUserMetadata",
        "setPrivateNetworkInterfaceSpeed",
        "setPublicNetworkInterfaceSpeed",
    }


DEBIAN: Properties = {
    **INPUTS,
    "osCode": "DEBIAN_12_64",
    "sshKeyIds": [4],
    "postInstallScriptUri": "https://example.com/x",
}


def test_another_system_is_installed_by_its_price_that_holds_everywhere(tmp_path: Path) -> None:
    running = cloud()
    running.run(tmp_path, lambda session: METAL.update(session, AT, "u-u-i-d", state(), DEBIAN))
    config = next(args[1] for name, args in running.calls if name == RELOAD)
    assert config == {
        "itemPrices": [{"id": 4}],
        "sshKeyIds": [4],
        "customProvisionScriptUri": "https://example.com/x",
    }


def test_a_system_that_is_not_sold_changes_nothing(tmp_path: Path) -> None:
    running = cloud()
    news = {**INPUTS, "osCode": "WIN_3_11"}
    with pytest.raises((InvalidInputError, UnfinishedError), match="cannot be installed on bare metal"):
        running.run(tmp_path, lambda session: METAL.update(session, AT, "u-u-i-d", state(), news))
    assert running.called(RELOAD) == 0


def test_a_refused_reload_keeps_the_system_that_is_there(tmp_path: Path) -> None:
    running = cloud({RELOAD: [REFUSED]})
    with pytest.raises(UnfinishedError) as caught:
        running.run(tmp_path, lambda session: METAL.update(session, AT, "u-u-i-d", state(), DEBIAN))
    assert caught.value.outputs["osCode"] == "UBUNTU_22_64"
    assert list((tmp_path / "softlayer-orders").iterdir()) == []


def test_a_lost_reload_is_looked_for_and_never_sent_again(tmp_path: Path) -> None:
    reloading = server(lastOperatingSystemReload={"id": 9})
    lost_answer = cloud({RELOAD: [LOST_ANSWER]})
    with pytest.raises(ProviderError, match="none has begun"):
        lost_answer.run(tmp_path, lambda session: METAL.update(session, AT, "u-u-i-d", state(), DEBIAN))
    reloading_cloud = cloud({GET: [reloading]})
    reloading_cloud.run(tmp_path, lambda session: METAL.update(session, AT, "u-u-i-d", state(), DEBIAN))
    assert reloading_cloud.called(RELOAD) == 0, "the note tells that it was begun"
    simulated_cloud = cloud({RELOAD: [LOST_ANSWER], LIST: [[server()]], GET: [server(), server(), reloading]})
    simulated_cloud.run(tmp_path / "2", lambda session: METAL.update(session, AT, "u-u-i-d", state(), DEBIAN))
    assert simulated_cloud.called(RELOAD) == 1


def test_what_a_failed_reload_did_not_install_is_still_a_change(tmp_path: Path) -> None:
    """The engine keeps the wish as the state's inputs; the outputs tell what is installed."""
    failed = State(DEBIAN, {**INPUTS, "globalIdentifier": "u-u-i-d"})
    running = cloud()
    running.run(tmp_path, lambda session: METAL.update(session, AT, "u-u-i-d", failed, DEBIAN))
    assert running.called(RELOAD) == 1
    live = running.run(tmp_path, lambda session: METAL.read(session, AT, "u-u-i-d", failed))
    assert live is not None
    assert live.outputs["osCode"] == "UBUNTU_22_64"
    assert not live.outputs["sshKeyIds"]


def test_user_data_that_an_interrupted_update_did_not_set_is_set(tmp_path: Path) -> None:
    news: Properties = {**INPUTS, "userData": "u"}
    missing = cloud({GET: [server(), server(), LOST_ANSWER], "Hardware_Server::setUserMetadata": [REFUSED]})
    with pytest.raises(UnfinishedError) as caught:
        missing.run(tmp_path, lambda session: METAL.update(session, AT, "u-u-i-d", state(), news))
    again = cloud()
    old = State(news, caught.value.outputs)
    again.run(tmp_path, lambda session: METAL.update(session, AT, "u-u-i-d", old, news))
    assert again.called("Hardware_Server::setUserMetadata") == 1


def test_a_reload_is_done_once_though_its_outcome_never_reached_the_state(tmp_path: Path) -> None:
    def once_more(old: State, *reads: object) -> int:
        async def work(session: Session) -> None:
            if METAL.diff(session, AT.urn, old, DEBIAN):
                await METAL.update(session, AT, "u-u-i-d", old, DEBIAN)

        running = cloud({LIST: [[server()]], GET: list(reads)})
        running.run(tmp_path, work)
        return running.called(RELOAD)

    before = State(INPUTS, {**INPUTS, "globalIdentifier": "u-u-i-d"})
    reloading = server(lastOperatingSystemReload={"id": 9})
    assert once_more(before, server(), server(), reloading) == 1
    assert once_more(before, reloading) == 0
    after = State(DEBIAN, {**DEBIAN, "globalIdentifier": "u-u-i-d"})
    assert once_more(after, reloading) == 0
    assert list((tmp_path / "softlayer-orders").iterdir()) == [], "the state holds it: the note has served"
    assert once_more(before, reloading) == 1, "a second reload is requested"


def test_a_reload_of_a_killed_run_that_is_still_on_its_way_is_waited_for(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match="none has begun"):
        cloud({RELOAD: [LOST_ANSWER]}).run(
            tmp_path, lambda session: METAL.update(session, AT, "u-u-i-d", state(), DEBIAN)
        )
    (tmp_path / "softlayer-orders" / "reload-u-u-i-d").touch()  # as young as after a kill
    busy = server(activeTransaction={"transactionStatus": {"name": "HARDWARE_OS_RELOAD"}})
    running = cloud({LIST: [[server()]], GET: [server(), server(), busy, server()]})
    running.run(tmp_path, lambda session: METAL.update(session, AT, "u-u-i-d", state(), DEBIAN))
    assert running.called(RELOAD) == 0


def test_a_server_paid_by_the_month_is_not_cancelled_without_a_word(tmp_path: Path) -> None:
    running = cloud()
    with pytest.raises(ProviderError, match=r"paid until 2026-02-01. It was not cancelled"):
        running.run(tmp_path, lambda session: METAL.delete(session, AT, "u-u-i-d", state()))
    assert running.called(CANCEL) == 0


@pytest.mark.parametrize(("how", "cancellations"), [("anniversary", 0), ("immediate", 1)])
def test_a_monthly_server_is_cancelled_for_its_day(tmp_path: Path, how: str, cancellations: int) -> None:
    later = server(billingItem={"id": 70, "cancellationDate": "2026-02-01"}, openCancellationTicket={"id": 5})
    running = cloud({LIST: [[server()]], GET: [server(), server(), later]})
    running.run(tmp_path, lambda session: METAL.delete(session, AT, "u-u-i-d", state(cancellation=how)))
    assert (running.called(CANCEL), running.called("Ticket::addUpdate")) == (1, cancellations)
    assert "cancellation scheduled until 2026-02-01 (ticket 5)" in running.user_log.messages[-1]


def test_it_stays_where_a_container_of_the_same_run_was_refused(tmp_path: Path) -> None:
    running = cloud()

    async def work(session: Session) -> None:
        with pytest.raises(RefusedCallError):
            async with session.guard.judging():
                raise RefusedCallError("it holds images")
        await METAL.delete(session, AT, "u-u-i-d", state(hourly=True))

    with pytest.raises(ProviderError, match=r"Server u-u-i-d was not cancelled.*it holds images"):
        running.run(tmp_path, work)
    assert running.calls == []


def test_a_bill_that_is_not_found_does_not_mean_that_the_server_is_gone(tmp_path: Path) -> None:
    running = cloud({LIST: [[server()]], CANCEL: [MISSING]})
    with pytest.raises(ProviderError, match=r"it shows billing item 70, but.*stays in the state"):
        running.run(
            tmp_path, lambda session: METAL.delete(session, AT, "u-u-i-d", state(cancellation="immediate"))
        )


def test_an_hourly_server_is_waited_for_until_it_is_gone_or_reported(tmp_path: Path) -> None:
    hourly = server(hourlyBillingFlag=True)
    leaving = server(hardwareStatus={"status": "RECLAIM"})
    removed = cloud({LIST: [[hourly], [hourly], []], GET: [hourly, hourly, leaving, MISSING]})
    removed.run(tmp_path, lambda session: METAL.delete(session, AT, "u-u-i-d", state(hourly=True)))
    assert next(args for name, args in removed.calls if name == CANCEL)[0] is True
    listed = cloud({GET: [leaving]})
    with pytest.raises(WaitTimeoutError, match="no longer billed"):
        listed.run(tmp_path, lambda session: METAL.delete(session, AT, "u-u-i-d", state(hourly=True)))
