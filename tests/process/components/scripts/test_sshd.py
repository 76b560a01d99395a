"""sshd.sh on every layout that a client may have: with and without sshd_config.d, with and without systemd.

What stands in for sshd reads the files as sshd does: the first value of a keyword counts.
"""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from components.remote.script_source import script_source
from harness.waiting import until
from tests.support.process.shell import stand_in

HEAD = "# This is the sshd server system-wide configuration file.\n\n"
INCLUDE = "Include /etc/ssh/sshd_config.d/*.conf\n"
HOSTER = "PermitRootLogin yes\nPasswordAuthentication yes\nX11Forwarding yes\nUsePAM yes\n"
# An sshd of OpenSSH 6.6 shows less than it knows; a newer one has no keyword for challenges.
SSHD = r"""
read_files() {
  while read -r keyword value; do
    case $keyword in
      '' | '#'*) ;;
      [Ii]nclude) [ -e "$HOME/old" ] && { echo "Bad configuration option: Include" >&2; exit 255; }
        for file in ${value/#\/etc\//$HOME/etc/}; do
          [ ! -e "$file" ] || while IFS= read -r line; do [[ $line == '#'* ]] || echo "$line"; done <"$file"
        done ;;
      *) echo "$keyword $value" ;;
    esac
  done <"$HOME/etc/ssh/sshd_config"
}
defaults='PermitRootLogin yes
PubkeyAuthentication yes
PasswordAuthentication yes
ChallengeResponseAuthentication yes
KbdInteractiveAuthentication yes
AllowAgentForwarding yes
PermitTunnel no'
hidden=challengeresponse
[ ! -e "$HOME/old" ] || hidden='allowagentforwarding|permittunnel'
{ read_files; echo "$defaults"; } |
  awk -v hidden="^($hidden)" '{ $0 = tolower($0) } !seen[$1]++ && $0 !~ hidden'
"""
SERVICE = """
echo "service $*" >>"$HOME/calls"
"""
SYSTEMCTL = """
echo "systemctl $*" >>"$HOME/calls"
"""


