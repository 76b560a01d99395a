"""Servers that only help are no precondition: whichever of them is lost, nothing is asked of it."""

import asyncio
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import cast

import pulumi
import pytest
from pulumi.automation import events
from pulumi_command import remote

from components.remote.login import Login
from components.remote.unreachable_helper import COMMAND_INPUTS, skip_while_unreachable
from dev.local.environment import CHECKOUT
from operate.stack.automation.preview_events import PreviewListener, helper_warning
from settings.access.key_pair import KEY_VARIABLE
from tests.program.program_under_mocks import SECRET_MARK, ProgramRun, address_of, hosts, plain, run_program

SHAPE = {"os": "DEBIAN_12_64", "cpus": 1, "memory": 2048}
SERVERS = [
    {**SHAPE, "name": "near", "datacenter": "dal05", "role": "client"},
    {**SHAPE, "name": "a", "datacenter": "dal05", "frontDoor": True},
    {**SHAPE, "name": "stand", "datacenter": "dal05"},
    {**SHAPE, "name": "far", "datacenter": "ams01"},
]
HELPERS = ("dal05-stand", "dal05-near")
WITHOUT_DOOR = [
    *SERVERS[:3],
    {**SHAPE, "name": "far", "datacenter": "ams01", "frontDoor": False},
    {**SHAPE, "name": "alone", "datacenter": "ams01", "role": "client"},
]
"""One datacenter has no front door."""


