"""How often a recovery calls Pulumi: each call takes from a fifth of a second to three."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

import pytest
import yaml
from pulumi import automation
from semver import VersionInfo

from operate.error import NotStartedError, OperateError
from operate.lock.write_guard import UnavailableLock
from operate.recover.environment import open_recovery
from operate.recover.recovery import Recovery, recover
from operate.stack.operator_key import VARIABLE
from tests.unit.operate.stack.operate_output import OUTPUT
from tests.unit.operate.stack.state.recording_pulumi import RecordingPulumi
from tests.unit.operate.stack.state.stack_state import STACK, URN

SETTINGS = {"softlayer-registry:servers": [{"name": "a"}, {"name": "b"}], "softlayer-registry:port": 5000}
KEPT = "softlayer-registry:keepRelease"
RED = {
    "release": "1",
    "ports": {"modern": 5001},
    "containers": {"dal05": {"modern": "registry-1"}},
    "storage": "fingerprint",
}
PLAN = "plan ok: orders VirtualGuest dal05-a; 5 to create; 73.00 USD a month ("


def step(event: str, kind: str, name: str, op: str, **state: object) -> dict[str, object]:
    urn = f"{URN}{kind}::{name}"
    metadata: dict[str, object] = {"op": op, "urn": urn, "type": kind, "provider": ""}
    entry = {
        "type": kind, "urn": urn, "id": "97", "parent": "", "provider": "", "inputs": {}, "outputs": {},
        **state,
    }  # fmt: skip
    return {event: {"metadata": {**metadata, "new" if op == "create" else "old": entry}}}


def summary(**changes: int) -> dict[str, object]:
    return {"summaryEvent": {"resourceChanges": changes}}


def missing(*changes: tuple[str, int]) -> list[dict[str, object]]:
    """The events of a question to the account, which has lost a server."""
    deletion = step("resOutputsEvent", "softlayer:index:VirtualGuest", "dal05-a", "delete")
    return [deletion, summary(same=2, delete=1, **dict(changes))]


UP = [
    step("resourcePreEvent", "softlayer:index:VirtualGuest", "dal05-a", "create"),
    step("resOutputsEvent", "softlayer:index:VirtualGuest", "dal05-a", "create"),
    step("resOutputsEvent", "pulumi:pulumi:Stack", "prod", "create", outputs={"cost": {"monthly": 80.0}}),
    summary(create=5, same=3),
]
PREVIEW = [UP[0], summary(create=5, same=3)]


def history(**changes: object) -> str:
    config = {
        name: {"value": value if isinstance(value, str) else json.dumps(value), "secret": False}
        for name, value in {**SETTINGS, **changes}.items()
    }
    update = {
        "kind": "update", "startTime": "2026-11-30T06:00:00.000Z", "message": "", "environment": {},
        "config": config, "result": "succeeded",
    }  # fmt: skip
    return json.dumps([update])


Run = Callable[..., tuple[Recovery, RecordingPulumi, list[str]]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Recovers a stack whose account has lost a server."""
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(yaml.safe_dump({"config": SETTINGS}))
    (tmp_path / "key").write_text("a private key")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "key"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("operate.stack.automation.pulumi_stack.require_valid", lambda *_: None)
    # Its place in the storage is asked without Pulumi.
    monkeypatch.setattr(
        "operate.recover.recovery_lock.recovery_lock", lambda *_: nullcontext(UnavailableLock())
    )

    def recovered(
        *,
        agreed: bool,
        early: bool = True,
        answer: Sequence[Mapping[str, object]] = (),
        last: str = "",
        preview: Sequence[Mapping[str, object]] = PREVIEW,
    ) -> tuple[Recovery, RecordingPulumi, list[str]]:
        state = {"version": 3, "deployment": STACK.deployment}
        outputs = {
            "servers": {"dal05-a": {}, "dal05-b": {}}, "cost": {"monthly": 73.0},
            "operate": {**OUTPUT, "colours": {"red": RED, "black": None}},
        }  # fmt: skip
        pulumi = RecordingPulumi(
            {
                "stack output": json.dumps(outputs),
                "stack export": json.dumps(state),
                "stack history": last or history(),
                "config": json.dumps({KEPT: {"value": "1", "secret": False}}),
            },
            {"refresh --preview-only": answer or missing(), "up": UP, "preview": preview},
        )
        monkeypatch.setattr(
            "operate.stack.automation.pulumi_workspace._run_program", lambda words, *_: pulumi.run(words[2:])
        )
        monkeypatch.setattr("pulumi.automation._cmd.subprocess.check_output", lambda *_, **__: b"v3.259.0\n")
        lines: list[str] = []
        with open_recovery("prod", lines.append, file, ask_early=early, agreed=agreed) as opened:
            recovery = recover(opened.stack, (), lines.append, lambda _: True, agreed=agreed)
        return recovery, pulumi, lines

    return recovered


def test_a_lost_server_is_brought_back_by_six_calls_of_pulumi(run: Run) -> None:
    recovery, pulumi, lines = run(agreed=True)
    assert pulumi.commands[-2:] == ["up", "stack output"], "outputs are read once more at the end"
    assert sorted(pulumi.commands[:-1]) == [
        "refresh --preview-only", "stack export", "stack history", "stack import", "stack output", "up",
    ]  # fmt: skip
    assert pulumi.commands[-2:] == ["up", "stack output"]
    assert recovery.missing == ("dal05-a",)
    assert lines[1].startswith(PLAN)
    assert lines[2].startswith(
        "restore ok: 5 created; ordered VirtualGuest dal05-a; 80.00 USD a month; order "
    )
    kept = [
        resource["urn"].rpartition("::")[2]
        for resource in json.loads(pulumi.imported)["deployment"]["resources"]
    ]
    assert kept == ["dal05", "default", "store", "dal05-b", "dal05-a-docker", "dal05-b-docker"]