@dataclass(frozen=True)
class Server:
    """A server of stand-ins under one folder."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "etc/ssh/sshd_config"

    @property
    def own_file(self) -> Path:
        return self.folder / "etc/ssh/sshd_config.d/00-softlayer-registry.conf"

    @property
    def restore(self) -> Path:
        return self.folder / "usr/local/sbin/registry-sshd-rollback"

    @property
    def calls(self) -> list[str]:
        file = self.folder / "calls"
        return file.read_text().splitlines() if file.exists() else []

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": f"{self.folder}:/usr/bin:/bin", "HOME": str(self.folder)}

    def run(self, action: str, seconds: float = 600) -> "subprocess.CompletedProcess[str]":
        # Not within the pattern by which the script knows an Include, which is of a server's own file.
        source = re.sub(r"(?<![\\w./])/(etc|usr/local|run)/", rf"{self.folder}/\1/", script_source("sshd.sh"))
        source = source.replace("trial_seconds=600", f"trial_seconds={seconds}")
        return subprocess.run(
            ["bash", "-s", "--", action], input=source, env=self.environment,
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

    def must(self, action: str, seconds: float = 600) -> str:
        done = self.run(action, seconds)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def effective(self) -> set[str]:
        done = subprocess.run(
            ["sshd"], executable=self.folder / "sshd", env=self.environment, capture_output=True, text=True,
            check=True, timeout=60,
        )  # fmt: skip
        return set(done.stdout.splitlines())

    def waiting(self) -> list[int]:
        """Processes that wait with the way back."""
        found = []
        for file in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = file.read_text().split("\0")
            except OSError:
                continue
            if str(self.restore) in words and words[0] == "bash":
                found.append(int(file.parent.name))
        return found


def server_of(folder: Path, config: str, *, systemd: bool, old: bool) -> Server:
    server = Server(folder)
    for name in ("etc/ssh/sshd_config.d", "etc/init", "etc/systemd/system", "usr/local/sbin", "run/systemd"):
        (folder / name).mkdir(parents=True)
    if systemd:
        (folder / "run/systemd/system").mkdir()
    if old:
        (folder / "old").touch()
    for name, body in (
        ("sshd", SSHD), ("service", SERVICE), ("systemctl", SYSTEMCTL), ("status", "echo ssh start/running"),
    ):  # fmt: skip
        stand_in(folder, name, body)
    server.config.write_text(config)
    server.config.chmod(0o600)
    return server


LAYOUTS = {
    "Ubuntu 14.04": (HEAD + HOSTER, False, True),
    "Ubuntu 16.04": (HEAD + HOSTER, True, True),
    "Include gone": (HEAD + HOSTER, True, False),
    "Include last": (HEAD + HOSTER + INCLUDE, True, False),
    "Debian 12": (HEAD + INCLUDE + HOSTER, True, False),
}


@pytest.fixture(params=LAYOUTS)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    config, systemd, old = LAYOUTS[request.param]
    server = server_of(tmp_path, config, systemd=systemd, old=old)
    yield server
    for process in server.waiting():
        os.killpg(process, signal.SIGKILL)


SECURE = {"permitrootlogin without-password", "passwordauthentication no", "kbdinteractiveauthentication no"}


def test_keys_alone_count_on_every_layout(server: Server) -> None:
    before = server.config.read_text()
    assert not server.effective() & SECURE
    assert server.must("try") == "changed"
    assert server.effective() >= SECURE
    assert server.must("confirm") == "unchanged"
    kept = server.config.read_text()
    for _ in range(2):
        assert (server.must("try"), server.must("confirm")) == ("unchanged", "unchanged")
    assert server.config.read_text() == kept
    assert kept.endswith(before), "what was there stays, behind what is put first"
    assert kept.count("softlayer-registry: begin") == (0 if server.own_file.exists() else 1)
    assert server.config.stat().st_mode & 0o777 == 0o600
    assert not server.restore.exists()
    assert not (server.folder / "etc/registry-sshd").exists()
    assert list((server.folder / "etc/init").iterdir()) == []
    assert list((server.folder / "etc/systemd/system").iterdir()) == []
    assert server.waiting() == []


def test_an_old_sshd_is_checked_for_challenges_too(tmp_path: Path) -> None:
    """Else it takes passwords by keyboard-interactive all the same."""
    server = server_of(tmp_path, HEAD + HOSTER, systemd=True, old=True)
    assert server.must("try") == "changed"
    assert "challengeresponseauthentication no" in server.effective()


def test_settings_that_nobody_confirms_go_again(server: Server) -> None:
    before = server.config.read_text()
    assert server.must("try") == "changed"
    subprocess.run([server.restore], env=server.environment, check=True, timeout=60)
    assert server.config.read_text() == before
    assert not server.own_file.exists()
    assert not server.effective() & SECURE
    late = server.run("confirm")
    assert late.returncode == 1
    assert "on trial once more" in late.stderr
    assert server.must("confirm") == "unchanged"
    assert server.effective() >= SECURE


def test_what_an_earlier_version_wrote_comes_back_as_it_was(server: Server) -> None:
    server.must("try")
    server.must("confirm")
    place = server.own_file if server.own_file.exists() else server.config
    earlier = place.read_text().replace("MaxAuthTries 4", "MaxAuthTries 3")
    place.write_text(earlier)
    assert server.must("try") == "changed"
    assert "MaxAuthTries 4" in place.read_text()
    subprocess.run([server.restore], env=server.environment, check=True, timeout=60)
    assert place.read_text() == earlier


def test_without_systemd_a_process_and_a_job_hold_the_way_back(tmp_path: Path) -> None:
    server = server_of(tmp_path, HEAD + HOSTER, systemd=False, old=True)
    assert server.must("try") == "changed"
    job = (tmp_path / "etc/init/registry-sshd-rollback.conf").read_text()
    assert "start on starting ssh\ntask\n" in job
    assert f"exec {server.restore}\n" in job
    until(lambda: len(server.waiting()) == 1, "its process has become the one that waits", 20)
    assert server.must("confirm") == "unchanged"
    assert server.waiting() == []
    assert server.calls == ["service ssh restart"]


def test_without_systemd_the_way_back_comes_by_itself(tmp_path: Path) -> None:
    server = server_of(tmp_path, HEAD + HOSTER, systemd=False, old=True)
    assert server.must("try", seconds=1) == "changed"
    until(lambda: server.config.read_text() == HEAD + HOSTER, "the settings from before are back", 20)
    until(lambda: server.calls == ["service ssh restart"] * 2, "sshd reads them", 20)
    assert not (tmp_path / "etc/init/registry-sshd-rollback.conf").exists()


def test_a_match_block_that_overrides_is_named_and_nothing_stays(tmp_path: Path) -> None:
    server = server_of(tmp_path, HEAD + HOSTER, systemd=True, old=True)
    # As a Match block for root would have it.
    stand_in(
        tmp_path, "sshd", SSHD.replace("{ read_files;", "{ echo PasswordAuthentication yes; read_files;")
    )
    done = server.run("try")
    assert done.returncode == 1
    assert "PasswordAuthentication is not no for root, although it was put first" in done.stderr
    assert server.config.read_text() == HEAD + HOSTER
    assert not server.restore.exists()
