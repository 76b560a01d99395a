"""Secrets of a stack with the real engine: recorded, written to the stack file, under another passphrase."""

import json
import os
import subprocess
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pytest
from pulumi import automation

from components.registry.colour_recipe import state_record
from operate.error import NotStartedError
from operate.lock.write_guard import UnavailableLock, WriteGuard
from operate.rotate.kinds.passphrase import PassphraseChange, _run_pulumi
from operate.rotate.secret_setting import SecretSettings
from operate.stack.automation.pulumi_workspace import StackPlace

OLD, NEW = "the passphrase from before", "the passphrase that follows"
SECRET = {"http.secret": "first secret of a registry"}


@dataclass
class Program:
    """Records secrets, or keeps those that were recorded."""

    secrets: Mapping[str, str]
    keep: bool = False

    def __call__(self) -> None:
        value = pulumi.Output.secret(dict(self.secrets))
        kept = state_record("a-secrets", value, keep=self.keep, installation="one")
        pulumi.export("kept", kept.apply(lambda secrets: secrets["http.secret"]))


@pytest.fixture
def program() -> Program:
    return Program(SECRET)


@pytest.fixture
def stack(
    program: Program, backend: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> automation.Stack:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "Pulumi.yaml").write_text("name: softlayer-registry\nruntime: python\n")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", OLD)
    workspace = automation.LocalWorkspace(work_dir=str(tmp_path / "work"), program=program)
    return automation.Stack.create_or_select("kept", workspace)


@pytest.fixture
def place(stack: automation.Stack) -> StackPlace:
    folder = Path(stack.workspace.work_dir)
    return StackPlace("kept", folder / "Pulumi.kept.yaml", folder)


def setting(place: StackPlace, key: str, passphrase: str = OLD) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["pulumi", "config", "get", "--path", f"softlayer-registry:{key}", "--stack", "kept"],
        cwd=place.program, capture_output=True, text=True, check=False,
        env={**os.environ, "PULUMI_CONFIG_PASSPHRASE": passphrase},
    )  # fmt: skip


def test_a_kept_record_has_the_secrets_from_before_and_shows_none(
    stack: automation.Stack, program: Program, tmp_path: Path
) -> None:
    stack.up()
    program.secrets, program.keep = {"http.secret": "second secret of a registry"}, True
    stack.preview()
    kept = stack.up().outputs["kept"]
    assert (kept.value, kept.secret) == (SECRET["http.secret"], True)
    program.keep = False
    assert stack.up().outputs["kept"].value == "second secret of a registry"
    for file in (tmp_path / "backend").rglob("*"):
        assert not file.is_file() or "secret of a registry" not in file.read_text(errors="replace")


def test_secrets_are_written_encrypted_whatever_is_in_them(place: StackPlace) -> None:
    secrets = SecretSettings(place, WriteGuard(UnavailableLock()))
    pem = "-----BEGIN PRIVATE KEY-----\nMIG\n-----END PRIVATE KEY-----\n"
    for key, secret in {'registryUsers["jane.doe"]': "-pass word", "registryCertificateKey": pem}.items():
        secrets.write(key, secret)
        read = setting(place, key)
        assert read.returncode == 0, read.stderr
        assert read.stdout.strip() == secret.strip()
    text = place.file.read_text()
    assert "pass word" not in text
    assert "MIG" not in text
    assert text.count("secure:") == 2


def test_another_passphrase_opens_file_and_state_and_the_old_one_neither(
    stack: automation.Stack, place: StackPlace
) -> None:
    SecretSettings(place, WriteGuard(UnavailableLock())).write("registryPassword", "a secret of the file")
    stack.up()
    change = PassphraseChange(place, NEW, lambda call: _run_pulumi("kept", call), nullcontext)
    change.make()
    _assert_opened_by(NEW, OLD, place)
    with pytest.raises(NotStartedError, match="opens the stack already"):
        change.make()
    _assert_opened_by(NEW, OLD, place)
    assert not change.folder.exists()


def _assert_opened_by(passphrase: str, refused: str, place: StackPlace) -> None:
    """Assert that a passphrase opens the stack file and the state, and the refused one neither."""
    assert setting(place, "registryPassword", passphrase).stdout.strip() == "a secret of the file"
    assert setting(place, "registryPassword", refused).returncode != 0
    assert _kept_output(place, passphrase) == SECRET["http.secret"]
    assert _kept_output(place, refused) is None


def _kept_output(place: StackPlace, passphrase: str) -> str | None:
    """Return the secret in the output `kept`; None if the passphrase does not open the state."""
    read = subprocess.run(
        ["pulumi", "stack", "output", "--show-secrets", "--json", "--stack", "kept"],
        cwd=place.program, capture_output=True, text=True, check=False,
        env={**os.environ, "PULUMI_CONFIG_PASSPHRASE": passphrase},
    )  # fmt: skip
    return str(json.loads(read.stdout)["kept"]) if read.returncode == 0 else None
