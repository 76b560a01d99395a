"""`make down` leaves nothing, in the operator's home neither."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dev.local import command_line
from dev.local.environment import STACK, Environment, LocalError
from dev.local.parts import delete_facts
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
    CliRunner().invoke(command_line.app, [command, "--state", str(tmp_path), *words])
    assert ports == [port]
