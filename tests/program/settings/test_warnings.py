"""What an operator is warned of before it becomes a failure: in previews, in `up` and in `operate status`."""

import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from operate.cli.status_tables import print_status
from operate.dashboard.state import DashboardState, alarms
from operate.stack.facts import Facts
from operate.stack.facts_output import parse_facts
from operate.status.status import StackStatus, status
from operate.status.warnings import warnings
from settings.access.key_pair import KEY_VARIABLE
from settings.access.provided_certificate import expiry_warning
from tests.program.program_under_mocks import plain, run_program
from tests.program.two_servers import SERVERS
from tests.unit.operate.swap.simulated_stack import SimulatedStore, Simulation

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")], check=True)
    monkeypatch.setenv(KEY_VARIABLE, str(tmp_path / "key"))
    config = {"domain": "registry.example", "sshKeyFile": "~/.ssh/registry", "servers": SERVERS}
    return {f"softlayer-registry:{key}": value for key, value in config.items()}


def test_the_program_warns_and_tells_operate(
    config: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    logged: list[str] = []
    monkeypatch.setattr("pulumi.log.warn", logged.append)
    public = {"softlayer-registry:registryListen": "public", "softlayer-registry:firewall": False}
    run = run_program(config | public, cancelled={"dal05-b": "2026-12-24T00:00:00+00:00"})
    (warning,) = [text for text in run.warnings if "dal05-b" in text]
    assert "dal05-b: its cancellation is scheduled for 2026-12-24T00:00:00+00:00" in warning
    (unguarded,) = [text for text in logged if "front doors" in text]
    assert unguarded.startswith("the front doors of dal05-a are public and firewall is false")
    facts = parse_facts("prod", plain(run.outputs["operate"]))
    assert facts.cancellations == {"dal05-b": "2026-12-24T00:00:00+00:00"}
    assert facts.unguarded_doors == ("dal05-a",)
    assert list(facts.certificate_ends) == ["dal05-a modern"]
    assert facts.open_ssh == ("dal05-b",)
    assert len(warnings(facts, datetime.now(UTC))) == 3
    assert len(warnings(facts, datetime.now(UTC) + timedelta(days=820))) == 4


def test_a_stack_as_it_should_be_warns_of_nothing(config: dict[str, object]) -> None:
    run = run_program(config | {"softlayer-registry:sshFrom": ["192.0.2.0/24"]})
    assert [text for text in run.warnings if "cancel" in text or "firewall" in text] == []
    assert warnings(parse_facts("prod", plain(run.outputs["operate"])), datetime.now(UTC)) == ()


@pytest.mark.parametrize("networks", [[], ["192.0.2.0/24"]])
def test_ssh_that_is_open_to_everybody_is_warned_of(
    config: dict[str, object], monkeypatch: pytest.MonkeyPatch, networks: list[str]
) -> None:
    logged: list[str] = []
    monkeypatch.setattr("pulumi.log.warn", logged.append)
    run = run_program(config | {"softlayer-registry:sshFrom": networks})
    facts = parse_facts("prod", plain(run.outputs["operate"]))
    assert facts.open_ssh == (() if networks else ("dal05-a", "dal05-b"))
    assert ["firewall" in text for text in logged] == [False] * (not networks), "it is true already"
    assert ["SSH of dal05-a, dal05-b is open to everybody" in text for text in logged] == [True] * (
        not networks
    )
    summaries = [text.partition(";")[0] for text in warnings(facts, datetime.now(UTC))]
    assert summaries == ["dal05-a, dal05-b: SSH is open to everybody"] * (not networks)


def test_servers_without_use_are_warned_of(
    config: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    logged: list[str] = []
    monkeypatch.setattr("pulumi.log.warn", logged.append)
    standby = {**SERVERS[0], "name": "z", "datacenter": "ams01", "frontDoor": False}
    changes = {"servers": [*SERVERS, standby], "objectDatacenter": "dal05", "sshFrom": ["192.0.2.0/24"]}
    run = run_program(config | {f"softlayer-registry:{key}": value for key, value in changes.items()})
    (warning,) = logged
    assert warning.startswith("ams01-z: a role registry without a front door in the same datacenter")
    facts = parse_facts("prod", plain(run.outputs["operate"]))
    (text,) = warnings(facts, datetime.now(UTC))
    assert text == f"{warning}; then run `pulumi up`"


@given(st.timedeltas(timedelta(days=-400), timedelta(days=900)))
def test_a_certificate_is_warned_of_as_a_provided_one_is(remaining: timedelta) -> None:
    end = NOW + remaining
    warned = warnings(facts({"dal05-a modern": end.isoformat()}), NOW)
    assert bool(warned) is (expiry_warning(end, NOW) is not None)
    if warned:
        assert ("has expired" in warned[0]) is (remaining < timedelta(0))
        assert "docs/runbooks/certificate.md" in warned[0]


def test_an_end_that_nobody_can_read_is_a_warning() -> None:
    assert "is not readable, got 'soon'" in warnings(facts({"dal05-a modern": "soon"}), NOW)[0]


def facts(ends: dict[str, str]) -> Facts:
    return replace(Simulation().facts(), certificate_ends=ends)


def test_status_and_dashboard_show_them() -> None:
    simulation = Simulation()
    facts = replace(simulation.facts(), cancellations={"dal05-b": "2026-12-24"}, unguarded_doors=("dal05-a",))
    result = status("prod", simulation.operator().observe(facts), SimulatedStore(simulation))
    assert isinstance(result, StackStatus)
    assert result.as_json()["warnings"] == list(result.warnings)
    assert [text.partition(":")[0] for text in result.warnings] == ["dal05-b", "dal05-a"]
    assert alarms(DashboardState("prod", NOW, result))[-2:] == list(result.warnings)
    printed = Console(record=True, width=400)
    print_status(result, printed)
    assert "warning: dal05-b: its cancellation is scheduled for 2026-12-24" in printed.export_text()
