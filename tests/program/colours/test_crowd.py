"""What goes on at once reaches containers as memory and front doors as queues, by colour and generation."""

import subprocess
from pathlib import Path

import pytest

from settings.access.key_pair import KEY_VARIABLE
from tests.program.program_under_mocks import ProgramRun, plain, run_program

SHAPE = {"os": "DEBIAN_12_64", "cpus": 1, "memory": 2048, "datacenter": "dal05"}


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """A stack of one server, with what every stack has."""
    key, archive = tmp_path / "key", tmp_path / "base.tar"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    archive.write_bytes(b"the base image")
    monkeypatch.setenv(KEY_VARIABLE, str(key))
    return {
        "domain": "registry.example",
        "sshKeyFile": "~/.ssh/registry",
        "servers": [{**SHAPE, "name": "a", "frontDoor": True}, {**SHAPE, "name": "b"}],
        "registryBaseArchive": str(archive),
    }


def run(config: dict[str, object]) -> ProgramRun:
    """Run the program with settings without their namespace."""
    return run_program({f"softlayer-registry:{key}": value for key, value in config.items()})


def container(program: ProgramRun, name: str) -> dict[str, object]:
    """Return the inputs of a colour's container."""
    inputs = plain(program.resource(name).inputs)
    assert isinstance(inputs, dict)
    return inputs


def servers(program: ProgramRun, door: str) -> dict[str, str]:
    """Return the servers that a door's configuration sends requests to, by name."""
    text = str(plain(program.resource(door).inputs["stdin"]))
    lines = [line.split(maxsplit=2) for line in text.splitlines() if line.startswith("  server ")]
    return {name: rest for _, name, rest in lines}


def test_queues_memory_and_processes_are_a_colours_own(config: dict[str, object]) -> None:
    colours = {"releases": {"1": {}, "2": {"memory": 520}}, "black": "2"}
    program = run(config | colours | {"registryGeneration": "both"})
    modern, legacy = (servers(program, f"dal05-a-{generation}-door") for generation in ("modern", "legacy"))
    assert modern.keys() == {
        f"{colour}{kind}" for colour in ("red", "black") for kind in ("", "-uploads", "-pulls")
    }
    assert modern["red-uploads"] == "127.0.0.1:15000 weight 0 maxconn 12 track red"
    assert modern["red-pulls"].startswith("127.0.0.1:15002 weight 0 maxconn 48 check")
    assert modern["black-uploads"] == "127.0.0.1:15010 weight 0 maxconn 5 track black"
    assert legacy["red-layers"] == "127.0.0.1:15080 weight 0 maxconn 4 track red"

    containers = {
        name: container(program, f"dal05-a-{name}") for name in ("modern-red", "modern-black", "legacy-red")
    }
    assert [inputs["memory"] for inputs in containers.values()] == [1024, 520, 1024]
    assert containers["modern-red"]["entrypoints"] == ["/bin/sh", "/usr/local/bin/registry-processes"]
    assert containers["legacy-red"].get("entrypoints") is None
    reported = program.outputs["operate"]["colours"]
    assert reported["red"]["pullPorts"] == {"modern": 15002, "legacy": 15080}


def test_a_colour_elsewhere_waits_at_its_own_door(config: dict[str, object]) -> None:
    releases = {"1": {}, "2": {"server": "b"}}
    program = run(config | {"colour": "servers", "releases": releases, "black": "2"})
    assert servers(program, "dal05-a-modern-door").keys() == {"red", "red-uploads", "red-pulls", "black"}
    inner = servers(program, "dal05-b-modern-black-inner-door")
    assert inner.keys() == {"registry", "registry-uploads", "registry-pulls"}
    assert inner["registry-pulls"].startswith("127.0.0.1:15012 ")


def test_a_bucket_gets_its_lifecycle_from_the_registrys_server(config: dict[str, object]) -> None:
    bucket = {
        "registryStorage": "s3", "s3Endpoint": "https://s3.example", "s3Region": "us-south",
        "s3Bucket": "my-images", "s3AccessKey": "access", "s3SecretKey": "secret",
    }  # fmt: skip
    lifecycle = run(config | bucket).resource("dal05-a-lifecycle-my-images")
    assert str(plain(lifecycle.inputs["create"])).endswith("https://s3.example us-south my-images 7")
    assert str(plain(lifecycle.inputs["stdin"])).endswith("access\nsecret\n")
