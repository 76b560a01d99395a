"""Servers that only help are no precondition: whichever of them is lost, nothing is asked of it."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pulumi.automation import events

from operate.swap.planned import PreviewListener, helper_warning
from settings.key_pair import KEY_VARIABLE
from tests.program.program_under_mocks import SECRET_MARK, ProgramRun, address_of, hosts, plain, run_program

SHAPE = {"os": "DEBIAN_12_64", "cpus": 1, "memory": 2048}
SERVERS = [
    {**SHAPE, "name": "near", "datacenter": "dal05", "role": "client"},
    {**SHAPE, "name": "a", "datacenter": "dal05", "frontDoor": True},
    {**SHAPE, "name": "stand", "datacenter": "dal05"},
    {**SHAPE, "name": "far", "datacenter": "ams01"},
]
HELPERS = ("dal05-stand", "dal05-near")


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
