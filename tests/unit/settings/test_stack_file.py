"""A stack file is read as Pulumi reads it, so that what is judged without Pulumi is what the program gets."""

import io
import json
from pathlib import Path

import pytest

from settings.check import main, problems_of
from settings.stack_file import read_file
from tests.support.stack_settings import MINIMAL, write_stack_file

_MINIMAL_FILE = """
config:
  softlayer-registry:domain: registry.example
  sshKeyFile: ~/.ssh/id_ed25519
  softlayer-registry:config:servers: [{name: a, datacenter: dal05, os: DEBIAN_12_64, flavor: B1_2X4X100}]
"""


def check(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], **changes: object
) -> tuple[list[str], list[str]]:
    """The problems of a file with some changes, and what was not read."""
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(changes)))
    assert main(["--without-key", "--without-secrets", "--changes", str(file)]) == 0
    answer = json.loads(capsys.readouterr().out)
    return answer["problems"], answer["unread"]


def test_pulumi_s_other_forms_of_a_key_are_settings(tmp_path: Path) -> None:
    (tmp_path / "stack.yaml").write_text(_MINIMAL_FILE)
    file = read_file(tmp_path / "stack.yaml")
    assert file.values == MINIMAL
    assert problems_of(file.values, with_secrets=False, with_key=False) == []


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("red: 1", "1"),
        ("red: true", "true"),
        ("packageUpgrade: 2026-11-30", "2026-11-30"),
        ("black: yes", "yes"),
        ("registryPort: '5001'", 5001),
        ("firewall: 'false'", False),
        ("firewall: no", "no"),
        ("sshFrom: '[\"192.0.2.0/24\"]'", ["192.0.2.0/24"]),
    ],
)
def test_a_scalar_is_of_the_setting_s_type_where_pulumi_makes_it_so(
    tmp_path: Path, setting: str, value: object
) -> None:
    (tmp_path / "stack.yaml").write_text(f"config:\n  softlayer-registry:{setting}\n")
    assert read_file(tmp_path / "stack.yaml").values[setting.partition(":")[0]] == value


def test_an_empty_text_is_as_good_as_none_where_a_setting_must_be_given() -> None:
    """Pulumi.yaml has it as the default of such a setting."""
    problems = problems_of({**MINIMAL, "domain": "", "sshKeyFile": "", "servers": []}, with_key=False)
    assert "domain: is missing; set it" in problems
    assert "sshKeyFile: is missing; set it" in problems
    assert any(problem.startswith("servers: ") for problem in problems)


def test_changes_are_judged_with_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_stack_file(tmp_path / "stack.yaml", {**MINIMAL, "registryListen": "privat"})
    releases = {"1": {}, "2": {"memroy": 1024}}
    (listen, release), _ = check(file, monkeypatch, capsys, black="2", releases=releases)
    assert listen.startswith("registryListen: must be one of")
    assert release.startswith("releases.2.memroy: is not a setting")
    assert "nearest is memory" in release
    assert check(file, monkeypatch, capsys, registryListen=None) == ([], [])


def test_what_pulumi_alone_can_read_is_left_to_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    values = {**MINIMAL, "domain": {"secure": "v1:x"}, "registryUsers": {"secure": "v1:y"}, "lvie": "red"}
    file = write_stack_file(tmp_path / "stack.yaml", values)
    problems, unread = check(file, monkeypatch, capsys)
    assert unread == ["domain"]
    assert [problem.partition(":")[0] for problem in problems] == ["lvie"]
    file.write_text("environment: [shared]\nconfig: {softlayer-registry:live: red}\n")
    assert check(file, monkeypatch, capsys) == ([], ["environment"])