Run = Callable[..., ProgramRun]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Runs the program with some servers lost and some settings changed, each such run once."""
    folder = tmp_path_factory.mktemp("operator")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "key")], check=True)
    (folder / "base.tar").write_bytes(b"the base image")
    recorded: dict[str, ProgramRun] = {}

    def run_once(*unreachable: str, **changes: object) -> ProgramRun:
        called = f"{unreachable} {changes}"
        if called not in recorded:
            config = configuration(folder / "base.tar") | changes
            qualified_config = {f"softlayer-registry:{key}": value for key, value in config.items()}
            recorded[called] = run_program(qualified_config, unreachable=unreachable)
        return recorded[called]

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY_VARIABLE, str(folder / "key"))
        yield run_once


def configuration(archive: Path) -> dict[str, object]:
    return {
        "domain": "registry.example",
        "sshKeyFile": "~/.ssh/registry",
        "servers": SERVERS,
        "objectDatacenter": "dal05",
        "registryGeneration": "both",
        "registryBaseArchive": str(archive),
        "registryName": "r-{datacenter}.example.com",
        "releases": {"1": {}, "2": {"version": "2.8.2", "baseArchive": str(archive)}},
        "red": "1",
    }


def reached(recorded: ProgramRun) -> dict[str, tuple[object, str]]:
    return {
        f"{resource.typ} {resource.name}": (plain(resource.inputs), where)
        for resource, where in hosts(recorded)
    }


def puller(recorded: ProgramRun) -> str:
    return {resource.name: where for resource, where in hosts(recorded)}["dal05-a-modern-verification-pull"]


@pytest.mark.parametrize(
    ("unreachable", "expected"),
    [
        ((), "dal05-near"),
        (("dal05-stand",), "dal05-near"),
        (("dal05-near",), "dal05-stand"),
        (("dal05-stand", "dal05-near"), "ams01-far"),
        (("dal05-stand", "dal05-near", "ams01-far"), "dal05-a"),
    ],
)
def test_the_first_server_that_answers_pulls(run: Run, unreachable: tuple[str, ...], expected: str) -> None:
    recorded = run(*unreachable)
    assert puller(recorded) == address_of(expected)
    where = {resource.name: host for resource, host in hosts(recorded)}
    for prepared in ("name", "trust"):
        assert where[f"dal05-a-modern-verification-helper-{prepared}"] == address_of(expected)
    assert recorded.outputs["verifiedDigests"]["dal05"]["modern"].startswith("sha256:")


@pytest.mark.parametrize("unreachable", [(), HELPERS[:1], HELPERS[1:], HELPERS])
def test_a_swap_asks_nothing_of_a_server_that_is_lost(run: Run, unreachable: tuple[str, ...]) -> None:
    before = reached(run())
    swap = run(*unreachable, black="2")
    silent = {address_of(server) for server in unreachable}
    changed = {name: place[1] for name, place in reached(swap).items() if before.get(name) != place}
    assert len(changed) > 5
    assert {name: where for name, where in changed.items() if where in silent} == {}
    everything = set(reached(run(black="2")))
    assert set(reached(swap)) == everything, "what is declared does not depend on who answers"


CHANGED: Mapping[str, object] = {"firewall": True, "sshFrom": ["192.0.2.0/24"]}


def commands_by_patience(recorded: ProgramRun) -> tuple[set[str], set[str]]:
    """Scripts that may be left out, and those that have to run, by the names of their resources."""
    can_wait = {request.name for request in recorded.requests if request.transforms}
    commands = {resource.name for resource in recorded.resources if resource.typ == "command:remote:Command"}
    return can_wait, commands - can_wait


def test_what_is_changed_on_a_helper_waits_for_it_and_on_a_front_door_it_does_not(run: Run) -> None:
    recorded = run(**CHANGED)
    can_wait, must_run = commands_by_patience(recorded)
    for server in HELPERS:
        everything = (
            "sshd",
            "docker-engine",
            "authorized-keys",
            "storage-driver",
            "firewall",
            "firewall-trial",
        )
        assert {f"{server}-{name}" for name in everything} <= can_wait, server
    where = {resource.name: host for resource, host in hosts(recorded)}
    assert {where[name] for name in can_wait} == {address_of(name) for name in HELPERS}
    assert {"dal05-a-sshd", "dal05-a-firewall", "dal05-a-colours", "dal05-a-docker-engine"} <= must_run
    # The peers of each firewall change with every server that is ordered again.
    without_helper = run("dal05-near", **CHANGED)
    assert commands_by_patience(without_helper) == (can_wait, must_run), (
        "what is declared does not depend on who answers"
    )


def deletions(recorded: ProgramRun) -> Mapping[str, str]:
    """Commands that a deletion would run on servers that only help, by the names of their resources."""
    helpers = {address_of(server) for server in HELPERS}
    return {
        resource.name: str(resource.inputs["delete"])
        for resource, where in hosts(recorded)
        if where in helpers and resource.inputs.get("delete")
    }


@pytest.mark.parametrize(
    ("setting", "name", "action"),
    [("firewall", "firewall-trial", "remove"), ("securityUpdates", "security-updates", "no-updates")],
)
def test_what_is_taken_away_from_a_helper_waits_for_it(
    run: Run, setting: str, name: str, action: str
) -> None:
    before, after = run(**{setting: True}), run(**{setting: False})
    can_wait, _ = commands_by_patience(after)
    # Pulumi would run a deletion, whether its server answers or not.
    assert deletions(before).keys() - can_wait == set()
    for server in HELPERS:
        assert f"{server}-{name}" in deletions(before)
        create = str(plain(after.resource(f"{server}-{name}").inputs["create"]))
        assert create.endswith(f"bash -s -- {action}")
        assert f"{server}-{name}" not in deletions(after), "nothing is left to be undone"
    declared = {resource.name for resource in after.resources}
    assert f"dal05-a-{name}" not in declared, "a front door's server must answer"


def test_an_image_leaves_the_state_without_a_login_to_its_server(run: Run) -> None:
    images = [request for request in run().requests if request.type == "docker:index/remoteImage:RemoteImage"]
    assert len(images) > 3
    assert all(request.retainOnDelete for request in images)


def test_where_no_front_door_is_near_another_site_stands_in(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "ams01-far-modern-2.8.3-image"
    assert run(servers=WITHOUT_DOOR).resource(name).inputs["triggers"]["server"] == "ams01-far"
    away = run("ams01-far", servers=WITHOUT_DOOR)
    assert away.resource(name).inputs["triggers"]["server"] == "dal05-a"
    stand_ins: dict[str, str] = {}

    def record(server: str, *arguments: Callable[[], pulumi.Output[remote.ConnectionArgs]]) -> None:
        def host(connection: remote.ConnectionArgs) -> pulumi.Output[str]:
            return pulumi.Output.from_input(connection.host)

        way: pulumi.Output[str] = arguments[-1]().apply(host)
        way.apply(lambda address: stand_ins.setdefault(server, address))

    monkeypatch.setattr("components.server.server.skip_while_unreachable", record)
    run(servers=WITHOUT_DOOR, registryUser="recorded")
    assert stand_ins == dict.fromkeys((*HELPERS, "ams01-far", "ams01-alone"), address_of("dal05-a"))


def test_a_key_is_rotated_on_every_server_or_on_none(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async def log_in(*_: str) -> Login:
        return Login()

    monkeypatch.setattr("components.server.authorized_keys.log_in", log_in)
    can_wait, must_run = commands_by_patience(
        run(nextSshKeyFile=os.path.relpath(os.environ[KEY_VARIABLE], CHECKOUT))
    )
    assert {f"{server}-authorized-keys" for server in ("dal05-near", "dal05-stand", "dal05-a")} <= must_run
    assert "dal05-near-sshd" in can_wait


OWNER = cast(pulumi.Resource, "the server")


def transformed(failure: str | None) -> pulumi.ResourceTransformResult | None:
    """What becomes of a command while a login to its server comes to that; None is unknown."""
    opts = pulumi.ResourceOptions(ignore_changes=["kept"])
    args = pulumi.ResourceTransformArgs(True, "command:remote:Command", "c", {"create": "bash -s"}, opts)

    async def decide() -> pulumi.ResourceTransformResult | None:
        is_known = asyncio.get_running_loop().create_future()
        is_known.set_result(failure is not None)
        outcome = asyncio.get_running_loop().create_future()
        outcome.set_result(failure)
        output: pulumi.Output[str] = pulumi.Output(set(), outcome, is_known)
        connection = cast("pulumi.Output[remote.ConnectionArgs]", "the way to a")
        skip_transform = skip_while_unreachable("dal05-near", lambda: output, OWNER, lambda: connection)
        result = skip_transform(args)
        assert not isinstance(result, pulumi.ResourceTransformResult)
        return await result if result is not None else None

    return asyncio.run(decide())


def test_a_command_keeps_what_the_state_has_of_it_while_its_server_does_not_answer() -> None:
    assert transformed("") is None
    assert transformed(None) is None, "the server of a preview that is not ordered yet"
    result = transformed("no answer")
    assert result is not None
    assert result.opts.ignore_changes == ["kept", *COMMAND_INPUTS]
    assert result.opts.replace_with == [OWNER]
    # A new one does nothing, where it harms nobody, and has nothing to undo.
    assert result.props["create"] == "true # dal05-near could not be worked on"
    assert result.props["connection"] == "the way to a"
    assert not {"delete", "stdin"} & result.props.keys()


def test_the_way_to_a_helper_stays_secret(run: Run) -> None:
    for unreachable in ((), HELPERS):
        pull = run(*unreachable).resource("dal05-a-modern-verification-pull").inputs["connection"]
        assert SECRET_MARK in pull
        assert "privateKey" not in pull


def test_a_lost_server_is_named_once_with_its_reason(run: Run) -> None:
    recorded = run("dal05-stand")
    (warning,) = recorded.warnings
    assert warning.startswith(f"dal05-stand ({address_of('dal05-stand')}) cannot be worked on: no answer.")
    assert run().warnings == []


def test_a_standby_s_image_is_built_again_once_it_answers(run: Run) -> None:
    name = "dal05-stand-modern-2.8.3-image"
    here, away = (run(*unreachable).resource(name) for unreachable in ((), ("dal05-stand",)))
    assert here.inputs["triggers"]["server"] == "dal05-stand"
    assert away.inputs["triggers"]["server"] == "dal05-a"
    assert here.inputs["build"] == away.inputs["build"]


def test_a_server_that_carries_a_colour_has_no_stand_in(run: Run) -> None:
    changes = {
        "colour": "servers",
        "releases": {"1": {"server": "a"}, "2": {"server": "stand"}},
        "black": "2",
        "registryGeneration": "modern",
        "servers": SERVERS[:3],
    }
    recorded = run("dal05-stand", **changes)
    image = recorded.resource("dal05-stand-modern-2.8.3-image")
    assert image.inputs["triggers"]["server"] == "dal05-stand"


def test_a_warning_of_a_server_is_heard_in_a_preview_and_others_are_not() -> None:
    parent = "softlayer-registry:index:Site"
    urn = f"urn:pulumi:prod::softlayer-registry::{parent}$softlayer-registry:index:Server::b"

    def event(**changes: object) -> events.EngineEvent:
        diagnostic = {
            "message": "<{%fg 3%}>warning: <{%reset%}>b (192.0.2.1) cannot be worked on: no answer.\n",
            "color": "raw", "severity": "warning", "urn": urn, **changes,
        }  # fmt: skip
        return events.EngineEvent.from_json({"sequence": 1, "timestamp": 1, "diagnosticEvent": diagnostic})

    planned = PreviewListener()
    for heard in (event(), event(severity="info"), event(urn="")):
        planned(heard)
    assert planned.warnings == ["b (192.0.2.1) cannot be worked on: no answer."]
    assert helper_warning(event()) == planned.warnings[0]
