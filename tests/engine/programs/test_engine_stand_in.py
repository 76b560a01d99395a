"""A stand-in builds the image of a server that does not answer: with the real engine and docker plugin."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pulumi
import pulumi_docker as docker
import pytest
from pulumi import automation

from harness.ports import free_port
from tests.engine.programs.docker_api import IDENTITY, DockerApi, docker_api

Up = Callable[[str, str], automation.UpResult]


@pytest.fixture
def up(backend: Path, tmp_path: Path) -> Up:
    """Run `pulumi up` of one image as components/registry/image.py has it, on the host of a server."""
    work = tmp_path / "work"
    (work / "image").mkdir(parents=True)
    (work / "image" / "Dockerfile").write_text("FROM scratch\nLABEL a=b\n")
    (work / "Pulumi.yaml").write_text("name: images\nruntime: python\n")

    def up(server: str, host: str) -> automation.UpResult:
        def program() -> None:
            provider = docker.Provider("standby-docker", host=host)
            image = docker.RemoteImage(
                "image",
                name="mine:1",
                build=docker.RemoteImageBuildArgs(context="image", use_legacy_builder=True),
                triggers={"server": server},
                keep_locally=True,
                opts=pulumi.ResourceOptions(provider=provider),
            )
            pulumi.export("digest", image.image_id)

        workspace = automation.LocalWorkspace(work_dir=str(work), program=program)
        return automation.Stack.create_or_select("images", workspace).up()

    return up


@pytest.fixture
def standby() -> Iterator[DockerApi]:
    with docker_api() as api:
        yield api


@pytest.fixture
def stand_in() -> Iterator[DockerApi]:
    with docker_api() as api:
        yield api


def test_a_lost_server_s_image_is_built_elsewhere_and_there_again_once_it_answers(
    up: Up, standby: DockerApi, stand_in: DockerApi
) -> None:
    assert up("standby", standby.host).outputs["digest"].value == IDENTITY
    assert standby.builds == 1
    calls = len(standby.calls)
    built_elsewhere = up("host", stand_in.host)
    assert built_elsewhere.outputs["digest"].value == IDENTITY
    assert (stand_in.builds, len(standby.calls)) == (1, calls), "the lost one was not asked"
    assert not any(call.startswith("DELETE") for call in stand_in.calls)
    back = up("standby", standby.host)
    assert back.outputs["digest"].value == IDENTITY
    assert (standby.builds, stand_in.builds) == (2, 1)


def test_a_host_that_is_off_stops_nothing_that_does_not_change(up: Up, standby: DockerApi) -> None:
    up("standby", standby.host)
    standby.shutdown()
    standby.server_close()
    assert up("standby", standby.host).summary.resource_changes == {"same": 3}
    with pytest.raises(automation.CommandError):
        up("another", f"tcp://127.0.0.1:{free_port()}")
