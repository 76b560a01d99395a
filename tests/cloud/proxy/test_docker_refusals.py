"""Docker reports a refusal of the front door at once, instead of trying it five times in fifty seconds."""

import json
import re
import subprocess
import tempfile
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from components.access.user_list import userlist
from components.proxy.access_rules import DoorUsers
from components.proxy.front_door_config import FrontDoorShape, front_door_configuration
from harness.clients.registry_client import Client
from harness.docker_daemon import DockerDaemon, docker_daemon
from harness.ports import free_port
from harness.proxies.guarded_front_door import USERS
from harness.proxies.local_proxy import LocalProxy, LocalRegistry
from harness.proxies.proxied_registry import CERTIFICATE, PEM, SECRET
from settings import DEFAULT_DOOR_LIMITS, DoorLimits

pytestmark = pytest.mark.expected_seconds(30)

REGISTRY = """\
version: 0.1
storage: {{filesystem: {{rootdirectory: {folder}/images}}, delete: {{enabled: true}}}}
http: {{addr: "127.0.0.1:{port}", secret: abc}}
"""


@dataclass(frozen=True)
class DockerAtDoor:
    """Docker on this machine, and a front door with a real registry behind it.

    Attributes:
        daemon: of Docker; Docker trusts every registry of 127.0.0.1.
        proxy: HAProxy.
        port: TCP port of the front door.
        folder: for the client's configurations.
    """

    daemon: DockerDaemon
    proxy: LocalProxy
    port: int
    folder: Path

    def run(self, user: str, password: str, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of Docker as somebody who once logged in with that password."""
        address = f"127.0.0.1:{self.port}"
        auth = b64encode(f"{user}:{password}".encode()).decode()
        (self.folder / "config.json").write_text(json.dumps({"auths": {address: {"auth": auth}}}))
        return subprocess.run(
            ["docker", "--host", self.daemon.host, "--config", str(self.folder), *words],
            capture_output=True, text=True, check=False, timeout=180,
        )  # fmt: skip

    def tag_image(self, repository: str) -> str:
        """Give the daemon an image of this registry; return its name."""
        (self.folder / "program").write_bytes(b"any content")
        image = f"127.0.0.1:{self.port}/{repository}:1"
        self.daemon.load(self.folder / "program", image, self.folder)
        return image

    def refusals(self, repository: str, status: int) -> Counter[str]:
        """Count the requests for a repository that the door answered with a status, by method and path."""
        pattern = re.compile(rf' {status} .*"([A-Z]+ /v2/{repository}/\S+) HTTP')
        return Counter(match[1] for line in self.proxy.finished_lines() if (match := pattern.search(line)))


@contextmanager
def docker_at_door(folder: Path, limits: DoorLimits) -> Iterator[DockerAtDoor]:
    """Run a Docker, a registry of folders, and its front door with an admin, a writer and a reader."""
    registry, door = LocalRegistry(folder), free_port()
    port = free_port()
    shape = FrontDoorShape(
        "modern", "127.0.0.1", door, port,
        users=DoorUsers(userlist("modern", USERS, SECRET), (("docker", "admin"), ("eve", "reader"))),
        limits=limits,
    )  # fmt: skip
    files = {"front-modern.cfg": front_door_configuration(shape), "front-modern.pem": PEM}
    proxy = LocalProxy(folder)
    with (
        tempfile.TemporaryDirectory(prefix="d-") as short,
        docker_daemon(Path(short)) as daemon,
        registry.running(REGISTRY.format(folder=folder, port=port), port),
        proxy.running(files),
    ):
        yield DockerAtDoor(daemon, proxy, door, folder)


@pytest.fixture(scope="module")
def docker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DockerAtDoor]:
    with docker_at_door(tmp_path_factory.mktemp("docker"), DEFAULT_DOOR_LIMITS) as docker:
        yield docker


@pytest.mark.parametrize(
    ("command", "user", "password", "status", "message"),
    [
        ("push", "bob", "a former password", 401, "unauthorized: authentication required"),
        ("pull", "bob", "a former password", 401, "unauthorized: authentication required"),
        ("push", "eve", USERS["eve"], 403, "denied: this user may only pull"),
    ],
)
def test_docker_repeats_no_request_that_was_refused(
    docker: DockerAtDoor, command: str, user: str, password: str, status: int, message: str
) -> None:
    repository = f"own/{command}-{status}"
    done = docker.run(user, password, command, docker.tag_image(repository))
    assert message in done.stderr
    assert done.returncode != 0
    assert set(docker.refusals(repository, status).values()) == {1}


def test_a_writer_pushes_and_pulls(docker: DockerAtDoor) -> None:
    image = docker.tag_image("own/image")
    for command in ("push", "pull"):
        done = docker.run("bob", USERS["bob"], command, image)
        assert done.returncode == 0, done.stderr


def test_docker_repeats_no_login_after_too_many_that_failed(tmp_path: Path) -> None:
    with docker_at_door(tmp_path, replace(DEFAULT_DOOR_LIMITS, failed_logins=2)) as docker:
        guesser = Client("127.0.0.1", docker.port, CERTIFICATE.authority, "bob:guessed")
        assert [guesser.status("/v2/") for _ in range(4)] == [401, 401, 401, 429]
        done = docker.run("bob", USERS["bob"], "push", docker.tag_image("own/image"))
        assert "toomanyrequests: too many requests; wait 60 s" in done.stderr
        assert done.returncode != 0
        assert set(docker.refusals("own/image", 429).values()) == {1}
