"""What tests do with machines: log in as the one who ordered them, and look for what is left on the host."""

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from cloud.machines.disk import mount_points
from cloud.machines.layout import Layout
from cloud.processes import Processes


@dataclass(frozen=True)
class MachineOwner:
    """One who orders machines, with an SSH key."""

    folder: Path

    @property
    def key(self) -> Path:
        """The private key, made at first use."""
        file = self.folder / "id_ed25519"
        if not file.exists():
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(file)], check=True)
        return file

    @property
    def public_key(self) -> str:
        """The public half, one line."""
        return self.key.with_suffix(".pub").read_text().strip()

    def ssh(self, address: str, command: str, *, stdin: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
        """Run a command as root on a machine."""
        return subprocess.run(
            self._command(address, command), input=stdin, capture_output=True, check=False, timeout=120
        )

    def begin(self, address: str, command: str) -> "subprocess.Popen[bytes]":
        """Begin a command, with its input and output open."""
        words = self._command(address, command)
        return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def _command(self, address: str, command: str) -> list[str]:
        options = [
            "BatchMode=yes",
            "StrictHostKeyChecking=no",
            "UserKnownHostsFile=/dev/null",
            "LogLevel=ERROR",
        ]
        words = [word for option in options for word in ("-o", option)]
        return ["ssh", "-F", "none", "-i", str(self.key), *words, f"root@{address}", command]

    def checked_ssh(self, address: str, command: str) -> str:
        """Run a command that must succeed; return what it printed."""
        done = self.ssh(address, command)
        assert done.returncode == 0, f"{command!r} on {address}: {done.stderr.decode()}"
        return done.stdout.decode().strip()


def host_key(address: str) -> str:
    """The machine's ed25519 host key, as it shows it to anybody."""
    scan = subprocess.run(
        ["ssh-keyscan", "-t", "ed25519", address], capture_output=True, text=True, check=True, timeout=20
    )
    return scan.stdout.split()[-1]


def left_on_host(state_dir: Path) -> list[str]:
    """What a cloud has on this host outside its state folder, and its processes, mounts and loop devices.

    Loop devices are looked at for five seconds: a container of another cloud that begins in the instant of
    the unmounting has a copy of this host's mounts until it has thrown them away, and so keeps the device.
    """
    layout = Layout(state_dir.resolve())
    links = _output("ip", "-brief", "link").splitlines()
    return [
        *(f"process {process.part}" for process in Processes(layout.identifier, layout.logs).all()),
        *(f"link {line.split()[0]}" for line in links if line.startswith(layout.bridge_prefix)),
        *(f"table {line}" for line in _output("nft", "list", "tables").splitlines() if layout.table in line),
        *(f"loop {line}" for line in _loops(layout.state_dir)),
        *(
            f"mount {point}"
            for folder in (layout.state_dir, layout.runtime)
            for point in mount_points(folder)
        ),
        *(f"group {path}" for path in Path("/sys/fs/cgroup").glob(f"**{layout.control_group}")),
        *(f"folder {path}" for path in (layout.runtime,) if path.exists()),
    ]


def _loops(state_dir: Path) -> list[str]:
    end = time.monotonic() + 5
    while loop_lines := [line for line in _output("losetup", "-a").splitlines() if f"({state_dir}/" in line]:
        if time.monotonic() > end:
            break
        time.sleep(0.05)
    return loop_lines


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
