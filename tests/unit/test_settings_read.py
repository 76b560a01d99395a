"""The stack's configuration as Pulumi hands it to the program: settings and secrets judged together."""

import asyncio
import json
from collections.abc import Iterator

import pulumi
import pytest

from settings import Secrets, Settings, SettingsError, read

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
            "sshKeyFile": "/nonexistent/key",
            "registryPort": "many",
            "registryStorage": "s3",
            "registryUsers": {"bob": 271828},
            "registryPassword": "hidden" * 20,
        }
    )
    keys = (
        "domain", "sshKeyFile", "registryPort", "s3Endpoint", "registryUsers", "registryPassword",
        "registrySecret", "s3AccessKey", "s3SecretKey",
    )  # fmt: skip
    assert [key for key in keys if f"\n  {key}: " not in message] == []
    assert "271828" not in message
    assert "hidden" not in message


def test_users_that_are_no_json_are_not_quoted() -> None:
    assert "hidden" not in mistakes({**MINIMAL, "registryUsers": "{hidden"})
