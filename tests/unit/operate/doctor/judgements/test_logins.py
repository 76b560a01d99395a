"""Host keys of all servers: a helper that shows another one is named, with what accepts it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from operate.doctor.finding import Severity
from operate.doctor.judgements.logins import ServerLoginObservation, judge_logins
from operate.doctor.probes.logins import Answer, observe_logins
from operate.doctor.probes.pulumi import servers_in
from operate.servers.ssh import HostKeyError, SshError
from operate.stack.facts import DoorFacts
from tests.unit.operate.doctor.findings import worst
from tests.unit.operate.doctor.stacks import exported

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGuY3ZJIhYXcqdZRMyjIrhcy0wA1QB2Ak2E7vkUJ0000"


@dataclass
class AnsweringServers:
    """A link to servers that answer, each in its way, by name."""

    answers: Mapping[str, Answer]
    dialled: list[DoorFacts] = field(default_factory=list)

    def run_each(
        self, servers: Sequence[DoorFacts], script: Path, timeout: float, *arguments: str
    ) -> list[Answer]:
        self.dialled += servers
        return [self.answers.get(server.name, (0, b"26.1.5", "")) for server in servers]


def state(*names: str, host_key: str = KEY) -> Mapping[str, tuple[str, Mapping[str, object]]]:
    """Those servers as a state has them."""
    servers = [
        {
            "type": "softlayer:index:VirtualGuest",
            "urn": f"urn:x::{name}",
            "id": "7",
            "outputs": {"publicIp": "192.0.2.1", "sshHostKey": host_key},
        }
        for name in names
    ]
    return servers_in(exported(resources=servers))


@pytest.mark.parametrize("name", ["dal05-registry", "dal05-client", "dal05-standby"])
def test_a_server_with_another_host_key_is_named_with_what_accepts_it(name: str) -> None:
    link = AnsweringServers({name: HostKeyError("shows another host key")})
    servers = state("dal05-client", "dal05-registry", "dal05-standby")
    observed = observe_logins(servers, {"dal05-registry"}, link, 1.0)
    assert {server.host_key for server in link.dialled} == {KEY}
    (finding,) = judge_logins("prod", observed)
    assert finding.severity is Severity.ERROR
    assert finding.what.startswith(f"{name} shows another SSH host key than the pinned one")
    assert finding.remedy.startswith("compare it with the server's console, then")
    assert f" operate recover prod --accept-host-key {name};" in finding.remedy


def test_a_helper_that_is_off_is_named_and_the_registry_by_other_checks() -> None:
    off = SshError("dal05, server x (192.0.2.1): no route; see docs/runbooks/lost-front-door.md, then")
    link = AnsweringServers({"dal05-client": off, "dal05-registry": off, "dal05-standby": (1, b"", "")})
    observed = observe_logins(
        state("dal05-client", "dal05-registry", "dal05-standby"), {"dal05-registry"}, link, 1.0
    )
    texts = [finding.what for finding in judge_logins("prod", observed)]
    assert [text.partition(",")[0] for text in texts] == ["dal05-client", "dal05-standby"]
    assert texts[0].endswith("no route")
    assert texts[1].endswith("Docker does not answer")
    assert worst(judge_logins("prod", observed)).remedy == "docs/runbooks/lost-helper.md"


def test_a_server_without_a_pinned_key_is_not_dialled() -> None:
    link = AnsweringServers({})
    (login,) = observe_logins(state("dal05-client", host_key=""), (), link, 1.0)
    assert not link.dialled
    finding = worst(judge_logins("prod", [login]))
    assert (finding.severity, "operate recover prod" in finding.remedy) == (Severity.WARNING, True)


def test_servers_that_are_as_pinned_are_listed() -> None:
    (finding,) = judge_logins("prod", [ServerLoginObservation("dal05-a"), ServerLoginObservation("dal05-b")])
    assert (finding.severity, "dal05-a, dal05-b" in finding.what) == (Severity.OK, True)
    assert judge_logins("prod", [])[0].severity is Severity.NOTE
    away = ServerLoginObservation("dal05-registry", reason="no route", is_helper=False)
    assert "registry" not in judge_logins("prod", [ServerLoginObservation("dal05-a"), away])[0].what
    assert judge_logins("prod", [away])[0].severity is Severity.NOTE
