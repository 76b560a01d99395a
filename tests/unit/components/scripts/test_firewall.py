"""A firewall that is declared as removed, where none was ever loaded."""

import subprocess
from pathlib import Path

from components.remote.script_source import script_source
from tests.unit.components.scripts.shell import stand_in


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