def test_an_operator_who_confirms_sees_a_preview_first(run: Run) -> None:
    _, pulumi, lines = run(agreed=False)
    assert pulumi.commands[-2:] == ["up", "stack output"], "outputs are read once more at the end"
    assert sorted(pulumi.commands[:-1]) == [
        "preview", "refresh --preview-only", "stack export", "stack import", "stack output", "up",
    ]  # fmt: skip
    assert lines[1].startswith("plan ok: orders VirtualGuest dal05-a; 5 to create (")


@pytest.mark.parametrize(
    "changed",
    [{"softlayer-registry:port": 5001}, {"softlayer-registry:servers": []}, {"softlayer-registry:os": "x"}],
)
def test_another_stack_file_than_the_deployed_one_needs_a_preview(
    run: Run, changed: Mapping[str, object]
) -> None:
    _, pulumi, _ = run(agreed=True, last=history(**changed))
    assert "stack history" in pulumi.commands
    assert pulumi.commands[-3:] == ["preview", "up", "stack output"]


@pytest.mark.parametrize("early", [True, False])
def test_what_else_differs_is_refreshed_and_previewed(run: Run, *, early: bool) -> None:
    _, pulumi, _ = run(agreed=True, early=early, answer=missing(("update", 1)))
    commands = [name for name in pulumi.commands if name not in ("stack output", "refresh --preview-only")]
    # The simulated refresh brings no other state.
    assert commands == ["stack export", "refresh", "stack export", "preview", "up"]


def test_a_deletion_that_is_no_server_is_refreshed(run: Run) -> None:
    store = step("resOutputsEvent", "softlayer:index:ObjectStorageAccount", "store", "delete")
    _, pulumi, _ = run(agreed=True, answer=[store, summary(delete=1, same=2)])
    assert "refresh" in pulumi.commands


def test_where_the_account_has_every_server_the_state_is_refreshed(run: Run) -> None:
    recovery, pulumi, _ = run(agreed=True, answer=[summary(same=3)])
    assert recovery.missing == ()
    commands = [name for name in pulumi.commands if name not in ("stack output", "refresh --preview-only")]
    assert commands == ["stack export", "refresh", "stack export", "preview", "up"]


def test_a_plan_that_takes_something_off_a_server_that_is_off_is_refused(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "operate.stack.automation.pulumi_stack.silent_servers",
        lambda _, __, servers: {server.name: "it does not answer" for server in servers},
    )
    preview = [
        step("resourcePreEvent", "docker:index/container:Container", "red", "delete"),
        summary(delete=1),
    ]
    with pytest.raises(NotStartedError, match=r"^dal05-a is in the account .* takes red off it\."):
        run(agreed=True, answer=[summary(same=3)], preview=preview)


@pytest.mark.parametrize(("kept", "is_lost"), [("1", True), ("2", False)])
def test_a_release_of_which_no_container_is_left_is_kept_no_more(
    kept: str,
    is_lost: bool,
    run: Run,
    tmp_path: Path,
) -> None:
    (tmp_path / "Pulumi.prod.yaml").write_text(yaml.safe_dump({"config": {**SETTINGS, KEPT: kept}}))
    _, pulumi, _ = run(agreed=True)
    # One asks for the setting, the other one takes it out.
    assert pulumi.commands.count("config") == (2 if is_lost else 0)
    assert pulumi.commands[-2:] == ["up", "stack output"]


def test_a_pulumi_that_is_too_old_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pulumi.automation._cmd._MINIMUM_VERSION", VersionInfo(3, 999))
    with pytest.raises(OperateError, match="Please update the Pulumi CLI"):
        run(agreed=True)


def test_a_stack_that_does_not_exist_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> automation.CommandResult:
        result = automation.CommandResult("", "error: no stack named 'prod' found", 255)
        raise automation.StackNotFoundError(result)

    monkeypatch.setattr(RecordingPulumi, "run", fail)
    with pytest.raises(
        OperateError, match=r"environment prod: there is no stack of that name.*`pulumi stack init prod`"
    ):
        run(agreed=True)


def test_a_stack_file_with_mistakes_stops_a_recovery_before_the_state_loses_anything(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[str] = []
    answer = RecordingPulumi.run

    def record(pulumi: RecordingPulumi, args: list[str]) -> automation.CommandResult:
        commands.append(" ".join(args[:2]))
        return answer(pulumi, args)

    def refuse(environment: str, file: Path, _: object) -> None:
        raise OperateError(f"environment {environment}: {file.name} has 5 mistakes")

    monkeypatch.setattr(RecordingPulumi, "run", record)
    monkeypatch.setattr("operate.stack.automation.pulumi_stack.require_valid", refuse)
    with pytest.raises(OperateError, match=r"environment prod: Pulumi\.prod\.yaml has 5 mistakes"):
        run(agreed=True)
    assert "stack output" in commands
    assert not {"stack import", "up"} & {command.removesuffix(" --yes") for command in commands}
