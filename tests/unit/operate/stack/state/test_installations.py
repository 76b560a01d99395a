"""What servers have installed, against what a state believes."""

from collections.abc import Mapping
from typing import Any

from pulumi import automation

from components.remote.installation_mark import marked_command
from operate.stack.state.installations import (
    changed_installations,
    expected_installations,
    interrupted_commands,
    repeat_commands,
    verification_commands,
)
from operate.stack.state.lost_resources import forget_outdated
from tests.unit.operate.stack.state.stack_state import URN, command, deployment, guest


def installation(
    name: str, server: str = "dal05-a", number: str = "97", digest: str = "ab12"
) -> dict[str, Any]:
    resource = command(name, server, number)
    text = marked_command(name, digest, "timeout 600 bash -s -- write", ["/etc/x/*"])
    inputs = {"create": f"INSTALLATION={number} {text}", "stdin": "secret"}
    return {**resource, "inputs": inputs, "outputs": {**inputs, "stdout": "changed"}}


DOOR, COLOURS = installation("door"), installation("colours", digest="cd34")
PEER = installation("peer-door", "dal05-b", "98")
STATE = deployment(guest("dal05-a"), guest("dal05-b"), DOOR, COLOURS, PEER, command("probe", "dal05-a", "97"))


def by_name(state: automation.Deployment) -> Mapping[str, Mapping[str, Any]]:
    return {
        resource["urn"].rpartition("::")[2]: resource for resource in (state.deployment or {})["resources"]
    }


def test_a_state_expects_what_leaves_a_mark() -> None:
    expected = expected_installations(STATE)
    assert [(item.server, item.argument) for item in expected] == [
        ("dal05-a", "door=ab12"), ("dal05-a", "colours=cd34"), ("dal05-b", "peer-door=ab12"),
    ]  # fmt: skip


def test_what_is_on_an_earlier_installation_or_waits_for_deletion_is_not_expected() -> None:
    state = deployment(guest("dal05-a", "later"), DOOR, {**DOOR, "delete": True})
    assert expected_installations(state) == []


def test_each_server_is_judged_by_its_own_answer() -> None:
    """All of them are asked for all names; one that does not answer is another check's."""
    outputs = {"dal05-a": "door other\ncolours missing\npeer-door missing\n"}
    changed = changed_installations(expected_installations(STATE), outputs)
    assert [item.description for item in changed] == [
        "dal05-a: door: it was installed from other settings",
        "dal05-a: colours: its installation did not end",
    ]
    outputs = {"dal05-b": "door missing\npeer-door edited /etc/x/a b.cfg\n"}
    (item,) = changed_installations(expected_installations(STATE), outputs)
    assert item.description == "dal05-b: peer-door: /etc/x/a b.cfg was edited or deleted"
    outputs = {"dal05-b": "peer-door edited /etc/registry-standby/images\n"}
    (item,) = changed_installations(expected_installations(STATE), outputs)
    assert item.description == (
        "dal05-b: peer-door: /etc/registry-standby/images was changed or deleted, by a takeover, by a"
        " recovery that was cut short, or by hand"
    ), "nobody is blamed for what operate does itself"


def test_a_repeated_command_differs_from_the_program_and_expects_nothing() -> None:
    state = repeat_commands(STATE, [DOOR["urn"]])
    resources, before = by_name(state), by_name(STATE)
    assert resources["door"]["inputs"]["create"] != before["door"]["inputs"]["create"]
    assert resources["door"]["inputs"]["create"] == resources["door"]["outputs"]["create"]
    assert {name for name in resources if resources[name] != before[name]} == {"door"}
    assert "door" not in {item.name for item in expected_installations(state)}
    assert repeat_commands(state, [DOOR["urn"]]).deployment == state.deployment, "once is enough"
    assert forget_outdated(state) is state, "its server's installation is still known"


def test_nothing_to_repeat_leaves_the_state_as_it_is() -> None:
    assert repeat_commands(STATE, []) is STATE


def test_a_trial_and_its_confirmation_are_repeated_together() -> None:
    trial, confirmation = installation("fw-trial"), installation("fw")
    state = deployment(guest("dal05-a"), trial, confirmation, DOOR)
    for urn in (trial["urn"], confirmation["urn"]):
        resources = by_name(repeat_commands(state, [urn]))
        repeated = {name for name in resources if resources[name] != by_name(state)[name]}
        assert repeated == {"fw", "fw-trial"}


def test_a_killed_engine_s_changes_on_servers_are_repeated() -> None:
    """A creation is made in any case, and what is the account's has its own answer."""
    probe = f"{URN}command:remote:Command::probe"
    operations = [
        {"type": kind, "resource": {"urn": urn}}
        for kind, urn in [
            ("updating", DOOR["urn"]), ("deleting", probe), ("creating", COLOURS["urn"]),
            ("updating", guest("dal05-a")["urn"]), ("updating", f"{URN}command:remote:Command::gone"),
        ]
    ]  # fmt: skip
    state = automation.Deployment(3, {**(STATE.deployment or {}), "pending_operations": operations})
    assert interrupted_commands(state) == {DOOR["urn"], probe}
    assert interrupted_commands(STATE) == frozenset()
    assert (repeat_commands(state, [probe]).deployment or {})["pending_operations"] == operations


def test_what_pushes_and_pulls_is_known_by_its_component() -> None:
    def of_verification(name: str) -> dict[str, Any]:
        kind = "softlayer-registry:index:Verification$command:remote:Command"
        return {**command(name, "dal05-a", "97"), "urn": f"{URN}{kind}::{name}"}

    names = ("dal05-verification-push", "dal05-verification-pull", "dal05-verification-trust-dal05-b")
    push, pull, trust = map(of_verification, names)
    state = deployment(guest("dal05-a"), push, pull, trust, command("legacy-push", "dal05-a", "97"))
    assert verification_commands(state) == {push["urn"], pull["urn"]}
