"""Packages of servers: what the script upgrades, and the sources that it refuses."""

import subprocess
from pathlib import Path

import pytest

from components.remote.script_source import script_source
from tests.support.process.shell import run, stand_in

DPKG = """\
case $4 in
  docker.io) echo "ii  20.10" ;; haproxy) cat "$HOME/haproxy" ;; ca-certificates) echo "ii  1" ;; *) exit 1 ;;
esac"""
APT = 'echo "$@" >>"$HOME/apt"; case "$*" in *--only-upgrade*) echo "ii  2.6.12-2" >"$HOME/haproxy" ;; esac'


@pytest.fixture
def server(tmp_path: Path) -> Path:
    """Stand-ins for a server whose HAProxy an upgrade changes."""
    (tmp_path / "haproxy").write_text("ii  2.6.12-1\n")
    stand_in(tmp_path, "dpkg-query", DPKG)
    stand_in(tmp_path, "apt-get", APT)
    stand_in(tmp_path, "docker", 'case $1 in ps) cat "$HOME/running" 2>/dev/null || echo a ;; esac')
    stand_in(tmp_path, "systemctl", 'echo "$@" >>"$HOME/systemctl.log"')
    return tmp_path


def test_an_upgrade_takes_what_is_installed_and_hands_the_doors_over(server: Path) -> None:
    done = run("packages.sh", "upgrade", "2026-11-29", path=server)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "docker.io 20.10\nhaproxy 2.6.12-2\n"
    upgrade = (server / "apt").read_text().splitlines()[-1]
    assert upgrade.endswith("docker.io haproxy ca-certificates")
    assert "--only-upgrade" in upgrade
    assert "restart registry-door.service" in (server / "systemctl.log").read_text()


def test_an_upgrade_that_changes_no_proxy_restarts_none(server: Path) -> None:
    (server / "haproxy").write_text("ii  2.6.12-2\n")
    assert run("packages.sh", "upgrade", "2026-11-29", path=server).returncode == 0
    calls = server / "systemctl.log"
    assert not calls.exists() or "restart" not in calls.read_text()


def test_a_container_that_an_upgrade_ends_is_reported(server: Path) -> None:
    stand_in(server, "docker", "case $1 in ps) date +%N ;; esac")
    done = run("packages.sh", "upgrade", "2026-11-29", path=server)
    assert done.returncode == 1
    assert "other containers run than before Docker's upgrade" in done.stderr


def on_server(path: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["bash", "-s", "--", *arguments],
        input=script_source("packages.sh"), text=True, capture_output=True, check=False, timeout=60,
        env={"PATH": f"{path}:/usr/bin:/bin", "HOME": str(path), "APT_FOLDER": str(path / "etc-apt")},
    )  # fmt: skip


def test_security_updates_are_of_the_system_and_leave_what_serves(server: Path) -> None:
    (server / "etc-apt" / "apt.conf.d").mkdir(parents=True)
    assert on_server(server, "updates").returncode == 0
    settings = server / "etc-apt" / "apt.conf.d" / "52registry-security-updates"
    read = subprocess.run(
        ["apt-config", "-c", str(settings), "dump"], capture_output=True, text=True, check=True
    ).stdout
    assert 'APT::Periodic::Unattended-Upgrade "1";' in read
    assert 'Unattended-Upgrade::Automatic-Reboot "false";' in read
    for package in ("^docker", "^containerd", "^runc$", "^haproxy$"):
        assert f'Unattended-Upgrade::Package-Blacklist:: "{package}";' in read
    origins = [line for line in read.splitlines() if line.startswith("Unattended-Upgrade::Origins-Pattern::")]
    assert len(origins) == 2
    assert all("-security" in line for line in origins)
    assert on_server(server, "no-updates").returncode == 0
    assert not settings.exists()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("sources.list", "deb [trusted=yes] http://m.test/debian bookworm main\n"),
        ("sources.list.d/x.list", "deb [arch=amd64 Trusted=true] http://m.test/debian bookworm main\n"),
        ("sources.list.d/x.sources", "Types: deb\nTrusted: yes\n"),
        ("sources.list.d/x.sources", "Types: deb\nAllow-Insecure: yes\n"),
    ],
)
def test_nothing_is_installed_from_a_source_that_needs_no_signature(
    server: Path, name: str, text: str
) -> None:
    file = server / "etc-apt" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    done = on_server(server, "updates")
    assert done.returncode == 1
    assert f"taken without a signature: {file}" in done.stderr
    assert not (server / "apt").exists()


@pytest.mark.parametrize(
    "text", ["# deb [trusted=yes] http://m.test/ x main\n", "deb [trusted=no] http://m.test x main\n"]
)
def test_a_source_that_is_off_or_signed_is_none_of_them(server: Path, text: str) -> None:
    (server / "etc-apt" / "apt.conf.d").mkdir(parents=True)
    (server / "etc-apt" / "sources.list").write_text(text)
    assert on_server(server, "updates").returncode == 0
