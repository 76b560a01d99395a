"""The operator's key, by which tests of edited stack files run the program."""

import subprocess
from pathlib import Path

import pytest

from settings.access.key_pair import KEY_VARIABLE


@pytest.fixture(scope="session")
def operator_key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A private key, made once a worker: a fixture of a module would tie its tests to one worker."""
    key = tmp_path_factory.mktemp("operator") / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    return key


@pytest.fixture
def operator_key(operator_key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment names the operator's key."""
    monkeypatch.setenv(KEY_VARIABLE, str(operator_key_file))
