"""Which servers take turns, and what of the engine's steps is one."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, cast
from unittest.mock import patch

import pulumi
import pytest

from components.remote.turns import Place, TurnError, Turns
from components.server import reboot_turns
from components.server.reboot_turns import turn_groups
from settings import parse
from tests.support.stack_settings import MINIMAL, SERVER

DOOR: Mapping[str, object] = SERVER | {"frontDoor": True}
OUTPUTS = {
    "publicIp": "198.51.100.1",
    "sshHostKey": "ssh-ed25519 A",
    "cpus": 2,
    "memory": 4096,
    "osCode": "D",
}
INPUTS = {"cpus": 2.0, "memory": 4096.0, "osCode": "D"}


def groups(servers: Sequence[Mapping[str, object]], **changes: object) -> Mapping[str, tuple[str, ...]]:
    values = {"registryName": "r-{datacenter}.example.com", "objectDatacenter": "dal05"}
    return turn_groups(parse(MINIMAL | values | {"servers": servers} | changes))


def test_doors_of_a_datacenter_take_turns() -> None:
    near = [DOOR, {**DOOR, "name": "b"}, SERVER | {"name": "c", "role": "client"}, SERVER | {"name": "d"}]
    far = [{**DOOR, "datacenter": "ams03"}]
    assert groups([*near, *far]) == {"dal05": ("dal05-a", "dal05-b")}
    public = {"registryListen": "public", "globalIp": True}
    assert groups([*near, *far], **public) == {"all": ("ams03-a", "dal05-a", "dal05-b")}


def test_a_server_that_carries_a_colour_takes_turns_with_its_door() -> None:
    servers = [DOOR, SERVER | {"name": "c"}]
    colours = {"colour": "servers", "releases": {"1": {}, "2": {"server": "c"}}, "black": "2"}
    assert groups(servers, **colours) == {"dal05": ("dal05-a", "dal05-c")}


def test_a_single_door_has_nobody_to_take_turns_with() -> None:
    assert groups([DOOR, SERVER | {"name": "c"}]) == {}


class Recorded:
    """Stands in for Pulumi's hooks, which want an engine."""

    def __init__(
        self, name: str, function: Callable[[Any], Coroutine[Any, Any, Any]], options: object = None
    ) -> None:
        self.name, self.function = name, function


@pytest.fixture
def hooks(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Turns, dict[str, Recorded]]]:
    def bound(*, preview: bool = False) -> tuple[Turns, dict[str, Recorded]]:
        async def check(_: Place) -> str:
            return ""

        turns = Turns(("a", "b"), ("a", "b"), check)
        with (
            patch.object(pulumi, "ResourceHook", Recorded),
            patch.object(pulumi, "ErrorHook", Recorded),
            patch.object(pulumi.runtime, "is_dry_run", lambda: preview),
        ):
            binding = reboot_turns._bind("dal05", turns)
        listed = [*(binding.before_update or ()), *(binding.after_update or ()), *(binding.on_error or ())]
        return turns, dict(zip(("before", "after", "error"), cast(list[Recorded], listed), strict=True))

    return bound


def arguments(server: str, **changes: object) -> pulumi.ResourceHookArgs:
    return pulumi.ResourceHookArgs(
        urn="",
        id="7",
        name=server,
        type="",
        new_inputs=INPUTS | changes,
        old_outputs=OUTPUTS,
        new_outputs=OUTPUTS,
    )


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 5))


@pytest.mark.parametrize(
    ("changes", "waits"),
    [
        ({"tags": ["x"]}, False),
        ({"cpus": 4.0}, True),
        ({"flavor": "B1_4X8X25"}, True),
        ({"osCode": "E"}, True),
    ],
)
def test_only_what_reboots_takes_a_turn(hooks: Any, changes: dict[str, object], waits: bool) -> None:  # noqa: ANN401
    async def work() -> None:
        turns, step = hooks()
        turns.locate("b", Place("198.51.100.2", "key"))
        await step["before"].function(arguments("a", **changes))
        waiting = asyncio.ensure_future(step["before"].function(arguments("b", memory=8192.0)))
        await asyncio.sleep(0.05)
        assert waiting.done() is not waits
        await step["after"].function(arguments("a", **changes))
        await waiting
        await step["after"].function(arguments("b", memory=8192.0))

    run(work())


def test_a_failed_change_ends_the_turn(hooks: Any) -> None:  # noqa: ANN401
    async def work() -> None:
        turns, step = hooks()
        turns.locate("b", Place("198.51.100.2", "key"))
        await step["before"].function(arguments("a", cpus=4.0))
        failed = pulumi.ErrorHookArgs(urn="", id="7", name="a", type="", failed_operation="update")
        assert await step["error"].function(failed) is False
        with pytest.raises(TurnError, match="b was not changed, since the change of a"):
            await step["before"].function(arguments("b", cpus=4.0))

    run(work())


def test_a_preview_refuses_two_reinstallations_and_asks_no_server(hooks: Any) -> None:  # noqa: ANN401
    async def work() -> None:
        _, step = hooks(preview=True)
        await step["before"].function(arguments("a", cpus=4.0))
        await step["before"].function(arguments("b", osCode="E"))
        with pytest.raises(TurnError, match="b and a would be installed again"):
            await step["before"].function(arguments("a", osCode="E"))

    run(work())
