"""What registries' containers and HAProxy's unit may do on a real server, and what they cannot."""

import json
import os
import shlex
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from components.access.door_credential import DoorCredential, door_secrets
from components.access.user_list import userlist
from components.proxy.access_rules import DoorUsers
from components.proxy.front_door_config import FrontDoorShape, front_door_configuration
from components.proxy.haproxy_config import ProxyShape, global_configuration
from components.registry import legacy
from components.registry.config import HttpSettings
from components.registry.container.docker_options import container_input
from components.registry.container.files import archive
from components.registry.container.recipe import ContainerRecipe, ImageSource
from components.registry.container.shape import ContainerShape
from components.registry.legacy import legacy_container
from components.registry.modern import ModernProcesses, modern_container
from components.remote.script_source import script_source
from components.storage import registry_user
from components.storage.drivers import FilesystemStorage
from components.storage.legacy_storage import LegacyStorage
from dev.images.legacy_base import legacy_base
from dev.images.registry_base import registry_base
from dev.local.environment import CHECKOUT
from harness.clients.blobs import push_blob
from harness.clients.registry_client import BackgroundLoad, Client, SlowPull
from harness.proxies.proxied_registry import CERTIFICATE, PEM, SECRET
from operate.doctor.judgements.servers import parse_report
from settings import DEFAULT_CONTENT_POLICY, ModernCapacity
from tests.cloud.machines.one_machine import OneMachine, one_machine

pytestmark = pytest.mark.expected_seconds(160)

FILES = "/etc/softlayer-registry/containers/confined"
FOLDER, HTPASSWD_FILE = "/srv/images", "/etc/docker/registry/htpasswd"
USER = {"docker": "in no file of an image 7f3a"}
PASSWORD = "cd" * 32
"""With which the front door comes to the registry."""
PORT, REGISTRY_PORT, LEGACY_PORT = 5000, 15000, 15100
UNITS_EXPOSURE = 4.0
"""Of 10, by `systemd-analyze security`; a unit without any of it has 9.6."""
MODERN = modern_container(
    FilesystemStorage(FOLDER),
    ModernProcesses(
        HttpSettings(f"127.0.0.1:{REGISTRY_PORT}", "127.0.0.1:15001", "ab" * 16, redirect=False),
        HttpSettings("127.0.0.1:15002", "127.0.0.1:15003", "ab" * 16, redirect=False),
        DEFAULT_CONTENT_POLICY,
        ModernCapacity(2, 2),
    ),
)
# Nothing answers there: its processes run and listen all the same.
LEGACY = legacy_container(
    LegacyStorage("http://127.0.0.1:9/auth/v1.0", "a:b", "key", "docker"), 2, port=LEGACY_PORT
)
SHAPES = {"modern": MODERN, "legacy": LEGACY}
PORTS = {"modern": f"{REGISTRY_PORT},15002", "legacy": str(LEGACY_PORT)}
NAMES = {"modern": registry_user.USER, "legacy": legacy.USER}


