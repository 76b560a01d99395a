"""What the account has under a stack's names and its state does not hold, is not ordered again."""

from collections.abc import Awaitable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from provider.errors import ApiError, InvalidInputError
from provider.resources.contract import State
from provider.resources.registry.placement import RegistryPlacement
from provider.session import Session
from provider.settings import read_configuration
from provider.values import UNKNOWN, Properties, Value
from tests.unit.provider.scripted_cloud import ScriptedCloud, target

T = TypeVar("T")
RESOURCE = RegistryPlacement()
AT = target(RESOURCE.token)
INPUTS: Properties = {
    "environment": "prod",
    "servers": ["dal05-a", "dal05-b"],
    "domain": "example.com",
    "frontDoors": ["dal05-a"],
    "sharedAddress": False,
    "home": "dal05",
    "chosenLegacyPort": False,
}
GUEST: Mapping[str, object] = {
    "id": 7,
    "hostname": "dal05-a-abcdefgh",
    "domain": "example.com",
    "provisionDate": "2026-01-01T00:00:00+00:00",
    "primaryIpAddress": "192.0.2.1",
    "billingItem": {"id": 1},
    "tagReferences": [{"tag": {"name": tag}} for tag in ("softlayer-registry", "prod", "team")],
}
METAL = {**GUEST, "id": 8, "globalIdentifier": "u-u-i-d", "hostname": "dal05-b-abcdefgh"}
OTHERS_TAGS = [{"tag": {"name": tag}} for tag in ("softlayer-registry", "test")]


def cloud(guest: object = None, metal: object = None) -> ScriptedCloud:
    return ScriptedCloud(
        {
            "Account::getVirtualGuests": [[guest] if guest else []],
            "Account::getHardware": [[metal] if metal else []],
        }
    )


def create(running: ScriptedCloud, folder: Path, inputs: Properties = INPUTS, **settings: object) -> None:
    def work(session: Session) -> Awaitable[object]:
        changed = replace(session.settings, **settings)  # type: ignore[arg-type]
        return RESOURCE.create(replace(session, settings=changed), AT, inputs)

    running.run(folder, work)


@pytest.mark.parametrize(
    ("running", "identifier", "name"),
    [(cloud(GUEST), "id 7", "dal05-a"), (cloud(metal=METAL), "id u-u-i-d", "dal05-b")],
    ids=["virtual", "bare metal"],
)
def test_a_new_state_refuses_to_order_what_the_account_has(
    running: ScriptedCloud, identifier: str, name: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidInputError) as failure:
        create(running, tmp_path)
    reason = str(failure.value)
    assert f"{name}-abcdefgh.example.com (192.0.2.1), {identifier}" in reason
    assert "`bin/operate adopt prod`" in reason
    assert f"`export SL_ACCEPT_UNMANAGED={name}`" in reason


def test_a_preview_refuses_it_as_well(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="this state does not hold it"):
        cloud(GUEST).run(tmp_path, lambda session: RESOURCE.quote(session, INPUTS, None))


@pytest.mark.parametrize(
    "change",
    [
        {"hostname": "dal05-a"},
        {"hostname": "dal05-ab-abcdefgh"},
        {"hostname": "dal05-c-abcdefgh"},
        {"domain": "other.com"},
        {"tagReferences": OTHERS_TAGS},
        {"billingItem": None},
        {"billingItem": {"id": 1, "cancellationDate": "2026-02-01T00:00:00+00:00"}},
        {"activeTransaction": {"id": 1, "transactionStatus": {"name": "RECLAIM_WAIT"}}},
    ],
)
def test_what_is_another_s_or_on_its_way_out_holds_nobody_up(
    change: Mapping[str, object], tmp_path: Path
) -> None:
    create(cloud({**GUEST, **change}), tmp_path)


def test_what_the_command_takes_over_or_accepts_is_no_mistake(tmp_path: Path) -> None:
    create(cloud(GUEST), tmp_path, adopt={"dal05-a": "7"})
    create(cloud(GUEST), tmp_path, accept_unmanaged=frozenset({"dal05-a"}))
    with pytest.raises(InvalidInputError, match="this state does not hold it"):
        create(cloud(GUEST), tmp_path, accept_unmanaged=frozenset({"dal05-b"}))
    assert read_configuration({}, {"SL_ACCEPT_UNMANAGED": " dal05-a,"}).accept_unmanaged == {"dal05-a"}


def test_an_order_that_was_cut_short_before_its_tags_counts(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="dal05-a-abcdefgh"):
        create(cloud({**GUEST, "provisionDate": "", "tagReferences": []}), tmp_path)


def test_an_old_copy_of_the_state_lacks_a_server(tmp_path: Path) -> None:
    old = State({**INPUTS, "servers": ["dal05-b"]}, {})
    with pytest.raises(InvalidInputError, match="dal05-a-abcdefgh"):
        cloud(GUEST).run(tmp_path, lambda session: RESOURCE.update(session, AT, "prod", old, INPUTS))


@pytest.mark.parametrize("servers", [["dal05-a", "dal05-b"], ["dal05-a"], ["dal05-a", "dal05-b", "dal05-c"]])
def test_what_was_recorded_before_is_not_asked_for(servers: list[Value], tmp_path: Path) -> None:
    recorded, news = State(INPUTS, INPUTS), {**INPUTS, "servers": servers}
    running = cloud(GUEST)
    running.run(tmp_path, lambda session: RESOURCE.update(session, AT, "prod", recorded, news))
    assert bool(running.calls) is ("dal05-c" in servers)


def test_without_an_answer_nothing_is_recorded(tmp_path: Path) -> None:
    denied = ScriptedCloud({"Account::getVirtualGuests": [ApiError("no answer")]})
    with pytest.raises(ApiError, match="no answer"):
        create(denied, tmp_path)


def test_a_preview_that_does_not_know_the_servers_asks_nothing(tmp_path: Path) -> None:
    running = ScriptedCloud({})
    news = {**INPUTS, "servers": UNKNOWN}
    assert running.run(tmp_path, lambda session: RESOURCE.quote(session, news, None)) == {}
    assert running.calls == []
