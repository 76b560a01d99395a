"""A real OpenSSH server on a loopback port, with keys of its own."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.ports import free_port

_START_LIMIT = 10.0


@dataclass(frozen=True)
class SshDaemon:
    port: int
    host_key: str
    log: Path
    process_id: int

    def reload(self) -> None:
        """Have sshd execute itself again, as `systemctl reload ssh` does; it refuses for a moment."""
        os.kill(self.process_id, signal.SIGHUP)

    def logins(self) -> int:
        return self.log.read_text().count("Accepted publickey")

    def connections(self) -> int:
        return self.log.read_text().count("Connection from")


def make_key(path: Path, kind: str = "ed25519", passphrase: str = "") -> Path:
    subprocess.run(
        ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "test", "-f", str(path)], check=True
    )
    return path


@contextmanager
def ssh_daemon(folder: Path, authorized: Path, port: int | None = None) -> Iterator[SshDaemon]:
    """Run sshd with an RSA, an ECDSA and an Ed25519 host key; host_key is the last one's public line."""
    folder.mkdir(parents=True, exist_ok=True)
    # sshd insists on this folder for its unprivileged child.
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    keys = [folder / kind for kind in ("rsa", "ecdsa", "ed25519")]
    for key in keys:
        if not key.exists():
            make_key(key, key.name)
    port = free_port() if port is None else port
    config = folder / "sshd_config"
    config.write_text(
        "\n".join(
            [
                "ListenAddress 127.0.0.1",
                f"Port {port}",
                *(f"HostKey {key}" for key in keys),
                f"AuthorizedKeysFile {authorized}",
                "StrictModes no",
                "UsePAM no",
                "PidFile none",
                "PermitRootLogin prohibit-password",
                "PasswordAuthentication no",
                "AcceptEnv GREETING PULUMI_COMMAND_*",
                "LogLevel VERBOSE",
                "Subsystem sftp internal-sftp",
            ]
        )
    )
    log = folder / "log"
    program = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    assert program is not None, "no sshd: apt-get install openssh-server"
    with log.open("w") as output:
        process = subprocess.Popen([program, "-D", "-e", "-f", str(config)], stderr=output)
    try:
        _await_greeting(port, process, log)
        yield SshDaemon(port, (folder / "ed25519.pub").read_text().strip(), log, process.pid)
    finally:
        process.terminate()
        process.wait()


def _await_greeting(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_LIMIT
    while True:
        assert process.poll() is None, log.read_text()
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                assert connection.recv(4) == b"SSH-"
                return
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.02)
