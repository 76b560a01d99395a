"""A recovery has front doors keep connections open again that a killed move left ending them."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest
import yaml
from typer.testing import CliRunner, Result

from operate.cli.command_line import app
from operate.recover import runner
from operate.recover.environment import OpenRecovery
from operate.recover.recovery import Recovery
from operate.servers.ssh import SshError, SshLink
from operate.stack.automation.pulumi_stack import PulumiStack
from operate.stack.config.setting_keys import MOVE
from operate.stack.facts import DoorFacts
from operate.stack.preview import Preview
from operate.stack.state.plan import RecoveryPlan
from operate.stack.state.refresh_targets import RefreshedServers
from operate.stack.state.restored import NOTHING_TO_DO, Restored
from tests.unit.operate.recover.standby_facts import FACTS

CLOSING, OPEN = (
    json.dumps({"live": {}, "fence": 7, "closing": closing, "backends": {}}).encode()
    for closing in (True, False)
)


@dataclass
class RecoveredStack:
    """A stack in which a recovery changes nothing."""

    missing: tuple[str, ...] = ()

    def refresh_own(self, _: object) -> RefreshedServers:
        return RefreshedServers(self.missing)

    def lost_kept_release(self, _: object) -> str:
        return ""

    def forget_kept_release(self) -> None:
        raise NotImplementedError

    def plan_of_loss(self) -> RecoveryPlan:
        return RecoveryPlan(Preview({}))

    def silent_servers(self, names: Collection[str]) -> Mapping[str, str]:
        raise NotImplementedError

    def restore(self) -> Restored:
        return Restored(NOTHING_TO_DO)


@dataclass
class Servers:
    """Front doors that answer, each as it is; remembers what is run on which."""

    answers: dict[str, bytes | SshError]
    release_code: int = 0
    calls: list[str] = field(default_factory=list)

    def run_each(
        self, servers: Sequence[DoorFacts], script: Path, _: float
    ) -> list[tuple[int, bytes, str] | SshError]:
        answers = [self.answers[server.name] for server in servers]
        return [answer if isinstance(answer, SshError) else (0, answer, "") for answer in answers]

    def run(self, server: DoorFacts, script: Path, *arguments: str) -> tuple[int, bytes, str]:
        self.calls.append(f"{server.name} {script.name} {' '.join(arguments)}")
        return self.release_code, b"", "another run holds the lock" if self.release_code else ""


def run_recover(
    servers: Servers, folder: Path, monkeypatch: pytest.MonkeyPatch, *options: str, **settings: object
) -> Result:
    """Run `operate recover` of a stack that lost nothing."""
    file = folder / "Pulumi.prod.yaml"
    file.write_text(
        yaml.safe_dump({"config": {f"softlayer-registry:{key}": value for key, value in settings.items()}})
    )

    @contextmanager
    def open_recovery(*_: object, **__: object) -> Iterator[OpenRecovery]:
        stack = RecoveredStack(("dal05-a",) if "lost" in options else ())
        refused = ["dal05-b shows another host key"] if "re-keyed" in options else []
        yield OpenRecovery(cast(PulumiStack, stack), FACTS, cast(SshLink, servers), file, refused)

    monkeypatch.setattr(runner, "open_recovery", open_recovery)
    return CliRunner().invoke(app, ["recover", "prod", "--yes", "--json", "--config-file", str(file)])


def recovered(
    servers: Servers, folder: Path, monkeypatch: pytest.MonkeyPatch, *options: str, **settings: object
) -> tuple[dict[str, object], str]:
    """Return the result of a recovery and its lines."""
    result = run_recover(servers, folder, monkeypatch, *options, **settings)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout), result.stderr


def test_a_door_that_a_killed_move_left_keeps_connections_open_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recovering changed nothing of it; the doctor's remedy was to delete a file by hand."""
    servers = Servers({"dal05-a": CLOSING, "ams01-a": OPEN})
    recovery, lines = recovered(servers, tmp_path, monkeypatch)
    assert servers.calls == ["dal05-a door-handover.sh release 203.0.113.9"]
    assert recovery["changes"] == "connections stay open again at dal05-a"
    assert "front door ok: dal05-a keeps connections open again" in lines


@pytest.mark.parametrize(
    ("answers", "settings"),
    [
        ({"dal05-a": OPEN, "ams01-a": SshError("no answer")}, {}),
        ({"dal05-a": CLOSING, "ams01-a": OPEN}, {MOVE: {"from": "dal05-a", "to": "ams01-a"}}),
    ],
    ids=["open or lost", "a move is under way"],
)
def test_what_no_killed_move_left_stays(
    answers: dict[str, bytes | SshError],
    settings: dict[str, object],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    servers = Servers(answers)
    recovery, _ = recovered(servers, tmp_path, monkeypatch, **settings)
    assert (servers.calls, recovery["changes"]) == ([], NOTHING_TO_DO)


def test_a_server_that_was_ordered_again_is_not_asked_with_its_old_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers = Servers({"ams01-a": CLOSING})
    recovered(servers, tmp_path, monkeypatch, "lost")
    assert servers.calls == ["ams01-a door-handover.sh release 203.0.113.9"]


def test_a_door_that_does_not_reload_is_named_and_stops_no_recovery(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers = Servers({"dal05-a": CLOSING, "ams01-a": OPEN}, release_code=1)
    recovery, lines = recovered(servers, tmp_path, monkeypatch)
    assert recovery["changes"] == NOTHING_TO_DO
    assert (
        "front door failed: dal05-a still ends each connection with its answer (dal05-a: door-handover"
        in (lines)
    )


def test_a_server_with_another_host_key_is_no_good_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is there is done first: a client server alone would stop the recovery of a front door."""
    servers = Servers({"dal05-a": CLOSING, "ams01-a": OPEN})
    result = run_recover(servers, tmp_path, monkeypatch, "re-keyed")
    assert result.exit_code == 1
    assert "not recovered: dal05-b shows another host key" in result.output
    assert servers.calls == ["dal05-a door-handover.sh release 203.0.113.9"]


def test_what_was_reopened_stands_before_the_warnings() -> None:
    recovery = Recovery((), "3 created; warning: dal05-b does not answer")
    assert recovery.with_reopened(()) is recovery
    reopened = recovery.with_reopened(("dal05-a",)).as_json()
    assert reopened["changes"] == "3 created; connections stay open again at dal05-a"
    assert reopened["warnings"] == ["dal05-b does not answer"]
    assert replace(recovery, changes=NOTHING_TO_DO).with_reopened(("dal05-a",)).has_changed
