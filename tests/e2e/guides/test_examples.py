"""The example stacks: refused with their placeholders, previewable on the local cloud once filled in."""

from pathlib import Path

import pytest
import yaml

from dev.local.environment import CHECKOUT
from harness.stack.example_stack import ExampleStack
from harness.stack.live_stack import LiveRegistry, made_image

EXAMPLES = {"single": 1, "two-datacenters": 3, "cos": 2, "article": 2}
SECRETS = {"s3AccessKey": "an-access-key", "s3SecretKey": "a-secret-key"}
PLACEHOLDER = "CHANGE-ME"


def test_every_stack_is_an_example_or_local() -> None:
    names = {file.name.split(".")[1] for file in (CHECKOUT / "stacks").glob("Pulumi.*.yaml")}
    assert names == {*EXAMPLES, "local"}


@pytest.mark.parametrize(("name", "servers"), EXAMPLES.items())
def test_an_example_is_previewable(registry: LiveRegistry, tmp_path: Path, name: str, servers: int) -> None:
    example = yaml.safe_load((CHECKOUT / "stacks" / f"Pulumi.{name}.yaml").read_text())
    config = example["config"]
    if "softlayer-registry:legacyBaseArchive" in config:
        config["softlayer-registry:legacyBaseArchive"] = str(made_image("legacy-base"))
    if name == "cos":
        config |= {f"softlayer-registry:{key}": secret for key, secret in SECRETS.items()}
    filled = yaml.safe_dump({"config": config}).replace(PLACEHOLDER, "test")
    done = ExampleStack(registry, tmp_path, filled).act("preview")
    assert done.returncode == 0, done.stdout
    created = [line for line in done.stdout.splitlines() if "softlayer:index:VirtualGuest" in line]
    assert len(created) == servers, done.stdout


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_placeholder_is_refused(registry: LiveRegistry, tmp_path: Path, name: str) -> None:
    text = (CHECKOUT / "stacks" / f"Pulumi.{name}.yaml").read_text()
    done = ExampleStack(registry, tmp_path, text).act("preview")
    assert done.returncode != 0
    assert "domain: must be a DNS domain" in done.stdout
    assert PLACEHOLDER in done.stdout


@pytest.mark.expected_seconds(60)
def test_one_server_alone_is_pushed_to_and_pulled_from(registry: LiveRegistry, tmp_path: Path) -> None:
    """As `single`, where one machine and the local base image have to do."""
    settings = yaml.safe_load(registry.environment.stack_file.read_text())["config"]
    settings |= {
        "softlayer-registry:servers": settings["softlayer-registry:servers"][:1],
        "softlayer-registry:objectContainer": "alone",
        "softlayer-registry:registryPassword": "a-chosen-password",
    }
    example = ExampleStack(registry, tmp_path, yaml.safe_dump({"config": settings}))
    try:
        done = example.act("up", "--yes", "--skip-preview")
        assert done.returncode == 0, done.stdout
        assert "a-chosen-password" not in done.stdout
        outputs = example.outputs()
        assert outputs["password"] == "[secret]"
        assert list(outputs["verifiedDigests"]) == ["dal05"]  # type: ignore[call-overload]
        again = example.act("up", "--yes", "--skip-preview", "--expect-no-changes")
        assert again.returncode == 0, again.stdout
    finally:
        ended = example.act("destroy", "--yes", "--skip-preview")
    assert ended.returncode == 0, ended.stdout
    assert registry.pulumi("preview", "--expect-no-changes").returncode == 0
