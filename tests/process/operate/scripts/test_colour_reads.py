"""What clients have read lately, from a door's journal that is longer than a pipe takes."""

import os
import subprocess
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT

SCRIPT = CHECKOUT / "operate" / "scripts" / "colour-reads.sh"
LINE = (
    "192.0.2.7:4000 [25/Nov/2026:10:00:00.000] front-modern~ front-modern-red/red 0/0/1/2/3 200 9 - - ----"
    ' 1/1/0/0/0 0/0 \\"GET /v2/image/manifests/t%d HTTP/1.1\\"'
)


def reads(folder: Path, journal: str, count: int) -> "subprocess.CompletedProcess[str]":
    """Call the script on a server whose journal is what a program prints."""
    (folder / "live.map").write_text("modern red\n")
    program = folder / "journalctl"
    program.write_text(f"#!/usr/bin/env bash\n{journal}\n")
    program.chmod(0o755)
    variables = {"PATH": f"{folder}:{os.environ['PATH']}", "REGISTRY_DOOR": str(folder)}
    return subprocess.run(
        ["bash", "-s", "--", "modern", str(count)],
        input=SCRIPT.read_text(), env=variables, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_enough_reads_of_a_long_journal_are_no_failure(tmp_path: Path) -> None:
    done = reads(tmp_path, f"exec awk 'BEGIN {{ for (i = 0; i < 20000; i++) printf \"{LINE}\\n\", i }}'", 3)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"GET /v2/image/manifests/t{number}" for number in range(3)]


@pytest.mark.parametrize(
    ("request_line", "read"),
    [
        ("GET https://registry.example.com/v2/image/manifests/t HTTP/2.0", "GET /v2/image/manifests/t"),
        ("HEAD /v1/images/x/json?a=b HTTP/1.1", "HEAD /v1/images/x/json?a=b"),
        ("GET HTTP://stranger.example.com/v2/ HTTP/1.1", ""),
        ("GET foo://stranger.example.com/v2/ HTTP/1.1", ""),
        ("GET https://user@stranger.example.com HTTP/1.1", ""),
        ("GET //stranger.example.com/v2/ HTTP/1.1", ""),
        ("GET / HTTP/1.1", ""),
        ("GET /metrics HTTP/1.1", ""),
        ("GET /v2/`reboot` HTTP/1.1", ""),
        ("GET /v2/image/blobs/uploads/1?_state=2 HTTP/1.1", ""),
        ("POST /v2/ HTTP/1.1", ""),
    ],
)
def test_only_paths_of_a_registry_are_reads(tmp_path: Path, request_line: str, read: str) -> None:
    line = LINE.partition(' \\"')[0]
    (tmp_path / "journal").write_text(f'{line} "{request_line}"\n')
    done = reads(tmp_path, f"exec cat {tmp_path}/journal", 3)
    assert (done.returncode, done.stdout.strip()) == (0, read), done.stderr


def test_a_journal_that_cannot_be_read_is_one(tmp_path: Path) -> None:
    assert reads(tmp_path, "exit 1", 3).returncode == 1
