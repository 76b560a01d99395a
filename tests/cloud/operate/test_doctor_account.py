"""What `operate doctor` says of an account: refused credentials, an API that is away, one that is well."""

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cloud.running_api import RunningApi
from operate.cli.command_line import app
from operate.doctor.finding import NotCheckedError, Severity
from operate.doctor.judgements.account import (
    REQUIRED_PERMISSIONS,
    AccountObservation,
    judge_credentials,
    judge_limits,
    judge_permissions,
)
from operate.doctor.judgements.offers import judge_offers
from operate.doctor.probes.account import observe_account, report_by_provider
from operate.doctor.probes.offers import observe_offers
from provider.commands.account_report import AccountReport, account_report, read_report
from provider.redaction import Redactor
from tests.support.cloud.ordering import template
from tests.support.process.shell import stand_in
from tests.unit.operate.doctor.findings import worst
from tests.unit.provider.scripted_cloud import REFUSED, ScriptedCloud

HEALTHY = AccountObservation("https://api", "jane", account=1, milliseconds=20, billing="visible")


def variables(api: RunningApi, **changes: str) -> Mapping[str, str]:
    credentials = {"SL_USERNAME": api.username, "SL_API_KEY": api.api_key, "SL_ENDPOINT_URL": api.xmlrpc}
    return {**os.environ, **credentials, **changes}


def observation(report: AccountReport) -> AccountObservation:
    return AccountObservation(**vars(report))


def test_an_account_that_answers(running_api: RunningApi) -> None:
    observed = report_by_provider({}, variables(running_api))
    finding = worst(judge_credentials(observed))
    assert finding.severity in (Severity.OK, Severity.WARNING)  # a machine under load is slow
    assert f"answers user {running_api.username}" in finding.what
    assert worst(judge_permissions(observed)).severity is Severity.NOTE
    assert worst(judge_limits(observed, {"virtual": 2})).severity is Severity.NOTE
    assert running_api.orders_placed() == 0


@pytest.mark.parametrize(
    ("changes", "failure", "what", "remedy"),
    [
        ({"SL_API_KEY": "0" * 64}, "denied", "refuses the credentials of user", "export SL_USERNAME"),
        (
            {"SL_API_KEY": "", "SOFTLAYER_API_KEY": ""},
            "configuration",
            "no credentials",
            "export SL_USERNAME",
        ),
        (
            {"SL_ENDPOINT_URL": "http://127.0.0.1:9/xmlrpc/v3.1/"},
            "unreachable",
            "the API does not answer",
            "curl -I http://127.0.0.1:9",
        ),
    ],
    ids=["wrong key", "no key", "away"],
)
def test_credentials_that_are_refused_missing_or_lead_nowhere(
    changes: dict[str, str], failure: str, what: str, remedy: str, running_api: RunningApi
) -> None:
    observed = observation(read_report("", variables(running_api, **changes), Redactor()))
    assert observed.failure == failure
    finding = worst(judge_credentials(observed))
    assert finding.severity is Severity.ERROR
    assert what in finding.what
    assert finding.remedy.startswith(remedy)
    assert worst(judge_permissions(observed)).severity is Severity.UNKNOWN
    assert worst(judge_limits(observed, {})).severity is Severity.UNKNOWN
    assert running_api.api_key not in str(observed)


def test_an_account_that_is_locked_is_denied(running_api: RunningApi) -> None:
    running_api.plan_fault("SoftLayer_Account::getObject", "account_locked")
    observed = observation(read_report("", variables(running_api), Redactor()))
    assert worst(judge_credentials(observed)).severity is Severity.ERROR
    assert running_api.triggered()


def test_one_question_that_is_refused_hides_no_other(running_api: RunningApi) -> None:
    running_api.client().call("Virtual_Guest", "createObject", template())
    running_api.plan_fault("SoftLayer_Account::getHardware", "error_500_before")
    running_api.plan_fault("SoftLayer_Account::getAllBillingItems", "error_500_before")
    observed = observation(read_report("", variables(running_api), Redactor()))
    assert (observed.failure, observed.billing) == ("", "refused")
    assert observed.servers["virtual"] == observed.hourly["virtual"] == 1
    texts = [finding.what for finding in judge_permissions(observed)]
    assert any("sees no billing items" in text for text in texts)
    assert any("may not list bare metal" in text for text in texts)


