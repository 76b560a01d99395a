"""The firewall at a boot, and one that is declared as removed, where none was ever loaded."""

import subprocess
from pathlib import Path

import pytest

from components.remote.script_source import script_source
from tests.support.process.shell import stand_in


def remove(folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run firewall.sh remove with a program for loading rules of the test's own."""
    for program in ("systemctl", "rm"):
        stand_in(folder, program, f'echo {program} >>"$HOME/called"')
    return subprocess.run(
        ["bash", "-s", "--", "remove"],
        input=script_source("firewall.sh").replace("/usr/local/sbin/registry-firewall", str(folder / "load")),
        text=True, capture_output=True, check=False, timeout=60,
        env={"PATH": f"{folder}:/usr/bin:/bin", "HOME": str(folder)},
    )  # fmt: skip


def test_where_none_was_loaded_nothing_is_touched(tmp_path: Path) -> None:
    done = remove(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert not (tmp_path / "called").exists()


def test_where_one_was_loaded_it_goes(tmp_path: Path) -> None:
    stand_in(tmp_path, "load", 'echo "load $1" >>"$HOME/called"')
    assert remove(tmp_path).returncode == 0
    assert (tmp_path / "called").read_text().splitlines()[-2:] == ["load kept", "rm"]


def boot(folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run what firewall.sh has systemd run at a boot, with rules of the test's own."""
    text = script_source("firewall.sh").partition("<<'LOAD'\n")[2].partition("\nLOAD\n")[0]
    program = folder / "registry-firewall"
    program.write_text(f"{text}\n".replace("/etc/registry-firewall", str(folder / "rules")))
    program.chmod(0o755)
    for name in ("iptables", "ip6tables", "iptables-restore", "ip6tables-restore"):
        stand_in(folder, name, f'echo {name} "$@" >>"$HOME/called"; case "$*" in *" -D "*) exit 1 ;; esac')
    return subprocess.run(
        [str(program), "boot"], text=True, capture_output=True, check=False, timeout=60,
        env={"PATH": f"{folder}:/usr/bin:/bin", "HOME": str(folder)},
    )  # fmt: skip


@pytest.mark.parametrize("left", [(), ("trial",)])
def test_a_boot_without_kept_rules_lets_ssh_alone_in(tmp_path: Path, left: tuple[str, ...]) -> None:
    """A confirmation that was cut short between two renames, as by a loss of power, leaves none."""
    for name in left:
        (tmp_path / "rules" / name).mkdir(parents=True)
    done = boot(tmp_path)
    assert done.returncode == 1
    assert "SSH alone is let in" in done.stderr
    called = (tmp_path / "called").read_text()
    assert "-A SOFTLAYER-REGISTRY -p tcp --dport 22 -j RETURN" in called
    assert "-A SOFTLAYER-REGISTRY -j DROP" in called


def test_a_boot_loads_the_kept_rules(tmp_path: Path) -> None:
    kept = tmp_path / "rules" / "kept"
    kept.mkdir(parents=True)
    for family in ("iptables", "ip6tables"):
        (kept / family).write_text("*mangle\n")
    assert boot(tmp_path).returncode == 0
    called = (tmp_path / "called").read_text()
    assert "iptables-restore --wait 30 --noflush" in called
    assert "DROP" not in called
