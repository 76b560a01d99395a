"""The whole command on a stack: each check by its own probe, where nothing but the servers is missing."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from dev.local.environment import CHECKOUT
from operate.cli.command_line import app
from operate.stack.facts_output import parse_facts
from operate.stack.traces import Traces
from tests.support.process.shell import stand_in
from tests.support.stack_settings import MINIMAL, SERVER
from tests.unit.operate.doctor.served_registry import AUTHORITY, PASSWORD, USER, serve_registry
from tests.unit.operate.doctor.stacks import IMAGE, exported

HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGuY3ZJIhYXcqdZRMyjIrhcy0wA1QB2Ak2E7vkUJ0000"


def outputs(endpoint: str) -> dict[str, Any]:
    """What `pulumi stack output` prints of a stack whose only server is a closed port of this machine."""
    door = {
        "datacenter": "dal05", "server": "a", "address": "127.0.0.1", "hostKey": HOST_KEY, "sshPort": 9,
        "endpoint": endpoint, "generations": ["modern"], "clientAddress": "127.0.0.1",
    }  # fmt: skip
    red = {"release": "1", "ports": {"modern": 15000}, "containers": {"dal05": {"modern": "registry-1"}}}
    operate = {
        "registry": {"endpoint": endpoint, "user": USER, "password": PASSWORD, "authority": AUTHORITY},
        "ssh": {"user": "root"}, "storeDoor": "dal05-a", "storage": "f" * 64, "recordKey": "k" * 32,
        "storageOrigins": [], "doors": [door], "colours": {"red": red, "black": None},
        "certificateEnds": {"dal05-a modern": "2020-01-01T00:00:00+00:00"},
        "unguardedDoors": ["dal05-a"], "serverIds": {"dal05-a": "7"},
    }  # fmt: skip
    assert parse_facts("prod", operate).doors[0].name == "dal05-a"
    return {
        "endpoint": endpoint, "user": USER, "password": PASSWORD, "certificateAuthority": AUTHORITY,
        "operate": operate, "imageDigests": {"dal05-a": {"modern": {"1": IMAGE}}},
    }  # fmt: skip


@pytest.fixture
def stack_file(tmp_path: Path) -> Path:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    values = MINIMAL | {"sshKeyFile": os.path.relpath(key, CHECKOUT), "servers": [SERVER]}
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(
        yaml.safe_dump({"config": {f"softlayer-registry:{key}": value for key, value in values.items()}})
    )
    return file


def stand_in_for_pulumi(folder: Path) -> None:
    """Write a `pulumi` that answers for a stack from `outputs.json` and `export.json` of the folder."""
    stand_in(
        folder,
        "pulumi",
        f"""case "$*" in
  version*) echo v3.259.0 ;;
  *config*) echo "{{}}" ;;
  "stack output"*) cat {folder}/outputs.json ;;
  *"stack export"*) cat {folder}/export.json ;;
  *) echo "error: not expected: $*" >&2; exit 1 ;;
