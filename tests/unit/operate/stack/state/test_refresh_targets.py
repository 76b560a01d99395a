"""Of a stack only that is asked which can answer, and what a reload has emptied leaves the state."""

from collections.abc import Sequence
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi import automation

from operate.clock import SystemClock
from operate.servers.system_ssh import PinnedServer
from operate.stack.automation.pulumi_stack import PulumiStack
from operate.stack.automation.pulumi_workspace import StackPlace
from operate.stack.state.installations import ChangedInstallation, Installation, repeat_commands
from operate.stack.state.lost_resources import forget_outdated
from operate.stack.state.refresh_targets import (
    RefreshedServers,
    changed_servers,
    docker_hosts,
    own_targets,
)
from tests.unit.operate.stack.state.stack_state import (
    KEYS,
    STACK,
    URN,
    command,
    container,
    copy,
    deployment,
    docker_provider,
    guest,
    image,
    names,
)


def test_only_what_is_the_account_s_is_requested() -> None:
    names_in_account = [urn.rpartition("::")[2] for urn in own_targets(STACK, ())]
    assert names_in_account == ["store", "dal05-a", "dal05-b"]
    assert [urn.rpartition("::")[2] for urn in own_targets(STACK, ("dal05-b",))] == ["dal05-b"]


def test_containers_are_requested_where_docker_runs() -> None:
    first = PinnedServer("dal05-a", "198.18.0.97", KEYS["dal05-a"])
    names_by_host = {
        host: [urn.rpartition("::")[2] for urn in urns] for host, urns in docker_hosts(STACK, ()).items()
    }
    assert names_by_host == {first: ["red", "red-image", "stand-image"]}
    assert list(docker_hosts(STACK, ("dal05-b",)).values()) == [
        [f"{URN}docker:index/remoteImage:RemoteImage::stand-image"]
    ]


def test_a_provider_with_another_host_key_is_not_sent_there() -> None:
    state = deployment(
        guest("dal05-a"),
        docker_provider("dal05-a", "ssh-ed25519 AAAAold="),
        container("red", "dal05-a", "97"),
    )
    assert docker_hosts(state, ()) == {}
    unpinned = deployment(
        guest("dal05-a", sshHostKey=None), docker_provider("dal05-a"), container("red", "dal05-a", "97")
    )
    assert docker_hosts(unpinned, ()) == {}


def test_what_a_reload_has_emptied_leaves_the_state() -> None:
    reloaded = "97@2026-11-29T10:00:00+00:00"
    state = deployment(
        guest("dal05-a", reloaded, sshHostKey=None),
        guest("dal05-b"),
        docker_provider("dal05-a"),
        *(kind(kind.__name__, "dal05-a", "97") for kind in (container, image, command, copy)),
        container("kept", "dal05-b", "98"),
        image("stand-image", "dal05-b", "98"),
        command("done", "dal05-a", reloaded),
        {**command("elsewhere", "dal05-a", "97"), "deletedWith": ""},
    )
    kept = forget_outdated(state)
    assert names(kept) == ["dal05-a", "dal05-b", "dal05-a-docker", "kept", "stand-image", "done", "elsewhere"]
    assert forget_outdated(kept) is kept
    assert forget_outdated(STACK) is STACK, "a stand-in's installation is one as well"


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["97", "98", "97@new"])), max_size=8))
def test_what_is_on_an_installation_that_exists_stays(installations: list[tuple[str, str]]) -> None:
    resources = [
        command(f"c{number}", f"dal05-{server}", at) for number, (server, at) in enumerate(installations)
    ]
    kept = forget_outdated(deployment(guest("dal05-a", "97@new"), guest("dal05-b"), *resources))
    assert names(kept)[2:] == [f"c{number}" for number, (_, at) in enumerate(installations) if at != "97"]


def test_a_server_has_changed_by_its_installation_or_its_host_key() -> None:
    before = deployment(guest("dal05-a"), guest("dal05-b"))
    assert changed_servers(before, deployment(guest("dal05-a", "97@new"), guest("dal05-b"))) == ("dal05-a",)
    assert changed_servers(before, deployment(guest("dal05-b", sshHostKey=None))) == ("dal05-b",)
    assert changed_servers(before, before) == ()
    assert RefreshedServers(("x",), ("y",)).description == (
        "missing: x; its system was reloaded, or its pinned host key given up: y"
    )
    assert RefreshedServers(repeated=("a: b", "c: d")).description == (
        "it has every server; differs from the state, and is installed again: a: b; c: d"
    )


