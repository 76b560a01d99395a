"""What Pulumi refuses to delete, by kind; and the check that a destroy begins with."""

import subprocess
from pathlib import Path

import pytest

from settings.access.key_pair import KEY_VARIABLE
from tests.program.program_under_mocks import ProgramRun, plain, run_program

KINDS = {
    "servers": {"softlayer:index:VirtualGuest", "softlayer:index:BareMetalServer"},
    "images": {
        "softlayer:index:ObjectStorageAccount",
        "softlayer:index:ObjectStorageContainer",
        "softlayer:index:RandomSecret",
    },
    "addresses": {"softlayer:index:GlobalIp"},
}
SHAPE = {"os": "DEBIAN_12_64", "datacenter": "dal05", "hourly": False}
METAL = {**SHAPE, "preset": "S1270_32GB_2X960GBSSD_NORAID", "role": "client"}
SERVERS = [
    {**SHAPE, "name": "a", "cpus": 1, "memory": 2048},
    {**METAL, "name": "b"},
    {**METAL, "name": "c", "cancellation": "anniversary"},
]


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """A stack with all that is protected: virtual servers and metal, Swift, a global IP."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")], check=True)
    monkeypatch.setenv(KEY_VARIABLE, str(tmp_path / "key"))
    config: dict[str, object] = {
        "domain": "registry.example",
        "sshKeyFile": "~/.ssh/registry",
        "servers": SERVERS,
        "registryListen": "public",
        "globalIp": True,
        "legacyContainer": "old",
    }
    return {f"softlayer-registry:{key}": value for key, value in config.items()}


def protected(run: ProgramRun) -> set[str]:
    return {request.type for request in run.requests if request.protect}


@pytest.mark.parametrize("off", [("servers",), ("images", "addresses")])
def test_each_kind_is_protected_by_itself(config: dict[str, object], off: tuple[str, ...]) -> None:
    run = run_program(config | {"softlayer-registry:protect": dict.fromkeys(off, False)})
    assert protected(run) == {token for kind in KINDS if kind not in off for token in KINDS[kind]}
    assert run.resource("destroy-check").inputs.get("protected", []) == [
        kind for kind in KINDS if kind not in off
    ]


def test_the_check_depends_on_all_else_and_knows_what_is_refused(config: dict[str, object]) -> None:
    run = run_program(config)
    inputs = plain(run.resource("destroy-check").inputs)
    assert inputs == {
        "protected": ["servers", "images", "addresses"],
        "monthlyServers": ["dal05-a", "dal05-b"],
        "authUrl": "https://swift.example/auth/v1.0",
        "username": "SLOS1-1:SL1",
        "containers": ["docker", "old"],
        "forceDestroy": False,
    }
    (check,) = [request for request in run.requests if request.name == "destroy-check"]
    depended = {urn.split("::")[-1] for urn in check.dependencies}
    rest = {
        request.name
        for request in run.requests
        if request.custom and not request.type.startswith("pulumi:") and request is not check
    }
    assert rest - depended == set()
    assert len(rest) > 25


def test_a_bucket_is_nobody_s_to_delete(config: dict[str, object]) -> None:
    keys = {"s3Endpoint": "https://s3.example.com", "s3Region": "us-south", "s3Bucket": "images"}
    keys |= dict.fromkeys(("s3AccessKey", "s3SecretKey", "registrySecret"), "0123456789abcdef" * 2)
    bucket = {f"softlayer-registry:{key}": value for key, value in (keys | {"registryStorage": "s3"}).items()}
    run = run_program(
        {key: value for key, value in config.items() if "legacy" not in key} | bucket, preview=True
    )
    assert set(run.resource("destroy-check").inputs) == {"protected", "monthlyServers"}


def test_servers_that_stand_in_for_each_other_take_turns(config: dict[str, object]) -> None:
    doors = [{**SERVERS[0], "name": name, "frontDoor": True} for name in ("a", "b")]
    run = run_program(config | {"softlayer-registry:servers": [*doors, SERVERS[2]]})
    hooked = {request.name: request.hooks for request in run.requests if request.hooks.before_update}
    assert set(hooked) == {"dal05-a", "dal05-b"}
    assert all(hooks.after_update and hooks.on_error for hooks in hooked.values())
