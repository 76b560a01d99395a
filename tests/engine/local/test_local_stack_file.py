"""The file of the stack `local` is the operator's from its first `make up` until `make down`."""

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from dev.local import process
from dev.local.environment import CHECKOUT, STACK, Environment, LocalError
from dev.local.stack import stack as local_stack
from dev.local.stack.stack import Stack
from dev.local.stack.stack_file import TRACKED_FILE, StackFile
from dev.local.stack.state import move_endpoint

URL = "http://127.0.0.1:{}/xmlrpc/v3.1/"


def set_port(environment: Environment, port: int) -> None:
    environment.cloud.mkdir(parents=True, exist_ok=True)
    credentials = {"username": "SL1", "api_key": "key", "endpoint_xmlrpc": URL.format(port)}
    (environment.cloud / "cloud.json").write_text(json.dumps(credentials))


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    environment = Environment(tmp_path / "state")
    set_port(environment, 8780)
    return environment


def settings(environment: Environment) -> dict[str, object]:
    config: dict[str, object] = yaml.safe_load(environment.stack_file.read_text())["config"]
    return config


def test_a_second_up_keeps_what_operate_and_the_operator_wrote(
    environment: Environment, bin_folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    stack = Stack(environment, bin_folder)
    stack.prepare()
    first = settings(environment)
    tracked = yaml.safe_load(TRACKED_FILE.read_text())["config"]
    assert {name for name in first if first[name] != tracked[name]} <= {
        "softlayer:endpointUrl", "softlayer-registry:registryBaseArchive",
    }  # fmt: skip

    place = ["--stack", STACK, "--config-file", str(environment.stack_file), "--non-interactive"]
    for words in (["--secret", "registryPassword", "random"], ["live", "black"]):
        subprocess.run(
            ["pulumi", "config", "set", *place, *words],
            cwd=CHECKOUT, env=environment.variables(bin_folder), check=True,
        )  # fmt: skip
    text = environment.stack_file.read_text().replace(
        "  softlayer-registry:live:", "  # of the operator\n  softlayer-registry:live:"
    )
    assert "encryptionsalt" in text
    environment.stack_file.write_text(text)
    Stack(environment, bin_folder).prepare()
    assert environment.stack_file.read_text() == text

    set_port(environment, 9999)
    Stack(environment, bin_folder).prepare()
    assert environment.stack_file.read_text() == text.replace(URL.format(8780), URL.format(9999))
    assert "begin anew" not in capfd.readouterr().err


def test_a_changed_file_of_the_checkout_is_named_and_not_taken(
    environment: Environment,
    bin_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    tracked = tmp_path / TRACKED_FILE.name
    tracked.write_text(TRACKED_FILE.read_text())
    monkeypatch.setattr(local_stack, "StackFile", lambda environment: StackFile(environment, tracked))
    Stack(environment, bin_folder).prepare()
    text = environment.stack_file.read_text()
    tracked.write_text("# a comment\n" + TRACKED_FILE.read_text())
    Stack(environment, bin_folder).prepare()
    assert "begin anew" not in capfd.readouterr().err

    tracked.write_text(TRACKED_FILE.read_text().replace("memory: 2048", "memory: 4096"))
    Stack(environment, bin_folder).prepare()
    assert environment.stack_file.read_text() == text
    (line,) = [line for line in capfd.readouterr().err.splitlines() if "begin anew" in line]
    assert str(environment.stack_file) in line
    assert "make down" in line


@pytest.mark.parametrize("text", ["config: {a: [", "", "config: 7", "- a"])
def test_a_broken_file_is_left_as_it_is(environment: Environment, bin_folder: Path, text: str) -> None:
    stack = Stack(environment, bin_folder)
    stack.prepare()
    environment.stack_file.write_text(text)
    with pytest.raises(LocalError, match=r"Pulumi\.local\.yaml: .*begin anew with make down"):
        stack.prepare()
    assert environment.stack_file.read_text() == text


def test_a_destroyed_stack_is_forgotten_in_few_lines(
    environment: Environment, bin_folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    stack = Stack(environment, bin_folder)
    stack.prepare()
    capfd.readouterr()
    stack.destroy()
    assert not stack.exists()
    printed = capfd.readouterr()
    lines = (printed.out + printed.err).splitlines()
    assert not [line for line in lines if "stack rm" in line or "removed" in line], lines
    assert lines[-1].partition(" s  ")[2].startswith("pulumi destroy: ")
    assert len(lines) < 6, lines
    assert "Destroying (local)" in environment.pulumi_log.read_text()


def provider(port: int) -> dict[str, Any]:
    """Return the provider of a stack's state, as an `up` leaves it."""
    endpoint = {"endpointUrl": URL.format(port)}
    return {
        "urn": f"urn:pulumi:{STACK}::softlayer-registry::pulumi:providers:softlayer::default",
        "custom": True, "id": "9b2a8a04-8a04-4a04-9a04-9b2a8a048a04", "type": "pulumi:providers:softlayer",
        "inputs": endpoint, "outputs": endpoint,
    }  # fmt: skip


def test_a_stack_is_destroyed_at_the_endpoint_of_its_cloud(
    environment: Environment, bin_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An `up --port` that was ended early moved the cloud, and its Pulumi never learned of it."""
    stack = Stack(environment, bin_folder)
    stack.prepare()

    def pulumi(verb: str, text: str = "") -> str:
        return subprocess.run(
            ["pulumi", "stack", verb, "--stack", STACK, "--non-interactive"], cwd=CHECKOUT,
            env=environment.variables(bin_folder), check=True, capture_output=True, text=True, input=text,
        ).stdout  # fmt: skip

    state = json.loads(pulumi("export"))
    state["deployment"]["resources"] = [provider(8780)]
    pulumi("import", json.dumps(state))
    set_port(environment, 9999)
    endpoints: list[object] = []

    def follow(
        command: Sequence[str], log: Path, take_line: Callable[[str], None], variables: Mapping[str, str]
    ) -> None:
        (resource,) = json.loads(pulumi("export"))["deployment"]["resources"]
        endpoints.append((resource["inputs"]["endpointUrl"], resource["outputs"]["endpointUrl"]))
        process.follow(command, log, take_line, variables)

    monkeypatch.setattr(local_stack, "follow", follow)
    stack.destroy()
    assert endpoints == [(URL.format(9999), URL.format(9999))]
    assert not stack.exists()


def test_only_the_providers_of_the_account_are_moved() -> None:
    other = {**provider(8780), "type": "pulumi:providers:docker"}
    without = {**provider(8780), "inputs": {}, "outputs": {}}
    state = {"deployment": {"resources": [provider(8780), other, without]}}
    assert move_endpoint(state, URL.format(9999))
    assert state == {"deployment": {"resources": [provider(9999), other, without]}}
    assert not move_endpoint(state, URL.format(9999))
    assert not move_endpoint({"deployment": {}}, URL.format(9999))
