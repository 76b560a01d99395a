"""`make down` starts nothing that it does not need, and the cloud keeps its port."""

import json
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dev.local import command_line
from dev.local.environment import STACK, Environment, LocalError, ProtectedError
from harness.ports import free_port


def make_stack(environment: Environment) -> None:
    """Make the file by which Pulumi's backend knows the stack."""
    folder = environment.backend / ".pulumi" / "stacks" / "softlayer-registry"
    folder.mkdir(parents=True)
    (folder / f"{STACK}.json").write_text("{}")


@pytest.mark.parametrize("command", ["up", "down"])
@pytest.mark.parametrize(
    ("last_port", "words", "expected"), [(9999, [], 9999), (9999, ["--port", "0"], 0), (None, [], None)]
)
def test_the_cloud_stays_where_the_stack_knows_it(
    command: str, last_port: int | None, words: list[str], expected: int | None, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """A stack that is destroyed asks the endpoint of its last `up`, whatever its file says by now."""
    environment = Environment(tmp_path)
    cloud = environment.cloud
    cloud.mkdir()
    make_stack(environment)
    if last_port:
        endpoint = f"http://127.0.0.1:{last_port}/xmlrpc/v3.1/"
        (cloud / "cloud.json").write_text(json.dumps({"endpoint_xmlrpc": endpoint}))
    ports: list[int] = []

    def start(environment: Environment) -> None:
        ports.append(environment.cloud_port)
        raise LocalError("no further")

    usual_port = free_port()
    monkeypatch.setattr(command_line, "CLOUD_PORT", usual_port)
    monkeypatch.setattr(command_line, "start_cloud", start)
    monkeypatch.setattr(command_line, "make_ready", start)
    monkeypatch.setattr(command_line, "run", lambda *_: "")
    monkeypatch.setattr(command_line, "delete_facts", lambda _: None)
    monkeypatch.setattr(command_line, "describe_logins", lambda _: "")
    CliRunner().invoke(command_line.app, [command, "--state", str(tmp_path), *words])
    assert ports == [usual_port if expected is None else expected]


def test_the_cloud_of_a_second_checkout_takes_a_free_port(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environments: list[Environment] = []

    def start(environment: Environment) -> None:
        environments.append(environment)
        raise LocalError("no further")

    monkeypatch.setattr(command_line, "make_ready", start)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setattr(command_line, "CLOUD_PORT", port)
        result = CliRunner().invoke(command_line.app, ["up", "--state", str(tmp_path)])
        refused = CliRunner().invoke(command_line.app, ["up", "--state", str(tmp_path), "--port", str(port)])
    assert [environment.cloud_port for environment in environments] == [0, port]
    assert f"port {port} of 127.0.0.1 is in use" in result.output
    assert "in use" not in refused.output


def test_where_no_stack_was_made_nothing_is_started_to_destroy_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A `make up` that failed before it made the stack leaves a folder behind."""
    environment, commands = Environment(tmp_path / "state"), list[list[str]]()
    environment.cloud.mkdir(parents=True)
    environment.passphrase_file()
    monkeypatch.setattr(command_line, "start_cloud", lambda _: pytest.fail("the cloud was started"))
    monkeypatch.setattr(command_line, "build_engine", lambda: pytest.fail("the engine was built"))
    monkeypatch.setattr(command_line, "run", commands.append)
    monkeypatch.setattr(command_line, "delete_facts", lambda _: None)
    monkeypatch.setattr(command_line, "describe_logins", lambda _: "")
    result = CliRunner().invoke(command_line.app, ["down", "--state", str(environment.state)])
    assert result.exit_code == 0
    assert "nothing was up; what a `make up` without an end left behind is deleted" in result.output
    assert "in order" not in result.output
    assert [words[2:4] for words in commands] == [["cloud", "reset"]]
    assert not environment.state.exists()


@pytest.mark.parametrize("is_forced", [False, True])
def test_what_is_protected_is_deleted_by_force_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_forced: bool
) -> None:
    """Pulumi said that nothing was deleted, and then everything was."""

    class ProtectedStack:
        def __init__(self, *_: object) -> None:
            pass

        def destroy(self) -> None:
            raise ProtectedError("pulumi destroy ended with exit code 255")

    environment, commands = Environment(tmp_path / "state"), list[list[str]]()
    environment.cloud.mkdir(parents=True)
    make_stack(environment)
    monkeypatch.setattr(command_line, "start_cloud", lambda _: None)
    monkeypatch.setattr(command_line, "build_engine", lambda: tmp_path)
    monkeypatch.setattr(command_line, "Stack", ProtectedStack)
    monkeypatch.setattr(command_line, "run", commands.append)
    monkeypatch.setattr(command_line, "delete_facts", lambda _: None)
    monkeypatch.setattr(command_line, "describe_logins", lambda _: "")
    words = ["down", "--state", str(environment.state), *(["--force"] if is_forced else [])]
    result = CliRunner().invoke(command_line.app, words)
    assert (result.exit_code, environment.state.exists()) == ((0, False) if is_forced else (1, True))
    assert ("`make down FORCE=1` deletes what is protected as well" in result.output) is not is_forced
    assert len(commands) == is_forced
