"""The stack's configuration as Pulumi hands it to the program: settings and secrets judged together."""

import asyncio
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pulumi
import pytest

from settings import Settings, SettingsError
from settings.access.secrets import Secrets
from settings.configuration import read
from tests.support.authorities import Shape, ca, issue, key_of, key_pem

SERVER = {"name": "a", "datacenter": "dal05", "os": "DEBIAN_12_64", "flavor": "B1_2X4X100"}
MINIMAL = {"domain": "registry.example", "servers": [SERVER]}


@pytest.fixture(autouse=True)
def _loop() -> Iterator[None]:
    """Secrets are Outputs, which live in a loop."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    pulumi.runtime.set_all_config({})
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()


def read_stack(values: dict[str, object]) -> tuple[Settings, Secrets]:
    texts = {
        f"softlayer-registry:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in values.items()
    }
    pulumi.runtime.set_all_config(texts)
    return read(pulumi.Config("softlayer-registry"))


def mistakes(values: dict[str, object]) -> str:
    with pytest.raises(SettingsError) as failure:
        read_stack(values)
    return str(failure.value)


def test_mistakes_of_settings_and_of_secrets_are_reported_together() -> None:
    message = mistakes(
        {
            "servers": [SERVER],
            "sshKeyFile": "nonexistent/key",
            "registryPort": "many",
            "registryStorage": "s3",
            "registryUsers": {"bob": 271828},
            "registryPassword": "hidden" * 20,
            "registrySecret": "hidden",
        }
    )
    keys = (
        "domain", "sshKeyFile", "registryPort", "s3Endpoint", "registryUsers", "registryPassword",
        "registrySecret", "s3AccessKey", "s3SecretKey",
    )  # fmt: skip
    assert [key for key in keys if f"\n  {key}: " not in message] == []
    assert "271828" not in message
    assert "hidden" not in message


def test_mistakes_are_printed_by_pulumi_without_a_traceback() -> None:
    with pytest.raises(pulumi.RunError, match=r"the stack file has [2-9] mistakes; nothing was ordered"):
        read_stack(MINIMAL | {"registryPort": 70000})


def test_archives_that_are_not_there_are_named_before_anything_is_built() -> None:
    stack = {**MINIMAL, "red": "1", "black": "2", "registryBaseArchive": "/nonexistent/base.tar"}
    message = mistakes({**stack, "releases": {"1": {}, "2": {"baseArchive": "~/absent.tar"}}})
    for key in ("registryBaseArchive", "releases.2.baseArchive"):
        assert f"\n  {key}: must be an archive of `docker save` on this machine, and there is no" in message


def test_users_that_are_no_json_are_not_quoted() -> None:
    assert "hidden" not in mistakes({**MINIMAL, "registryUsers": "{hidden"})


def pair(tmp_path: Path) -> str:
    file = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(file)], check=True)
    # Relative to the program's folder, as it stands in a stack file that operators share.
    return os.path.relpath(file)


def certified(tmp_path: Path, **certificate: object) -> dict[str, object]:
    return {
        **MINIMAL,
        "sshKeyFile": pair(tmp_path),
        "registryName": "registry.example.com",
        "registryCertificate": issue(Shape("server", "root", **certificate)),  # type: ignore[arg-type]
        "registryCertificateKey": key_pem(key_of("server")),
        "registryCertificateAuthority": issue(ca("root")),
    }


def test_a_certificate_is_judged_with_all_else_and_for_the_name(tmp_path: Path) -> None:
    values = certified(tmp_path)
    settings, secrets = read_stack(values)
    assert settings.access.certificate
    assert secrets.certificate_key is not None
    message = mistakes(
        values | {"registryName": "other.example.com", "registryCertificateAuthority": "", "domain": "-"}
    )
    assert "\n  domain: " in message
    assert "\n  registryCertificate: 'CN=server' is issued by 'CN=root', which is neither" in message
    assert "not for other.example.com" in message
    assert "PRIVATE KEY" not in message


@pytest.mark.parametrize(("days", "warned"), [(20.9, True), (21.1, False)])
def test_a_certificate_near_its_end_is_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: float, warned: bool
) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warnings.append)
    read_stack(certified(tmp_path, end=days))
    assert any("registryCertificate expires on" in warning for warning in warnings) is warned