@dataclass(frozen=True)
class ConfinedServer:
    """A machine with a registry of each generation, made from their recipes."""

    machine: OneMachine

    @property
    def address(self) -> str:
        return self.machine.spec.public_ip or ""

    def shell(self, command: str) -> str:
        """What a command of root prints."""
        return self.machine.operator.checked_ssh(self.address, command)

    def script(self, name: str, *arguments: str, content: str = "") -> str:
        done = self.machine.operator.ssh(
            self.address,
            f"bash -s -- {' '.join(arguments)}",
            stdin=f"{script_source(name)}{content}".encode(),
        )
        assert done.returncode == 0, f"{name} {arguments}: {done.stderr.decode()}"
        return done.stdout.decode().strip()

    def run(self, name: str, image: str, shape: ContainerShape, *ports: int) -> None:
        recipe = ContainerRecipe(ImageSource(image, image), shape, 600)
        listened = ",".join(map(str, ports))
        folder = f"{FILES}/{name}"
        self.script("container-files.sh", "write", folder, content=archive(shape, door_secrets(PASSWORD)))
        content = container_input(recipe, "1", folder)
        self.script("standby-container.sh", "create", name, image, listened, content=content)
        self.script("standby-container.sh", "start", name, listened)

    def inspect(self, name: str) -> Mapping[str, dict[str, object]]:
        """What Docker knows of a container."""
        (inspected,) = json.loads(self.shell(f"docker inspect {name}"))
        assert isinstance(inspected, dict)
        return inspected


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConfinedServer]:
    folder: Path = tmp_path_factory.mktemp("confined")
    with one_machine(folder, "confined", 2048, 4) as machine:
        server = ConfinedServer(machine)
        for base in (registry_base(), legacy_base()):
            machine.operator.ssh(server.address, "docker load --quiet", stdin=base.read_bytes())
        dockerfile = (legacy.CONTEXT / "Dockerfile").read_bytes()
        machine.operator.ssh(server.address, "docker build --quiet --tag legacy:1 -", stdin=dockerfile)
        server.shell("docker tag registry:2.8.3 modern:1")
        assert server.script("registry-folder.sh", FOLDER, str(registry_user.USER)) == "changed"
        assert server.script("registry-folder.sh", FOLDER, str(registry_user.USER)) == "unchanged"
        server.run("modern", "modern:1", MODERN, REGISTRY_PORT, 15002)
        server.run("legacy", "legacy:1", LEGACY, LEGACY_PORT)
        server.script("proxy.sh", "install")
        server.script("door.sh", "write", "00-global", content=global_configuration(ProxyShape()))
        users = DoorUsers(userlist("modern", USER, SECRET), (("docker", "admin"),))
        shape = FrontDoorShape("modern", server.address, PORT, REGISTRY_PORT, users=users, password=PASSWORD)
        text = f"{front_door_configuration(shape)}# certificate\n{PEM}"
        server.script("door.sh", "write", "front-modern", content=text)
        yield server


@pytest.mark.parametrize("name", list(NAMES))
def test_docker_confines_the_container(server: ConfinedServer, name: str) -> None:
    inspected, user = server.inspect(name), NAMES[name]
    host = inspected["HostConfig"]
    assert inspected["Config"]["User"] == f"{user}:{user}"
    assert host["CapDrop"] == ["ALL"]
    assert host["CapAdd"] is None
    assert host["Privileged"] is False
    assert host["ReadonlyRootfs"] is True
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert host["Ulimits"]
    assert server.shell(f"docker inspect --format '{{{{.State.Running}}}}' {name}") == "true"


@pytest.mark.parametrize("name", list(NAMES))
def test_the_kernel_confines_every_process(server: ConfinedServer, name: str) -> None:
    # Not what lives for a moment only: the health check, and a second of sleep.
    pids = server.shell(
        f"docker top {name} -o pid,comm | awk 'NR > 1 && !/sleep|wget|health|runc/ {{ print $1 }}'"
    )
    checked_pids = []
    for pid in pids.split():
        text = server.shell(f"cat /proc/{pid}/status /proc/{pid}/limits 2>/dev/null || true")
        limits = [line for line in text.splitlines() if line.startswith("Max processes")]
        if not limits:
            continue  # A process of a health check by another name has ended since.
        status = {line.partition(":")[0]: line.partition(":")[2].split() for line in text.splitlines()}
        assert set(status["Uid"]) == set(status["Gid"]) == {str(NAMES[name])}
        assert {int(status[kind][0], 16) for kind in ("CapEff", "CapPrm", "CapBnd", "CapAmb")} == {0}
        assert status["NoNewPrivs"] == ["1"]
        assert limits[0].split()[2].isdecimal()
        checked_pids.append(pid)
    assert len(checked_pids) >= 3, server.shell(f"docker logs --tail 20 {name} 2>&1")


