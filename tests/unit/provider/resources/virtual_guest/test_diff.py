"""Diff: kinds, paths, and what takes a new server."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.resources.contract import Change, Kind, State
from provider.resources.ssh_key import SshKey
from provider.resources.storage.container import ObjectStorageContainer
from provider.resources.virtual_guest.fields import FIELDS
from provider.resources.virtual_guest.server import VirtualGuest
from provider.values import UNKNOWN, Properties, Value
from tests.support.provider.guest_inputs import GOOD, KEY, URN
from tests.support.provider.provider_session import session

CHECKED = (
    VirtualGuest()
    .check(
        session(), URN, {}, {**GOOD, "tags": ["a", "b"], "disks": [25, 100], "notes": "n", "userData": "u"}
    )
    .inputs
)
CREATION_ONLY = {
    "sshKeyIds", "userData", "postInstallScriptUri", "firstContact", "sshKeyFile", "replacementGroup",
}  # fmt: skip
IN_PLACE = {
    "hostname",
    "domain",
    "networkSpeed",
    "tags",
    "notes",
    "probeSsh",
    "reloadOnChange",
    "cancellation",
}


def diff(news: Properties, old: Properties = CHECKED) -> tuple[Change, ...]:
    return VirtualGuest().diff(session(), URN, State(old, old), news)


def test_same_inputs_are_no_change() -> None:
    assert diff(CHECKED) == ()


@pytest.mark.parametrize(
    ("name", "value", "change"),
    [
        ("hostname", "db", Change("hostname", Kind.UPDATE, replaces=False)),
        ("networkSpeed", 1000, Change("networkSpeed", Kind.ADD, replaces=False)),
        ("notes", None, Change("notes", Kind.DELETE, replaces=False)),
        ("tags", ["a"], Change("tags", Kind.UPDATE, replaces=False)),
        ("datacenter", "ams03", Change("datacenter", Kind.UPDATE, replaces=True)),
        ("osCode", "DEBIAN_12_64", Change("osCode", Kind.UPDATE, replaces=True)),
        ("hourly", False, Change("hourly", Kind.UPDATE, replaces=True)),
        ("cpus", 4, Change("cpus", Kind.UPDATE, replaces=False)),
        ("memory", 8192, Change("memory", Kind.UPDATE, replaces=False)),
        ("disks", [25, 200], Change("disks[1]", Kind.UPDATE, replaces=False)),
        ("disks", [25, 50], Change("disks[1]", Kind.UPDATE, replaces=True)),
        ("disks", [100, 100], Change("disks[0]", Kind.UPDATE, replaces=True)),
        ("disks", [25, 100, 10], Change("disks", Kind.UPDATE, replaces=False)),
        ("flavor", "B1_2X4X25", Change("flavor", Kind.ADD, replaces=True)),
        ("placementGroupId", 5, Change("placementGroupId", Kind.ADD, replaces=True)),
        ("privateVlanId", 5, Change("privateVlanId", Kind.ADD, replaces=True)),
        ("disks", [25], Change("disks", Kind.UPDATE, replaces=True)),
        ("localDisk", True, Change("localDisk", Kind.ADD, replaces=True)),
        ("privateNetworkOnly", True, Change("privateNetworkOnly", Kind.UPDATE, replaces=True)),
    ],
)
def test_one_change(name: str, value: Value, change: Change) -> None:
    assert diff({**CHECKED, name: value}) == (change,)


def test_order_of_tags_is_no_change() -> None:
    assert diff({**CHECKED, "tags": ["b", "a"]}) == ()


def test_a_create_only_property_without_a_wish_is_no_change() -> None:
    assert diff({name: value for name, value in CHECKED.items() if name not in ("userData", "disks")}) == ()


def test_a_create_only_property_that_the_server_has_already_is_no_change() -> None:
    old = State({**CHECKED, "disks": None}, CHECKED)
    assert VirtualGuest().diff(session(), URN, old, CHECKED) == ()


@given(st.sets(st.sampled_from([field.name for field in FIELDS])))
def test_unknown_values_change_exactly_themselves(names: set[str]) -> None:
    changes = diff({**CHECKED, **dict.fromkeys(names, UNKNOWN)})
    assert {change.path for change in changes} == names - CREATION_ONLY
    resized = set[str]() if "flavor" in names else {"cpus", "memory"}
    assert all(change.replaces is (change.path not in IN_PLACE | resized) for change in changes)


@pytest.mark.parametrize(
    ("old", "new", "replaces"),
    [
        ("B1_2X4X25", "B1_4X8X25", False),
        ("B1_2X4X25", "C1_2X2X25", False),
        ("B1_2X4X25", "B1_2X4X100", True),
        ("B1_2X4X25", "BL2_2X4X25", True),
        ("B1_2X4X25", "SOMETHING_ELSE", True),
        ("B1_2X4X25", UNKNOWN, True),
    ],
)
def test_a_flavor_with_the_same_first_disk_is_an_upgrade(old: str, new: Value, replaces: bool) -> None:
    before = {name: value for name, value in CHECKED.items() if name not in ("cpus", "memory", "disks")}
    before["flavor"] = old
    assert diff({**before, "flavor": new}, before) == (Change("flavor", Kind.UPDATE, replaces=replaces),)


def test_from_flavor_to_custom_size_takes_a_new_server() -> None:
    before = {name: value for name, value in CHECKED.items() if name not in ("cpus", "memory")}
    changes = diff(CHECKED, {**before, "flavor": "B1_2X4X25"})
    assert {(change.path, change.replaces) for change in changes} == {("cpus", True), ("memory", True)}


def test_another_system_is_reloaded_only_where_the_program_sets_it() -> None:
    before = {**CHECKED, "reloadOnChange": True}
    (change,) = diff({**before, "osCode": "DEBIAN_12_64"}, before)
    assert not change.replaces
    (change,) = diff({**before, "osCode": "DEBIAN_12_64", "reloadOnChange": False}, before)[:1]
    assert change.replaces


@pytest.mark.parametrize("reload_on_change", [True, False])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sshKeyIds", [1]),
        ("sshKeyIds", [UNKNOWN]),
        ("sshKeyIds", None),
        ("userData", "other"),
        ("userData", UNKNOWN),
        ("postInstallScriptUri", "https://example.com/x"),
    ],
)
def test_what_counts_at_an_installation_alone_is_not_compared(
    name: str, value: Value, reload_on_change: bool
) -> None:
    """A rotated key, a script of another release: no server is touched."""
    before = {**CHECKED, "sshKeyIds": [7], "reloadOnChange": reload_on_change}
    assert diff({**before, name: value}, before) == ()


def test_an_interrupted_reload_is_still_a_change() -> None:
    """The state's inputs are the wish already; its outputs tell what is installed."""
    wished = {**CHECKED, "reloadOnChange": True, "osCode": "DEBIAN_12_64"}
    old = State(wished, {**wished, "osCode": "UBUNTU_22_64"})
    (change,) = VirtualGuest().diff(session(), URN, old, wished)
    assert change == Change("osCode", Kind.UPDATE, replaces=False)


