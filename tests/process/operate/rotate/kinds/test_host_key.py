"""host-key.sh makes a server's next key once, and sshd uses it."""

import os
import subprocess
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT

OLD, NEW, STRANGER = (f"ssh-ed25519 {key}" for key in ("AAAAold=", "AAAAnew=", "AAAAstrange="))
SCRIPT = CHECKOUT / "operate" / "scripts" / "host-key.sh"


@pytest.fixture
def sshd(tmp_path: Path) -> Path:
    """A folder of sshd's, and a systemctl that records its arguments."""
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "ssh_host_ed25519_key")],
        check=True,
    )
    systemctl = tmp_path / "bin" / "systemctl"
    systemctl.parent.mkdir()
    systemctl.write_text(f'#!/bin/sh\necho "$*" >> {tmp_path}/told\n')
    systemctl.chmod(0o755)
    return tmp_path


def run(sshd: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    path = f"{sshd / 'bin'}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-s", "--", *arguments],
        input=SCRIPT.read_text(),
        env={"PATH": path, "REGISTRY_SSH_FOLDER": str(sshd)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_script_makes_a_key_once_and_uses_it(sshd: Path) -> None:
    key = sshd / "ssh_host_ed25519_key"
    before = key.read_text()
    first, second = run(sshd, "stage"), run(sshd, "stage")
    assert first.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    assert key.read_text() == before, "sshd still shows the old one"
    for _ in range(2):
        used = run(sshd, "use", first.stdout.strip())
        assert used.returncode == 0, used.stderr
    assert key.read_text() != before
    assert key.stat().st_mode & 0o777 == 0o600
    public = key.with_suffix(".pub").read_text()
    assert " ".join(public.split()[:2]) == first.stdout.strip()
    assert (sshd / "told").read_text().count("reload ssh.service") == 2
    assert sorted(file.name for file in sshd.iterdir()) == [
        "bin", "ssh_host_ed25519_key", "ssh_host_ed25519_key.pub", "told",
    ]  # fmt: skip


def test_a_server_that_was_installed_since_names_the_way_on(sshd: Path) -> None:
    used = run(sshd, "use", NEW)
    assert used.returncode == 1
    assert "`pulumi config rm rotation --stack ENV`" in used.stderr
    assert not (sshd / "told").exists(), "sshd goes on undisturbed"
