"""No secret shows where it has no business: process lists, logs, images, containers, state, printed text."""

import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.stack.live_stack import LiveRegistry

pytestmark = pytest.mark.expected_seconds(50)


def known_secrets(registry: LiveRegistry) -> dict[str, str]:
    """Every secret of the environment by name, read from where each may be."""
    (account,) = registry.resources("softlayer:index:ObjectStorageAccount")
    (container,) = registry.resources("softlayer:index:ObjectStorageContainer")
    (root,) = registry.resources("softlayer:index:RandomSecret")
    own = registry.outputs()["operate"]["doors"][0]["credentials"]  # type: ignore[index]
    key_lines = registry.environment.ssh_key.read_text().splitlines()
    return {
        "API key": registry.environment.credentials()["api_key"],
        "Swift key": str(account["key"]),
        "root secret": str(root["hex"]),
        "TempURL key": str(container["tempUrlKey"]),
        "registry password": str(registry.outputs()["password"]),
        "front door's password": str(own["modern"]["red"]["password"]),
        "stack passphrase": registry.environment.passphrase_file().read_text(),
        "SSH private key": key_lines[2],
    }


@pytest.fixture(scope="module")
def secrets(registry: LiveRegistry) -> dict[str, str]:
    by_name = known_secrets(registry)
    assert all(len(secret) >= 16 for secret in by_name.values()), {
        name: len(text) for name, text in by_name.items()
    }
    return by_name


def assert_absent(secrets: dict[str, str], text: str, where: str) -> None:
    leaked = [name for name, secret in secrets.items() if secret in text]
    assert leaked == [], f"{where} shows: {', '.join(leaked)}"


def _command_lines() -> Iterator[str]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            try:
                yield (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:  # the process has ended
                continue


def test_what_up_prints(registry: LiveRegistry, secrets: dict[str, str]) -> None:
    assert_absent(secrets, registry.printed, "what `up` printed")


def test_the_state_on_disk(registry: LiveRegistry, secrets: dict[str, str]) -> None:
    files = [file for file in registry.environment.backend.rglob("*") if file.is_file()]
    assert any(file.stat().st_size > 10_000 for file in files)
    for file in files:
        assert_absent(secrets, file.read_text(errors="replace"), file.name)


def test_no_resource_has_the_operators_key(registry: LiveRegistry, secrets: dict[str, str]) -> None:
    """Not even encrypted: whoever has the passphrase of the state does not have the servers by that."""
    state = registry.stack("export", "--show-secrets")
    assert "agentSocketPath" in state
    assert_absent({"SSH private key": secrets["SSH private key"]}, state, "the decrypted state")


def test_the_agent_of_a_run_lives_until_the_last_deletion(registry: LiveRegistry) -> None:
    """What leaves the program is undone on the server after the program's last line."""
    rules = "iptables-save -t mangle | grep -c SOFTLAYER-REGISTRY || true"
    assert registry.ssh("dal05-a", rules).stdout.strip() != "0"
    done = registry.pulumi("up", "--yes", "--skip-preview", config={"softlayer-registry:firewall": False})
    assert done.returncode == 0, done.stdout
    assert registry.ssh("dal05-a", rules).stdout.strip() == "0"
    registry.restore()
    assert registry.ssh("dal05-a", rules).stdout.strip() != "0"


def test_the_logs_of_the_cloud(registry: LiveRegistry, secrets: dict[str, str]) -> None:
    files = list(registry.environment.cloud.rglob("*.log"))
    assert files
    for file in files:
        assert_absent(secrets, file.read_text(errors="replace"), file.name)


@pytest.mark.parametrize("server", ["dal05-a", "dal05-b"])
def test_the_servers_logs_images_and_containers(
    registry: LiveRegistry, secrets: dict[str, str], server: str
) -> None:
    commands = (
        "journalctl --no-pager",
        "docker ps --all --no-trunc",
        "docker images -q | sort -u | xargs -r -n 1 docker history --no-trunc",
        "docker images -q | sort -u | xargs -r docker image inspect",
        "for c in $(docker ps -aq); do docker inspect $c; docker logs $c 2>&1; done",
        "cat /root/.docker/config.json 2>/dev/null; true",
    )
    for command in commands:
        done = registry.ssh(server, command)
        assert done.returncode == 0, done.stderr
        assert_absent(secrets, done.stdout, f"`{command}` on {server}")


def test_process_lists_while_everything_is_used(registry: LiveRegistry, secrets: dict[str, str]) -> None:
    """Machines are containers here: this machine's process list holds those of the servers too."""
    ended = threading.Event()
    leaked: set[str] = set()
    process_lines: set[str] = set()

    def watch() -> None:
        while not ended.is_set():
            for line in _command_lines():
                process_lines.add(line)
                leaked.update(name for name, secret in secrets.items() if secret in line)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        # Another port is another container, and with it a new verification.
        done = registry.pulumi(
            "up", "--yes", "--skip-preview", config={"softlayer-registry:registryPort": 5001}
        )
    finally:
        ended.set()
        watcher.join()
    assert done.returncode == 0, done.stdout
    assert_absent(secrets, done.stdout, "what `pulumi up` printed")
    assert any("verification/probe" in line for line in process_lines), "the watch saw no push"
    assert leaked == set()
    restored = registry.pulumi("up", "--yes", "--skip-preview")
    assert restored.returncode == 0, restored.stdout


def test_files_with_secrets_are_for_their_owner_only(registry: LiveRegistry, secrets: dict[str, str]) -> None:
    listed = subprocess.run(
        ["grep", "-rlsF", *[part for secret in secrets.values() for part in ("-e", secret)],
         str(registry.environment.state / "ssh"), str(registry.environment.state / "pulumi"),
         str(registry.environment.cloud / "cloud.json")],
        capture_output=True, text=True, check=False,
    ).stdout.splitlines()  # fmt: skip
    assert len(listed) >= 3
    loose = [name for name in listed if Path(name).stat().st_mode & 0o077]
    assert loose == []
