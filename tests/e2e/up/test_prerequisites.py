"""What is missing on this host is reported in one line with its remedy, in the first seconds."""

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT
from harness.stack.live_stack import local


def prepare(*before: str, cache: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*before, str(CHECKOUT / "dev" / "local" / "prepare")],
        env={**os.environ, "REGISTRY_CACHE": str(cache)},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def test_without_root() -> None:
    done = prepare("unshare", "--user", cache=Path("/nonexistent"))
    assert done.returncode == 1
    assert done.stderr == (
        "prepare: the local cloud starts real machines and needs root; run it again with sudo\n"
    )


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "none", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_without_disk(small_disk: Path) -> None:
    done = prepare(cache=small_disk)
    assert done.returncode == 1
    assert done.stderr == (
        f"prepare: {small_disk} has 0 GB free and 12 are needed; free some, or set REGISTRY_CACHE\n"
    )


_TEST_PACKAGES = ("chromium", "chromium-driver", "prometheus")


@pytest.mark.parametrize(("words", "packages"), [((), ()), (("tests",), _TEST_PACKAGES)])
def test_some_packages_are_for_the_tests_alone(
    tmp_path: Path, words: tuple[str, ...], packages: tuple[str, ...]
) -> None:
    """On a host that has everything but what tests need; what would be installed is noted instead."""
    programs = {
        "dpkg-query": "case $3 in chromium* | prometheus) exit 1 ;; *) echo install ok installed ;; esac",
        "apt-get": f'echo "$@" >>{tmp_path}/asked',
    }
    for name, does in programs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o755)
    done = subprocess.run(
        [str(CHECKOUT / "dev" / "local" / "prepare"), *words],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    apt_calls = (tmp_path / "asked").read_text().splitlines() if (tmp_path / "asked").exists() else []
    installed = [
        line.split("--no-install-recommends ")[1].split() for line in apt_calls if " install " in line
    ]
    assert installed == ([list(packages)] if packages else [])


def test_with_its_port_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        done = local("up", "--port", str(port), state=tmp_path / "state")
    assert done.returncode == 1
    assert (
        f"cloud: port {port} of 127.0.0.1 is not available (Address already in use); stop the" in done.stdout
    )
    ended = local("down", state=tmp_path / "state")
    assert ended.returncode == 0, ended.stdout
    assert not (tmp_path / "state").exists()
