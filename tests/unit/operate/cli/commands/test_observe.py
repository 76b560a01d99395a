"""What the command `observe` prints beside the files that it writes."""

from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

import operate.cli.commands.observe as command
import operate.stack.automation.lazy_stack
from operate.cli.command_line import app
from operate.error import OperateError
from operate.observe.gateway import gateway
from operate.observe.targets import MetricsTarget, find_targets
from operate.stack.facts import StandbyFacts
from tests.support.served_application import served_application
from tests.unit.operate.swap.simulated_stack import Simulation


@pytest.mark.parametrize(
    ("words", "next_command"),
    [
        ([], "operate observe prod --serve,"),
        (["--port", "8793"], "operate observe prod --serve --port 8793,"),
        (["--port", "8793", "--serve"], ""),
    ],
    ids=["default", "port", "served at once"],
)
def test_the_next_command_serves_what_the_files_name(
    words: list[str], next_command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--port` was written into the files and left out of the next command."""
    served: list[int] = []
    facts = Simulation().facts()
    monkeypatch.setattr(
        operate.stack.automation.lazy_stack.LazyStack, "read_facts", lambda _self: facts, raising=True
    )
    monkeypatch.setattr(command, "_serve", lambda _environment, port, _file: served.append(port))
    done = CliRunner().invoke(app, ["observe", "prod", "--into", str(tmp_path), *words])
    assert done.exit_code == 0, done.output
    port = 8793 if words else 8791
    assert f"127.0.0.1:{port}" in (tmp_path / "prometheus.yml").read_text()
    assert served == ([port] if "--serve" in words else [])
    assert (f"next: {next_command}" in done.stdout) is bool(next_command)
    assert ("next:" in done.stdout) is bool(next_command)


def test_the_disk_of_a_standby_is_watched() -> None:
    """It has the images, and nobody saw that it had no room for them."""
    facts = Simulation().facts()
    (door,) = facts.doors[:1]
    standby = StandbyFacts(replace(door, server="b"), {})
    targets = find_targets(replace(facts, standbys=(standby,)))
    assert "/metrics/disk/dal05-b" in {target.path for target in targets}


class _NoReader:
    """Reads nothing."""

    def exporter(self, target: MetricsTarget) -> bytes:
        raise OperateError(target.name)

    def disks(self, target: MetricsTarget) -> bytes:
        raise OperateError(target.name)


def test_the_address_that_is_printed_lists_the_paths_that_answer() -> None:
    """It answered 404."""
    facts = Simulation().facts()
    application = gateway(lambda: find_targets(facts), _NoReader(), lambda: pytest.fail("not read"))
    with served_application(application) as address:
        answer = httpx.get(address, trust_env=False)
    assert answer.status_code == 200
    paths = answer.text.splitlines()
    assert paths[0] == "/metrics"
    assert paths[1:] == [target.path for target in find_targets(facts)]