@pytest.mark.parametrize("name", list(NAMES))
def test_nothing_in_the_root_can_be_written_by_root_either(server: ConfinedServer, name: str) -> None:
    for user in ("0", str(NAMES[name])):
        for place in ("/new", "/etc/new", "/usr/local/bin/new"):
            done = server.machine.operator.ssh(
                server.address, f"docker exec --user {user} {name} /bin/sh -c 'echo x >{place}'"
            )
            assert done.returncode != 0
            assert b"Read-only file system" in done.stderr, done.stderr
    server.shell(f"docker exec {name} /bin/sh -c 'echo x >/tmp/new && rm /tmp/new'")
    server.shell(f"docker restart {name}")
    server.script("standby-container.sh", "start", name, PORTS[name])


@pytest.mark.parametrize("name", list(NAMES))
def test_files_are_readable_for_the_containers_user_and_listed_by_root_alone(
    server: ConfinedServer, name: str
) -> None:
    shape = SHAPES[name]
    for file in shape.files:
        expected = f"{file.mode.lstrip('0')} 0:0"
        assert server.shell(f"stat -c '%a %u:%g' {FILES}/{name}{file.path}") == expected
        server.shell(f"docker exec {name} cat {file.path}")
        done = server.machine.operator.ssh(
            server.address, f"docker exec --user 0 {name} /bin/sh -c 'echo x >>{file.path}'"
        )
        assert done.returncode != 0
    assert server.shell(f"stat -c '%a %u:%g' {FILES} {FILES}/{name}").split("\n") == ["700 0:0"] * 2
    # Of the server's own users nobody comes as far as a container's files.
    for folder in ("/var/lib/docker/", f"{FILES}/"):
        command = f"setpriv --reuid 65534 --clear-groups ls {folder}"
        assert server.machine.operator.ssh(server.address, command).returncode != 0


def test_files_that_no_container_has_are_taken_away(server: ConfinedServer) -> None:
    folder, content = f"{FILES}/of-tomorrow", archive(MODERN, door_secrets(PASSWORD))
    server.shell(f"mkdir -p {FILES}/of-yesterday/etc")
    assert server.script("container-files.sh", "write", folder, content=content) == "changed"
    assert server.script("container-files.sh", "write", folder, content=content) == "unchanged"
    assert server.shell(f"ls {FILES}").split() == ["legacy", "modern", "of-tomorrow"]
    server.script("container-files.sh", "remove", folder)
    assert server.shell(f"ls {FILES}").split() == ["legacy", "modern"]


def test_no_file_of_a_container_has_a_password_of_a_client(server: ConfinedServer) -> None:
    """The registry's only user is the front door, whose password stands in none of its files."""
    users = server.shell(f"docker exec modern cat {HTPASSWD_FILE}")
    assert f"{users}\n" == DoorCredential(PASSWORD).htpasswd
    client = Client(server.address, PORT, CERTIFICATE.authority, f"docker:{USER['docker']}", name="127.0.0.1")
    assert client.status("/v2/") == 200
    hashes = [line.split()[3] for line in userlist("modern", USER, SECRET).splitlines()[1:]]
    words = [*USER.values(), client.headers["Authorization"].split()[1], *hashes, PASSWORD]
    for name in NAMES:
        for word in words:
            count = f"grep --text --count --fixed-strings '{word}' || true"
            assert server.shell(f"docker export {name} | {count}") == "0", f"{name} has {word}"
            files = server.shell(
                f"grep --recursive --files-with-matches --fixed-strings '{word}' {FILES} || true"
            )
            assert files == ""
        log = server.shell(f"docker logs {name} 2>&1")
        assert not [word for word in words if word in log]


def test_a_confined_registry_takes_images(server: ConfinedServer) -> None:
    client = Client(server.address, PORT, CERTIFICATE.authority, f"docker:{USER['docker']}", name="127.0.0.1")
    digest = push_blob(client.connect, client.headers, "app", b"content of a layer")
    assert client.status(f"/v2/app/blobs/{digest}") == 200
    assert server.shell(f"stat -c '%u' {FOLDER}/docker") == str(registry_user.USER)
    server.shell(f"docker exec modern {shlex.join(MODERN.health.test[1:])}")


