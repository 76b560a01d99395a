"""What a plan takes off servers that stay, and which of those answer."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from pulumi import automation
from pulumi.automation import events

from operate.servers.ssh import HostKeyError, RefusedLoginError, SshError, UnreachableError
from operate.servers.system_ssh import PinnedServer
from operate.stack.probes.silent_servers import PlannedDeletions, deletions_by_server, silent_servers
from tests.unit.operate.stack.state.stack_state import (
    STACK,
    URN,
    command,
    container,
    deployment,
    guest,
    image,
    on_server,
)

DOOR = on_server("command:remote:Command", "dal05-a-door", "dal05-a", {"create": "x", "delete": "y"})
STATE = deployment(
    guest("dal05-a"), container("red", "dal05-a", "97"), image("red-image", "dal05-a", "97"),
    command("engine", "dal05-a", "97"), DOOR, container("black", "dal05-b", "98"),
)  # fmt: skip


def urns(*names: str, state: automation.Deployment = STATE) -> set[str]:
    resources: list[Mapping[str, str]] = (state.deployment or {})["resources"]
    return {resource["urn"] for resource in resources if resource["urn"].rpartition("::")[2] in names}


@pytest.mark.parametrize(
    ("deleted", "expected"),
    [
        (("dal05-a-door", "red"), {"dal05-a": ("red", "dal05-a-door")}),
        (("red-image", "engine"), {}),
        (("dal05-a", "dal05-a-door", "red"), {}),
        (("black",), {}),
        ((), {}),
    ],
    ids=["logged in to", "left without a login", "gone with its server", "of a server that is gone", "none"],
)
def test_only_what_a_login_takes_off_a_server_that_stays_needs_it(
    deleted: tuple[str, ...], expected: Mapping[str, tuple[str, ...]]
) -> None:
    assert deletions_by_server(STATE, urns(*deleted)) == expected


def test_what_is_replaced_is_deleted_as_well() -> None:
    planned = PlannedDeletions()
    for op, name in (("delete", "a"), ("delete-replaced", "b"), ("update", "c"), ("create-replacement", "d")):
        metadata = {"op": op, "urn": f"{URN}k::{name}", "type": "k", "provider": ""}
        event = {"sequence": 1, "timestamp": 1, "resourcePreEvent": {"metadata": metadata}}
        planned(events.EngineEvent.from_json(event))
    assert planned.urns == {f"{URN}k::a", f"{URN}k::b"}
    assert deletions_by_server(STACK, planned.urns) == {}


@pytest.mark.parametrize(
    ("answer", "is_silent"),
    [
        (UnreachableError("dal05-a", "no answer"), True),
        (HostKeyError("another host key"), False),
        (RefusedLoginError("Permission denied"), False),
        ((1, b"", "Docker is stopped"), False),
        ((0, b"29.0", ""), False),
    ],
)
def test_a_server_that_refuses_does_answer(
    answer: SshError | tuple[int, bytes, str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_silent: bool,
) -> None:
    class Link:
        def run_each(self, *_: object) -> list[SshError | tuple[int, bytes, str]]:
            return [answer]

        def close(self) -> None: ...

    monkeypatch.setattr("operate.servers.stack_link.stack_link", lambda *_: Link())
    servers = [PinnedServer("dal05-a", "192.0.2.1", "ssh-ed25519 AAAA")]
    expected = {"dal05-a": "it does not answer SSH at 192.0.2.1"} if is_silent else {}
    assert silent_servers("prod", Path("Pulumi.prod.yaml"), servers) == expected
