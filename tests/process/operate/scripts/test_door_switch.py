"""What door-switch.sh has on the disk before a process of HAProxy is told of another colour."""

import os
import subprocess
from pathlib import Path

from dev.local.environment import CHECKOUT
from operate.servers.script_text import script_text

SCRIPTS = CHECKOUT / "operate" / "scripts"
# One worker, which takes what it is told.
SOCAT = """
read -r command
printf '%s\\n' "$command" >>"$REGISTRY_DOOR/log"
case $command in
  'show proc') echo '7 worker' ;;
  *'show map'*) echo '0x1 modern black' ;;
esac
"""
SYNC = 'printf "sync %s %s\\n" "${1##*/}" "$(cat "$1" 2>/dev/null)" >>"$REGISTRY_DOOR/log"'


def test_a_colour_is_on_the_disk_before_it_is_live(tmp_path: Path) -> None:
    """A server that loses its power right after a switch comes back with the colour that clients had."""
    folder = tmp_path / "door"
    folder.mkdir()
    (folder / "live.map").write_text("modern red\n")
    for name, text in {"socat": SOCAT, "sync": SYNC}.items():
        program = tmp_path / name
        program.write_text(f"#!/usr/bin/env bash\n{text}\n")
        program.chmod(0o755)
    done = subprocess.run(
        ["bash", "-s", "--", "black", "5", "force"],
        input=script_text(SCRIPTS / "door-switch.sh"),
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "REGISTRY_DOOR": str(folder)},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "red black\n", "")
    lines = (folder / "log").read_text().splitlines()
    switch_line = next(place for place, line in enumerate(lines) if "set map" in line)
    synced = [
        line.rpartition(" new.")[2].partition(" ")[2] for line in lines[:switch_line] if " new." in line
    ]
    assert synced == ["5", "modern black"]
    assert lines[:switch_line].count("sync door ") == 2
    assert (folder / "live.map").read_text() == "modern black\n"