def test_haproxy_is_confined(server: ConfinedServer) -> None:
    properties_text = server.shell(
        "systemctl show registry-door -p MemoryMax -p NoNewPrivileges -p ProtectSystem -p PrivateTmp"
    )
    properties = dict(line.split("=", 1) for line in properties_text.splitlines())
    assert properties["MemoryMax"].isdecimal()
    assert (properties["NoNewPrivileges"], properties["ProtectSystem"]) == ("yes", "strict")
    analysis = server.shell("systemd-analyze security --no-pager registry-door.service | tail -n 1")
    exposure = float(analysis.split("registry-door.service:")[1].split()[0])
    assert exposure <= UNITS_EXPOSURE, analysis
    pid = server.shell("systemctl show registry-door -p MainPID --value")
    bounding = server.shell(f"awk '$1 == \"CapBnd:\" {{ print $2 }}' /proc/{pid}/status")
    # kill, setgid, setuid, net_bind_service
    assert int(bounding, 16) == 1 << 5 | 1 << 6 | 1 << 7 | 1 << 10
    code = server.machine.operator.ssh(server.address, f"nsenter -t {pid} -m touch /etc/x").returncode
    assert code != 0


def test_a_confined_haproxy_is_reloaded_and_restarted(server: ConfinedServer) -> None:
    client = Client(server.address, PORT, CERTIFICATE.authority, f"docker:{USER['docker']}", name="127.0.0.1")
    server.shell("systemctl reload registry-door && systemctl restart registry-door")
    assert client.status("/v2/") == 200
    assert server.shell("systemctl is-active registry-door") == "active"
    journal = server.shell("journalctl -u registry-door --no-pager -o cat")
    assert "Operation not permitted" not in journal
    assert "Permission denied" not in journal


# How Docker leaves the logs alone, and how it comes back.
_STOP = (
    "mkdir -p /etc/docker && echo '{\"live-restore\": true}' >/etc/docker/daemon.json &&"
    " kill -HUP $(pidof dockerd) && sleep 1 && systemctl stop docker.socket docker.service"
)
SILENCES = {
    "hangs": ("docker_pid=$(pidof dockerd); kill -STOP $docker_pid", "kill -CONT $docker_pid"),
    "is stopped": (_STOP, "systemctl start docker.service"),
}


# The port of the legacy registry is carried by a proxy of Docker, which ends with it.
@pytest.mark.parametrize(
    ("name", "silence"), [("modern", "hangs"), ("legacy", "hangs"), ("modern", "is stopped")]
)
def test_a_registry_serves_while_docker_does_not_take_its_log(
    server: ConfinedServer, name: str, silence: str
) -> None:
    port = {"modern": REGISTRY_PORT, "legacy": LEGACY_PORT}[name]
    path = {"modern": "/v2/", "legacy": "/v1/_ping"}[name]
    state = f"docker inspect --format '{{{{.State.StartedAt}}}} {{{{.RestartCount}}}}' {name}"
    before = server.shell(state)
    # Each logs a line of 100 bytes or more for a request; all pipes together hold less than 200 KiB.
    requests = (
        f"for number in $(seq 2500); do echo url=http://127.0.0.1:{port}{path}; echo output=/dev/null; done"
        " | curl --silent --max-time 60 --config -"
    )
    leave, come_back = SILENCES[silence]
    done = server.machine.operator.ssh(
        server.address, f"{leave}; ({requests}); code=$?; {come_back}; exit $code"
    )
    assert done.returncode == 0, done.stderr
    assert server.shell(state) == before, "the container goes on"
    # What is logged after it is passed on again.
    server.shell(await_log(name))


def await_log(name: str) -> str:
    """A command that waits until the log of a container is not blocked."""
    is_free = f"docker exec {name} /bin/sh -c '[ ! -e /tmp/log-blocked ]'"
    return f"for second in $(seq 30); do {is_free} && exit; sleep 1; done; exit 1"


