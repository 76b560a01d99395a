"""The scripts of `operate` travel whole, run as they are run: from standard input, by a real bash."""

import os
import subprocess
from pathlib import Path

import pytest

from operate.servers.script_text import SCRIPTS, script_text


@pytest.mark.parametrize("script", sorted(file.name for file in SCRIPTS.glob("*.sh")))
def test_nothing_is_left_to_source(script: str) -> None:
    text = script_text(SCRIPTS / script)
    assert "\nsource " not in text
    subprocess.run(["bash", "-n"], input=text, text=True, check=True, timeout=60)


def test_a_missing_part_is_named(tmp_path: Path) -> None:
    (tmp_path / "door.sh").write_text("source lib/lost.sh\n")
    with pytest.raises(FileNotFoundError, match=r"lost\.sh"):
        script_text(tmp_path / "door.sh")


def fence(folder: Path, token: str) -> tuple[int, str]:
    done = subprocess.run(
        ["bash", "-s", "--", token],
        input=script_text(SCRIPTS / "door-fence.sh"),
        env={**os.environ, "REGISTRY_DOOR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stderr


def test_doors_remember_the_latest_token(tmp_path: Path) -> None:
    assert fence(tmp_path, "7") == (0, "")
    assert fence(tmp_path, "7") == (0, "")
    code, message = fence(tmp_path, "6")
    assert code == 3
    assert "token 6 is older than 7: another operator has acted since" in message
    assert (tmp_path / "fence").read_text() == "7\n"
    assert fence(tmp_path / "nowhere", "8")[0] == 1
