"""The Go client of tests/cloud/api/go: built once into the project's cache, and run as a process."""

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

from dev.engine import go_build, go_toolchain, lock, process
from dev.engine.folders import cache_folder, folders
from dev.engine.go_toolchain import Go
from dev.local.environment import CHECKOUT
from harness.cloud.running_api import RunningApi

SOURCE = CHECKOUT / "tests" / "cloud" / "api" / "go"


def compiler() -> Go:
    """The compiler the engine is built with, fetched where the machine has none."""
    chosen = go_toolchain.choose(folders())
    go_toolchain.fetch(chosen, folders())
    return chosen


def go(*arguments: str) -> tuple[int, str]:
    """Run `go` in the client's source folder, with the engine's settings: go.sum and nothing else."""
    chosen = compiler()
    return process.run(
        [str(chosen.program), *arguments], folder=SOURCE, environment=go_build.environment(chosen)
    )


def program() -> Path:
    """The client, built from the sources as they are now unless the cache holds it."""
    folder = cache_folder() / "foreign" / _key()
    built = folder / "foreign"
    with lock.hold(folder.with_suffix(".lock")):
        if not built.exists():
            folder.mkdir(parents=True, exist_ok=True)
            fresh = folder / "fresh"
            status, output = go("build", "-ldflags", "-s -w", "-o", str(fresh), ".")
            assert status == 0, output
            fresh.rename(built)
    return built


def _key() -> str:
    digest = hashlib.sha256(compiler().version.encode())
    for path in sorted(SOURCE.iterdir()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def run(api: RunningApi, wire: str, scenario: str, home: Path) -> dict[str, Any]:
    """Run one scenario on that wire (`xmlrpc` or `rest`) and return what it found."""
    done = subprocess.run(
        [str(program()), scenario],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={
            "HOME": str(home),
            "SL_USERNAME": api.username,
            "SL_API_KEY": api.api_key,
            "SL_ENDPOINT_URL": api.xmlrpc if wire == "xmlrpc" else api.rest,
        },
    )
    assert done.returncode == 0, done.stderr
    assert api.api_key not in done.stdout + done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document