def test_permissions_and_limits_as_an_account_tells_them(tmp_path: Path) -> None:
    granted = [{"keyName": key} for key in REQUIRED_PERMISSIONS if key != "SERVER_ADD"]
    cloud = ScriptedCloud(
        {
            "Account::getVirtualGuests": [[{"id": 1, "hourlyBillingFlag": True}, {"id": 2}]],
            "Account::getHardware": [[]],
            "Account::getCurrentUser": [{"username": "jane", "permissions": granted}],
            "Account::hourlyInstanceLimit": [2],
            "Account::hourlyServerLimit": [REFUSED],
        }
    )
    observed = observation(cloud.run(tmp_path, account_report))
    assert (observed.hourly["virtual"], observed.limits) == (1, {"virtual": 2})
    (missing,) = judge_permissions(observed)
    assert missing.severity is Severity.WARNING
    assert "lacks SERVER_ADD to order servers" in missing.what
    assert worst(judge_limits(observed, {"virtual": 1})).severity is Severity.OK
    full = worst(judge_limits(observed, {"virtual": 2}))
    assert full.severity is Severity.ERROR
    assert full.what == "1 of 2 virtual servers by the hour are used, and the stack orders 2 more"
    assert "hourly: false" in full.remedy


def test_what_an_account_may_be_besides() -> None:
    assert worst(judge_credentials(replace(HEALTHY, milliseconds=5000.0))).severity is Severity.WARNING
    assert worst(judge_credentials(replace(HEALTHY, failure="refused"))).severity is Severity.ERROR
    every = replace(HEALTHY, permissions=tuple(REQUIRED_PERMISSIONS))
    assert worst(judge_permissions(every)).severity is Severity.OK
    hidden = replace(HEALTHY, billing="empty", servers={"virtual": 1})
    assert "sees no billing items" in worst(judge_permissions(hidden)).what


def test_credentials_of_the_stack_come_from_pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, "pulumi", "echo 'error: no stack named prod' >&2; exit 255")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(NotCheckedError, match="no stack named prod") as failure:
        observe_account("prod", None, {"PATH": os.environ["PATH"]})
    assert failure.value.remedy.startswith("export SL_USERNAME")


def test_names_that_the_account_does_not_offer(running_api: RunningApi, tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.prod.yaml"
    right = {"name": "a", "datacenter": "dal13", "os": "UBUNTU_24_64", "flavor": "B1_2X4X100"}
    wrong = {"name": "b", "datacenter": "dal31", "os": "DEBAIN_12_64", "flavor": "B1_2X4X10"}
    file.write_text(json.dumps({"config": {"softlayer-registry:servers": [right, wrong]}}))
    observed = observe_offers("prod", file, (), variables(running_api))
    findings = judge_offers("prod", observed)
    keys = [finding.what.partition(":")[0] for finding in findings]
    assert keys == [f"servers[1].{key}" for key in ("datacenter", "os", "flavor")]
    assert all("nearest " in finding.what for finding in findings)


def test_the_whole_command_without_a_stack(running_api: RunningApi, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in variables(running_api).items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(app, ["doctor", "--json", "--disk-error", "1000000"])
    document = json.loads(result.stdout)
    checks = {(check["area"], check["name"]): check["findings"] for check in document["checks"]}
    assert result.exit_code == document["exitCode"] == 1
    assert checks["machine", "disk"][0]["severity"] == "error"
    assert checks["machine", "clock"][0]["severity"] in ("ok", "unknown")  # which waits 5 s
    assert checks["account", "credentials"][0]["severity"] in ("ok", "warning")
    assert running_api.api_key not in result.output
    lines = CliRunner().invoke(app, ["doctor"]).output.splitlines()
    assert "machine:" in lines
    assert lines[-1].startswith("11 checks: ")
