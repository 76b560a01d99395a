"""Where the registry is, is recorded once: what would move it by accident is refused, and by what command."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from provider.errors import InvalidInputError
from provider.resources.contract import State
from provider.resources.registry import placement_rules
from provider.resources.registry.placement import RegistryPlacement
from provider.resources.registry.placement_rules import Placement
from provider.values import UNKNOWN, Value
from tests.support.provider.provider_session import session
from tests.unit.provider.scripted_cloud import ScriptedCloud, target

RESOURCE = RegistryPlacement()
AT = target(RESOURCE.token)
RECORDED: dict[str, Value] = {
    "environment": "prod",
    "servers": ["dal05-a"],
    "domain": "example.com",
    "frontDoors": ["dal05-a"],
    "sharedAddress": False,
    "home": "dal05",
    "objectDatacenter": "dal05",
    "modernContainer": "docker",
    "containers": ["docker"],
    "chosenLegacyPort": False,
}
SHARED: dict[str, Value] = {"sharedAddress": True}
LEGACY: dict[str, Value] = {"modernContainer": None, "legacyContainer": "docker", "legacyPort": 5000}
BOTH: dict[str, Value] = {
    "modernContainer": "images",
    "legacyContainer": "docker",
    "containers": ["docker", "images"],
    "legacyPort": 5080,
}
REMOVED_STORE: dict[str, Value] = {"containers": [], "modernContainer": None}
"""The account is one release's, beside the stack's bucket."""
MOVE = "`bin/operate move prod --to "


def doors(*names: str) -> dict[str, Value]:
    return {"frontDoors": list(names)}


def refusals(old: dict[str, Value], new: dict[str, Value]) -> dict[str, str]:
    before, after = Placement.of(RECORDED | old), Placement.of(RECORDED | old | new)
    return {failure.path: failure.reason for failure in placement_rules.refusals(before, after)}


@pytest.mark.parametrize(
    ("old", "new", "path", "advice"),
    [
        ({}, doors("dal05-b"), "frontDoors", f"{MOVE}dal05-b`"),
        ({}, doors("ams01-a"), "frontDoors", "keep dal05-a"),
        (SHARED, doors("dal05-b"), "frontDoors", f"{MOVE}dal05-b`"),
        (doors("ams01-b", "dal05-a"), doors("ams01-a", "dal05-b"), "frontDoors", "ams01-b, dal05-a"),
        (doors("ams01-b", "dal05-a"), doors("dal05-a"), "frontDoors", f"{MOVE}dal05-a`"),
        (doors("ams01-b", "dal05-a"), {"home": "ams01"}, "home", "set `homeDatacenter` to dal05"),
        ({}, {"objectDatacenter": "ams01"}, "objectDatacenter", "Set `objectDatacenter` to dal05"),
        ({}, {"objectDatacenter": None}, "objectDatacenter", "has no account"),
        (
            REMOVED_STORE,
            {"objectDatacenter": "ams01"},
            "objectDatacenter",
            "Set `objectDatacenter` to dal05",
        ),
        ({}, {"modernContainer": "new"}, "modernContainer", "set `objectContainer` to docker"),
        (LEGACY, {"legacyContainer": "new"}, "legacyContainer", "set `legacyContainer` to docker"),
        (LEGACY, BOTH, "legacyPort", "set `legacyPort` to 5000 and `registryPort` to another port"),
        (BOTH, LEGACY, "legacyPort", "set `registryPort` to 5080"),
    ],
)
def test_what_would_move_it_is_refused(
    old: dict[str, Value], new: dict[str, Value], path: str, advice: str
) -> None:
    reasons = refusals(old, new)
    assert list(reasons) == [path]
    assert advice in reasons[path]
    assert reasons[path].endswith("Nothing has been changed")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({}, {}),
        (doors("dal05-a", "dal05-b"), doors("dal05-b", "dal05-a")),
        ({}, doors("ams01-b", "dal05-a")),
        (SHARED | doors("dal05-a", "dal05-b"), doors("dal05-b")),
        (SHARED | doors("dal05-a", "ams01-b"), doors("ams01-b") | {"home": "ams01"}),
        (doors("dal05-a", "dal05-b", "ams01-c"), doors("dal05-b", "ams01-c")),
        ({}, doors("dal05-b") | {"retiringDoors": ["dal05-a"]}),
        (LEGACY, BOTH | {"legacyPort": 5000}),
        (LEGACY, BOTH | {"chosenLegacyPort": True}),
        (LEGACY, {"legacyPort": 5001}),
        (BOTH, {"legacyContainer": None, "legacyPort": None}),
        ({"objectDatacenter": None}, {"objectDatacenter": "dal05"}),
        (REMOVED_STORE, {"objectDatacenter": None}),
        ({}, {"containers": ["images"]}),
    ],
)
def test_what_moves_nothing_is_none_of_its_business(old: dict[str, Value], new: dict[str, Value]) -> None:
    assert refusals(old, new) == {}


def test_what_operators_share_stays_on_its_server_while_that_has_a_door() -> None:
    olds = RECORDED | doors("dal05-b") | {"storeDoor": "dal05-b"}
    added = olds | doors("dal05-a", "dal05-b") | {"storeDoor": "dal05-a"}
    assert RESOURCE.check(session(), AT.urn, olds, added).inputs["storeDoor"] == "dal05-b"
    remaining = added | doors("dal05-a")
    assert RESOURCE.check(session(), AT.urn, added, remaining).inputs["storeDoor"] == "dal05-a"


def test_it_is_never_replaced() -> None:
    news = RECORDED | doors("dal05-b", "dal05-a") | BOTH
    changes = RESOURCE.diff(session(), AT.urn, State(RECORDED, RECORDED), news)
    assert changes
    assert not any(change.replaces for change in changes)


GLOBAL: dict[str, Value] = {**SHARED, **doors("dal05-a", "dal05-b"), "globalIpNotes": "registry prod"}
ACCOUNT = [{"id": 8}]
ROUTED: Mapping[str, Sequence[object]] = {
    "Account::getGlobalIpRecords": [
        [
            {"ipAddress": {"note": "registry test"}, "destinationIpAddress": {"ipAddress": "192.0.2.9"}},
            {"ipAddress": {"note": "registry prod"}, "destinationIpAddress": {"ipAddress": "192.0.2.1"}},
        ]
    ],
    "Account::getVirtualGuests": [
        [
            {"hostname": "dal05-b-k3l4m5n6", "primaryIpAddress": "192.0.2.2"},
            {"hostname": "dal05-a-a2b3c4d5", "primaryIpAddress": "192.0.2.1"},
        ]
    ],
    "Account::getHardware": [[]],
    "Account::getHubNetworkStorage": [ACCOUNT],
}


@pytest.mark.parametrize("is_preview", [True, False])
def test_a_door_that_the_global_ip_leads_to_stays(is_preview: bool, tmp_path: Path) -> None:
    old = State(RECORDED | GLOBAL, RECORDED | GLOBAL)

    def without(name: str) -> None:
        cloud = ScriptedCloud(ROUTED)
        remaining = [door for door in ("dal05-a", "dal05-b") if door != name]
        news = RECORDED | GLOBAL | doors(*remaining)
        if is_preview:
            cloud.run(tmp_path, lambda session: RESOURCE.quote(session, news, old))
        else:
            cloud.run(tmp_path, lambda session: RESOURCE.update(session, AT, "prod", old, news))

    without("dal05-b")
    with pytest.raises(InvalidInputError) as failure:
        without("dal05-a")
    assert "the global IP leads to dal05-a" in str(failure.value)
    assert f"{MOVE}dal05-b`" in str(failure.value)
    assert "`bin/operate route prod --to dal05-b`" in str(failure.value)


def bring(cloud: ScriptedCloud, folder: Path, old: dict[str, Value], new: dict[str, Value]) -> str:
    """Bring a recorded placement to a new one; returns why that is refused."""
    state, news = State(RECORDED | old, RECORDED | old), RECORDED | old | new
    try:
        done = cloud.run(folder, lambda session: RESOURCE.update(session, AT, "prod", state, news))
    except InvalidInputError as error:
        return str(error)
    assert done == news
    return ""


def test_a_door_whose_server_is_gone_from_the_account_may_go(tmp_path: Path) -> None:
    cloud_without_servers = ScriptedCloud({**ROUTED, "Account::getVirtualGuests": [[]]})
    assert bring(cloud_without_servers, tmp_path, GLOBAL, doors("dal05-b")) == ""
    assert bring(cloud_without_servers, tmp_path, {}, doors("dal05-b")) == ""


def test_what_a_failed_run_recorded_and_did_not_make_holds_nobody_up(tmp_path: Path) -> None:
    empty = ScriptedCloud(
        {**ROUTED, "Account::getVirtualGuests": [[]], "Account::getHubNetworkStorage": [[]]}
    )
    moved = doors("ams01-x") | {"home": "ams01", "objectDatacenter": "ams01", "containers": ["other"]}
    assert bring(empty, tmp_path, {}, {**moved, "modernContainer": "other"}) == ""
    # A door that was never built counts for nothing beside the one that there is.
    built = ScriptedCloud(ROUTED)
    desired = SHARED | doors("dal05-a", "dal05-x")
    assert "take the registry away from dal05-a" in bring(built, tmp_path, desired, doors("dal05-x"))
    assert bring(built, tmp_path, desired, doors("dal05-a")) == ""


def test_all_reasons_are_reported_at_once(tmp_path: Path) -> None:
    message = bring(ScriptedCloud(ROUTED), tmp_path, {}, doors("ams01-a") | {"objectDatacenter": "ams01"})
    assert "take the registry away from dal05-a" in message
    assert "Set `objectDatacenter` to dal05" in message


def test_a_preview_that_knows_too_little_asks_nothing(tmp_path: Path) -> None:
    cloud = ScriptedCloud({})
    old = State(RECORDED | GLOBAL, RECORDED | GLOBAL)
    news = RECORDED | GLOBAL | {"frontDoors": UNKNOWN}
    assert cloud.run(tmp_path, lambda session: RESOURCE.quote(session, news, old)) == {}
    assert cloud.calls == []
