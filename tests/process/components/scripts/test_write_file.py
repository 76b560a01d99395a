"""How scripts write a file on a server: whole or not at all, also where the caller looks at the result."""

import subprocess
from pathlib import Path

import pytest

from tests.support.process.shell import FULL_DISK, SCRIPTS

CALLERS = (
    "content | write FILE 644",
    "if content | write FILE 644; then :; fi; exit 1",
    "content | write FILE 644 || exit 1",
    "result=$(content | write FILE 644)",
)


def write(file: Path, content: str, caller: str, before: str = "") -> "subprocess.CompletedProcess[str]":
    """Let a script write what a command prints to a file."""
    text = "\n".join(
        (
            "set -euo pipefail",
            (SCRIPTS / "lib" / "write-file.sh").read_text(),
            f"content() {{ {content}; }}",
            before,
            caller.replace("FILE", str(file)),
        )
    )
    return subprocess.run(["bash", "-c", text], capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("caller", CALLERS)
def test_on_a_full_disk_the_file_stays_as_it_was(tmp_path: Path, caller: str) -> None:
    file = tmp_path / "file"
    file.write_text("before\n")
    done = write(file, "head -c 3000 /dev/zero", caller, FULL_DISK)
    assert done.returncode != 0
    assert "changed" not in done.stdout
    assert f"{file} could not be written, and is as it was" in done.stderr
    assert file.read_text() == "before\n"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("caller", CALLERS)
def test_what_cannot_be_printed_replaces_nothing(tmp_path: Path, caller: str) -> None:
    """A shell that finds no room for a here-document prints nothing."""
    file = tmp_path / "file"
    file.write_text("before\n")
    assert write(file, "return 1", caller).returncode != 0
    assert file.read_text() == "before\n"


def test_it_reports_whether_the_file_changed(tmp_path: Path) -> None:
    file = tmp_path / "file"
    for content, result in (("echo a", "changed\n"), ("echo a", "unchanged\n"), ("echo b", "changed\n")):
        done = write(file, content, "content | write FILE 640")
        assert (done.returncode, done.stdout, done.stderr) == (0, result, "")
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("b\n", 0o640)


def test_it_is_on_the_disk_before_it_takes_the_place(tmp_path: Path) -> None:
    """After a loss of power there is the file of before or the new one, and none without content."""
    log = "sync() { printf '%s ' \"${1##*/}\" >>LOG; cat FILE >>LOG; }"
    file = tmp_path / "file"
    file.write_text("before\n")
    before = log.replace("FILE", str(file)).replace("LOG", str(tmp_path / "log"))
    assert write(file, "echo after", "content | write FILE 644", before).returncode == 0
    lines = (tmp_path / "log").read_text().splitlines()
    assert lines[0].startswith("file.")
    assert lines[0].endswith(" before")
    assert lines[1] == f"{tmp_path.name} after"