esac""",
    )


def doctor(
    stack_file: Path, *, programs: Path
) -> tuple[int, dict[tuple[str, str], list[dict[str, str]]], str]:
    environment = {
        "PATH": f"{programs}:/usr/bin:/bin",
        "PULUMI_BACKEND_URL": f"file://{programs}",
        "SL_USERNAME": "nobody", "SL_API_KEY": "0" * 64,
        "SL_ENDPOINT_URL": "http://127.0.0.1:9/xmlrpc/v3.1/",
    }  # fmt: skip
    words = ["doctor", "prod", "--json", "--config-file", str(stack_file)]
    result = CliRunner().invoke(app, words, env=environment)
    document = json.loads(result.stdout)
    return (
        result.exit_code,
        {(check["area"], check["name"]): check["findings"] for check in document["checks"]},
        result.output,
    )


def test_a_stack_whose_server_is_away(tmp_path: Path, stack_file: Path) -> None:
    (tmp_path / "export.json").write_text(json.dumps(exported()))
    with serve_registry(tmp_path) as endpoint:
        (tmp_path / "outputs.json").write_text(json.dumps(outputs(endpoint)))
        stand_in_for_pulumi(tmp_path)
        code, findings, output = doctor(stack_file, programs=tmp_path)
    worst = {
        name: max(listed, key=lambda finding: finding["severity"] != "ok")
        for name, listed in findings.items()
    }
    severities = {name: finding["severity"] for name, finding in worst.items()}
    assert code == 1
    assert PASSWORD not in output
    assert severities["machine", "engine"] == "ok"
    assert severities["machine", "clock"] == "unknown"
    assert severities["account", "credentials"] == "error"
    assert severities["stack", "stack file"] == "ok"
    assert severities["stack", "state"] == "ok"
    assert severities["stack", "outputs"] == "ok"
    assert severities["stack", "in the account"] == "unknown"
    reason = "not checked since the account does not answer; see the check `credentials`"
    assert worst["stack", "in the account"]["what"] == worst["account", "offers"]["what"] == reason
    assert "Cannot reach the SoftLayer API" in worst["account", "credentials"]["what"]
    assert output.count("Cannot reach the SoftLayer API") == 1
    assert severities["stack", "Pulumi's lock"] == "ok"
    assert severities["stack", "backups"] == "note"
    assert severities["stack", "front doors"] == "error"
    assert "its front door cannot be asked" in worst["stack", "front doors"]["what"]
    assert severities["stack", "lock and records"] == "unknown"
    assert worst["stack", "storage"]["what"] == "not checked: no front door answers"
    assert severities["stack", "containers"] == "error"
    recorded = [finding["what"] for finding in findings["stack", "as recorded"]]
    assert any("has expired" in text for text in recorded)
    assert any("front door is public and firewall is false" in text for text in recorded)
    assert {finding["remedy"] for finding in findings["stack", "as recorded"]} == {""}
    assert severities["client", "DNS"] == "ok"
    assert severities["client", "certificate"] == "ok"
    assert any("takes the password" in finding["what"] for finding in findings["client", "login"])


def test_without_pulumi_and_credentials_each_cause_is_reported_once(tmp_path: Path, stack_file: Path) -> None:
    environment = {"PATH": str(tmp_path), "HOME": str(tmp_path), "SL_ENDPOINT_URL": "http://127.0.0.1:9/"}
    unset = ("SL_API_KEY", "SOFTLAYER_API_KEY", "PULUMI_BACKEND_URL", "PULUMI_HOME")
    words = ["doctor", "trial", "--config-file", str(stack_file)]
    result = CliRunner().invoke(app, words, env={**environment, **dict.fromkeys(unset)})
    lines = [line.strip() for line in result.stdout.splitlines()]
    by_names = {line.partition(":")[0].partition("  ")[2].strip(): line for line in lines}
    assert "make shell" in lines[lines.index(by_names["engine"]) + 1]
    assert "operate status trial" not in result.stdout
    assert result.stdout.count("SL_API_KEY is not set") == 1
    credentials = lines.index(by_names["credentials"])
    assert lines[credentials + 1] == "-> export SL_USERNAME=... SL_API_KEY=..."
    assert by_names["permissions, limits, offers"].endswith(
        "not checked since the account cannot be asked; see the check `credentials`"
    )
    names = (
        "program, state, outputs, backups, in the account, lock and records, host keys, installed,"
        " front doors, colours, live release, as recorded, storage, containers, versions, DNS, certificate,"
        " trust, login, former logins"
    )
    assert by_names[names].endswith("not checked since pulumi is not on PATH; see the check `engine`")
    assert "client:" not in lines
    assert "no backend is known" in by_names["Pulumi's lock"]


@pytest.mark.parametrize("is_deployed", [True, False])
def test_without_credentials_a_line_names_what_to_export(
    tmp_path: Path, stack_file: Path, *, is_deployed: bool
) -> None:
    deployed = outputs("https://registry.example.com:5000")
    (tmp_path / "outputs.json").write_text(json.dumps(deployed if is_deployed else {}))
    (tmp_path / "export.json").write_text(
        json.dumps(exported()) if is_deployed else '{"version": 3, "deployment": {}}'
    )
    stand_in_for_pulumi(tmp_path)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "HOME": str(tmp_path)}
    unset = ("SL_API_KEY", "SOFTLAYER_API_KEY", "SL_USERNAME", "SOFTLAYER_USERNAME", "PULUMI_HOME")
    words = ["doctor", "prod", "--config-file", str(stack_file)]
    result = CliRunner().invoke(app, words, env={**environment, **dict.fromkeys(unset)})
    assert result.stdout.count("SL_API_KEY") == 1, result.stdout
    credentials = next(line for line in result.stdout.splitlines() if " credentials: " in line)
    assert credentials.endswith("username is missing; apiKey is missing"), "the remedy below says where"
    (line,) = [line for line in result.stdout.splitlines() if " in the account" in line]
    assert line.endswith("not checked since the account does not answer; see the check `credentials`")


def test_outputs_that_cannot_be_read_are_reported_once(tmp_path: Path, stack_file: Path) -> None:
    stand_in(
        tmp_path,
        "pulumi",
        '[ "$1" = version ] && echo v3.259.0 || { echo "error: the bucket is away" >&2; exit 1; }',
    )
    _, findings, output = doctor(stack_file, programs=tmp_path)
    assert output.count("the bucket is away") == 1
    assert "the bucket is away" in findings["stack", "outputs"][0]["what"]
    reason = "not checked since the stack's outputs cannot be read; see the check `outputs`"
    for name in ("state", "front doors", "in the account", "containers", "backups", "host keys"):
        (finding,) = findings["stack", name]
        assert finding["what"] == reason
        assert not finding["remedy"]


def test_a_stack_that_does_not_exist_hides_nothing_of_the_rest(
    tmp_path: Path, stack_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One that does not answer is waited for for seconds.
    silent = Traces(unknown="the account does not answer")
    monkeypatch.setattr("operate.stack.account_traces.find_traces", lambda *_: silent)
    stand_in(
        tmp_path,
        "pulumi",
        '[ "$1" = version ] && echo v3.259.0 || { echo "error: no stack named \'prod\' found" >&2; exit 1; }',
    )
    code, findings, _ = doctor(stack_file, programs=tmp_path)
    assert code == 1
    (missing,) = findings["stack", "outputs"]
    assert missing["what"].startswith("there is no stack of that name")
    assert "run `pulumi stack init prod` first. Then: " in missing["what"]
    assert missing["remedy"] == "pulumi stack init prod"
    assert findings["stack", "stack file"][0]["severity"] == "ok"
    for name in ("state", "front doors", "in the account", "lock and records", "containers"):
        (finding,) = findings["stack", name]
        assert finding["what"] == "nothing to check: there is no stack prod; see the check `outputs`"
        assert not finding["remedy"]
    remedies = {finding["remedy"] for listed in findings.values() for finding in listed}
    assert "operate status prod" not in remedies
    assert findings["machine", "OpenSSH"][0]["severity"] == "ok"


def test_before_the_first_up_nobody_is_sent_to_log_in(tmp_path: Path, stack_file: Path) -> None:
    stand_in(
        tmp_path,
        "pulumi",
        """case "$*" in
  version*) echo v3.259.0 ;;
  "stack output"*) echo '{}' ;;
  *) echo "error: not expected: $*" >&2; exit 1 ;;
esac""",
    )
    _, findings, output = doctor(stack_file, programs=tmp_path)
    assert "operate login" not in output
    for name in ("DNS", "certificate", "trust", "login", "former logins"):
        (finding,) = findings["client", name]
        assert finding == {
            "severity": "note",
            "what": "nothing to check: no `pulumi up --stack prod` of this stack has completed",
            "remedy": "",
        }
