"""The real `slcli` as a process, for the fixture of that name."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.cloud.running_api import RunningApi

Slcli = Callable[..., Any]


def slcli_of(api: RunningApi, wire: str, home: Path) -> Slcli:
    """Runs slcli with JSON output against the API; answers what it printed, as JSON where it is some."""
    endpoint = api.xmlrpc if wire == "xmlrpc" else api.rest
    config = home / "softlayer.conf"
    lines = ("[softlayer]", f"username = {api.username}", f"api_key = {api.api_key}")
    config.write_text("\n".join((*lines, f"endpoint_url = {endpoint}", "timeout = 30", "")), "utf-8")
    config.chmod(0o600)
    program = str(Path(sys.executable).parent / "slcli")

    def run(*words: str, expected: int = 0) -> Any:  # noqa: ANN401 - whatever slcli prints
        done = subprocess.run(
            [program, "-C", str(config), "--format", "json", "-y", *words],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env={"HOME": str(home), "PATH": "/usr/bin:/bin"},
        )
        assert done.returncode == expected, done.stdout + done.stderr
        assert api.api_key not in done.stdout + done.stderr
        try:
            return json.loads(done.stdout)
        except ValueError:
            return done.stdout

    return run
