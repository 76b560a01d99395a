"""Facts of a stack in the home folder: nobody without the operator's SSH key reads a secret there."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from operate.error import OperateError
from operate.stack.facts_cache import FactsCache, facts_cache
from operate.stack.facts_output import parse_facts
from tests.unit.operate.stack.operate_output import OUTPUT, SECRETS


def keeper(folder: Path, key: str = "a private key", environment: str = "prod") -> FactsCache:
    place = folder / "key"
    place.write_text(key)
    return FactsCache(folder / "kept", environment, lambda: place)


def kept_file(folder: Path) -> Path:
    (file,) = (folder / "kept").iterdir()
    return file


def test_the_file_shows_addresses_and_host_keys_only(tmp_path: Path) -> None:
    kept = keeper(tmp_path)
    kept.write(OUTPUT)
    text = kept_file(tmp_path).read_text()
    assert [name for name, secret in SECRETS.items() if secret in text] == []
    content = json.loads(text)
    assert set(content) == {"servers", "sealed"}
    assert content["servers"] == {
        "dal05-a": {"address": "198.51.100.1", "hostKey": "ssh-ed25519 AAAA"},
        "dal05-b": {"address": "198.51.100.2", "hostKey": "ssh-ed25519 AAAA"},
    }
    assert kept_file(tmp_path).stat().st_mode & 0o777 == 0o600
    assert kept.read() == parse_facts("prod", OUTPUT)


def test_another_key_or_another_environment_reads_nothing(tmp_path: Path) -> None:
    keeper(tmp_path).write(OUTPUT)
    assert keeper(tmp_path, "another private key").read() is None
    kept_file(tmp_path).rename(
        kept_file(tmp_path).with_name(kept_file(tmp_path).name.replace("prod", "test"))
    )
    assert keeper(tmp_path, environment="test").read() is None


def test_a_deleted_file_leaves_those_of_others(tmp_path: Path) -> None:
    keeper(tmp_path).write(OUTPUT)
    kept_file(tmp_path).with_suffix(".4711").touch()
    keeper(tmp_path, environment="prod2").write(OUTPUT)
    keeper(tmp_path).delete()
    assert kept_file(tmp_path).name.startswith("prod2-")
    keeper(tmp_path).delete()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=80), st.integers(0, 10_000))
def test_a_file_that_somebody_changed_is_left_alone(tmp_path: Path, noise: bytes, position: int) -> None:
    kept = keeper(tmp_path)
    kept.write(OUTPUT)
    before = kept_file(tmp_path).read_bytes()
    place = position % len(before)
    kept_file(tmp_path).write_bytes(before[:place] + noise + before[place + len(noise) :])
    assert kept.read() in (None, parse_facts("prod", OUTPUT))


def test_without_a_key_no_file_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv("SOFTLAYER_REGISTRY_SSH_KEY", raising=False)
    kept = facts_cache("prod", tmp_path / "Pulumi.prod.yaml")
    kept.write(OUTPUT)
    assert kept.read() is None
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_lacks_facts_is_an_error(tmp_path: Path) -> None:
    kept = keeper(tmp_path)
    kept.write({"doors": []})
    with pytest.raises(OperateError, match="its output `operate`"):
        kept.read()
