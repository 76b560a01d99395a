"""The commands with which `make up` ends: a client is logged in, and pushes an image of its own."""

import os
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.machines.layout import Layout
from dev.local.environment import CHECKOUT
from harness.stack.live_stack import LiveRegistry
from tests.support.campaign import only_in_soak

pytestmark = pytest.mark.expected_seconds(30)


@pytest.fixture
def client(registry: LiveRegistry, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The variables of an operator whose Docker knows nothing yet; it is logged out at the end.

    Its Docker is the one that runs the local cloud's machines: this machine may have no other that runs.
    """
    engine = Layout(registry.environment.state / "cloud").docker_socket
    variables = {
        **registry.variables, "DOCKER_CONFIG": str(tmp_path / "docker"), "DOCKER_HOST": f"unix://{engine}",
    }  # fmt: skip
    yield variables
    operate(variables, "logout", "local", "--client", "docker")


def operate(variables: dict[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(CHECKOUT / "bin" / "operate"), *words],
        env=variables, cwd="/", capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def docker(
    variables: dict[str, str], *words: str, content: bytes = b""
) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        ["docker", *words], env=variables, input=content, capture_output=True, timeout=120, check=False
    )


def archive(tmp_path: Path) -> bytes:
    (tmp_path / "own").write_bytes(os.urandom(4096))
    return subprocess.run(["tar", "-C", str(tmp_path), "-c", "own"], capture_output=True, check=True).stdout


@only_in_soak("first-push")
def test_an_image_of_ones_own_is_pushed_and_pulled_on_another_server(
    registry: LiveRegistry, client: dict[str, str], tmp_path: Path
) -> None:
    address = str(registry.outputs()["endpoint"]).partition("://")[2]
    image = f"{address}/own/image:1"
    assert docker(client, "import", "-", image, content=archive(tmp_path)).returncode == 0
    refused = docker(client, "push", image)
    assert refused.returncode != 0, "no client trusts the registry before"

    done = operate(client, "login", "local", "--client", "docker")
    assert (done.returncode, done.stdout) == (0, f"docker: logged in to {address} as docker\n"), done.stderr
    pushed = docker(client, "push", image)
    assert pushed.returncode == 0, pushed.stderr
    outputs, puller = registry.outputs(), registry.address("dal05-b")
    words = shlex.join(["docker", "login", "--username", str(outputs["user"]), "--password-stdin", address])
    login = f"printf %s {shlex.quote(str(outputs['password']))} | {words}"
    pull = f"{login} && docker pull --quiet {image} && docker rmi {image} && docker logout {address}"
    pulled = registry.ssh_to(puller, pull)
    assert pulled.returncode == 0, pulled.stderr

    again = operate(client, "logout", "local", "--client", "docker")
    assert (again.returncode, again.stdout) == (0, f"docker: logged out of {address}\n"), again.stderr
    assert not Path(f"/etc/docker/certs.d/{address}").exists()
    assert docker(client, "push", image).returncode != 0
    assert docker(client, "rmi", image).returncode == 0


def test_what_make_up_prints_can_be_run(registry: LiveRegistry) -> None:
    lines = registry.printed.splitlines()
    commands = [line.split("#")[0].split() for line in lines if line.startswith("  bin/operate ")]
    assert [words[1] for words in commands] == ["login", "images", "ssh", "status", "open", "swap"]
    for words in commands:
        help_output = operate(dict(registry.variables), words[1], "--help")
        assert help_output.returncode == 0, help_output.stderr
        assert all(option in help_output.stdout for option in words if option.startswith("--"))
    status = operate(dict(registry.variables), "status", "local")
    assert status.returncode == 0, status.stderr
    assert lines[-1] == f"registry endpoint: {registry.outputs()['endpoint']}"
