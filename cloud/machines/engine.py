"""The cloud's own Docker Engine: containerd and dockerd by hand, apart from any of the host's."""

import contextlib
import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import docker
from docker.errors import DockerException, ImageNotFound
from requests.exceptions import RequestException

from cloud.interfaces import MachineError
from cloud.machines.disk import mount_points
from cloud.machines.host_command import host
from cloud.machines.layout import Layout
from cloud.machines.network.default_bridge import add_default_bridge
from cloud.processes import Processes, end

_READY_SECONDS = 60
_CALL_SECONDS = 180
_TOOLS = {
    "dockerd": "docker.io",
    "containerd": "docker.io",
    "runc": "docker.io",
    "nft": "nftables",
    "ip": "iproute2",
    "mkfs.ext4": "e2fsprogs",
}
_CONTROL_GROUPS = Path("/sys/fs/cgroup")

_CONTAINERD = """\
version = 2
root = "{root}"
state = "{runtime}/containerd"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "{socket}"
[ttrpc]
  address = "{socket}.ttrpc"
"""


class Engine:
    """Starts and ends the engine of one cloud, and gives the client to it.

    Args:
        layout: Layout of the cloud.
        processes: Processes of the cloud.
    """

    def __init__(self, layout: Layout, processes: Processes) -> None:
        self._layout = layout
        self._processes = processes
        self._client: docker.DockerClient | None = None

    @property
    def client(self) -> docker.DockerClient:
        """The client; it may be used by several threads."""
        if self._client is None:
            self._client = docker.DockerClient(
                base_url=f"unix://{self._layout.docker_socket}", timeout=_CALL_SECONDS, version="auto"
            )
        return self._client

    def up(self) -> bool:
        """Start what does not run; return when dockerd answers, and whether it had to be started.

        Raises:
            MachineError: A tool is missing, or it did not start; with the end of its log.
        """
        if self.answers():
            return False
        _require_tools()
        with self._starting():
            if self.answers():
                return False
            containerd, dockerd = self._write_configuration()
            if self._processes.find("containerd") is None:
                self._layout.containerd_socket.unlink(missing_ok=True)
            self._start_part("containerd", containerd)
            self._await("containerd", self._layout.containerd_socket.is_socket)
            if self._processes.find("dockerd") is None:
                # A killed one leaves it, and dockerd takes a zombie's number for a running process.
                (self._layout.runtime / "dockerd.pid").unlink(missing_ok=True)
                add_default_bridge(self._layout.default_bridge)
            self._start_part("dockerd", dockerd)
            self._await("dockerd", self.answers)
        return True

    def answers(self) -> bool:
        """Return whether dockerd answers now."""
        if not self._layout.docker_socket.exists() or self._processes.find("dockerd") is None:
            return False
        try:
            return bool(self.client.ping())
        except (DockerException, RequestException):
            return False

    def down(self) -> None:
        """End both and what they left: helpers, mounts, control groups, sockets."""
        self._client = None
        self._processes.stop("dockerd")
        self._processes.stop("containerd")
        for process in self._processes.all():
            if process.part in ("containerd", "dockerd"):
                end(process.pid, grace=1)
        for folder in (self._layout.engine, self._layout.runtime):
            for point in mount_points(under=folder):
                host(["umount", "--lazy", point])
        _remove_control_groups(self._layout.control_group.strip("/"))
        shutil.rmtree(self._layout.runtime, ignore_errors=True)

    def has_leftovers(self) -> bool:
        """Return whether machines of a killed engine may still run: helpers without a dockerd."""
        return not self.answers() and any(process.part == "containerd" for process in self._processes.all())

    def load_root(self, archive: Path, tag: str) -> bool:
        """Import a root file system as an image where it is not there; return whether it was imported.

        Args:
            archive: Tar of the root file system.
            tag: Tag for the image, `name:version`.

        Raises:
            MachineError: Dockerd refuses, for example for want of disk space.
        """
        try:
            self.client.images.get(tag)
        except ImageNotFound:
            name, _, version = tag.partition(":")
            output = self.client.api.import_image_from_file(str(archive), repository=name, tag=version)
            _check_import(output, archive)
            return True
        return False

    @contextmanager
    def _starting(self) -> Iterator[None]:
        self._layout.runtime.mkdir(parents=True, exist_ok=True, mode=0o711)
        with (self._layout.runtime / "engine.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _start_part(self, part: str, configuration: Path) -> None:
        option = "--config" if part == "containerd" else "--config-file"
        if self._processes.find(part) is None:
            self._processes.start(part, [part, option, str(configuration)])

    def _await(self, part: str, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while not ready():
            if self._processes.find(part) is None or time.monotonic() > deadline:
                raise MachineError(
                    f"{part} of the local cloud did not start; run cloud up again, or cloud reset."
                    f" {self._processes.log(part)} ends with:\n{self._processes.log_tail(part)}"
                )
            time.sleep(0.05)

    def _write_configuration(self) -> tuple[Path, Path]:
        layout = self._layout
        layout.engine.mkdir(parents=True, exist_ok=True, mode=0o711)
        containerd, dockerd = layout.engine / "containerd.toml", layout.engine / "dockerd.json"
        root, socket = layout.engine / "containerd", layout.containerd_socket
        containerd.write_text(_CONTAINERD.format(root=root, runtime=layout.runtime, socket=socket))
        dockerd.write_text(json.dumps(_dockerd(layout), indent=1))
        return containerd, dockerd


def _dockerd(layout: Layout) -> dict[str, object]:
    """Return dockerd's options; it leaves the host's networks and firewall to `host_network`."""
    return {
        "hosts": [f"unix://{layout.docker_socket}"],
        "group": "root",
        "data-root": str(layout.engine / "docker"),
        "exec-root": str(layout.runtime / "docker"),
        "pidfile": str(layout.runtime / "dockerd.pid"),
        "containerd": str(layout.containerd_socket),
        "exec-opts": ["native.cgroupdriver=cgroupfs"],
        "cgroup-parent": layout.control_group,
        "storage-driver": "overlay2",
        "bridge": layout.default_bridge,
        "iptables": False,
        "ip6tables": False,
        "ip-masq": False,
        "ip-forward": False,
        "userland-proxy": False,
        "log-level": "warn",
        "log-driver": "none",
        "shutdown-timeout": 10,
    }


def _require_tools() -> None:
    if os.geteuid() != 0:
        raise MachineError("the local cloud starts real machines and needs root; run it again with sudo")
    for tool, package in _TOOLS.items():
        if shutil.which(tool) is None:
            raise MachineError(f"{tool} is missing on this host; apt-get install {package}")


def _check_import(output: str, archive: Path) -> None:
    for line in output.splitlines():
        with contextlib.suppress(json.JSONDecodeError):
            if error := json.loads(line).get("error"):
                raise MachineError(f"the machine image {archive} could not be imported: {error}")


def _remove_control_groups(name: str) -> None:
    """Remove the emptied groups, in the one hierarchy or in each of the old ones."""
    for top in [_CONTROL_GROUPS / name, *_CONTROL_GROUPS.glob(f"*/{name}")]:
        folders = sorted((path for path in top.rglob("*") if path.is_dir()), reverse=True)
        for folder in [*folders, top]:
            with contextlib.suppress(OSError):
                folder.rmdir()