def is_log_blocked(server: ConfinedServer, name: str) -> bool:
    """Whether `operate doctor` reports that Docker does not take the log of a container."""
    report = (CHECKOUT / "operate" / "scripts" / "server-report.sh").read_bytes()
    done = server.machine.operator.ssh(server.address, f"bash -s -- {name}", stdin=report)
    assert done.returncode == 0, done.stderr
    container = parse_report("dal05-a", done.stdout).containers[name]
    assert container.state == "running"
    return container.log_blocked


def test_a_log_without_a_reader_has_one_again_once_the_container_is_restarted(server: ConfinedServer) -> None:
    """Docker that comes back opens the pipe of the log anew; it has lost the one into which is written."""
    folder = (
        "$(dirname $(find /run/docker -name init-stdout | grep $(docker inspect --format '{{.Id}}' modern)))"
    )
    requests = (
        f"for number in $(seq 2500); do echo url=http://127.0.0.1:{REGISTRY_PORT}/v2/; echo output=/dev/null;"
        " done | curl --silent --max-time 60 --config -"
    )
    server.shell(f"folder={folder}; {_STOP}; rm $folder/init-stdout $folder/init-stderr")
    server.shell("systemctl start docker.service")
    server.shell(requests)
    assert is_log_blocked(server, "modern")
    # What cuts nothing is tried first, and does not help where the pipe itself is gone.
    server.shell("systemctl restart docker.service")
    time.sleep(10)  # through a period of the supervisor, which tries the log
    assert is_log_blocked(server, "modern")
    server.shell("docker restart modern")
    server.shell(await_log("modern"))
    assert not is_log_blocked(server, "modern")
    url = f"http://127.0.0.1:{REGISTRY_PORT}/v2/once-more/tags/list"
    server.shell(f"curl --silent --retry 20 --retry-all-errors {url}")
    is_logged = "docker logs --tail 50 modern 2>&1 | grep --quiet --fixed-strings once-more"
    server.shell(f"for second in $(seq 10); do {is_logged} && exit; sleep 1; done; exit 1")


@pytest.mark.parametrize("process", ["config.yml", "pulls.yml", "registry-processes"])
def test_a_process_that_is_killed_costs_other_requests_nothing(server: ConfinedServer, process: str) -> None:
    client = Client(server.address, PORT, CERTIFICATE.authority, f"docker:{USER['docker']}", name="127.0.0.1")
    content = os.urandom(48 << 20)
    digest = push_blob(client.connect, client.headers, "killed", content)
    state = "docker inspect --format '{{.State.StartedAt}} {{.RestartCount}}' modern"
    before = server.shell(state)
    # The relay is a fork of the supervisor, and has its command line.
    pattern = f"^registry serve .*{process}" if process.endswith(".yml") else process
    supervisor = "$(docker inspect --format '{{.State.Pid}}' modern)"
    pids = server.shell(f"pgrep --parent {supervisor} --full '{pattern}' | sort --numeric-sort").split()
    pull = SlowPull(client, f"/v2/killed/blobs/{digest}").begin()
    pull.take(1 << 20)
    with BackgroundLoad(client, workers=2) as load:
        server.shell(f"kill -KILL {pids[0]}")
        time.sleep(5)
    assert load.done > 20
    # What the dead process itself had under way is lost.
    assert len(load.failures) <= (2 if process == "config.yml" else 0), load.failures
    if process != "config.yml":  # The front door of this test has no queue for pulls.
        assert pull.end() == digest
    assert server.shell(state) == before, "the container goes on"
    assert client.status(f"/v2/killed/blobs/{digest}") == 200
    server.shell("docker exec modern /bin/sh -c '[ ! -e /tmp/log-blocked ]'")
    if process != "registry-processes":
        server.shell(
            f"docker logs modern 2>&1 | grep --fixed-strings '{process} ended with 137, started again'"
        )
