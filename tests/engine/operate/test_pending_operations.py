"""What a killed engine leaves in the state, and which command takes it out: by a real engine."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from operate.doctor.finding import Finding, Severity
from operate.doctor.judgements.stack import judge_state
from operate.doctor.probes.pulumi import parse_state


@pytest.fixture
def pulumi(bin_folder: Path, tmp_path: Path) -> "Pulumi":
    (tmp_path / "backend").mkdir()
    (tmp_path / "Pulumi.yaml").write_text("name: softlayer-registry\nruntime: python\n")
    (tmp_path / "__main__.py").write_text("import pulumi\npulumi.export('operate', 'facts')\n")
    return Pulumi(
        tmp_path,
        {
            **os.environ,
            "PATH": os.pathsep.join([str(bin_folder), str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PULUMI_HOME": str(tmp_path / "home"),
            "PULUMI_BACKEND_URL": f"file://{tmp_path / 'backend'}",
            "PULUMI_CONFIG_PASSPHRASE": "a test's own",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
        },
    )


class Pulumi:
    """The command in a folder of its own."""

    def __init__(self, folder: Path, variables: Mapping[str, str]) -> None:
        self.folder, self._variables = folder, variables

    def run(self, *words: str) -> str:
        """Return what it prints."""
        done = subprocess.run(
            ["pulumi", *words],
            cwd=self.folder,
            env=self._variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def interrupt(self, *operations: str) -> None:
        """Put operations into the state as a killed engine leaves them there; an import would drop them."""
        (file,) = (self.folder / "backend" / ".pulumi" / "stacks").rglob("prod.json")
        state = json.loads(file.read_text())
        state["checkpoint"]["latest"]["pending_operations"] = [
            {"type": operation, "resource": pending_resource(operation)} for operation in operations
        ]
        file.write_text(json.dumps(state))

    def finding(self) -> Finding:
        """Return what `operate doctor` says of the state."""
        state = json.loads(self.run("stack", "export", "--stack", "prod"))
        return judge_state("prod", parse_state(state, "", ""))[0]


def pending_resource(operation: str) -> Mapping[str, Any]:
    kind = "random:index/randomString:RandomString"
    return {
        "urn": f"urn:pulumi:prod::softlayer-registry::{kind}::{operation}",
        "type": kind,
        "custom": True,
    }


def test_the_remedy_of_an_interrupted_creation_takes_it_out_of_the_state(pulumi: Pulumi) -> None:
    """Its provider is not even installed: no provider and no server is asked."""
    pulumi.run("stack", "init", "prod")
    pulumi.run("up", "--stack", "prod", "--yes", "--skip-preview")
    pulumi.interrupt("creating", "updating")
    assert "creating creating, updating updating" in pulumi.finding().what
    pulumi.run("up", "--stack", "prod", "--yes", "--skip-preview")
    finding = pulumi.finding()
    assert (finding.severity, finding.what) == (
        Severity.WARNING,
        "a pulumi was killed while it was creating creating",
    )
    command = finding.remedy.partition("ended well, ")[2].partition(", since")[0]
    pulumi.run(*shlex.split(command)[1:])
    assert pulumi.finding().what == "the stack is empty"
    assert "operate" in pulumi.run("stack", "output", "--stack", "prod")
