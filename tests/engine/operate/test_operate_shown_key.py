"""Which host key a real sshd shows, while it executes itself again."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from operate.clock import SystemClock
from operate.rotate.kinds.shown_key import call_until_reached, proves_key
from operate.servers.ssh import SshError, SshLink
from operate.stack.facts import DoorFacts
from tests.engine.ssh_daemon import SshDaemon, make_key, ssh_daemon
from tests.support.simulated_operator import SimulatedClock

LOGINS = 30


@pytest.fixture
def daemon(tmp_path: Path, client_key: Path) -> Iterator[SshDaemon]:
    """An sshd of the test's own, which others do not meet while it refuses."""
    with ssh_daemon(tmp_path / "sshd", client_key.with_suffix(".pub")) as daemon:
        yield daemon


@pytest.fixture
def server(daemon: SshDaemon) -> DoorFacts:
    return DoorFacts("dal05", "b", "127.0.0.1", daemon.host_key, "", (), daemon.port)


@contextmanager
def reloading(daemon: SshDaemon) -> Iterator[None]:
    """Reload all the time, so that every login may meet an sshd that refuses."""
    ended = threading.Event()

    def reload() -> None:
        while not ended.wait(0.02):
            daemon.reload()

    thread = threading.Thread(target=reload)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def test_a_server_whose_sshd_reloads_proves_its_key_every_time(
    daemon: SshDaemon, server: DoorFacts, client_key: Path
) -> None:
    refusals = 0
    with reloading(daemon):
        for _ in range(LOGINS):
            assert proves_key(server, client_key, SystemClock())
            with closing(SshLink("root", client_key)) as link:
                try:
                    link.log_in(server)
                except SshError:
                    refusals += 1
    assert refusals, "sshd has refused nobody, so that the test has shown nothing"


def test_another_key_is_an_answer_also_while_sshd_reloads(
    daemon: SshDaemon, server: DoorFacts, client_key: Path
) -> None:
    stranger = replace(server, host_key=client_key.with_suffix(".pub").read_text())
    with reloading(daemon):
        assert not any(proves_key(stranger, client_key, SystemClock()) for _ in range(LOGINS))


def test_a_key_that_sshd_loads_a_moment_later_is_awaited(
    daemon: SshDaemon, server: DoorFacts, client_key: Path, tmp_path: Path
) -> None:
    made = make_key(tmp_path / "made")
    following = replace(server, host_key=made.with_suffix(".pub").read_text().strip())
    assert not proves_key(following, client_key, SystemClock())

    def use() -> None:
        made.replace(daemon.log.parent / "ed25519")
        made.with_suffix(".pub").replace(daemon.log.parent / "ed25519.pub")
        daemon.reload()

    timer = threading.Timer(1, use)
    timer.start()
    try:
        assert proves_key(following, client_key, SystemClock(), after_reload=True)
    finally:
        timer.join()
    assert not proves_key(server, client_key, SystemClock())


def test_a_server_that_is_off_is_reported_as_off(server: DoorFacts, client_key: Path) -> None:
    clock = SimulatedClock()
    with pytest.raises(SshError, match=r"dal05, server b .*refused|failed"):
        proves_key(replace(server, ssh_port=9), client_key, clock)


def test_a_script_runs_although_sshd_reloads(
    daemon: SshDaemon, server: DoorFacts, client_key: Path, tmp_path: Path
) -> None:
    script = tmp_path / "whoami.sh"
    script.write_text("whoami; exit\n")

    def run() -> bytes:
        with closing(SshLink("root", client_key)) as link:
            return link.run(server, script)[1]

    with reloading(daemon):
        assert {call_until_reached(run, SystemClock()) for _ in range(LOGINS // 3)} == {b"root\n"}
