"""What `operate` knows of a stack: its outputs, through the Automation API and a real engine."""

import os
from pathlib import Path

import pulumi
import pytest
from pulumi import automation

from operate.error import OperateError
from operate.migration.stack_access import told_by
from operate.stack import outputs

ENDS = {
    "swift": {"authUrl": "https://dal05/auth/v1.0", "username": "SLOS1-1:SL1", "key": "a test's own"},
    "legacy": {"container": "docker", "storagePath": "/registry"},
    "registry": {"endpoint": "https://registry:5000", "user": "pusher", "password": "a test's own"},
}


@pytest.fixture
def backend(bin_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "backend"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{bin_folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{folder}")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "a test's own")
    monkeypatch.setenv("PULUMI_SKIP_UPDATE_CHECK", "1")
    return folder


def test_the_secret_output_is_read(backend: Path) -> None:
    def program() -> None:
        pulumi.export("operate", pulumi.Output.secret(ENDS))

    stack = automation.create_stack("legacy", project_name="softlayer-registry", program=program)
    stack.up()
    told = told_by(outputs("legacy"))
    assert told["key"] == told["password"] == "a test's own"
    assert told["storage_path"] == "/registry"
    state = b"".join(file.read_bytes() for file in backend.rglob("*") if file.is_file())
    assert b"legacy" in state
    assert b"a test's own" not in state


def test_a_stack_that_is_not_there_is_one_line(backend: Path) -> None:
    with pytest.raises(OperateError) as refused:
        outputs("absent")
    assert str(refused.value).startswith("environment absent: no stack named 'absent' found")
    assert "\n" not in str(refused.value)


def test_without_an_engine_the_remedy_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OperateError, match="python -m engine build"):
        outputs("local")
