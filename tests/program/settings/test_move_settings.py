"""What a move writes to the stack file, over the whole program: each step moves what it should."""

import pytest

from operate.error import OperateError
from operate.record.door_move import DoorMove
from operate.stack.config.servers_setting import choose_server
from provider.resources.contract import State
from provider.resources.registry.placement import RegistryPlacement
from settings import SettingsError
from tests.program.program_under_mocks import ProgramRun, plain, run_program
from tests.program.settings.list_edits import SHAPE, Values
from tests.support.provider.provider_session import session

pytestmark = pytest.mark.usefixtures("operator_key")
A, B = "dal05-a", "{}-b"
ADDRESSES: dict[str, Values] = {
    "global IP": {"registryListen": "public", "globalIp": True},
    "name": {"registryName": "registry.example.com"},
    "own": {},
}


def run(values: Values, after: ProgramRun | None = None) -> ProgramRun:
    # As in the stack file, from which `operate` takes what is None.
    config = {f"softlayer-registry:{key}": value for key, value in values.items() if value is not None}
    recorded = run_program(config, after=after)
    assert recorded.refusal == ()
    return recorded


def doors(recorded: ProgramRun) -> list[str]:
    return [f"{door['datacenter']}-{door['server']}" for door in recorded.outputs["operate"]["doors"]]


def containers(recorded: ProgramRun) -> dict[str, object]:
    return {
        resource.name: plain(resource.inputs)
        for resource in recorded.resources
        if resource.typ == "docker:index/container:Container"
    }


@pytest.mark.parametrize(
    ("address", "datacenter"),
    [("global IP", "ams01"), ("name", "dal05"), ("name", "ams01"), ("own", "dal05")],
)
def test_built_beside_led_over_and_taken_out(address: str, datacenter: str) -> None:
    target = B.format(datacenter)
    # Another datacenter with a front door of its own is one before the move as well.
    standby = {} if datacenter == "dal05" else {"frontDoor": False}
    servers = [
        {**SHAPE, "name": "a", "datacenter": "dal05", "frontDoor": True},
        {**SHAPE, "name": "b", "datacenter": datacenter, **standby},
    ]
    before: Values = {
        "domain": "registry.example",
        "sshKeyFile": "~/.ssh/registry",
        "objectDatacenter": "dal05",
        "servers": servers,
        **ADDRESSES[address],
    }
    move = DoorMove(A, choose_server(servers, "b"))
    first = run(before)
    assert doors(first) == [A]

    both = {**before, **move.settings_with_both(servers)}
    second = run(both, first)
    assert sorted(doors(second)) == sorted([A, target])
    assert containers(first).items() <= containers(second).items()
    assert second.outputs["certificateAuthority"] == first.outputs["certificateAuthority"]
    names = [resource.name for resource in second.resources if "-name-" in resource.name]
    # Clients still come to the old one by the name: the new one is verified by its own address.
    taken_over = [name for name in names if name.endswith("-write")]
    assert bool(taken_over) == (address == "name")
    assert all(name.startswith(target) for name in taken_over)

    with pytest.raises(
        SettingsError, match=rf"dal05-a must stay there .*bin/operate move \S+ --to {target}`"
    ):
        run({**both, "servers": servers[1:]}, second)

    undone = run({**both, **move.settings_before_move(servers)}, second)
    assert doors(undone) == [A]

    moved = {**both, **move.settings_after_move(servers)}
    third = run(moved, second)
    assert doors(third) == [target]
    assert not any(name.startswith(A) for name in containers(third))
    assert third.outputs["certificateAuthority"] == first.outputs["certificateAuthority"]
    if address != "own":
        assert third.outputs["endpoint"] == first.outputs["endpoint"]
    # The server from before stands by, with its image.
    assert set(third.outputs["imageDigests"]) == {A, target}

    ended = run(moved | {"retiringDoors": []}, third)
    old = State(third.placement, third.placement)
    assert RegistryPlacement().diff(session(), "urn", old, ended.placement) == ()


def test_a_move_names_a_line_that_is_missing() -> None:
    with pytest.raises(OperateError, match=r"lacks dal05-a, whose frontDoor this command must set"):
        DoorMove(A, "dal05-b").settings_with_both([{**SHAPE, "name": "b", "datacenter": "dal05"}])


def test_of_a_front_door_that_was_there_before_nothing_is_undone() -> None:
    servers = [{"name": name, "datacenter": "dal05", "frontDoor": True} for name in "ab"]
    undone = DoorMove(A, "dal05-b", builds=False).settings_before_move(servers)
    assert undone == {"servers": servers, "retiringDoors": [], "move": None}
