"""Runs a script of `components/scripts` by a real bash, with stand-ins for the commands that it calls."""

import subprocess
from pathlib import Path

from components.remote.script_source import script_source
from dev.local.environment import CHECKOUT

SCRIPTS = CHECKOUT / "components" / "scripts"
# A file that grows beyond so many blocks of 1024 bytes fails, as on a full disk.
FULL_DISK = "ulimit -f 1; trap '' XFSZ"


def run(
    script: str, *arguments: str, stdin_payload: str = "", path: Path
) -> subprocess.CompletedProcess[str]:
    source = script_source(script)
    return subprocess.run(
        ["bash", "-s", "--", *arguments],
        input=f"{source}{stdin_payload}",
        text=True,
        capture_output=True,
        check=False,
        timeout=60,
        env={"PATH": f"{path}:/usr/bin:/bin", "HOME": str(path)},
    )


def stand_in(folder: Path, name: str, body: str) -> None:
    """Put a recorded stand-in for a command that the test must not really run first on PATH."""
    file = folder / name
    file.write_text(f"#!/usr/bin/env bash\n{body}\n")
    file.chmod(0o755)
