"""Which installation a server is on, and when its pinned host key is given up."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.errors import UnfinishedError
from provider.resources.contract import Resource, State
from provider.resources.servers import host_contact
from provider.resources.servers.installation import Installation, current_installation, is_newer, unread_key
from provider.settings import read_configuration
from provider.values import UNKNOWN, Properties, text
from tests.unit.provider.resources.servers.delivered_servers import GUEST, NEW, OLD, kinds, reloaded
from tests.unit.provider.scripted_cloud import ScriptedCloud, target

FIRST, SECOND = "ssh-ed25519 FIRST", "ssh-ed25519 SECOND"
dates = st.datetimes().map(lambda time: f"{time.isoformat()}+00:00")


def test_a_server_that_was_never_reloaded_is_its_id() -> None:
    assert current_installation({}, "3", {"id": 3}) == Installation("3")


def test_a_newer_reload_gives_the_key_up() -> None:
    recorded: Properties = {"installation": f"3@{OLD}", "sshHostKey": FIRST}
    assert current_installation(recorded, "3", reloaded(OLD)) == Installation(f"3@{OLD}", FIRST)
    assert current_installation(recorded, "3", reloaded(NEW)) == Installation(f"3@{NEW}")
    assert current_installation({**recorded, "installation": "3"}, "3", reloaded(OLD)) == Installation(
        f"3@{OLD}"
    )


def test_a_report_without_its_reload_changes_nothing() -> None:
    """A reload that is no longer reported, or an older one, is no reason to believe another key."""
    recorded: Properties = {"installation": f"3@{NEW}", "sshHostKey": FIRST}
    for server in ({"id": 3}, reloaded(OLD)):
        assert current_installation(recorded, "3", server) == Installation(f"3@{NEW}", FIRST)


def test_only_the_operator_s_word_gives_up_a_key_without_a_reload() -> None:
    recorded: Properties = {"installation": "3", "sshHostKey": FIRST}
    assert current_installation(recorded, "3", {"id": 3}, {"4": ""}) == Installation("3", FIRST)
    given_up = current_installation(recorded, "3", {"id": 3}, {"3": ""})
    assert given_up == Installation("3")
    assert "SL_ACCEPT_HOST_KEYS" in unread_key("3", given_up, recorded)
    settings = read_configuration({}, {"SL_ACCEPT_HOST_KEYS": " 3, u-u-i-d= SHA256:x,"})
    assert settings.accept_host_keys == {"3": "", "u-u-i-d": "SHA256:x"}


@given(dates, dates)
def test_of_two_reloads_exactly_the_later_is_newer(first: str, second: str) -> None:
    assert is_newer(f"3@{first}", f"3@{second}") == (first > second)
    assert is_newer(f"3@{first}", "3")
    assert not is_newer("3", f"3@{first}")
    assert is_newer(f"4@{first}", f"3@{second}")


def cloud(server: dict[str, Any]) -> ScriptedCloud:
    return ScriptedCloud(
        {
            "Virtual_Guest::getObject": [server],
            "Account::getVirtualGuests": [[server]],
            "Hardware_Server::getObject": [server],
            "Account::getHardware": [[server]],
        }
    )


def state(handler: Resource, identifier: str, inputs: Properties) -> State:
    desired: Properties = {**inputs, "probeSsh": True, "orderToken": "abcdefgh"}
    outputs: Properties = {**desired, "installation": identifier, "sshHostKey": FIRST}
    return State(desired, outputs)


@kinds
def test_a_reload_in_the_portal_is_seen_and_its_key_not_adopted(
    handler: Resource, module: object, identifier: str, inputs: Properties, tmp_path: Path
) -> None:
    at, old = target(handler.token), state(handler, identifier, inputs)
    live = cloud(GUEST).run(tmp_path, lambda session: handler.read(session, at, identifier, old))
    assert live is not None
    assert (live.outputs["installation"], live.outputs["sshHostKey"]) == (identifier, FIRST)
    after = cloud({**GUEST, **reloaded(NEW)})
    with pytest.raises(UnfinishedError, match=r"was reloaded.*--accept-host-key SERVER") as raised:
        after.run(tmp_path, lambda session: handler.read(session, at, identifier, old))
    assert raised.value.identifier == identifier
    assert raised.value.outputs["installation"] == f"{identifier}@{NEW}"
    assert raised.value.outputs["sshHostKey"] is None
    previewed = handler.preview(old.inputs, raised.value.outputs)
    assert (previewed["sshHostKey"], previewed["installation"]) == (UNKNOWN, f"{identifier}@{NEW}")


@kinds
@pytest.mark.parametrize("date", ["", NEW])
def test_an_update_reads_the_key_of_a_new_installation_only(
    handler: Resource,
    module: object,
    identifier: str,
    inputs: Properties,
    date: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def read_key(*_: object) -> str:
        return SECOND

    monkeypatch.setattr(host_contact, "read_host_key", read_key)
    at, old = target(handler.token), state(handler, identifier, inputs)
    running = cloud({**GUEST, **(reloaded(date) if date else {})})
    outputs = running.run(tmp_path, lambda session: handler.update(session, at, identifier, old, old.inputs))
    assert text(outputs, "sshHostKey") == (SECOND if date else FIRST)
    assert text(outputs, "installation") == (f"{identifier}@{date}" if date else identifier)


@kinds
def test_a_scheduled_cancellation_is_an_output(
    handler: Resource, module: object, identifier: str, inputs: Properties, tmp_path: Path
) -> None:
    at, old = target(handler.token), state(handler, identifier, inputs)
    live = cloud(GUEST).run(tmp_path, lambda session: handler.read(session, at, identifier, old))
    assert live is not None
    assert live.outputs["cancellationDate"] == "2026-12-01T00:00:00+00:00"
