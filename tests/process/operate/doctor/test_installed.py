"""What a killed update or somebody's edit left on a server, as the doctor names it."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from components.remote.installation_mark import FOLDER, installation_digest, marked_command
from operate.doctor.finding import NothingToCheckError, Severity
from operate.doctor.judgements.installed import judge_installed
from operate.doctor.probes.installed import observe_installed
from operate.servers.script_text import script_text
from operate.servers.ssh import SshError
from operate.stack.facts import DoorFacts
from tests.unit.operate.doctor.stacks import exported
from tests.unit.operate.stack.state.stack_state import command, guest

OLD, NEW = (installation_digest("door.sh write", text) for text in ("old users", "new users"))


@dataclass
class LocalServers:
    """A link to servers that are folders, in which the script runs."""

    folder: Path
    dead: frozenset[str] = frozenset()

    def install(self, server: str, name: str, digest: str) -> None:
        text = marked_command(name, digest, "true", []).replace(FOLDER, str(self.folder / server))
        subprocess.run(["bash", "-c", text], check=True)

    def run_each(
        self, servers: Sequence[DoorFacts], script: Path, timeout: float, *arguments: str
    ) -> list[tuple[int, bytes, str] | SshError]:
        return [self._run(server.name, script, arguments) for server in servers]

    def _run(self, server: str, script: Path, arguments: Sequence[str]) -> tuple[int, bytes, str] | SshError:
        if server in self.dead:
            return SshError(f"{server}: no answer within 15 s")
        completed = subprocess.run(
            ["bash", "-s", "--", *arguments],
            input=script_text(script).encode(),
            env={"PATH": "/usr/bin:/bin", "REGISTRY_INSTALLED": str(self.folder / server)},
            capture_output=True, check=False,
        )  # fmt: skip
        return completed.returncode, completed.stdout, completed.stderr.decode()


@pytest.fixture
def servers(tmp_path: Path) -> LocalServers:
    local = LocalServers(tmp_path)
    local.install("dal05-a", "a-door", OLD)
    local.install("dal05-a", "a-colours", OLD)
    local.install("dal05-b", "b-door", OLD)
    return local


def state() -> Mapping[str, object]:
    resources = [guest("dal05-a"), guest("dal05-b")]
    for name, server, number in [
        ("a-door", "dal05-a", "97"),
        ("a-colours", "dal05-a", "97"),
        ("b-door", "dal05-b", "98"),
    ]:
        create = f"INSTALLATION={number} {marked_command(name, OLD, 'bash -s -- write', [])}"
        resources.append({**command(name, server, number), "inputs": {"create": create}})
    return exported(resources=resources)


def test_what_is_as_the_state_has_it_is_no_fault(servers: LocalServers) -> None:
    (finding,) = judge_installed("prod", observe_installed(state(), servers, 1.0))
    assert (finding.severity, finding.what) == (Severity.OK, "3 installations are as the state has them")


def test_a_killed_change_that_was_taken_back_is_named_with_what_repairs_it(servers: LocalServers) -> None:
    """The rotation of a password was killed at the door, and the stack file restored."""
    servers.install("dal05-a", "a-door", NEW)
    (finding,) = judge_installed("prod", observe_installed(state(), servers, 1.0))
    assert finding.severity is Severity.ERROR
    assert finding.what.startswith("dal05-a: a-door: it was installed from other settings")
    assert finding.remedy.startswith("operate recover prod,")


def test_a_server_that_lacks_everything_is_named_part_by_part(servers: LocalServers, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "dal05-a")
    findings = judge_installed("prod", observe_installed(state(), servers, 1.0))
    assert [finding.what.partition(", and")[0] for finding in findings] == [
        f"dal05-a: {name}: its installation did not end" for name in ("a-door", "a-colours")
    ]


def test_a_server_that_does_not_answer_hides_no_other_one(servers: LocalServers) -> None:
    servers.install("dal05-b", "b-door", NEW)
    servers.dead = frozenset({"dal05-a"})
    findings = judge_installed("prod", observe_installed(state(), servers, 1.0))
    assert [finding.severity for finding in findings] == [Severity.ERROR, Severity.NOTE]
    assert findings[1].what == "not compared: dal05-a; other checks say why"


def test_a_state_without_installations_has_nothing_to_check(servers: LocalServers) -> None:
    with pytest.raises(NothingToCheckError):
        observe_installed(exported(), servers, 1.0)
