"""Edits of what a stack file lists, over the whole program: nothing live moves unless it is asked to."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any

import pytest

from provider.resources.registry.placement_rules import datacenter_of
from settings import Colour, Settings, SettingsError, parse
from tests.program.program_under_mocks import ProgramRun, plain, run_program
from tests.program.settings.list_edits import RELEASE_EDITS, SHAPE, Values, edit, random_stack
from tests.support.campaign import Campaign

pytestmark = pytest.mark.usefixtures("operator_key")
EDITED = Campaign("list-edits", full=2000, sample=32)
EDITS_OF_ONE = 8
"""Edits of a stack file one after the other (choice): the run after one edit is the run before the next."""
STORES = ("softlayer:index:ObjectStorageAccount", "softlayer:index:ObjectStorageContainer")
SECRETS = frozenset({"s3AccessKey", "s3SecretKey"})
COLOURS_AND_EQUALS = ("red=", "black=")


def parsed(values: Values) -> Settings | tuple[str, ...]:
    """The settings, or what is wrong with them."""
    try:
        return parse({key: value for key, value in values.items() if key not in SECRETS})
    except SettingsError as error:
        return tuple(str(error).splitlines()[1:])


def run(values: Values, after: ProgramRun | None = None) -> ProgramRun:
    return run_program({f"softlayer-registry:{key}": value for key, value in values.items()}, after=after)


@cache
def first_run(stack_file: str) -> ProgramRun:
    """A run without one before it, done once; the stack file as JSON."""
    return run(json.loads(stack_file))


def live_containers(
    settings: Settings, live: Mapping[str, Colour] | None = None
) -> Mapping[tuple[str, str], str]:
    """Resource names of the containers behind each front door, by (door, generation).

    Args:
        settings: of the stack.
        live: colours, by front door; where one is missing, that with which new ones begin.
    """
    generations = [
        name
        for name, kind in (("modern", settings.registry.modern), ("legacy", settings.registry.legacy))
        if kind
    ]
    colours = {door: (live or {}).get(door, settings.colours.live) for door in settings.front_doors}
    servers = {colour: release.server for colour, release in settings.colours.releases.items()}
    return {
        (door, generation): (
            f"{f'{datacenter_of(door)}-{servers[colour]}' if servers[colour] else door}-{generation}-{colour}"
        )
        for door, colour in colours.items()
        for generation in generations
    }


def state_of(recorded: ProgramRun, kind: str) -> dict[str, Any]:
    return {
        resource.name: plain(resource.inputs)
        for resource in recorded.resources
        if resource.typ.startswith(kind)
    }


def declared_colours(recorded: ProgramRun, door: str) -> Mapping[str, str]:
    """What a server's front doors are told, by colour: RELEASE:FINGERPRINT:SERVER@INSTALLATION."""
    words = shlex.split(str(plain(recorded.resource(f"{door}-colours").inputs["create"])))
    return dict(word.split("=", 1) for word in words if word.startswith(COLOURS_AND_EQUALS))


def doors_refuse(before: ProgramRun, after: ProgramRun, live: Mapping[str, Colour]) -> bool:
    """Whether a front door would: its live colour would go, have another release, or another container.

    That they do is tested with the script itself: tests/cloud/colours/test_scripts.py.

    Args:
        before: the run that told the doors what they know.
        after: the run whose words they would refuse.
        live: colours, by front doors in both.
    """
    return any(
        declared_colours(after, door).get(colour) != declared_colours(before, door)[colour]
        for door, colour in live.items()
    )


def check_nothing_moved(
    old: Settings,
    new: Settings,
    before: ProgramRun,
    after: ProgramRun,
    live: Mapping[str, Colour] | None = None,
) -> None:
    """All that clients know of what stays is as before.

    Args:
        old: settings before the edit.
        new: settings after it.
        before: the run before the edit.
        after: the run after it.
        live: colours, by front door; by default those with which they began.
    """
    had, has = live_containers(old, live), live_containers(new, live)
    containers, containers_now = (
        state_of(recorded, "docker:index/container:Container") for recorded in (before, after)
    )
    kept = set(old.front_doors) & set(new.front_doors)
    retired = set(new.retiring_doors) & set(old.front_doors)
    assert kept or retired, "the last front door has gone"
    for (door, generation), name in had.items():
        if door in kept:
            (own,) = [key for key in containers if key == name or key.startswith(f"{name}-")]
            assert has[door, generation] == name
            assert containers_now[own] == containers[own], own
    for kind in STORES:
        assert state_of(before, kind).items() <= state_of(after, kind).items()
    if old.access.global_ip:
        assert (
            state_of(after, "softlayer:index:GlobalIp").keys()
            == state_of(before, "softlayer:index:GlobalIp").keys()
        )
    assert after.outputs["certificateAuthority"] == before.outputs["certificateAuthority"]
    # Whoever retires a front door, or names another home, asks for another endpoint.
    for datacenter in old.datacenters:
        is_retired = any(datacenter_of(door) == datacenter for door in retired)
        if not old.access.is_shared and old.doors_in(datacenter) and not is_retired:
            assert after.outputs["endpoints"][datacenter] == before.outputs["endpoints"][datacenter]
    if not retired and new.home == old.home:
        assert after.outputs["endpoint"] == before.outputs["endpoint"]


