"""What host-key.sh has on the disk before the stack file notes a server's next key."""

import os
import subprocess
from pathlib import Path

from dev.local.environment import CHECKOUT

SCRIPT = CHECKOUT / "operate" / "scripts" / "host-key.sh"


def test_a_key_is_on_the_disk_before_it_is_printed(tmp_path: Path) -> None:
    """A server that loses its power afterwards still has the key that the stack file notes."""
    folder, log = tmp_path / "ssh", tmp_path / "synced"
    folder.mkdir()
    program = tmp_path / "sync"
    program.write_text(f'#!/usr/bin/env bash\nprintf "%s\\n" "${{@##*/}}" >>{log}\nls {folder} >>{log}\n')
    program.chmod(0o755)
    done = subprocess.run(
        ["bash", "-s", "--", "stage"],
        input=SCRIPT.read_text(),
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "REGISTRY_SSH_FOLDER": str(folder)},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("ssh-ed25519 ")
    first, _, last = log.read_text().partition("ssh\n")
    assert first.splitlines()[:2] == ["key", "key.pub"]
    assert "next_host_key" not in first
    assert {"next_host_key", "next_host_key.pub"} <= set(last.splitlines())
