"""What a swap does to a stack: by the Automation API and a real engine, with a stack file elsewhere."""

import json
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pytest
import yaml
from pulumi import automation

from operate.adopt.adoption_note import AdoptionNote
from operate.adopt.environment import PulumiAdoption
from operate.clock import SystemClock
from operate.error import OperateError
from operate.lock.write_guard import UnavailableLock
from operate.stack.automation.pulumi_stack import PulumiStack
from operate.stack.automation.pulumi_workspace import StackPlace
from operate.stack.config.desired_release import DesiredRelease
from operate.stack.facts import Colour
from operate.stack.facts_cache import FactsCache
from operate.stack.state.installations import ChangedInstallation, Installation

FILE = """# kept comment
config:
  softlayer-registry:red: "1" # kept as well
  softlayer-registry:releases: {"1": {}}
"""


def program() -> None:
    """Tells what it was configured with."""
    config = pulumi.Config("softlayer-registry")
    red, black = config.get("red") or "", config.get("black") or ""
    if black == "broken":
        raise ValueError("the container did not become healthy")

    def colour(release: str) -> dict[str, object] | None:
        if not release:
            return None
        settings = (config.get_object("releases") or {})[release]
        containers = {"dal05": {"modern": f"registry-{release}"}}
        return {
            "release": release,
            "ports": {"modern": 15000},
            "containers": containers,
            "settings": settings,
        }

    door = {
        "datacenter": "dal05",
        "server": "a",
        "address": "192.0.2.1",
        "hostKey": "k",
        "endpoint": "r:5000",
    }
    outputs = {
        "registry": {
            "endpoint": "https://r:5000",
            "user": "docker",
            "password": "secret word",
            "authority": "",
        },
        "ssh": {"user": "root"},
        "storage": "fingerprint",
        "storageOrigins": [],
        "recordKey": "ab" * 32,
        "doors": [door],
        "colours": {"red": colour(red), "black": colour(black)},
    }
    pulumi.export("operate", pulumi.Output.secret(outputs))
    pulumi.export("cost", {"hourly": 0.1, "monthly": 73.0})


@dataclass(frozen=True)
class Place:
    stack: PulumiStack
    file: Path
    folder: Path
    changed: list[ChangedInstallation]

    def config(self) -> dict[str, object]:
        settings: dict[str, object] = yaml.safe_load(self.file.read_text())["config"]
        return {key.removeprefix("softlayer-registry:"): value for key, value in settings.items()}


@pytest.fixture
def place(backend: Path, tmp_path: Path) -> Iterator[Place]:
    work = tmp_path / "work"
    (work / "stacks").mkdir(parents=True)
    (work / "Pulumi.yaml").write_text("name: softlayer-registry\nruntime: python\nstackConfigDir: stacks\n")
    file = tmp_path / "elsewhere.yaml"
    file.write_text(FILE)

    def make(at: StackPlace, command: automation.PulumiCommand) -> automation.Stack:
        workspace = automation.LocalWorkspace(
            work_dir=str(at.program), program=program, pulumi_command=command
        )
        return automation.Stack.create_or_select(at.environment, workspace)

    (tmp_path / "key").write_text("a private key")
    keeper = FactsCache(tmp_path / "kept", "swapped", lambda: tmp_path / "key")
    at = StackPlace("swapped", file, work)
    changed: list[ChangedInstallation] = []
    stack = PulumiStack(at, SystemClock(), keeper.write, make, installed=lambda _: changed)
    with stack.locked(UnavailableLock()):
        yield Place(stack, file, tmp_path, changed)


def test_a_release_comes_and_goes_and_only_its_own_settings_are_written(place: Place) -> None:
    stack = place.stack
    before = place.file.read_text()
    desired = DesiredRelease(Colour.BLACK, "2", {"version": "3.1.1", "memory": "256", "redirect": "true"})
    preview = stack.preview(desired)
    assert preview.cost == 73.0
    assert preview.touched == frozenset()
    assert place.file.read_text() == before, "a preview wrote the stack's file"
    assert stack.build(desired) == "1 created"
    facts = stack.facts()
    assert facts.colours[Colour.RED] is not None
    black = facts.colours[Colour.BLACK]
    assert black is not None
    assert (black.release, black.storage) == ("2", "fingerprint")
    assert place.config()["releases"] == {"1": {}, "2": {"version": "3.1.1", "memory": 256, "redirect": True}}
    assert "# kept comment" in place.file.read_text()
    assert "# kept as well" in place.file.read_text()
    stack.build(DesiredRelease(Colour.BLACK, "2"))
    assert place.config()["releases"] == {"1": {}, "2": {"version": "3.1.1", "memory": 256, "redirect": True}}
    stack.record_live(Colour.BLACK, {"id": "x", "release": "2"})
    assert place.config()["live"] == "black"
    assert place.config()["lastSwap"] == {"id": "x", "release": "2"}
    settings = place.config()
    place.file.write_text(before)
    stack.record_live(Colour.BLACK, {"id": "x", "release": "2"}, desired)
    assert place.config() == settings, "another operator's file says the same in the end"
    stack.build(DesiredRelease(Colour.RED, ""))
    assert stack.facts().colours[Colour.RED] is None


