"""The cloud's command line, run as people run it."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import SoftLayer

from dev.local.environment import CHECKOUT


@dataclass(frozen=True)
class CloudCommand:
    """`python -m cloud` on one state folder."""

    state_dir: Path

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "cloud", words[0], "--state", str(self.state_dir), *words[1:]],
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def must(self, *words: str) -> str:
        """Run it, expecting success; return what it printed."""
        done = self.run(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def described(self) -> dict[str, Any]:
        """What cloud.json says."""
        document: dict[str, Any] = json.loads((self.state_dir / "cloud.json").read_text())
        return document

    def status(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.must("status", "--json"))
        return document

    def client(self) -> SoftLayer.BaseClient:
        """The official client, with what cloud.json says."""
        described = self.described()
        return SoftLayer.create_client_from_env(
            username=described["username"],
            api_key=described["api_key"],
            endpoint_url=described["endpoint_xmlrpc"],
            timeout=60,
            config_file="/dev/null",
        )
