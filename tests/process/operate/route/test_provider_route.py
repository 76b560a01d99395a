"""The provider's settings are read from a copy of the stack file, into which Pulumi writes its salt."""

import json
from pathlib import Path

import pytest

from operate.stack.provider_configuration import provider_configuration
from tests.process.operate.stack.automation.scripted_pulumi import make_pulumi

TEXT = "config:\n  # by hand\n  softlayer-registry:live: red\n"
SALT = "encryptionsalt: v1:a:v1:b:c\n"


def test_the_provider_s_settings_are_read_from_a_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(TEXT)
    answer = json.dumps({"softlayer:username": {"value": "somebody"}})
    script = (
        'while [ "$1" != --config-file ]; do shift; done\n' + f"echo {SALT.strip()} >> $2; echo '{answer}'"
    )
    make_pulumi(tmp_path, monkeypatch, script)
    assert provider_configuration("prod", file) == {"username": "somebody"}
    assert file.read_text() == TEXT
