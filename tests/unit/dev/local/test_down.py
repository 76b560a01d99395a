"""`make down` leaves nothing, in the operator's home neither."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dev.local import command_line
from dev.local.environment import STACK, Environment, LocalError
from dev.local.parts import delete_facts, describe_logins
from operate.login.recorded_logins import recorded_logins
from operate.stack.facts_cache import FactsCache, state_folder


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
    delete_facts(mine)
    assert list(state_folder().iterdir()) == [kept]
    delete_facts(mine)


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
    ("last_port", "words", "port"), [(9999, [], 9999), (9999, ["--port", "0"], 0), (None, [], 8780)]
)
def test_the_cloud_stays_where_the_stack_knows_it(
    command: str, last_port: int | None, words: list[str], port: int, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """A stack that is destroyed asks the endpoint of its last `up`, whatever its file says by now."""
    cloud = Environment(tmp_path).cloud
    cloud.mkdir()
    if last_port:
        endpoint = f"http://127.0.0.1:{last_port}/xmlrpc/v3.1/"
        (cloud / "cloud.json").write_text(json.dumps({"endpoint_xmlrpc": endpoint}))
    ports: list[int] = []

    def start(environment: Environment) -> None:
        ports.append(environment.cloud_port)
        raise LocalError("no further")

    monkeypatch.setattr(command_line, "start_cloud", start)
    monkeypatch.setattr(command_line, "make_ready", start)
    monkeypatch.setattr(command_line, "run", lambda *_: "")
    monkeypatch.setattr(command_line, "delete_facts", lambda _: None)
    monkeypatch.setattr(command_line, "describe_logins", lambda _: "")
    CliRunner().invoke(command_line.app, [command, "--state", str(tmp_path), *words])
    assert ports == [port]
