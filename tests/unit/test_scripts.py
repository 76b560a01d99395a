"""The remote scripts do what their usage says, run as they are run: from standard input, by a real bash."""

import subprocess
from pathlib import Path

import pytest

from components.script_source import script_source

SCRIPTS = Path(__file__).parents[2] / "components" / "scripts"


def run(script: str, *arguments: str, follows: str = "", path: Path) -> subprocess.CompletedProcess[str]:
    source = script_source(script)
    return subprocess.run(
        ["bash", "-s", "--", *arguments],
        input=f"{source}{follows}",
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


@pytest.mark.parametrize("script", sorted(file.name for file in SCRIPTS.glob("*.sh")))
def test_every_script_is_strict_and_ends_before_what_follows_it(script: str) -> None:
    text = script_source(script)
    assert "\nsource " not in text
    assert "set -euo pipefail" in text
    assert text.endswith('main "$@"; exit\n')


def test_a_refused_login_names_host_and_registry_and_not_the_password(tmp_path: Path) -> None:
    stand_in(tmp_path, "docker", 'if [ "$1" = login ]; then cat >"$HOME/seen"; echo "401 no" >&2; exit 1; fi')
    done = run("push-probe.sh", "10.0.0.1:5000", "r", "docker", follows="s3cret\n", path=tmp_path)
    assert done.returncode == 1
    assert "login to 10.0.0.1:5000 was refused: 401 no" in done.stderr
    assert (tmp_path / "seen").read_text() == "s3cret"
    assert "s3cret" not in done.stdout + done.stderr


def test_the_storage_driver_in_use_is_left_alone(tmp_path: Path) -> None:
    stand_in(tmp_path, "docker", 'echo " Storage Driver: overlay2"; echo " Server Version: 29.1.0"')
    stand_in(tmp_path, "systemctl", 'touch "$HOME/restarted"')
    done = run("storage-driver.sh", "overlay2", path=tmp_path)
    assert done.stdout == "overlay2\n"
    assert not (tmp_path / "restarted").exists()


def test_an_archive_without_the_image_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "base.tar"
    archive.touch()
    stand_in(tmp_path, "docker", '[ "$1" = load ]')
    done = run("load-image.sh", str(archive), "registry:2.8.3", path=tmp_path)
    assert done.returncode == 1
    assert "did not hold the image registry:2.8.3" in done.stderr
    assert not archive.exists()
