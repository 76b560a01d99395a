"""The example of failures on demand in docs/design/local-cloud.md is one that the local cloud takes."""

import json
import re
import shlex
from pathlib import Path

import typer
from starlette.routing import Route
from typer.core import TyperGroup

from cloud.api.control.faults import read_planned_fault
from cloud.api.control.routes import control_routes
from cloud.api.control.state import ControlState
from cloud.command_line import app
from cloud.state.store import Store
from dev.local.environment import CHECKOUT, Environment

_TEXT = (CHECKOUT / "docs" / "design" / "local-cloud.md").read_text()
_LINES = [line.partition("  #")[0] for line in _TEXT.partition("fails once:\n\n```\n")[2].splitlines()]
COMMANDS = [shlex.split(line) for line in _LINES[: _LINES.index("```")]]


def test_the_cloud_of_make_up_is_started_again_as_it_is_but_for_its_control() -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    ups = [words[3:] for words in COMMANDS if words[:3] == ["python", "-m", "cloud"]]
    options = [group.commands["up"].make_context("up", words[1:]).params for words in ups]
    environment = Environment()
    assert [each["control"] for each in options] == [True, False]
    for each in options:
        assert (CHECKOUT / each["state"], each["port"], each["speed"], each["machines"]) == (
            environment.cloud, environment.cloud_port, environment.speed, True,
        )  # fmt: skip


def test_the_failure_is_one_that_the_control_takes(tmp_path: Path) -> None:
    requests = [words for words in COMMANDS if words[0] == "curl"]
    (fault,) = [json.loads(words[words.index("-d") + 1]) for words in requests if "-d" in words]
    planned = read_planned_fault(fault)
    assert (planned.method, planned.kind) == (fault["method"], fault["kind"])
    routes = control_routes(ControlState(), Store(tmp_path / "account.db"))
    paths = {route.path for route in routes if isinstance(route, Route)}
    places = [re.fullmatch(r"127\.0\.0\.1:(\d+)(/.+)", words[-1]) for words in requests]
    assert {match.groups() for match in places if match} == {
        (str(Environment().cloud_port), "/control/faults")
    }
    assert "/control/faults" in paths