def check_refusal(after: ProgramRun) -> None:
    """It names setting, server and command, before anything is ordered or touched."""
    assert [resource.typ for resource in after.resources if resource.custom] == []
    for failure in after.refusal:
        assert "`" in failure.reason
        assert "Nothing has been changed" in failure.reason
        if failure.path == "frontDoors":
            assert "`bin/operate move prod --to " in failure.reason
            assert "`servers`" in failure.reason


@dataclass
class EditedStack:
    """A stack whose file is edited again and again; what is refused leaves it as it is.

    Attributes:
        values: of its file.
        settings: as parsed.
        run: that made it so.
        live: colours, by front door.
    """

    values: Values
    settings: Settings
    run: ProgramRun
    live: dict[str, Colour] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._begin_doors()

    def edit(self, chance: Random) -> None:
        """Edit it once in a way that is no mistake in itself, and check what that does."""
        while isinstance(new := parsed((edited := edit(chance, self.values))[1]), tuple):
            assert all(":" in line.strip().partition(" ")[0] for line in new), new
        names, values = edited
        after = run(values, self.run)
        if after.refusal:
            check_refusal(after)
            return
        live = {door: colour for door, colour in self.live.items() if door in new.front_doors}
        if doors_refuse(self.run, after, live):
            assert set(names) & set(RELEASE_EDITS), f"{names} alone would change what is live"
            return
        check_nothing_moved(self.settings, new, self.run, after, live)
        self.values, self.settings, self.run, self.live = values, new, after, live
        self._begin_doors()

    def _begin_doors(self) -> None:
        for door in self.settings.front_doors:
            self.live.setdefault(door, self.settings.colours.live)


