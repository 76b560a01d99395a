"""The whole engine at work: a tiny program, put up twice, refreshed, destroyed, with loopback only."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.wire import Properties

_PROGRAM = """
import json, pathlib
import pulumi
from pulumi_command import remote

given = json.loads(pathlib.Path("given.json").read_text())
connection = remote.ConnectionArgs(
    host=given["host"], port=given["port"], private_key=given["privateKey"], host_key=given["hostKey"]
)
copied = remote.CopyToRemote(
    "copied", connection=connection, source=pulumi.StringAsset(given["text"]), remote_path=given["path"]
)
shown = remote.Command(
    "shown",
    connection=connection,
    create=pulumi.Output.concat("cat ", copied.remote_path),
    triggers=[given["text"]],
    opts=pulumi.ResourceOptions(depends_on=[copied]),
)
pulumi.export("shown", shown.stdout)
"""


@pytest.fixture
def project(tmp_path: Path, connection: Properties) -> Path:
    project = tmp_path / "project"
    project.mkdir()
    (project / "Pulumi.yaml").write_text("name: tiny\nruntime: python\n")
    (project / "__main__.py").write_text(_PROGRAM)
    write_given(project, connection, "hello")
    return project


def write_given(project: Path, connection: Properties, text: str) -> None:
    inputs = {**connection, "text": text, "path": str(project.parent / "copy")}
    (project / "given.json").write_text(json.dumps(inputs))


@pytest.fixture
def variables(bin_folder: Path, clean_environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    (tmp_path / "state").mkdir()
    return {
        **clean_environment,
        "PATH": f"{bin_folder}:{Path(sys.executable).parent}:{clean_environment['PATH']}",
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_BACKEND_URL": f"file://{tmp_path}/state",
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
    }


def pulumi(project: Path, variables: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        ["pulumi", *arguments, "--non-interactive"],
        cwd=project,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_up_twice_changes_nothing_the_second_time(
    project: Path, variables: dict[str, str], connection: Properties, tmp_path: Path
) -> None:
    pulumi(project, variables, "stack", "init", "test")
    first = pulumi(project, variables, "up", "--yes", "--skip-preview")
    assert "3 created" in first
    assert pulumi(project, variables, "stack", "output", "shown").strip().endswith("hello")
    pulumi(project, variables, "up", "--yes", "--expect-no-changes")
    pulumi(project, variables, "refresh", "--yes", "--expect-no-changes")

    write_given(project, connection, "bye")
    changed = pulumi(project, variables, "up", "--yes", "--skip-preview")
    assert "1 updated" in changed
    assert "1 replaced" in changed
    assert pulumi(project, variables, "stack", "output", "shown").strip().endswith("bye")

    state = "".join(path.read_text() for path in (tmp_path / "state").rglob("*.json"))
    assert "command:remote:Command" in state
    assert str(connection["privateKey"]).splitlines()[1] not in state
    pulumi(project, variables, "destroy", "--yes", "--skip-preview")
    assert json.loads(pulumi(project, variables, "stack", "export"))["deployment"].get("resources") is None