def test_stack_facts_are_kept_for_a_rollback_readable_by_their_owner_alone(place: Place) -> None:
    place.stack.build(DesiredRelease(Colour.BLACK, "2"))
    facts = place.stack.facts()
    key = place.folder / "key"
    assert FactsCache(place.folder / "kept", "swapped", lambda: key).read() == facts
    assert "secret word" not in repr(facts)
    (kept,) = (place.folder / "kept").iterdir()
    assert "secret word" not in kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_build_that_fails_is_one_line(place: Place) -> None:
    with pytest.raises(OperateError) as failed:
        place.stack.build(DesiredRelease(Colour.BLACK, "broken"))
    assert str(failed.value).startswith("environment swapped: up: ")
    assert "ValueError: the container did not become healthy" in str(failed.value)
    assert "\n" not in str(failed.value)


def put_lock(place: Place, pid: int) -> Path:
    """Leave Pulumi's own lock of a process of this machine; returns its file."""
    folder = next((place.folder / "backend" / ".pulumi" / "stacks").rglob("swapped*.json")).parent
    locks = place.folder / "backend" / ".pulumi" / "locks" / "organization" / folder.name / "swapped"
    locks.mkdir(parents=True, exist_ok=True)
    lock = {
        "pid": pid,
        "username": "root",
        "hostname": socket.gethostname(),
        "timestamp": "2026-11-25T00:00:00Z",
    }
    file = locks / "11111111-1111-4111-8111-111111111111.json"
    file.write_text(json.dumps(lock))
    return file


def test_a_lock_that_a_killed_engine_left_is_broken(place: Place) -> None:
    place.stack.build(DesiredRelease(Colour.BLACK, "2"))
    file = put_lock(place, 2**22 + 1)
    place.stack.build(DesiredRelease(Colour.BLACK, ""))
    assert place.stack.facts().colours[Colour.BLACK] is None
    assert not list(file.parent.glob("*.json"))