@pytest.mark.parametrize(
    "seed", range(EDITED.seed * 10_000, EDITED.seed * 10_000 + -(-EDITED.size // EDITS_OF_ONE))
)
def test_nothing_live_moves_unless_it_is_requested(seed: int) -> None:
    chance = Random(seed)  # noqa: S311 - a test's own
    while isinstance(settings := parsed(values := random_stack(chance)), tuple):
        continue
    stack = EditedStack(values, settings, run(values))
    for _ in range(EDITS_OF_ONE):
        stack.edit(chance)


DOOR = {**SHAPE, "datacenter": "dal05", "frontDoor": True}
ONE_DOOR: Values = {
    "domain": "registry.example",
    "sshKeyFile": "~/.ssh/registry",
    "servers": [{**SHAPE, "name": "a", "datacenter": "dal05"}],
}
TWO_DOORS: Values = ONE_DOOR | {
    "registryListen": "public",
    "globalIp": True,
    "servers": [DOOR | {"name": "a"}, DOOR | {"name": "b"}],
}
SITES: Values = ONE_DOOR | {
    "objectDatacenter": "dal05",
    "servers": [
        {**SHAPE, "name": "a", "datacenter": "dal05"},
        {**SHAPE, "name": "b", "datacenter": "ams01"},
    ],
}


def checked(before: Values, after: Values) -> ProgramRun:
    """Both stack files one after the other; where the second is accepted, nothing has moved."""
    old, new = parsed(before), parsed(after)
    assert not isinstance(old, tuple), old
    assert not isinstance(new, tuple), new
    first = first_run(json.dumps(before))
    second = run(after, first)
    if second.refusal:
        check_refusal(second)
    else:
        check_nothing_moved(old, new, first, second)
    return second


def test_the_lines_of_two_doors_swapped_change_nothing() -> None:
    first, second = (
        first_run(json.dumps(TWO_DOORS)),
        checked(TWO_DOORS, TWO_DOORS | {"servers": TWO_DOORS["servers"][::-1]}),
    )
    assert not second.refusal
    for kind in ("command:", "docker:", "softlayer:"):
        assert state_of(second, kind) == state_of(first, kind)


def test_a_new_server_put_first_moves_nothing() -> None:
    """It needs the other one named; with a name that sorts first, too."""
    servers = [{**SHAPE, "name": "0", "datacenter": "dal05"}, *ONE_DOOR["servers"]]
    (mistake,) = parsed(ONE_DOOR | {"servers": servers})  # type: ignore[misc]
    assert "set frontDoor to true at the one that carries the registry" in mistake
    servers[1] = DOOR | {"name": "a"}
    assert not checked(ONE_DOOR, ONE_DOOR | {"servers": servers}).refusal
    (wrong,) = checked(ONE_DOOR, ONE_DOOR | {"servers": [DOOR | {"name": "0"}, *ONE_DOOR["servers"]]}).refusal
    assert "take the registry away from dal05-a" in wrong.reason
    assert "operate move prod --to dal05-0`" in wrong.reason


def test_the_first_of_two_doors_taken_out_leaves_the_other() -> None:
    """Whether the global IP leads there is asked of the account.

    See tests/unit/provider/resources/registry/test_placement.py.
    """
    for servers in (
        TWO_DOORS["servers"][1:],
        [TWO_DOORS["servers"][1], DOOR | {"name": "a", "frontDoor": False}],
    ):
        after = checked(TWO_DOORS, TWO_DOORS | {"servers": servers})
        assert not after.refusal
        assert [door["server"] for door in after.outputs["operate"]["doors"]] == ["b"]
        own = {resource.name: resource for resource in after.resources if resource.custom}
        # What tells the doors of their colours is each door's own: its undo runs on no other server.
        assert "dal05-b-colours" in own
        assert "dal05-a-colours" not in own


def test_two_datacenters_swapped_are_refused() -> None:
    servers = [
        server | {"datacenter": {"dal05": "ams01", "ams01": "dal05"}[server["datacenter"]]}
        for server in SITES["servers"]
    ]
    (refusal,) = checked(SITES, SITES | {"servers": servers}).refusal
    assert "take the registry away from ams01-b, dal05-a" in refusal.reason


def test_the_account_stays_when_its_datacenter_loses_its_servers() -> None:
    moved = ONE_DOOR | {"servers": [{**SHAPE, "name": "a", "datacenter": "ams01"}]}
    paths = [failure.path for failure in checked(ONE_DOOR, moved).refusal]
    assert paths == ["frontDoors", "objectDatacenter"]


def test_from_legacy_to_both_the_legacy_images_port_and_secrets_stay() -> None:
    legacy = ONE_DOOR | {
        "registryGeneration": "legacy",
        "objectForceDestroy": True,
        "protect": {"images": False},
    }
    both = legacy | {"registryGeneration": "both", "objectContainer": "images"}
    reasons = {failure.path: failure.reason for failure in checked(legacy, both).refusal}
    assert "set `legacyContainer` to docker" in reasons["legacyContainer"]
    both |= {"legacyContainer": "docker"}
    (refusal,) = checked(legacy, both).refusal
    assert "set `legacyPort` to 5000 and `registryPort` to another port" in refusal.reason
    for ports in ({"legacyPort": 5080}, {"legacyPort": 5000, "registryPort": 5001}):
        first = first_run(json.dumps(legacy))
        second = run(both | ports, first)
        assert not second.refusal
        assert state_of(first, STORES[1]).items() <= state_of(second, STORES[1]).items()
        assert second.outputs["certificateAuthority"] == first.outputs["certificateAuthority"]
        assert second.outputs["password"] == first.outputs["password"]


def test_a_datacenter_may_stand_by_for_the_doors_of_another() -> None:
    """As a move to another datacenter leaves it."""
    servers = [SITES["servers"][0] | {"frontDoor": False}, SITES["servers"][1]]
    after = run(SITES | {"servers": servers, "retiringDoors": ["dal05-a"]}, first_run(json.dumps(SITES)))
    assert not after.refusal
    assert after.outputs["endpoint"] == after.outputs["endpoints"]["ams01"]["modern"]
    assert list(after.outputs["endpoints"]) == ["ams01"]
    assert list(after.outputs["imageDigests"]) == ["ams01-b", "dal05-a"]
    assert set(after.outputs["operate"]["colours"]["red"]["servers"]) == {"ams01"}
    nobody = parsed(SITES | {"servers": [server | {"frontDoor": False} for server in SITES["servers"]]})
    assert isinstance(nobody, tuple)
    assert "none has a front door" in nobody[0]
