"""Bad input and a bad world: a clear error that names the property or the host, and the next run goes on."""

import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import pytest
import yaml

from harness.stack.account import client
from harness.stack.live_stack import LiveRegistry
from tests.e2e.full_disk import full_disk

pytestmark = pytest.mark.expected_seconds(145)


@pytest.fixture(autouse=True, scope="module")
def restored(registry: LiveRegistry) -> Iterator[None]:
    """What these tests changed is as the stack's file says when they end."""
    registry.restore()
    yield
    registry.restore()


UP = ("up", "--yes", "--skip-preview")
SERVERS = "softlayer-registry:servers"
SHAPE = {
    "name": "c",
    "datacenter": "dal05",
    "os": "DEBIAN_12_64",
    "cpus": 1,
    "memory": 1024,
    "role": "client",
}


def servers(registry: LiveRegistry) -> list[Mapping[str, object]]:
    config = yaml.safe_load(registry.environment.stack_file.read_text())["config"]
    configured: list[Mapping[str, object]] = config[SERVERS]
    return configured


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"datacenter": "dal99", "role": "registry"}, ("datacenter", "dal99")),
        ({"os": "UBUNTU_99_64"}, ("osCode", "UBUNTU_99_64")),
        ({"cpus": None, "memory": None, "flavor": "B1_9X9X9"}, ("flavor", "B1_9X9X9")),
    ],
)
def test_what_the_account_does_not_offer(
    registry: LiveRegistry, change: Mapping[str, object], names: tuple[str, ...]
) -> None:
    server = {key: value for key, value in {**SHAPE, **change}.items() if value is not None}
    config = {SERVERS: [*servers(registry), server], "softlayer-registry:objectDatacenter": "dal05"}
    done = registry.pulumi(*UP, config=config)
    assert done.returncode != 0
    for name in names:
        assert name in done.stdout
    again = registry.pulumi(*UP)
    assert again.returncode == 0, again.stdout


def test_a_wrong_api_key(registry: LiveRegistry) -> None:
    done = registry.pulumi("refresh", "--yes", variables={"SL_API_KEY": "f" * 64})
    assert done.returncode != 0
    assert "apiKey" in done.stdout or "API key" in done.stdout
    assert "f" * 64 not in done.stdout
    assert registry.pulumi("preview", "--expect-no-changes").returncode == 0


def test_a_cloud_that_is_down(registry: LiveRegistry) -> None:
    endpoint = "http://127.0.0.1:9/xmlrpc/v3.1/"
    config = {"softlayer:endpointUrl": endpoint, SERVERS: [*servers(registry), SHAPE]}
    done = registry.pulumi(*UP, config=config)
    assert done.returncode != 0
    assert "127.0.0.1:9" in done.stdout
    again = registry.pulumi(*UP)
    assert again.returncode == 0, again.stdout


@contextmanager
def taken_port(registry: LiveRegistry, server: str, port: int) -> Iterator[None]:
    """Let another program listen at a port of a server."""
    listener = f"systemd-run --quiet --unit=taken-port socat TCP-LISTEN:{port},fork /dev/null"
    started = registry.ssh(server, listener)
    assert started.returncode == 0, started.stderr
    try:
        yield
    finally:
        registry.ssh(server, "systemctl stop taken-port")


def test_a_port_in_use(registry: LiveRegistry) -> None:
    with taken_port(registry, "dal05-a", 5004):
        done = registry.pulumi(*UP, config={"softlayer-registry:registryPort": 5004})
    assert done.returncode != 0
    assert "dal05-a-modern-door" in done.stdout
    assert "Address already in use" in done.stdout
    again = registry.pulumi(*UP)
    assert again.returncode == 0, again.stdout


def test_a_full_disk(registry: LiveRegistry) -> None:
    with full_disk(registry, "dal05-b"):
        done = registry.pulumi(*UP, config={"softlayer-registry:registryPort": 5002})
    assert done.returncode != 0
    assert "dal05-b" in done.stdout
    assert "the disk with /var/lib/docker is full: 0 MB are free, 8 MB are needed" in done.stdout
    again = registry.pulumi(*UP)
    assert again.returncode == 0, again.stdout


@contextmanager
def powered_off(registry: LiveRegistry, server: str) -> Iterator[None]:
    """Power a server off by the official client; it is reachable again when the context ends."""
    account = client(registry.environment)
    listed = registry.outputs()["servers"]
    assert isinstance(listed, dict)
    guest, address = int(listed[server]["id"]), str(listed[server]["address"])
    account.call("Virtual_Guest", "powerOff", id=guest)
    await_condition(lambda: not answers(address), "the server still answers")
    try:
        yield
    finally:
        account.call("Virtual_Guest", "powerOn", id=guest)
        await_condition(lambda: answers(address), "the server does not come back")


def answers(address: str) -> bool:
    """Whether an SSH server greets."""
    try:
        with socket.create_connection((address, 22), timeout=2) as connection:
            connection.settimeout(5)
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def await_condition(condition: Callable[[], bool], otherwise: str) -> None:
    until = time.monotonic() + 90
    while not condition():
        assert time.monotonic() < until, otherwise
        time.sleep(0.2)


def test_an_unreachable_server(registry: LiveRegistry) -> None:
    """The registry's own; one that only helps stops nothing (test_lost_helper.py)."""
    address = registry.address("dal05-a")
    with powered_off(registry, "dal05-a"):
        done = registry.pulumi(*UP, config={"softlayer-registry:registryPort": 5003})
    assert done.returncode != 0
    assert "dal05-a" in done.stdout
    assert address in done.stdout
    again = registry.pulumi(*UP)
    assert again.returncode == 0, again.stdout
