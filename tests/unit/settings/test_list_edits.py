"""The order of the list `servers` means nothing, and an edit moves nothing that it does not name."""

import random
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from settings import Settings, SettingsError, parse
from tests.support.stack_settings import MINIMAL, SERVER

Server = dict[str, object]


@st.composite
def stacks(draw: st.DrawFn) -> dict[str, object]:
    """A stack file of up to six servers in up to three datacenters; many are refused."""
    names = draw(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=6, unique=True))
    servers: list[Server] = [
        SERVER
        | {
            "name": name,
            "datacenter": draw(st.sampled_from(["dal05", "dal05", "dal13", "ams03"])),
            "role": draw(st.sampled_from(["registry", "registry", "client"])),
            "frontDoor": draw(st.booleans()),
        }
        for name in names
    ]
    account = draw(st.sampled_from(["", "", "dal05", "par01"]))
    name = {"registryName": "r-{datacenter}.example.com"}
    return {**MINIMAL, **name, "servers": servers, "objectDatacenter": account}


def parsed(values: dict[str, object]) -> Settings | None:
    try:
        return parse(values)
    except SettingsError:
        return None


def doors_by_datacenter(settings: Settings) -> dict[str, tuple[str, ...]]:
    return {datacenter: settings.doors_in(datacenter) for datacenter in settings.datacenters}


@given(stacks(), st.randoms(use_true_random=False))
def test_any_order_of_the_list_is_the_same_environment(
    values: dict[str, object], chance: random.Random
) -> None:
    shuffled = list(cast(list[Server], values["servers"]))
    chance.shuffle(shuffled)
    assert parsed(values) == parsed(values | {"servers": shuffled})


@given(stacks(), st.sampled_from("uvwxyz"), st.integers(0, 6))
def test_a_server_that_comes_without_a_door_moves_nothing(
    values: dict[str, object], name: str, position: int
) -> None:
    """Wherever it is put; where it could have been meant to carry the registry, it is refused."""
    servers = list(cast(list[Server], values["servers"]))
    servers.insert(position, {**SERVER, "name": name})
    before, after = parsed(values), parsed(values | {"servers": servers})
    if before is None or after is None:
        return
    assert after.storage == before.storage
    kept = {datacenter: doors_by_datacenter(after)[datacenter] for datacenter in before.datacenters}
    assert kept == doors_by_datacenter(before)


@given(stacks(), st.data())
def test_a_server_that_goes_takes_along_what_it_carries_alone(
    values: dict[str, object], data: st.DataObject
) -> None:
    servers = cast(list[Server], values["servers"])
    removed = data.draw(st.sampled_from(servers))
    before = parsed(values)
    after = parsed(values | {"servers": [server for server in servers if server is not removed]})
    if before is None or after is None:
        return
    for datacenter, doors in doors_by_datacenter(after).items():
        remaining = tuple(
            name for name in doors_by_datacenter(before)[datacenter] if (datacenter, name) != _place(removed)
        )
        assert doors == remaining or not remaining


def _place(server: Server) -> tuple[object, object]:
    return server["datacenter"], server["name"]
