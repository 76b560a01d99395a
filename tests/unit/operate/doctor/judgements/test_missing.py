"""What the account has lost of a stack, as the doctor names it: a server cancelled behind Pulumi's back."""

import json
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import pytest
from pulumi import automation

from operate.doctor.finding import NothingToCheckError, Severity
from operate.doctor.judgements.missing import MissingObservation, judge_missing
from operate.doctor.probes.missing import observe_missing
from operate.error import OperateError
from tests.unit.operate.doctor.findings import worst
from tests.unit.operate.stack.state.recording_pulumi import RecordingPulumi
from tests.unit.operate.stack.state.stack_state import STACK, URN, deployment

ASK = "refresh --preview-only"
Engine = Callable[..., RecordingPulumi]


def deletion(kind: str, name: str) -> Mapping[str, object]:
    urn = f"{URN}{kind}::{name}"
    entry = {"type": kind, "urn": urn, "id": "97", "parent": "", "provider": "", "inputs": {}, "outputs": {}}
    return {
        "resOutputsEvent": {
            "metadata": {"op": "delete", "urn": urn, "type": kind, "provider": "", "old": entry}
        }
    }


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Answers Pulumi's commands."""

    def answering(
        *lost: Mapping[str, object], state: automation.Deployment = STACK, fails: bool = False
    ) -> RecordingPulumi:
        document = json.dumps({"version": 3, "deployment": state.deployment})
        changes = {"summaryEvent": {"resourceChanges": {"same": 2, "delete": len(lost)}}}
        pulumi = RecordingPulumi({"stack export": document}, {ASK: [*lost, changes]})

        def run(words: list[str], *_: object) -> automation.CommandResult:
            args = words[2:]
            if fails and "--preview-only" in args:
                result = automation.CommandResult("", "error: the API does not answer", 255)
                raise automation.CommandError(result)
            return pulumi.run(args)

        monkeypatch.setattr("operate.stack.automation.pulumi_workspace._run_program", run)
        monkeypatch.setattr("pulumi.automation._cmd.subprocess.check_output", lambda *_, **__: b"v3.259.0\n")
        return pulumi

    return answering


def test_a_server_that_was_cancelled_is_an_error_that_recover_repairs(engine: Engine) -> None:
    pulumi = engine(deletion("softlayer:index:VirtualGuest", "dal05-a"))
    observed = observe_missing("prod", None, {"dal05-a": {}, "dal05-b": {}})
    (finding,) = judge_missing("prod", observed)
    assert finding.severity is Severity.ERROR
    assert "no longer has the server dal05-a" in finding.what
    assert finding.remedy.startswith("operate recover prod")
    assert set(pulumi.commands) == {"stack export", ASK}, "it changes nothing"


def test_a_global_ip_that_was_cancelled_is_named_too(engine: Engine) -> None:
    engine(deletion("softlayer:index:GlobalIp", "doors"))
    observed = observe_missing("prod", None, ())
    assert observed == MissingObservation(others=("GlobalIp doors",))
    assert "no longer has GlobalIp doors" in worst(judge_missing("prod", observed)).what


def test_a_server_that_a_stopped_recovery_took_out_of_the_state_is_still_missing(engine: Engine) -> None:
    engine()
    assert observe_missing("prod", None, ("dal05-a", "dal05-c")).servers == ("dal05-c",)
    pulumi = engine(state=deployment())
    assert observe_missing("prod", None, ("dal05-a",)).servers == ("dal05-a",)
    assert ASK not in pulumi.commands


def test_an_account_that_has_everything(engine: Engine) -> None:
    engine()
    (finding,) = judge_missing("prod", observe_missing("prod", None, ("dal05-a", "dal05-b")))
    assert finding.severity is Severity.OK


def test_an_account_that_does_not_answer_is_not_checked(engine: Engine) -> None:
    engine(fails=True)
    with pytest.raises(OperateError, match="the API does not answer"):
        observe_missing("prod", None, ())


def test_a_stack_without_servers_has_lost_none(engine: Engine) -> None:
    engine(state=deployment())
    with pytest.raises(NothingToCheckError):
        observe_missing("prod", None, ())


TWIN = "dal05-a-k3jx2q7c.example.com (10.0.0.1), 110000001"


@pytest.mark.parametrize(
    ("state", "name", "remedy"),
    [
        (STACK, "dal05-a", "find out whether it has images"),
        (STACK, "dal05-c", "operate adopt prod"),
        (deployment(), "dal05-a", "operate adopt prod"),
    ],
    ids=["beside the state's own", "added after an old copy", "the state is empty"],
)
def test_a_server_that_the_state_forgot_is_named(
    state: automation.Deployment,
    name: str,
    remedy: str,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine(state=state)
    monkeypatch.setattr("operate.doctor.probes.missing.find_twins", lambda *_: {name: [TWIN]})
    (finding,) = judge_missing("prod", observe_missing("prod", None, ()))
    assert finding.severity is Severity.ERROR
    assert f"the account has the server {TWIN}" in finding.what
    assert finding.remedy.startswith(remedy)


def test_servers_of_both_kinds_are_compared_by_their_pulumi_ids(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that awaits its deletion is held; an id of another kind of item is no server's."""
    kinds = {"7": "VirtualGuest", "b5a1-guid": "BareMetalServer", "9": "GlobalIp", "8": "VirtualGuest"}
    resources: list[dict[str, object]] = [
        {"urn": f"{URN}softlayer:index:{kind}::dal05-{id_}", "type": f"softlayer:index:{kind}", "id": id_}
        for id_, kind in kinds.items()
    ]
    resources[-1]["delete"] = True
    state_ids = list[Collection[str]]()

    def find_none(_: str, __: Path, ids: Collection[str]) -> Mapping[str, Collection[str]]:
        state_ids.append(ids)
        return {}

    monkeypatch.setattr("operate.doctor.probes.missing.find_twins", find_none)
    engine(state=deployment(*resources))
    observe_missing("prod", None, ())
    assert state_ids == [{"7", "b5a1-guid", "8"}]


def test_an_account_that_cannot_be_searched_for_twins_is_no_ok(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OperateError("the API does not answer")

    engine()
    monkeypatch.setattr("operate.doctor.probes.missing.find_twins", refuse)
    (finding,) = judge_missing("prod", observe_missing("prod", None, ()))
    assert finding.severity is Severity.UNKNOWN
    assert "the API does not answer" in finding.what
