"""How a registry's health is waited for: what the script reports, with stand-ins for Docker and curl."""

from pathlib import Path

import pytest

from components.registry.container.health import StorageLogin
from tests.support.process.shell import run, stand_in

HEALTHY = 'echo "true false healthy"'
CRASHING = """case "$1 $*" in
  *State.Running*) echo "true true unhealthy" ;;
  logs*) printf 'goroutine 1\\npanic: refused with k3y and AUTH_tk0123\\n' ;;
  info*) echo " Docker Root Dir: /" ;;
esac"""
LOGIN = StorageLogin("http://storage.example:8080/auth/v1.0", "SLOS1-1:SL1", "docker", 'k3y"\\')


def curl(folder: Path, answer: str) -> None:
    """A curl that gives its arguments and its configuration to be looked at, and answers."""
    stand_in(
        folder,
        "curl",
        'echo "$@" >>"$HOME/arguments"\n'
        'while [ $# -gt 0 ]; do [ "$1" != --config ] || cat "$2" >>"$HOME/config"; shift; done\n'
        f"printf '{answer}'",
    )


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (
            r"HTTP/1.1 401 Unauthorized\r\n\r\n",
            "storage.example:8080 refuses the login of account SLOS1-1 with 401",
        ),
        (r"HTTP/1.1 404 Not Found\r\n\r\n", "refuses the login of account SLOS1-1 with 404"),
        (r"HTTP/1.1 503 Unavailable\r\n\r\n", "answers a login with 503; wait until it works"),
        (r"curl: (28) Connection timed out\n", "does not answer a login: curl: (28) Connection timed out"),
    ],
)
def test_the_reason_is_reported_without_the_key(answer: str, reason: str, tmp_path: Path) -> None:
    stand_in(tmp_path, "docker", CRASHING)
    curl(tmp_path, answer)
    done = run("registry-health.sh", "registry-2.8.3", "1", stdin_payload=LOGIN.lines, path=tmp_path)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "registry registry-2.8.3 is not healthy after" in line
    assert reason in line
    assert line.endswith("It said: panic: refused with k3y and ***")
    assert LOGIN.key not in done.stdout + done.stderr + (tmp_path / "arguments").read_text()
    assert r'header = "X-Auth-Key: k3y\"\\"' in (tmp_path / "config").read_text()


@pytest.mark.parametrize(
    "check", ["Docker does not take the log", "log: Docker does not take what the registry logs"]
)
def test_a_log_that_docker_does_not_take_is_named_with_what_helps(check: str, tmp_path: Path) -> None:
    docker = f"""case "$*" in
      *State.Running*) echo "true false unhealthy" ;;
      *json*State.Health.Log*) echo '[{{"ExitCode":1,"Output":"{check}\\n"}}]' ;;
      *State.Health.Log*) printf '{check}\\n' ;;
      info*) echo " Docker Root Dir: /" ;;
    esac"""
    stand_in(tmp_path, "docker", docker)
    done = run("registry-health.sh", "registry-2.8.3", "1", stdin_payload=StorageLogin().lines, path=tmp_path)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert (
        "s: Docker does not take its log, which is dropped; on this server, systemctl restart docker" in line
    )
    assert "docker restart registry-2.8.3 cuts transfers where that does not help" in line
    assert "then run pulumi up again" in line
    assert line.endswith(f"It said: {check}")


def test_clocks_that_differ_are_an_error_of_a_healthy_registry(tmp_path: Path) -> None:
    stand_in(tmp_path, "docker", HEALTHY)
    curl(tmp_path, r"HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n")
    done = run("registry-health.sh", "registry-2.8.3", "1", stdin_payload=LOGIN.lines, path=tmp_path)
    assert done.returncode == 1
    assert "s ahead of that of the storage at storage.example:8080" in done.stderr


def test_a_folder_has_no_storage_to_ask(tmp_path: Path) -> None:
    stand_in(tmp_path, "docker", HEALTHY)
    done = run("registry-health.sh", "registry-2.8.3", "1", stdin_payload=StorageLogin().lines, path=tmp_path)
    assert (done.returncode, done.stdout) == (0, "healthy\n")
