"""Everything on a server is created again with its next installation: replaced, reloaded or ordered again."""

import subprocess
from collections.abc import Iterator

import pytest

from settings.access.key_pair import KEY_VARIABLE
from tests.program.program_under_mocks import ProgramRun, address_of, hosts, plain, run_program

SHAPE = {"os": "DEBIAN_12_64", "cpus": 1, "memory": 2048, "datacenter": "dal05"}
SERVERS = [
    {**SHAPE, "name": "a", "frontDoor": True},
    {**SHAPE, "name": "b"},
    {**SHAPE, "name": "c", "role": "client"},
]


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, object]]:
    """A stack of a door, a standby and a client, with both generations, colours and a firewall."""
    folder = tmp_path_factory.mktemp("operator")
    key, archive = folder / "key", folder / "base.tar"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    archive.write_bytes(b"the base image")
    config: dict[str, object] = {
        "domain": "registry.example",
        "sshKeyFile": "~/.ssh/registry",
        "servers": SERVERS,
        "registryGeneration": "both",
        "registryBaseArchive": str(archive),
        "registryListen": "public",
        "firewall": True,
        "black": "2",
        "releases": {"1": {}, "2": {"memory": 600}},
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY_VARIABLE, str(key))
        yield {f"softlayer-registry:{key}": value for key, value in config.items()}


@pytest.fixture(scope="module")
def before(config: dict[str, object]) -> ProgramRun:
    """The run with which each change of an installation is compared."""
    return run_program(config, installations=dict.fromkeys(("dal05-a", "dal05-b", "dal05-c"), "7"))


def on_server(run: ProgramRun, server: str) -> dict[str, object]:
    """Return the inputs of all that reaches a server, by name."""
    address = address_of(server)
    return {resource.name: plain(resource.inputs) for resource, host in hosts(run) if host == address}


@pytest.mark.parametrize(("server", "least"), [("dal05-a", 20), ("dal05-b", 4), ("dal05-c", 3)])
def test_all_that_is_on_a_server_changes_with_its_installation(
    config: dict[str, object], before: ProgramRun, server: str, least: int
) -> None:
    had = on_server(before, server)
    has = on_server(run_program(config, installations={server: "7@2026-11-29T00:00:00Z"}), server)
    assert had.keys() == has.keys()
    assert len(had) >= least
    assert [name for name in had if had[name] == has[name]] == []


def test_upgrades_of_packages_are_declared_for_every_server_only_where_they_are_enabled(
    config: dict[str, object], before: ProgramRun
) -> None:
    def upgrades(run: ProgramRun) -> list[str]:
        # On a server that may be off, what is not enabled is declared as taken away.
        names = (
            resource.name
            for resource, _ in hosts(run)
            if not str(plain(resource.inputs.get("create"))).endswith(" no-updates")
        )
        return sorted(name for name in names if name.endswith(("-package-upgrade", "-security-updates")))

    assert upgrades(before) == []
    enabled = config | {
        "softlayer-registry:packageUpgrade": "2026-11-29", "softlayer-registry:securityUpdates": True,
    }  # fmt: skip
    assert upgrades(run_program(enabled)) == sorted(
        f"dal05-{server}-{kind}" for server in "abc" for kind in ("package-upgrade", "security-updates")
    )