class SimulatedStack:
    """A stack of Pulumi whose account has lost or reloaded servers; remembers what is asked."""

    def __init__(self, before: automation.Deployment, after: automation.Deployment) -> None:
        self.state, self._after, self.name = before, after, "prod"
        self.refreshed: list[list[str]] = []

    @property
    def workspace(self) -> "SimulatedStack":
        return self

    def stack_outputs(self, _: str) -> dict[str, automation.OutputValue]:
        return {"servers": automation.OutputValue({"dal05-a": {}, "dal05-b": {}}, secret=False)}

    def export_stack(self) -> automation.Deployment:
        return self.state

    def import_stack(self, state: automation.Deployment) -> None:
        self.state = state

    def refresh(self, *, target: list[str], **_: object) -> None:
        self.refreshed.append([urn.rpartition("::")[2] for urn in target])
        if len(self.refreshed) == 1:
            self.state = self._after


def refresh(
    monkeypatch: pytest.MonkeyPatch,
    after: automation.Deployment,
    *answering: str,
    names: Sequence[str] = (),
    changed: Sequence[ChangedInstallation] = (),
) -> tuple[RefreshedServers, SimulatedStack]:
    simulated = SimulatedStack(STACK, after)
    monkeypatch.setattr("operate.stack.automation.pulumi_stack.FileCommand", lambda _: None)

    def probe(hosts: Sequence[PinnedServer]) -> list[PinnedServer]:
        return [host for host in hosts if host.name in answering]

    stack = PulumiStack(
        StackPlace("prod"),
        SystemClock(),
        make=lambda *_: cast(automation.Stack, simulated),
        probe=probe,
        installed=lambda _: changed,
    )
    return stack.refresh_own(names), simulated


def without(*names_gone: str) -> automation.Deployment:
    resources = (STACK.deployment or {})["resources"]
    return deployment(*(one for one in resources if one["urn"].rpartition("::")[2] not in names_gone))


def test_one_server_that_does_not_answer_stands_in_no_other_s_way(monkeypatch: pytest.MonkeyPatch) -> None:
    refreshed, stack = refresh(monkeypatch, STACK)
    assert refreshed == RefreshedServers()
    assert stack.refreshed == [["store", "dal05-a", "dal05-b"]]
    _, stack = refresh(monkeypatch, STACK, "dal05-a")
    assert stack.refreshed == [["store", "dal05-a", "dal05-b"], ["red", "red-image", "stand-image"]]
    _, stack = refresh(monkeypatch, STACK, "dal05-a", names=("dal05-b",))
    assert stack.refreshed == [["dal05-b"], ["stand-image"]]


def test_with_a_server_goes_what_was_on_it_and_none_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refreshed, stack = refresh(monkeypatch, without("dal05-a"), "dal05-a", "dal05-b")
    assert refreshed.missing == ("dal05-a",)
    assert stack.refreshed == [["store", "dal05-a", "dal05-b"]]
    assert "red" not in names(stack.state)


def test_a_reload_takes_what_was_on_the_disk_and_the_server_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    resources = (without("dal05-a").deployment or {})["resources"]
    after = deployment(guest("dal05-a", "97@new", sshHostKey=None), *resources)
    refreshed, stack = refresh(monkeypatch, after, "dal05-a")
    assert refreshed == RefreshedServers((), ("dal05-a",))
    assert len(stack.refreshed) == 1, "nobody logs in with a key that is given up"
    assert {"dal05-a", "dal05-a-docker"} <= set(names(stack.state))
    assert not {"red", "red-image", "engine", "stand-image"} & set(names(stack.state))


def test_what_differs_on_a_server_is_installed_again_by_the_next_up(monkeypatch: pytest.MonkeyPatch) -> None:
    urn = command("engine", "dal05-a", "97")["urn"]
    changed = [ChangedInstallation(Installation("dal05-a", "engine", "ab", urn), "it was edited")]
    refreshed, stack = refresh(monkeypatch, STACK, "dal05-a", changed=changed)
    assert refreshed.repeated == ("dal05-a: engine: it was edited",)
    assert stack.state.deployment == repeat_commands(STACK, [urn]).deployment != STACK.deployment
    refreshed, stack = refresh(monkeypatch, STACK, names=("dal05-b",), changed=changed)
    assert (refreshed.repeated, stack.state) == ((), STACK), "another server was named"


def test_a_change_that_was_cut_short_is_made_again_by_the_next_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refresh forgets it, as a `pulumi up` does."""
    operation = {"type": "updating", "resource": command("engine", "dal05-a", "97")}
    interrupted = automation.Deployment(3, {**(STACK.deployment or {}), "pending_operations": [operation]})
    monkeypatch.setattr(f"{__name__}.STACK", interrupted)
    refreshed, stack = refresh(monkeypatch, deployment(*(interrupted.deployment or {})["resources"]))
    assert refreshed.repeated == ("engine: its change was cut short",)
    assert stack.state.deployment != interrupted.deployment
