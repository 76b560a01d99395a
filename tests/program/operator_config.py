"""A stack file of one server whose operator has a key and an archive, and runs of the program with it."""

import subprocess
from collections.abc import Iterator, Mapping

import pytest

from settings.access.key_pair import KEY_VARIABLE
from tests.program.program_under_mocks import ProgramRun, run_program

Config = dict[str, object]


SERVER = {"name": "a", "os": "DEBIAN_12_64", "cpus": 1, "memory": 2048, "datacenter": "dal05"}


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Config]:
    """A stack file, whose key and archive exist while the module runs."""
    folder = tmp_path_factory.mktemp("operator")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "key")], check=True)
    (folder / "base.tar").write_bytes(b"a base image")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY_VARIABLE, str(folder / "key"))
        yield {
            "domain": "registry.example", "sshKeyFile": "~/.ssh/registry", "servers": [SERVER],
            "firewall": False, "registryGeneration": "both",
            "registryBaseArchive": str(folder / "base.tar"),
        }  # fmt: skip


@pytest.fixture
def config(operator: Config) -> Config:
    return dict(operator)


def run(config: Mapping[str, object], **settings: object) -> ProgramRun:
    values = {**config, **settings}
    return run_program({f"softlayer-registry:{key}": value for key, value in values.items()})
