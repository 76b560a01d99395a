import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT
from tests.engine.plugin import Plugin
from tests.engine.recording_engine import RecordingEngine
from tests.engine.ssh_daemon import SshDaemon, make_key, ssh_daemon
from tests.engine.wire import Properties


@pytest.fixture(scope="session")
def bin_folder() -> Path:
    done = subprocess.run(
        [sys.executable, "-m", "dev.engine", "build"],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    assert len(lines) == 1, "standard output is one line, for scripts"
    return Path(lines[0])


@pytest.fixture
def backend(bin_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let this process use the engine, with states in a folder of the test's own, which is returned."""
    folder = tmp_path / "backend"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{bin_folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{folder}")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "a test's own")
    monkeypatch.setenv("PULUMI_SKIP_UPDATE_CHECK", "1")
    return folder


@pytest.fixture
def clean_environment() -> dict[str, str]:
    """Without an SSH agent or Docker host of whoever runs the tests."""
    return {name: value for name, value in os.environ.items() if name not in {"SSH_AUTH_SOCK", "DOCKER_HOST"}}


@pytest.fixture
def engine_log() -> Iterator[RecordingEngine]:
    with RecordingEngine() as engine:
        yield engine


@pytest.fixture
def command(
    bin_folder: Path, engine_log: RecordingEngine, clean_environment: dict[str, str]
) -> Iterator[Plugin]:
    with Plugin(bin_folder / "pulumi-resource-command", engine_log.address, clean_environment) as plugin:
        plugin.configure()
        yield plugin


@pytest.fixture
def docker(
    bin_folder: Path, engine_log: RecordingEngine, clean_environment: dict[str, str]
) -> Iterator[Plugin]:
    with Plugin(bin_folder / "pulumi-resource-docker", engine_log.address, clean_environment) as plugin:
        yield plugin


@pytest.fixture(scope="session")
def client_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_key(tmp_path_factory.mktemp("client") / "key")


@pytest.fixture(scope="session")
def sshd(tmp_path_factory: pytest.TempPathFactory, client_key: Path) -> Iterator[SshDaemon]:
    with ssh_daemon(tmp_path_factory.mktemp("sshd"), client_key.with_suffix(".pub")) as daemon:
        yield daemon


@pytest.fixture
def connection(sshd: SshDaemon, client_key: Path) -> Properties:
    return {
        "host": "127.0.0.1",
        "port": sshd.port,
        "privateKey": client_key.read_text(),
        "hostKey": sshd.host_key,
        "dialErrorLimit": 0,
    }
