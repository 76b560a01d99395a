"""How scripts put a folder in another's place on a server: there is one at every moment that lasts."""

import base64
import gzip
import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from components.remote.script_source import script_source
from tests.support.process.shell import stand_in

# What stands in the folder's place after each deletion is noted.
NOTING_RM = '/usr/bin/rm "$@"; printf "%s\\n" "$(ls "$HOME/parts/folder")" >>"$HOME/log"'
# The new folder cannot be moved: the kernel refuses, or the disk fails.
FAILING_MV = 'case $2 in *new*) exit 1 ;; esac; exec /usr/bin/mv "$@"'


def archive(name: str, *, is_compressed: bool) -> str:
    """Return a tar with one file, in base64."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        tar.addfile(tarfile.TarInfo(name))
    tar_file = gzip.compress(content.getvalue()) if is_compressed else content.getvalue()
    return base64.b64encode(tar_file).decode()


def put(script: str, name: str, path: Path) -> "subprocess.CompletedProcess[str]":
    """Let a script put a folder with one file in its place."""
    folder = path / "parts" / "folder"
    arguments = ["prepare"] if script == "standby.sh" else ["write", str(folder)]
    return subprocess.run(
        ["bash", "-s", "--", *arguments],
        input=f"{script_source(script)}{archive(name, is_compressed=script == 'standby.sh')}\n",
        text=True, capture_output=True, check=False, timeout=60,
        env={"PATH": f"{path}:/usr/bin:/bin", "HOME": str(path), "REGISTRY_STANDBY": str(folder)},
    )  # fmt: skip


@pytest.fixture(params=["container-files.sh", "standby.sh"])
def script(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    (tmp_path / "parts").mkdir()
    stand_in(tmp_path, "docker", ":")
    done = put(request.param, "before", tmp_path)
    assert done.returncode == 0, done.stderr
    return str(request.param)


def files(path: Path) -> set[str]:
    return {file.name for file in (path / "parts" / "folder").iterdir()} - {"images"}


def test_the_folder_is_there_while_the_old_one_is_deleted(script: str, tmp_path: Path) -> None:
    stand_in(tmp_path, "rm", NOTING_RM)
    assert put(script, "afterwards", tmp_path).returncode == 0
    assert "" not in (tmp_path / "log").read_text().splitlines()
    assert files(tmp_path) == {"afterwards"}
    assert [file.name for file in (tmp_path / "parts").iterdir()] == ["folder"]


def test_the_old_folder_is_moved_back_where_the_new_one_cannot_be_moved(script: str, tmp_path: Path) -> None:
    stand_in(tmp_path, "mv", FAILING_MV)
    assert put(script, "afterwards", tmp_path).returncode == 1
    assert files(tmp_path) == {"before"}
    (tmp_path / "mv").unlink()
    assert put(script, "afterwards", tmp_path).returncode == 0
    assert files(tmp_path) == {"afterwards"}