def test_an_engine_that_outlived_its_operator_is_waited_for_and_named(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A swap whose build was given up is followed by another one, which waited in silence."""
    place.stack.build(DesiredRelease(Colour.BLACK, "2"))
    messages: list[str] = []
    with subprocess.Popen(["sleep", "600"]) as engine:
        file = put_lock(place, engine.pid)

        def end_engine(message: str) -> None:
            messages.append(message)
            engine.kill()

        monkeypatch.setattr("operate.stack.automation.engine_lock.report", end_engine)
        try:
            place.stack.build(DesiredRelease(Colour.BLACK, ""))
        finally:
            engine.kill()
    assert place.stack.facts().colours[Colour.BLACK] is None
    assert not file.exists(), "what it left is taken away"
    (message,) = messages
    assert message.startswith("waits for Pulumi's own lock")
    assert (
        f"for 30 minutes at most: a pulumi of this machine holds it (pid {engine.pid}, at work since"
        f" 2026-11-25T00:00:00Z)"
    ) in message
    assert f"`kill -INT {engine.pid}`" in message


def updates(place: Place) -> int:
    return len(list((place.folder / "backend" / ".pulumi" / "history").rglob("*.history.json")))


def test_what_a_preview_saw_to_be_there_is_not_built_again(place: Place) -> None:
    desired = DesiredRelease(Colour.BLACK, "2", {"memory": "256"})
    place.stack.preview(desired)
    place.stack.build(desired)
    update_count = updates(place)
    assert update_count == 1
    place.stack.facts()
    assert place.stack.preview(desired).changes == {}
    assert place.stack.build(desired) == "nothing to do"
    assert updates(place) == update_count
    # Another setting is no change of a resource, and still one of the stack: its outputs tell it.
    changed = DesiredRelease(Colour.BLACK, "2", {"memory": "300"})
    place.stack.preview(changed)
    place.stack.build(changed)
    assert updates(place) == update_count + 1
    black = place.stack.facts().colours[Colour.BLACK]
    assert black is not None
    # Without a preview of its own nothing is known.
    place.stack.build(changed)
    assert updates(place) == update_count + 2


def test_what_a_preview_saw_to_be_there_is_built_where_a_server_differs(place: Place) -> None:
    """A killed retirement took it out of a door, and the stack file has it again."""
    desired = DesiredRelease(Colour.BLACK, "2")
    place.stack.build(desired)
    installation = Installation("dal05-a", "dal05-a-modern-door", "ab", "urn:none")
    place.changed.append(ChangedInstallation(installation, "it was installed from other settings"))
    update_count = updates(place)
    place.stack.facts()
    assert place.stack.preview(desired).changes == {}
    assert "installed again: dal05-a: dal05-a-modern-door" in place.stack.build(desired)
    assert updates(place) == update_count + 1


def test_what_is_kept_is_written_with_the_build_and_is_nothing_to_build_for(place: Place) -> None:
    place.stack.build(DesiredRelease(Colour.BLACK, "2", keep="1"))
    assert place.config()["keepRelease"] == "1"
    place.stack.facts()
    update_count, forth = updates(place), DesiredRelease(Colour.RED, "1", keep="2")
    place.stack.preview(forth)
    assert place.config()["keepRelease"] == "1"
    assert place.stack.build(forth) == "nothing to do"
    assert updates(place) == update_count
    place.stack.record_live(Colour.RED, {"id": "x", "release": "1"}, forth)
    assert place.config()["keepRelease"] == "2"
    place.stack.build(DesiredRelease(Colour.BLACK, ""))
    assert place.config()["keepRelease"] == "2", "a retirement leaves it"


def test_a_setting_with_nothing_in_it_is_taken_out(place: Place) -> None:
    before = place.config()
    place.stack.write_settings({"black": ""})
    assert place.config() == {**before, "black": ""}
    place.stack.write_settings({"black": None, "keepRelease": None})
    assert place.config() == before


def test_edits_since_the_last_up_are_named_and_a_preview_takes_settings_out(place: Place) -> None:
    stack = place.stack
    assert stack.edited_settings() == ()
    stack.write_settings({"registrySecret": "a" * 64, "memory": "256", "secretGenerations": {"root": 2}})
    assert "a" * 64 not in place.file.read_text()
    stack.build(DesiredRelease(Colour.BLACK, "2"))
    assert stack.edited_settings() == []
    before = place.file.read_text()
    edits = {"black": None, "registrySecret": "b" * 64}
    preview, builds = stack.preview_edits(before, edits, Colour.RED)
    assert (builds, preview.touched) == (False, frozenset()), "the program has no resources"
    assert place.file.read_text() == before, "a preview wrote the stack's file"
    stack.write_settings({"registrySecret": "c" * 64, "memory": None, "secretGenerations": {"root": 3}})
    # `pulumi stack history` takes no --config-file, which has the salt: secrets elsewhere are not compared.
    created = place.folder / "work" / "stacks" / "Pulumi.swapped.yaml"
    created.unlink()
    assert stack.edited_settings() == ["memory", "secretGenerations"]
    stack.write_settings({"registrySecret": "a" * 64, "memory": "256", "secretGenerations": {"root": 2}})
    assert stack.edited_settings() == []
    assert not created.exists(), "a salt was written elsewhere"


def test_an_adoption_is_noted_in_the_stack_file_until_its_end(place: Place) -> None:
    before = place.file.read_text()
    caches = (FactsCache(place.folder / name, "swapped", lambda: place.folder / "key") for name in "ab")
    adoption = PulumiAdoption(place.stack, AdoptionNote(*caches))
    assert not adoption.is_unfinished()
    adoption.adopt({}, makes_root=False)
    note = place.config()["adoption"]
    assert isinstance(note, dict)
    assert note.keys() == {"since", "by"}
    assert adoption.is_unfinished()
    adoption.end()
    assert not adoption.is_unfinished()
    assert place.file.read_text().startswith(before), "Pulumi has added a salt"
    assert "adoption" not in place.config()
    assert place.stack.edited_settings() == [], "the last `pulumi up` had the note, which is no edit"
