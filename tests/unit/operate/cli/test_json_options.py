"""Every command that yields data yields it to programs as well."""

import json
from collections.abc import Iterator
from typing import Literal

import pytest
import typer
from typer.testing import CliRunner

import operate.login.login
import operate.stack.automation.outputs
from operate.cli.command_line import app
from operate.login.login import ClientResult

SERVING = frozenset({"dashboard", "open", "ssh"})
"""Commands that serve pages until they are interrupted, or hand the terminal over."""


def commands(command: object, name: str = "") -> Iterator[tuple[str, set[str]]]:
    """Return the commands with their options."""
    children = getattr(command, "commands", {})
    for word, child in children.items():
        yield from commands(child, f"{name} {word}".strip())
    if not children:
        yield name, {option for parameter in getattr(command, "params", ()) for option in parameter.opts}


def test_every_command_has_json_but_those_that_serve() -> None:
    options = dict(commands(typer.main.get_command(app)))
    assert len(options) > 25
    assert {name for name, names in options.items() if "--json" not in names} == SERVING


@pytest.mark.parametrize(("command", "failure"), [("login", ""), ("logout", ""), ("login", "no answer")])
def test_a_login_is_json_for_programs(command: str, failure: str, monkeypatch: pytest.MonkeyPatch) -> None:
    action: Literal["login", "logout"] = "logout" if command == "logout" else "login"
    results = [ClientResult("podman", action, "a:5000", failure)]
    monkeypatch.setattr(operate.login.login, "installed_clients", lambda _: [])
    monkeypatch.setattr(operate.login.login, "log_in", lambda *_: iter(results))
    monkeypatch.setattr(operate.login.login, "log_out", lambda *_: iter(results))
    outputs = {"endpoint": "https://a:5000", "user": "docker", "password": "x"}
    monkeypatch.setattr(operate.stack.automation.outputs, "outputs", lambda *_: outputs)
    done = CliRunner().invoke(app, [command, "prod", "--json"])
    client = {"client": "podman", "action": command, "registry": "a:5000", "failure": failure or None}
    assert json.loads(done.stdout) == {"clients": [client]}
    assert done.exit_code == bool(failure)
