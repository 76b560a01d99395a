"""Packages in a server's first boot: the real apt, in a folder of its own, whose locks somebody holds."""

import fcntl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from components.remote.script_source import script_source
from dev.local.environment import CHECKOUT
from tests.support.process.shell import stand_in

SCRIPTS = CHECKOUT / "components" / "scripts"
INSTALL = """
set -euo pipefail
fail() { printf '%s\\n' "$*" >&2; exit 1; }
source "$1"
apt_install nothing-real
echo installed
"""


@pytest.fixture
def server(tmp_path: Path) -> Path:
    """A root for apt: no sources, so that an update downloads nothing, and no package is ever named to it."""
    for folder in ("lists/partial", "cache/archives/partial", "admin"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "admin/status").touch()
    options = (
        'for word; do case $word in nothing-real) ;; *) set -- "$@" "$word" ;; esac; shift; done\n'
        'exec /usr/bin/apt-get -o Dir::State="$HOME" -o Dir::State::status="$HOME/admin/status"'
        ' -o Dir::Cache="$HOME/cache" -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts=/dev/null'
        ' "$@"'
    )
    stand_in(tmp_path, "apt-get", f'echo "$*" >>"$HOME/calls"\n{options}')
    stand_in(tmp_path, "systemctl", 'cat "$HOME/jobs" 2>/dev/null || true')
    return tmp_path


def install_command(server: Path, seconds: int) -> list[str]:
    """Return the command that installs, and waits for apt no longer than so many seconds."""
    library = server / "apt.sh"
    text = (SCRIPTS / "lib" / "apt.sh").read_text()
    short = text.replace("APT_SECONDS=900 APT_PAUSE=5", f"APT_SECONDS={seconds} APT_PAUSE=0.2")
    assert short != text
    library.write_text(short.replace("/run/systemd/system", str(server)))
    return ["bash", "-c", INSTALL, "-", str(library)]


def environment(server: Path) -> dict[str, str]:
    return {"PATH": f"{server}:/usr/bin:/bin", "HOME": str(server), "LANG": "de_DE.UTF-8"}


def install(server: Path, seconds: int = 20) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        install_command(server, seconds),
        capture_output=True, text=True, check=False, timeout=60, env=environment(server),
    )  # fmt: skip


@contextmanager
def locked(lock: Path) -> Iterator[None]:
    """Hold a lock as apt and dpkg do."""
    with lock.open("w") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        yield


def install_once_free(server: Path, release: Callable[[], object]) -> tuple[int, str, str]:
    """Release what the installation waits for once it reports so; exit status, output and errors."""
    with subprocess.Popen(
        install_command(server, seconds=60), env=environment(server),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        report = process.stderr.readline()
        release()
        output, errors = process.communicate(timeout=60)
    return process.returncode, output, report + errors


def test_a_free_apt_is_called_once(server: Path) -> None:
    done = install(server)
    assert (done.returncode, done.stdout, done.stderr) == (0, "installed\n", "")
    calls = (server / "calls").read_text().splitlines()
    assert [call.split()[3] for call in calls] == ["update", "install"]


@pytest.mark.parametrize("lock", ["lists/lock", "admin/lock-frontend", "admin/lock"])
def test_whoever_holds_apt_is_waited_for_and_named_once(server: Path, lock: str) -> None:
    with ExitStack() as locks:
        locks.enter_context(locked(server / lock))
        status, output, errors = install_once_free(server, locks.close)
    assert (status, output) == (0, "installed\n"), errors
    assert errors.count("waits for apt: ") == 1
    assert "lock" in errors


def test_the_wait_for_apt_ends(server: Path) -> None:
    with locked(server / "admin/lock-frontend"):
        done = install(server, seconds=1)
    assert done.returncode == 1
    assert "apt is still locked after 1 s: " in done.stderr
    assert "run pulumi up again" in done.stderr


def test_the_first_boot_is_waited_for(server: Path) -> None:
    jobs = server / "jobs"
    jobs.write_text("91 cloud-final.service start waiting\n12 multi-user.target start waiting\n")
    status, output, errors = install_once_free(
        server, lambda: jobs.write_text("12 multi-user.target start waiting\n")
    )
    assert (status, output) == (0, "installed\n"), errors
    assert errors.count("waits for its first boot to end (cloud-final.service)") == 1


def test_the_wait_for_the_first_boot_ends(server: Path) -> None:
    (server / "jobs").write_text("91 cloud-config.service start running\n")
    done = install(server, seconds=1)
    assert done.returncode == 1
    assert "its first boot has not ended after 1 s (cloud-config.service)" in done.stderr
    assert not (server / "calls").exists()


def test_what_an_interrupted_run_left_is_set_up_first(server: Path) -> None:
    words = "E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem."
    stand_in(server, "dpkg", 'echo "$*" >>"$HOME/mended"')
    stand_in(server, "apt-get", f'[ -e "$HOME/mended" ] || {{ echo "{words}" >&2; exit 100; }}')
    done = install(server)
    assert (done.returncode, done.stdout) == (0, "installed\n"), done.stderr
    assert (server / "mended").read_text() == "--configure -a\n"


def test_any_other_failure_is_reported_in_apts_words(server: Path) -> None:
    stand_in(server, "apt-get", 'echo "E: Unable to locate package nothing-real" >&2; exit 100')
    done = install(server)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Unable to locate package" in done.stderr


def test_the_scripts_that_install_wait() -> None:
    for name in ("docker-engine.sh", "proxy.sh"):
        text = script_source(name)
        assert "apt_install " in text
        assert text.count("apt-get") == 1, "by the library alone"
