"""Relative places in the state, with the real engine: plugins resolve them in the program's folder."""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from pulumi import automation

from dev.local.environment import CHECKOUT
from tests.engine.ssh_daemon import SshDaemon

PROGRAM = """
import os
import pulumi
import pulumi_docker as docker
from pulumi_command import remote
from components.remote.program_folder import place_by_content
from pathlib import Path

connection = remote.ConnectionArgs(
    host="127.0.0.1", port=float(os.environ["PORT"]), user="root",
    private_key=Path(os.environ["KEY"]).read_text(), host_key=os.environ["HOST_KEY"], dial_error_limit=0,
)
place = place_by_content(Path(os.environ["ARCHIVE"]))
remote.CopyToRemote(
    "base", connection=connection, source=pulumi.FileAsset(place), remote_path=os.environ["TARGET"]
)
if os.environ.get("IMAGE"):
    options = ["-F", "components/ssh_config"]
    server = docker.Provider("server", host="ssh://root@127.0.0.1:22", ssh_opts=options)
    docker.RemoteImage(
        "image", name="mine:1", opts=pulumi.ResourceOptions(provider=server),
        build=docker.RemoteImageBuildArgs(context="components", use_legacy_builder=True),
    )
"""


@dataclass(frozen=True)
class Operator:
    """An operator of one stack with a checkout and an archive of its own."""

    folder: Path
    variables: dict[str, str]

    @property
    def checkout(self) -> Path:
        return self.folder / "checkout"

    def stack(self) -> automation.Stack:
        workspace = automation.LocalWorkspace(work_dir=str(self.checkout), env_vars=self.variables)
        return automation.Stack.create_or_select("shared", workspace)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "server" / "base.tar"


@pytest.fixture
def operators(
    bin_folder: Path,
    tmp_path: Path,
    sshd: SshDaemon,
    client_key: Path,
    target: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> tuple[Operator, Operator]:
    (tmp_path / "backend").mkdir()
    target.parent.mkdir()
    path = f"{bin_folder}:{CHECKOUT / '.venv/bin'}:{os.environ['PATH']}"
    monkeypatch.setenv("PATH", path)
    first, second = (
        Operator(
            tmp_path / name,
            {
                "PATH": f"{tmp_path / name / 'bin'}:{path}",
                "PULUMI_HOME": str(tmp_path / "pulumi-home"),
                "PULUMI_BACKEND_URL": f"file://{tmp_path / 'backend'}",
                "PULUMI_CONFIG_PASSPHRASE": "a test's own",
                "PULUMI_SKIP_UPDATE_CHECK": "1",
                "PORT": str(sshd.port),
                "KEY": str(client_key),
                "HOST_KEY": sshd.host_key,
                "ARCHIVE": str(tmp_path / name / f"{name}.tar"),
                "TARGET": str(target),
            },
        )
        for name in ("ann", "bob")
    )
    for operator in (first, second):
        (operator.checkout / "components/remote").mkdir(parents=True)
        (operator.folder / "bin").mkdir()
        Path(operator.variables["ARCHIVE"]).write_bytes(b"the base image")
        for name in ("__init__.py", "ssh_config", "remote/__init__.py", "remote/program_folder.py"):
            shutil.copy(CHECKOUT / "components" / name, operator.checkout / "components" / name)
        (operator.checkout / "__main__.py").write_text(PROGRAM)
        (operator.checkout / "Pulumi.yaml").write_text("name: places\nruntime: python\n")
    return first, second


def test_another_checkout_and_archive_show_no_change(
    operators: tuple[Operator, Operator], target: Path, tmp_path: Path
) -> None:
    ann, bob = operators
    ann.stack().up()
    assert target.read_bytes() == b"the base image"
    state = json.dumps(ann.stack().export_stack().deployment)
    assert str(tmp_path / "ann") not in state
    assert '".local/archives/' in state
    shutil.copy(ann.checkout / "Pulumi.shared.yaml", bob.checkout / "Pulumi.shared.yaml")
    preview = bob.stack().preview()
    assert {str(name): number for name, number in preview.change_summary.items()} == {"same": 2}


def test_ssh_is_started_in_the_programs_folder(operators: tuple[Operator, Operator]) -> None:
    ann, _ = operators
    ann.variables["IMAGE"] = "yes"
    ssh = ann.folder / "bin" / "ssh"
    ssh.write_text(f'#!/bin/sh\n{{ pwd; printf "%s\\n" "$@"; }} >{ann.folder}/called\nexit 1\n')
    ssh.chmod(0o755)
    with pytest.raises(automation.CommandError):
        ann.stack().up()
    folder, *words = (ann.folder / "called").read_text().splitlines()
    assert folder == str(ann.checkout)
    assert "-F components/ssh_config" in " ".join(words)
