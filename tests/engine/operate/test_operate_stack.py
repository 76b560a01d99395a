"""What `operate` knows of a stack: its outputs, through the Automation API and a real engine."""

import subprocess
from pathlib import Path

import pulumi
import pytest
from pulumi import automation

from operate.error import OperateError
from operate.migration.stack_access import values_from_outputs
from operate.stack.automation.outputs import outputs
from operate.stack.config.stack_file import PROGRAM
from operate.stack.provider_configuration import provider_configuration

ENDS = {
    "swift": {"authUrl": "https://dal05/auth/v1.0", "username": "SLOS1-1:SL1", "key": "a test's own"},
    "legacy": {"container": "docker", "storagePath": "/registry"},
    "registry": {"endpoint": "https://registry:5000", "user": "pusher", "password": "a test's own"},
}


def test_the_secret_output_is_read(backend: Path) -> None:
    def program() -> None:
        pulumi.export("operate", pulumi.Output.secret(ENDS))

    stack = automation.create_stack("legacy", project_name="softlayer-registry", program=program)
    stack.up()
    values = values_from_outputs(outputs("legacy"))
    assert values["key"] == values["password"] == "a test's own"
    assert values["storage_path"] == "/registry"
    state = b"".join(file.read_bytes() for file in backend.rglob("*") if file.is_file())
    assert b"legacy" in state
    assert b"a test's own" not in state


def test_a_stack_that_is_not_there_is_one_line(backend: Path) -> None:
    with pytest.raises(OperateError) as refused:
        outputs("absent")
    assert str(refused.value).startswith("environment absent: there is no stack of that name in file://")
    assert "\n" not in str(refused.value)


def test_without_an_engine_the_remedy_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OperateError, match=r"python -m dev\.engine build"):
        outputs("article")


def test_the_provider_s_settings_are_read_from_the_stack_s_file(backend: Path, tmp_path: Path) -> None:
    automation.create_stack("routed", project_name="softlayer-registry", program=lambda: None)
    file = tmp_path / "Pulumi.routed.yaml"
    file.write_text("config:\n  softlayer:username: me\n  softlayer-registry:domain: a.example\n")
    for secret in ((), ("--secret",)):
        subprocess.run(
            ["pulumi", "config", "set", "--stack", "routed", "--config-file", str(file), *secret,
             "softlayer:apiKey" if secret else "softlayer:timeout", "a test's own" if secret else "30"],
            cwd=PROGRAM, check=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    assert "a test's own" not in file.read_text()
    settings = provider_configuration("routed", file)
    assert settings == {"username": "me", "apiKey": "a test's own", "timeout": "30"}


def test_settings_of_a_stack_that_is_not_there_are_one_line(backend: Path, tmp_path: Path) -> None:
    with pytest.raises(OperateError, match="environment absent: its configuration cannot be read") as refused:
        provider_configuration("absent", tmp_path / "Pulumi.absent.yaml")
    assert "\n" not in str(refused.value)
