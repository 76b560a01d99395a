"""What the scripts of front doors leave behind on a full disk: the files as they were, and nothing else."""

import os
import subprocess
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT
from operate.servers.script_text import script_text

SCRIPTS = CHECKOUT / "operate" / "scripts"
# No file takes a byte, as on a full disk.
FULL_DISK = "ulimit -f 0; trap '' XFSZ\n"


@pytest.mark.parametrize(
    ("script", "arguments"), [("door-fence.sh", ["8"]), ("door-switch.sh", ["black", "8", "force"])]
)
def test_a_full_disk_leaves_files_as_they_were_and_no_others(
    tmp_path: Path, script: str, arguments: list[str]
) -> None:
    files = {"fence": "7\n", "live.map": "modern red\n", "lock": ""}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    done = subprocess.run(
        ["bash", "-s", "--", *arguments],
        input=FULL_DISK + script_text(SCRIPTS / script),
        env={"PATH": os.environ["PATH"], "REGISTRY_DOOR": str(tmp_path)},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert f"{tmp_path}/fence could not be written, and is as it was" in done.stderr
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == files
