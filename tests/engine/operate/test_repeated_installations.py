"""What differs on a server is installed again in place, by a real engine, a real plugin and a real sshd."""

import json
from collections.abc import Callable
from pathlib import Path

import pulumi
import pytest
from pulumi import automation
from pulumi_command import remote

from components.remote.installation_mark import FOLDER, marked_command, unmarked_command
from operate.clock import SystemClock
from operate.stack.automation.pulumi_stack import PulumiStack
from operate.stack.automation.pulumi_workspace import StackPlace
from operate.stack.state.installations import ChangedInstallation, Installation
from tests.engine.ssh_daemon import SshDaemon

URN = "urn:pulumi:changed::softlayer-registry::command:remote:Command::door"


class Server:
    """What is installed, and which commands ran."""

    def __init__(self, folder: Path) -> None:
        self.file, self._log, self.mark = folder / "installed", folder / "log", folder / "marks" / "door"

    def create(self, text: str) -> str:
        install = f"echo {text} >{self.file} && echo create >>{self._log}"
        command = marked_command("door", "ab12", install, [str(self.file)])
        return f"INSTALLATION=1 {command}".replace(FOLDER, str(self.mark.parent))

    @property
    def delete(self) -> str:
        command = unmarked_command("door", f"rm {self.file}; echo delete >>{self._log}")
        return command.replace(FOLDER, str(self.mark.parent))

    @property
    def runs(self) -> list[str]:
        return self._log.read_text().split()


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


Open = Callable[[list[ChangedInstallation]], PulumiStack]


@pytest.fixture
def open_stack(
    backend: Path,
    tmp_path: Path,
    server: Server,
    sshd: SshDaemon,
    client_key: Path,
) -> Open:
    work = tmp_path / "work"
    work.mkdir()
    (work / "Pulumi.yaml").write_text("name: softlayer-registry\nruntime: python\n")

    def program() -> None:
        connection = remote.ConnectionArgs(
            host="127.0.0.1", port=sshd.port, private_key=client_key.read_text(), host_key=sshd.host_key
        )
        remote.Command(
            "door",
            connection=pulumi.Output.secret(connection),
            create=server.create("right"),
            delete=server.delete,
            stdin=pulumi.Output.secret("a secret"),
        )

    def make(place: StackPlace, command: automation.PulumiCommand) -> automation.Stack:
        workspace = automation.LocalWorkspace(
            work_dir=str(place.program), program=program, pulumi_command=command
        )
        return automation.Stack.create_or_select(place.environment, workspace)

    def open_with(changed: list[ChangedInstallation]) -> PulumiStack:
        place = StackPlace("changed", None, work)
        return PulumiStack(place, SystemClock(), make=make, installed=lambda _: changed)

    return open_with


def test_what_differs_on_a_server_is_installed_again_in_place(server: Server, open_stack: Open) -> None:
    """A replacement would delete it after the new run, and with it what was just installed."""
    assert open_stack([]).restore().changes == "2 created"
    server.file.write_text("what a killed update left")
    assert open_stack([]).restore().changes == "nothing to do", "the state knows nothing of it"
    changed = ChangedInstallation(Installation("dal05-a", "door", "ab", URN), "it was edited")
    changes = open_stack([changed]).restore().changes
    assert changes == "1 updated; installed again: dal05-a: door: it was edited"
    assert (server.file.read_text(), server.runs) == ("right\n", ["create", "create"])
    assert server.mark.read_text().splitlines()[0] == "ab12"
    assert open_stack([]).restore().changes == "nothing to do"


def test_a_change_that_a_killed_engine_left_unfinished_is_made_again(
    server: Server, open_stack: Open, tmp_path: Path
) -> None:
    """The next `pulumi up` forgets it, whether its inputs are still those."""
    open_stack([]).restore()
    server.file.write_text("what a killed update left")
    (state_file,) = (tmp_path / "backend" / ".pulumi" / "stacks").rglob("changed.json")
    state = json.loads(state_file.read_text())
    latest = state["checkpoint"]["latest"]
    (resource,) = [item for item in latest["resources"] if item["urn"] == URN]
    latest["pending_operations"] = [{"type": "updating", "resource": resource}]
    state_file.write_text(json.dumps(state))
    assert open_stack([]).restore().changes == "1 updated; installed again: door: its change was cut short"
    assert (server.file.read_text(), server.runs) == ("right\n", ["create", "create"])
    assert open_stack([]).restore().changes == "nothing to do"
