"""Faults of clients, each made with a real TLS server and real files, and what is said of them."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from operate.doctor.finding import NotCheckedError, Severity
from operate.doctor.judgements.client import (
    CertificateObservation,
    NameObservation,
    judge_certificate,
    judge_former_logins,
    judge_login,
    judge_name,
    judge_trust,
)
from operate.doctor.probes.client import (
    logged_in,
    observe_certificate,
    observe_former_logins,
    observe_login,
    observe_name,
    observe_registry,
    observe_trust,
    stored_logins,
)
from operate.login.authority import install_authority
from operate.login.client import Client
from operate.login.login import RegistryLogin
from operate.login.recorded_logins import RecordedLogins
from tests.support.authorities import ca, issue
from tests.unit.operate.doctor.findings import worst
from tests.unit.operate.doctor.served_registry import (
    AUTHORITY,
    PASSWORD,
    USER,
    RegistryBehaviour,
    serve_registry,
)

NOW = datetime.now(UTC)


@pytest.mark.parametrize(
    ("behaviour", "severity", "what"),
    [
        (RegistryBehaviour(), Severity.OK, "is valid for 60 days"),
        (RegistryBehaviour(end=3.5), Severity.WARNING, "is valid for 3 days"),
        (RegistryBehaviour(end=-1), Severity.ERROR, "every client fails"),
        (RegistryBehaviour(issuer="somebody else"), Severity.ERROR, "clients refuse the certificate"),
    ],
    ids=["good", "ends soon", "expired", "another authority"],
)
def test_certificates_as_clients_meet_them(
    behaviour: RegistryBehaviour, severity: Severity, what: str, tmp_path: Path
) -> None:
    with serve_registry(tmp_path, behaviour) as endpoint:
        finding = worst(judge_certificate(observe_certificate(endpoint, AUTHORITY), NOW))
    assert finding.severity is severity
    assert what in finding.what
    assert severity is Severity.OK or "docs/runbooks/certificate.md" in finding.remedy


def test_a_name_that_is_not_in_the_certificate_is_refused(tmp_path: Path) -> None:
    with serve_registry(tmp_path, RegistryBehaviour(hosts=("registry.example.com",))) as endpoint:
        finding = worst(judge_certificate(observe_certificate(endpoint, AUTHORITY), NOW))
    assert finding.severity is Severity.ERROR
    assert "IP address mismatch" in finding.what
    with pytest.raises(NotCheckedError, match=r"does not answer.*see the check `front doors`") as raised:
        observe_certificate("https://127.0.0.1:9", AUTHORITY)
    assert raised.value.named_by == "front doors", "to log in again repairs no front door"


def test_plain_http_has_no_certificate() -> None:
    observed = observe_certificate("http://127.0.0.1:5000", "")
    assert worst(judge_certificate(observed, NOW)).severity is Severity.NOTE
    soon = CertificateObservation("https://r", NOW + timedelta(days=20))
    assert worst(judge_certificate(soon, NOW)).severity is Severity.WARNING


@pytest.mark.parametrize(
    ("password", "severity", "what"),
    [
        (PASSWORD, Severity.OK, "takes the password"),
        ("wrong", Severity.ERROR, "refuses the password of docker"),
    ],
)
def test_a_password(password: str, severity: Severity, what: str, tmp_path: Path) -> None:
    with serve_registry(tmp_path) as endpoint:
        login = RegistryLogin(endpoint.partition("://")[2], USER, password, AUTHORITY)
        finding = worst(judge_login("prod", observe_login(login, endpoint, [], [])))
    assert finding.severity is severity
    assert what in finding.what
    assert "wrong" not in finding.what


def test_a_registry_that_does_not_answer_and_one_that_has_enough() -> None:
    login = RegistryLogin("127.0.0.1:9", USER, PASSWORD, "")
    observed = observe_login(login, "https://127.0.0.1:9", ["docker"], [])
    assert "does not answer this machine" in worst(judge_login("prod", observed)).what
    for status, what in ((429, "too many failed logins"), (503, "answers 503")):
        changed = type(observed)(**{**vars(observed), "status": status})
        assert what in worst(judge_login("prod", changed)).what


def test_clients_that_are_not_logged_in_are_named(tmp_path: Path) -> None:
    docker = Client("docker", str(tmp_path / "certs.d"))
    (tmp_path / "config.json").write_text(json.dumps({"auths": {"r:5000": {}}}))

    def expand(place: str) -> str:
        return str(tmp_path / Path(place).name)

    assert logged_in([docker], "r:5000", expand) == ("docker",)
    assert logged_in([docker], "other:5000", expand) == ()
    (tmp_path / "config.json").write_text("{")
    assert logged_in([docker], "r:5000", expand) == ()


@pytest.mark.parametrize(
    ("user", "password", "severity"),
    [
        (USER, PASSWORD, Severity.OK),
        (USER, "the one from before", Severity.ERROR),
        ("builder", "the one from before", Severity.ERROR),
    ],
)
def test_a_client_with_a_password_from_before_is_named(
    user: str, password: str, severity: Severity, tmp_path: Path
) -> None:
    """After `rotate password` every pull ended in 401, and nothing was to be done."""
    docker = Client("docker", str(tmp_path / "certs.d"))

    def expand(place: str) -> str:
        return str(tmp_path / Path(place).name)

    with serve_registry(tmp_path) as endpoint:
        address = endpoint.partition("://")[2]
        auth = base64.b64encode(f"{user}:{password}".encode()).decode()
        (tmp_path / "config.json").write_text(json.dumps({"auths": {address: {"auth": auth}}}))
        login = RegistryLogin(address, USER, PASSWORD, AUTHORITY)
        stored = stored_logins([docker], address, expand)
        observed = observe_registry(login, endpoint, [docker], expand)
    finding = worst(judge_login("prod", observed))
    assert finding.severity is severity
    assert password not in f"{finding}{stored}{observed}"
    if severity is Severity.ERROR:
        assert f"the registry refuses the password of {user} that docker has stored" in finding.what
        assert finding.remedy == "operate login prod --client docker"


@pytest.mark.parametrize("entry", [{}, {"auth": ""}, {"auth": "no base64"}, {"auth": "bm90aGluZw=="}, "text"])
def test_a_login_that_a_helper_keeps_is_not_compared(entry: object, tmp_path: Path) -> None:
    docker = Client("docker", str(tmp_path / "certs.d"))
    (tmp_path / "config.json").write_text(json.dumps({"auths": {"r:5000": entry}, "credsStore": "pass"}))
    assert stored_logins([docker], "r:5000", lambda place: str(tmp_path / Path(place).name)) == {}


def test_logins_to_addresses_that_the_registry_had_before_are_named(tmp_path: Path) -> None:
    recorded = RecordedLogins(tmp_path / "logins.json", "prod-0")
    clients = [Client("docker", "certs.d"), Client("podman", "certs.d")]
    for program, address in (
        ("docker", "a:5000"),
        ("docker", "b:5000"),
        ("docker", "c:5000"),
        ("podman", "c:5000"),
    ):
        with recorded.adding(program, address):
            pass

    def findings(address: str) -> list[tuple[Severity, str, str]]:
        observed = observe_former_logins(recorded, clients, address)
        return [(each.severity, each.what, each.remedy) for each in judge_former_logins("prod", observed)]

    what = "docker is still logged in to a:5000, b:5000, where the registry was before"
    assert findings("c:5000") == [(Severity.WARNING, what, "operate login prod --client docker")]
    assert len(findings("d:5000")) == 2
    for address in ("a:5000", "b:5000"):
        recorded.remove("docker", address)
    ((severity, _, _),) = findings("c:5000")
    assert severity is Severity.OK


def test_trust_by_the_files_of_a_client(tmp_path: Path) -> None:
    client = Client("docker", str(tmp_path / "certs.d"))
    login = RegistryLogin("r:5000", USER, PASSWORD, AUTHORITY)

    def finding() -> tuple[Severity, str]:
        trust = worst(judge_trust("prod", observe_trust(login, [client])))
        return trust.severity, trust.remedy

    assert finding() == (Severity.WARNING, "operate login prod --client docker")
    install_authority(client.authority_file(login.address), issue(ca("another")))
    assert finding() == (Severity.ERROR, "operate login prod --client docker")
    install_authority(client.authority_file(login.address), AUTHORITY)
    assert finding()[0] is Severity.OK
    public = RegistryLogin("r:5000", USER, PASSWORD, "")
    assert worst(judge_trust("prod", observe_trust(public, [client]))).severity is Severity.OK
    assert worst(judge_trust("prod", [])).severity is Severity.NOTE


def test_names_that_lead_nowhere_elsewhere_and_home() -> None:
    assert worst(judge_name(observe_name("https://127.0.0.1:5000", ["127.0.0.1"]))).severity is Severity.OK
    home = observe_name("https://localhost:5000", ["127.0.0.1", "::1"])
    assert worst(judge_name(home)).severity is Severity.OK
    elsewhere = worst(judge_name(observe_name("https://localhost:5000", ["192.0.2.7"])))
    assert elsewhere.severity is Severity.ERROR
    assert "the registry is at 192.0.2.7" in elsewhere.what
    nowhere = worst(judge_name(observe_name("https://no-such-name.invalid:5000", ["192.0.2.7"])))
    assert nowhere.severity is Severity.ERROR
    assert "192.0.2.7 no-such-name.invalid" in nowhere.remedy
    mixed = NameObservation(
        "r", is_address=False, addresses=("192.0.2.7", "192.0.2.8"), expected=("192.0.2.7",)
    )
    assert "192.0.2.8 as well" in worst(judge_name(mixed)).what
