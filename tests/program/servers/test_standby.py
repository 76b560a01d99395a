"""A standby: what is prepared on it, what starts it, and what is done about an image that was removed."""

import base64
import io
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from components.access.secret_mark import mark
from components.registry.config import HttpSettings
from components.registry.container.docker_options import container_input, create_options
from components.registry.container.files import archive
from components.registry.container.recipe import ContainerRecipe, ImageSource
from components.registry.modern import ModernProcesses, modern_container
from components.remote.script_source import script_source
from components.server.standby_images import read_images
from components.standby import bundle as standby_bundle
from components.standby.bundle import LIVE, StandbyStep, StepOrder, bundle
from components.storage.drivers import FilesystemStorage
from operate.recover.takeover.standby_choice import placement_settings
from operate.stack.facts import DoorFacts
from settings import DEFAULT_CONTENT_POLICY, ModernCapacity
from settings.access.key_pair import KEY_VARIABLE
from tests.program.program_under_mocks import ProgramRun, address_of, hosts, plain, run_program

SHAPE = {"os": "DEBIAN_12_64", "cpus": 1, "memory": 2048}
SERVERS = [
    {**SHAPE, "name": "a", "datacenter": "dal05", "frontDoor": True},
    {**SHAPE, "name": "b", "datacenter": "dal05"},
]
CONFIG = {
    "domain": "registry.example",
    "sshKeyFile": "~/.ssh/registry",
    "servers": SERVERS,
    "releases": {"1": {}, "2": {"memory": 300}},
    "red": "1",
    "black": "2",
}
IMAGE = "dal05-b-modern-2.8.3-image"

HTTP = HttpSettings("127.0.0.1:1", "127.0.0.1:2", mark("http.secret"), redirect=False)
FILES = "/etc/softlayer-registry/containers/standby-modern-red/0123456789abcdef"
RECIPE = ContainerRecipe(
    ImageSource("registry-modern:2.8.3", "registry:2.8.3"),
    modern_container(
        FilesystemStorage("/srv"), ModernProcesses(HTTP, HTTP, DEFAULT_CONTENT_POLICY, ModernCapacity())
    ),
    300,
)