values = st.sampled_from([None, "a", "b", 1, 2, True, [1, 2], [2, 1], ["a"], UNKNOWN])


@given(st.dictionaries(st.sampled_from([field.name for field in FIELDS]), values))
def test_paths_are_unique_and_top_properties_are_inputs(news: dict[str, Value]) -> None:
    changes = diff({**CHECKED, **news})
    paths = [change.path for change in changes]
    assert len(paths) == len(set(paths))
    assert {path.partition("[")[0] for path in paths} <= set(news)


def test_a_key_comment_is_no_change_but_the_key_is() -> None:
    old = State({"label": "l", "publicKey": KEY}, {})
    same = {"label": "l", "publicKey": f"{KEY} and more"}
    changed_key = {"label": "l", "publicKey": KEY.replace("F4tl", "F4tm")}
    assert SshKey().diff(session(), URN, old, same) == ()
    assert SshKey().diff(session(), URN, old, changed_key) == (
        Change("publicKey", Kind.UPDATE, replaces=True),
    )


def test_a_made_up_temp_url_key_stays() -> None:
    handler = ObjectStorageContainer()
    inputs: Properties = {
        "authUrl": "http://s",
        "username": "u",
        "key": "k",
        "name": "c",
        "forceDestroy": False,
    }
    old = State(inputs, {**inputs, "tempUrlKey": "made-up"})
    assert handler.diff(session(), URN, old, inputs) == ()
    assert handler.diff(session(), URN, old, {**inputs, "username": "v"}) == (
        Change("username", Kind.UPDATE, replaces=True),
    )
