"""`make down` leaves nothing, in the operator's home neither."""

import json
import socket
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dev.local import command_line
from dev.local.environment import CHECKOUT, STACK, Environment, LocalError
from dev.local.parts import delete_facts, describe_logins
from harness.ports import free_port
from operate.login.recorded_logins import recorded_logins
from operate.stack.facts_cache import FactsCache, state_folder


def make_stack(environment: Environment) -> None:
    """Make the file by which Pulumi's backend knows the stack."""
    folder = environment.backend / ".pulumi" / "stacks" / "softlayer-registry"
    folder.mkdir(parents=True)
    (folder / f"{STACK}.json").write_text("{}")


def test_the_facts_of_this_environment_are_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    (tmp_path / "key").write_text("a private key")

    def write_facts(environment: Environment) -> None:
        with monkeypatch.context() as patch:
            patch.setenv("PULUMI_BACKEND_URL", environment.backend_url)
            FactsCache(state_folder(), STACK, lambda: tmp_path / "key").write({"doors": []})

    mine, others = Environment(tmp_path / "mine"), Environment(tmp_path / "others")
    write_facts(others)
    (kept,) = state_folder().iterdir()
    write_facts(mine)
    assert len(list(state_folder().iterdir())) == 2
    lost = FactsCache(state_folder() / "adoptions", STACK, lambda: tmp_path / "key")
    with monkeypatch.context() as patch:
        patch.setenv("PULUMI_BACKEND_URL", mine.backend_url)
        FactsCache(state_folder() / "adoptions", STACK, lambda: tmp_path / "key").copy(lost)
    delete_facts(mine)
    assert list(state_folder().iterdir()) == [kept]
    delete_facts(mine)
    delete_facts(others)
    assert not state_folder().exists(), "no empty folder stays either"


def test_clients_that_are_still_logged_in_are_named_with_what_logs_them_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))

    def log_in(environment: Environment, program: str, address: str) -> None:
        with monkeypatch.context() as patch:
            patch.setenv("PULUMI_BACKEND_URL", environment.backend_url)
            with recorded_logins(STACK).adding(program, address):
                pass

    mine, others = Environment(), Environment(tmp_path / "others")
    assert describe_logins(mine) == ""
    log_in(others, "docker", "192.0.2.9:5000")
    assert describe_logins(mine) == ""
    log_in(mine, "docker", "192.0.2.1:5000")
    log_in(mine, "podman", "192.0.2.1:5000")
    assert describe_logins(mine).startswith(
        "still logged in to 192.0.2.1:5000: docker, podman; `bin/operate logout local` has them forget"
    )
    assert f"`PULUMI_BACKEND_URL={others.backend_url} bin/operate logout local`" in describe_logins(others)


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


def test_make_passes_the_port_on() -> None:
    done = subprocess.run(
        ["make", "--dry-run", "up", "PORT=18999"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    assert "-m dev.local up --port 18999" in done.stdout
    listed = subprocess.run(["make", "help"], cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout
    assert "PORT=" in next(line for line in listed.splitlines() if line.startswith("up "))