Run = Callable[..., ProgramRun]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Runs the program with some settings changed, each first run once."""
    folder = tmp_path_factory.mktemp("operator")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "key")], check=True)

    first_runs: dict[str, ProgramRun] = {}

    def run_once(
        images: str = "",
        unreachable: tuple[str, ...] = (),
        after: ProgramRun | None = None,
        **changes: object,
    ) -> ProgramRun:
        qualified_config = {
            f"softlayer-registry:{key}": value for key, value in {**CONFIG, **changes}.items()
        }
        key = f"{images} {unreachable} {changes}"
        if after or key not in first_runs:
            recorded = run_program(
                qualified_config, unreachable=unreachable, standby_images={"dal05-b": images}, after=after,
                installations={"dal05-b": "i"},
            )  # fmt: skip
            if after:
                return recorded
            first_runs[key] = recorded
        return first_runs[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY_VARIABLE, str(folder / "key"))
        yield run_once


def unpacked(recorded: ProgramRun, name: str = "dal05-b-standby") -> dict[str, str]:
    """The files that a standby is given, by name."""
    text = str(plain(recorded.resource(name).inputs["stdin"]))
    packed = base64.b64decode(text.partition('main "$@"; exit\n')[2])
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        return {
            member.name: extracted.read().decode()
            for member in archive.getmembers()
            if (extracted := archive.extractfile(member))
        }


def test_everything_that_makes_a_front_door_is_prepared(run: Run) -> None:
    recorded = run(globalIp=True, registryListen="public")
    files = unpacked(recorded)
    steps = [line.split() for line in files["steps"].splitlines()]
    assert [tuple(step[:3]) for step in steps] == [
        ("address", "-", "beside"),
        ("files-modern-red", "red", "next"), ("files-modern-black", "black", "next"),
        ("container-modern-red", "red", "beside"), ("container-modern-black", "black", "beside"),
        ("proxy", "-", "next"), ("global", "-", "next"), ("storage", "-", "next"),
        ("start-modern-red", "red", "after"), ("start-modern-black", "black", "after"),
        ("colours", "-", "next"), ("door-modern", "-", "next"),
    ]  # fmt: skip
    assert files["steps"].count(LIVE) == 1
    assert {f"inputs/{step[0]}" for step in steps} | {f"scripts/{step[3]}" for step in steps} < files.keys()
    door = files["inputs/door-modern"]
    assert "127.0.0.1:15100" in door
    assert "127.0.0.1:15110" in door
    assert "PRIVATE KEY" in door
    assert files["start"] == script_source("standby-start.sh")


def test_the_standby_has_what_the_front_door_has_but_for_addresses_and_ports(run: Run) -> None:
    recorded = run()
    files = unpacked(recorded)
    first = {
        step: str(plain(recorded.resource(name).inputs["stdin"])).partition('main "$@"; exit\n')[2]
        for step, name in (
            ("storage", "dal05-a-storage"), ("global", "dal05-a-proxy-global"),
        )
    }  # fmt: skip
    assert {step: files[f"inputs/{step}"] for step in first} == first


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"keepRelease": "1"},
        {"registryGeneration": "both"},
        {"registryGeneration": "legacy", "releases": {"1": {}, "2": {}}},
    ],
)
def test_the_next_up_agrees_to_a_takeover(run: Run, changes: dict[str, object]) -> None:
    first = run(**changes)
    prepared_line = next(
        line for line in unpacked(first)["steps"].splitlines() if line.startswith("colours ")
    )
    a, b = (DoorFacts("dal05", name, "", "", "", ()) for name in "ab")
    following = run(after=first, **changes, **placement_settings(SERVERS, [], b, [a]))
    assert following.refusal == ()
    colours = following.resource("dal05-b-colours").inputs
    script_arguments = str(plain(colours["create"])).split(" sync ")[1].partition(" && ")[0].split()
    # The same fingerprints on the same installation: the containers that follow are not taken for a change.
    assert prepared_line.replace(LIVE, "red").split(" sync ")[1].split() == script_arguments
    lines = str(plain(colours["stdin"])).partition('main "$@"; exit\n')[2]
    assert unpacked(first)["inputs/colours"] == lines


def test_a_container_on_a_standby_is_made_from_its_recipe() -> None:
    options = create_options(RECIPE, "1", FILES)
    expected = {"--memory=300m", "--restart=unless-stopped", "--entrypoint=/bin/sh", "--network=host"}
    expected |= {
        "--read-only",
        f"--volume={FILES}/etc/docker/registry/config.yml:/etc/docker/registry/config.yml:ro",
    }
    assert expected < set(options)
    lines = container_input(RECIPE, "1", FILES).splitlines()
    words, command = lines[: len(options)], lines[len(options) + 1 :]
    assert words == options
    assert command == [RECIPE.shape.entrypoint[1], *RECIPE.shape.command]
    text = archive(RECIPE.shape, {"http.secret": "s" * 32})
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(text))) as files:
        members = {f"/{member.name}": files.extractfile(member) for member in files.getmembers()}
        contents = {name: member.read().decode() for name, member in members.items() if member}
    assert contents.keys() == {file.path for file in RECIPE.shape.files}
    assert "s" * 32 in contents["/etc/docker/registry/config.yml"]
    assert "{{" not in contents["/etc/docker/registry/config.yml"]


def test_outputs_name_the_standby(run: Run) -> None:
    recorded = run()
    (standby,) = recorded.outputs["operate"]["standbys"]
    assert (standby["server"], standby["address"]) == ("b", address_of("dal05-b"))
    assert standby["listens"]["modern"].endswith(":5000")


@pytest.mark.parametrize(
    "changes",
    [
        {"registryListen": "loopback"},
        {"registryStorage": "filesystem", "registryFolder": "/srv/registry"},
        {
            "servers": [
                {**SERVERS[1], "frontDoor": True},
                {**SHAPE, "name": "c", "datacenter": "dal05", "role": "client"},
            ]
        },
        {"colour": "servers", "releases": {"1": {"server": "a"}, "2": {}}},
    ],
)
def test_no_standby_where_it_could_not_take_over(run: Run, changes: dict[str, object]) -> None:
    recorded = run(**changes)
    assert recorded.outputs["operate"]["standbys"] == []
    assert not [resource for resource in recorded.resources if resource.name == "dal05-b-standby"]


def test_a_standby_that_is_off_is_prepared_once_it_answers(run: Run) -> None:
    here, away = run(), run(unreachable=("dal05-b",))
    where = {resource.name: host for resource, host in hosts(away)}
    assert where["dal05-b-standby"] == where["dal05-b-standby-haproxy"] == address_of("dal05-a")
    assert " prepare " in str(plain(here.resource("dal05-b-standby").inputs["create"]))
    assert " skip " in str(plain(away.resource("dal05-b-standby").inputs["create"]))
    # What another server did in its place must never be undone there.
    assert not away.resource("dal05-b-standby").inputs.get("delete")
    assert not away.resource("dal05-b-standby-haproxy").inputs.get("delete")


def test_an_image_that_was_removed_is_built_again_and_reported(run: Run) -> None:
    def token(recorded: ProgramRun) -> str:
        return str(recorded.resource(IMAGE).inputs["triggers"]["token"])

    assert token(run()) == ""
    present = run("present registry-modern:2.8.3 1a2b3c4d\n")
    assert token(present) == "1a2b3c4d"
    assert present.warnings == []
    missing = run("missing registry-modern:2.8.3 1a2b3c4d\n")
    assert token(missing) not in ("", "1a2b3c4d")
    assert missing.warnings == [
        "dal05-b: the image registry-modern:2.8.3 was removed from this standby; it is built again"
    ]
    image_token = f"registry-modern:2.8.3={token(missing)}"
    assert image_token in str(plain(missing.resource("dal05-b-standby").inputs["create"]))


def test_what_a_server_prints_besides_images_is_left_out() -> None:
    images = read_images("Welcome to b\npresent a:1 t\nmissing b:2 \n\nmissing\n")
    assert (dict(images.tokens), set(images.missing)) == ({"a:1": "t", "b:2": ""}, {"b:2"})
    assert [images.token(image, "new") for image in ("a:1", "b:2", "c:3")] == ["t", "new", ""]


@pytest.mark.parametrize("word", ["", "two words", "$(reboot)", "a;b", "*"])
def test_a_step_takes_plain_words_only(word: str) -> None:
    with pytest.raises(ValueError, match="must be a plain word"):
        StandbyStep("door", "door.sh", (word,))


def prepared(folder: Path, *steps: StandbyStep) -> subprocess.CompletedProcess[str]:
    """Run standby.sh prepare on a folder of the test's own."""
    return subprocess.run(
        ["bash", "-s", "--", "prepare", "registry-modern:2.8.3=t"],
        input=script_source("standby.sh") + bundle(steps),
        env={"PATH": "/usr/bin:/bin", "REGISTRY_STANDBY": str(folder)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def started(folder: Path, live: str, path: str = "/usr/bin:/bin") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", str(folder / "start"), live],
        env={"PATH": path, "REGISTRY_STANDBY": str(folder), "HOME": str(folder.parent)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_the_steps_of_the_live_colour_are_run_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def source(name: str) -> str:
        return 'cat >"$1"\n' if name == "write.sh" else script_source(name)

    monkeypatch.setattr(standby_bundle, "script_source", source)
    folder = tmp_path / "standby"
    steps = [
        StandbyStep(f"write-{colour}", "write.sh", (f"{tmp_path}/{colour}-{LIVE}",), colour, colour)
        for colour in ("red", "black")
    ]
    for _ in range(2):
        done = prepared(folder, *steps)
        assert done.returncode == 0, done.stderr
    assert (folder.stat().st_mode & 0o777, (folder / "images").read_text()) == (
        0o700,
        "registry-modern:2.8.3=t\n",
    )
    for _ in range(2):
        done = started(folder, "black")
        assert done.returncode == 0, done.stderr
        assert done.stdout.split()[0] == "write-black"
    assert (tmp_path / "black-black").read_text() == "black"
    assert not (tmp_path / "red-black").exists()
    unprepared = started(folder, "green")
    assert unprepared.returncode == 1
    assert "nothing is prepared for the colour green" in unprepared.stderr


@pytest.mark.parametrize("order", StepOrder)
def test_a_step_that_fails_is_named(tmp_path: Path, order: StepOrder) -> None:
    (tmp_path / "docker").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "docker").chmod(0o755)
    content = container_input(RECIPE, "1", FILES)
    image = f"sha256:{'c' * 64}"
    words = ("create", "r", image, "1")
    step = StandbyStep("container-red", "standby-container.sh", words, content, "red", order)
    assert prepared(tmp_path / "standby", step).returncode == 0
    done = started(tmp_path / "standby", "red", f"{tmp_path}:/usr/bin:/bin")
    assert done.returncode == 1
    assert "standby: container-red: " in done.stderr
    assert "image cccccccccccc is missing on this standby; run pulumi up" in done.stderr
