"""The docker plugin over real gRPC, on a real Docker daemon: names, replacements, secrets, containers."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.docker_daemon import DockerDaemon, docker_daemon
from tests.engine.plugin import Plugin
from tests.engine.wire import Properties, secret

CONTAINER = "docker:index/container:Container"
IMAGE = "docker:index/remoteImage:RemoteImage"
TAG = "engine-test:1"


@pytest.fixture(scope="module")
def daemon(bin_folder: Path) -> Iterator[DockerDaemon]:
    with tempfile.TemporaryDirectory(prefix="engine-") as name, docker_daemon(Path(name)) as daemon:
        # A program that runs until it is stopped, and is there anyway: static, and small enough.
        daemon.load(bin_folder / "pulumi-resource-command", TAG, Path(name))
        yield daemon


@pytest.fixture
def configured(docker: Plugin, daemon: DockerDaemon) -> Plugin:
    docker.configure({"host": daemon.host})
    return docker


@pytest.fixture
def inputs() -> Properties:
    return {
        "image": TAG,
        "name": "mine",
        "command": ["/program", "127.0.0.1:1"],
        "networkMode": "none",
        "restart": "always",
        "memory": 64,
        # Docker sets it to twice the memory where it is not given, and upstream then sees drift.
        "memorySwap": 96,
        "envs": secret(["KEY=hidden"]),
    }


def test_a_container_gets_a_name_of_its_own_and_an_image_never(docker: Plugin) -> None:
    checked, failures = docker.check(CONTAINER, {"image": "registry:2"})
    assert failures == {}
    assert checked["name"].startswith("thing-")
    kept, _ = docker.check(CONTAINER, {"image": "registry:2", "name": "mine"})
    assert kept["name"] == "mine"
    _, failures = docker.check(IMAGE, {})
    assert "name" in " ".join(failures.values())


def test_the_engine_is_left_to_keep_secrets(docker: Plugin) -> None:
    """As every plugin on this bridge: the engine strips the marks, and sets them again on what comes back."""
    assert not docker.configure().acceptSecrets


def test_an_unknown_property_is_named(docker: Plugin) -> None:
    _, failures = docker.check(CONTAINER, {"image": "registry:2", "imagine": "x"})
    assert "imagine" in " ".join([*failures, *failures.values()])


def test_a_container_from_its_creation_to_its_end(
    configured: Plugin, daemon: DockerDaemon, inputs: Properties
) -> None:
    created = configured.create(CONTAINER, inputs)
    try:
        assert daemon.docker("inspect", "--format", "{{.State.Running}}", "mine") == "true"
        assert created.state["envs"] == ["KEY=hidden"]

        unchanged = configured.diff(configured.read(created), inputs)
        assert unchanged.changes == unchanged.DIFF_NONE

        larger = configured.diff(created, {**inputs, "memory": 128, "memorySwap": 160})
        assert larger.changes == larger.DIFF_SOME
        assert list(larger.replaces) == []
        assert not larger.deleteBeforeReplace

        image_diff = configured.diff(created, {**inputs, "image": "engine-test:2"})
        assert list(image_diff.replaces) == ["image"]
        assert image_diff.deleteBeforeReplace
    finally:
        configured.delete(created)
    assert daemon.docker("ps", "--all", "--quiet") == ""


def test_an_image_that_is_there_is_known_by_its_identity(configured: Plugin, daemon: DockerDaemon) -> None:
    created = configured.create(IMAGE, {"name": TAG, "keepLocally": True})
    identity = daemon.docker("inspect", "--format", "{{.Id}}", TAG)
    assert created.state["imageId"] == identity
    configured.delete(created)
    assert daemon.docker("inspect", "--format", "{{.Id}}", TAG) == identity
