"""A server's host key: the new one is known before the server shows it, and pinned as it was made."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from operate.error import EXIT_FAILED, NotStartedError, OperateError
from operate.lock.lock import HeldError
from operate.record.observed_releases import ObservedReleases
from operate.record.record import Record
from operate.rotate.kinds.host_key import ServerIdentity, rotate_host_key
from operate.servers.host_keys.fingerprint import fingerprint
from operate.servers.server_names import full_names
from operate.servers.ssh import HostKeyError, SshError
from operate.stack.config.setting_keys import ROTATION
from operate.stack.config.settings_check import InvalidStackFileError
from tests.support.killed_process import KilledError, MortalProcess
from tests.support.simulated_operator import SimulatedLock
from tests.unit.operate.rotate.simulated_rotations import swap_record

OLD, NEW, STRANGER = (f"ssh-ed25519 {key}" for key in ("AAAAold=", "AAAAnew=", "AAAAstrange="))


@dataclass
class Server(MortalProcess):
    """One server; it opens to who knows the key that it shows."""

    host_key_in_use: str = OLD
    pinned: str = OLD
    staged: str = ""
    between: str = ""
    is_off: bool = False
    is_stuck: bool = False
    use_failure: SshError | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    mistakes: str = ""
    current: Record | None = None
    lock: SimulatedLock = field(default_factory=SimulatedLock)
    notes: list[str] = field(default_factory=list)

    def locked(self) -> AbstractContextManager[None]:
        return self.lock.acquire()

    def setting(self, key: str) -> object:
        return self.settings.get(key)

    def note(self, detail: str) -> None:
        self.lock.require()
        self.notes.append(detail)

    def write_settings(self, settings: Mapping[str, object]) -> None:
        self.lock.require()
        self.count_call()
        self.settings = {name: value for name, value in settings.items() if value is not None}
        self.count_call()

    def check_settings(self) -> None:
        if self.mistakes:
            raise InvalidStackFileError(self.mistakes)

    def under_way(self) -> Record | None:
        return self.current

    def observe_releases(self) -> ObservedReleases:
        return ObservedReleases()

    def server(self, name: str) -> ServerIdentity:
        (name,) = full_names([name], ["dal05-a", "dal05-b"])
        return ServerIdentity(name, "7", "198.18.0.2", self.pinned)

    def stage(self, server: ServerIdentity) -> str:
        assert server.host_key == self.host_key_in_use, "the operator is locked out"
        self.count_call()
        self.staged = self.staged or NEW
        self.count_call()
        return self.staged

    def use(self, server: ServerIdentity, host_key: str) -> None:
        if self.between:
            raise HostKeyError("dal05-a shows another host key than the one pinned")
        assert server.host_key == self.host_key_in_use, "the operator is locked out"
        assert host_key == self.staged
        self.count_call()
        if not self.is_stuck:
            self.host_key_in_use = self.staged
        self.count_call()
        if self.use_failure:
            raise self.use_failure

    def shows(self, server: ServerIdentity, host_key: str, *, after_reload: bool = False) -> bool:
        if self.is_off:
            raise SshError("dal05, server a (198.18.0.2): Connection refused; see a runbook, then")
        return host_key == (self.between or self.host_key_in_use)

    def accept(self, server: ServerIdentity, host_key: str) -> str:
        assert host_key == self.staged, "no other key is believed"
        self.count_call()
        self.pinned = self.host_key_in_use
        self.count_call()
        return "1 updated"


def rotate(server: Server, name: str = "dal05-a") -> str:
    return rotate_host_key(server, name, lambda _: None)


def test_a_stack_file_with_mistakes_leaves_the_server_s_key_as_it_is() -> None:
    """The other key is pinned by a `pulumi up`, which would fail once the server shows it."""
    server = Server(mistakes="the stack file has 5 mistakes")
    with pytest.raises(OperateError, match="5 mistakes"):
        rotate(server)
    assert (server.staged, server.settings) == ("", {})
    server.mistakes, server.dies_at = "", 5
    with suppress(KilledError):
        rotate(server)
    assert (server.staged, server.host_key_in_use) == (NEW, OLD)
    server.mistakes = "the stack file has 5 mistakes"
    with pytest.raises(OperateError, match="5 mistakes"):
        rotate(server)
    assert server.host_key_in_use == OLD


@pytest.mark.parametrize("dies_at", range(11))
def test_killed_at_every_moment_the_same_command_goes_on(dies_at: int) -> None:
    server = Server(dies_at=dies_at)
    if dies_at:
        with suppress(KilledError):
            rotate(server)
        server.dies_at = 0
        if server.pinned == NEW and not server.settings:
            return
    assert fingerprint(NEW) in rotate(server)
    assert (server.host_key_in_use, server.pinned, server.settings) == (NEW, NEW, {})


def test_beside_another_operator_at_work_nothing_is_made() -> None:
    server = Server()
    with server.lock.acquire(), pytest.raises(HeldError):
        rotate(server)
    assert (server.calls, server.staged, server.settings) == (0, "", {})


def test_who_stands_in_between_is_not_pinned() -> None:
    server = Server(between=STRANGER)
    with pytest.raises(OperateError, match=r"does not show SHA256:.* Nothing is pinned") as refused:
        rotate(server)
    assert server.pinned == OLD
    assert refused.value.exit_code == EXIT_FAILED, "the server has another key, and the stack file notes it"


def test_a_server_that_is_not_reached_is_not_called_a_stranger() -> None:
    server = Server(is_off=True)
    with pytest.raises(
        OperateError, match=r"\): Connection refused\. Which host key dal05-a shows"
    ) as failed:
        rotate(server)
    assert "same command again" in str(failed.value)
    assert not any(word in str(failed.value) for word in ("runbook", "somebody", "does not show"))
    assert failed.value.exit_code == EXIT_FAILED
    server.is_off = False
    assert fingerprint(NEW) in rotate(server)


def test_a_server_s_short_name_begins_and_resumes_the_same_rotation() -> None:
    server = Server(dies_at=5)
    with suppress(KilledError):
        rotate(server, "a")
    assert server.settings[ROTATION] == {"kind": "host-key", "server": "dal05-a", "hostKey": NEW}
    server.dies_at = 0
    assert rotate(server, "a").startswith("dal05-a shows")
    assert server.pinned == NEW


def test_an_sshd_that_loads_no_other_key_is_named() -> None:
    server = Server(is_stuck=True)
    with pytest.raises(OperateError, match=r"dal05-a .* still shows the pinned key") as failed:
        rotate(server)
    assert "stand in between" not in str(failed.value)
    server.is_stuck = False
    rotate(server)
    assert server.pinned == NEW


@pytest.mark.parametrize("failure", [HostKeyError("shows another host key"), SshError("connection lost")])
def test_a_session_that_breaks_once_the_key_is_in_its_place_is_no_failure(failure: SshError) -> None:
    server = Server(use_failure=failure)
    rotate(server)
    assert server.pinned == NEW


def test_another_pinned_key_is_reported() -> None:
    class Swapped(Server):
        def accept(self, server: ServerIdentity, host_key: str) -> str:
            self.pinned = STRANGER
            return "1 updated"

    with pytest.raises(OperateError, match="Trust nothing that was sent") as failed:
        rotate(Swapped())
    assert failed.value.exit_code == EXIT_FAILED


def test_one_rotation_at_a_time() -> None:
    server = Server(settings={"rotation": {"kind": "host-key", "server": "dal05-b", "hostKey": NEW}})
    with pytest.raises(OperateError, match="`operate rotate host-key ENV --server dal05-b` ends it"):
        rotate(server)


def test_it_begins_beside_no_unfinished_swap_and_is_finished_beside_it() -> None:
    """What it has begun keeps a swap from logging in to the server."""
    server = Server(current=swap_record("2", "1", "red"))
    with pytest.raises(OperateError, match=r"`operate swap ENV --to 2` resumes it"):
        rotate(server)
    assert server.calls == 0
    server.current, server.dies_at = None, 6
    with suppress(KilledError):
        rotate(server)
    server.current = swap_record("2", "1", "red")
    rotate(server)
    assert server.pinned == NEW


@pytest.mark.parametrize(
    ("progress", "message"),
    [
        (
            {
                "kind": "authority", "release": "", "generation": 2, "done": ["stage", "up"],
                "switchedAt": "2026-12-01T15:00:00Z", "before": "", "provided": [],
                "previous": "",
            },
            "--retire` ends it once clients trust the new authority; `operate rotate authority ENV --abort`",
        ),
        (
            {"kind": "host-key", "server": "dal05-b", "hostKey": NEW},
            "`operate rotate host-key ENV --server dal05-b` ends it",
        ),
    ],
    ids=["authority", "another server"],
)  # fmt: skip
def test_beside_another_rotation_the_commands_that_end_that_one_are_named(
    progress: dict[str, object], message: str
) -> None:
    server = Server(settings={"rotation": progress})
    with pytest.raises(NotStartedError) as refusal:
        rotate(server)
    assert message in str(refusal.value)
    assert server.staged == ""
