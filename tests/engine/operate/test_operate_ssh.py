"""SSH as operate uses it, to a real sshd: scripts, pinned keys, ports, and a store in a folder."""

import gc
import http.server
import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from harness.serving import serving
from operate.doors.door_status import FencedError
from operate.doors.front_doors import SshDoors
from operate.error import OperateError, RefusedError
from operate.lock.lock import acquire, find_holder
from operate.lock.process import this_process
from operate.servers.host_keys.fingerprint import fingerprint
from operate.servers.ssh import HostKeyError, ServerShell, SshError, SshLink
from operate.stack.facts import Colour, DoorFacts, Facts
from operate.store.folder_store import FolderStore
from tests.engine.ssh_daemon import SshDaemon


@pytest.fixture
def door(sshd: SshDaemon) -> DoorFacts:
    return DoorFacts("dal05", "a", "127.0.0.1", sshd.host_key, "r:5000", ("modern",), sshd.port)


@pytest.fixture
def facts(door: DoorFacts, client_key: Path) -> Facts:
    return Facts(None, "docker", "p", "", "root", "f", (door,), dict.fromkeys(Colour))


@pytest.fixture
def link(client_key: Path) -> Iterator[SshLink]:
    ssh_link = SshLink("root", client_key)
    yield ssh_link
    ssh_link.close()


def script(folder: Path, body: str, name: str = "one.sh") -> Path:
    file = folder / name
    file.write_text(f'#!/usr/bin/env bash\nset -euo pipefail\nmain() {{ {body}; }}\nmain "$@"; exit\n')
    return file


def test_a_script_gets_its_arguments_and_what_follows(link: SshLink, door: DoorFacts, tmp_path: Path) -> None:
    script_file = script(tmp_path, 'printf "%s|" "$@"; cat; echo first >&2; echo last >&2; exit 7')
    result = link.run(door, script_file, "a b", "$(id)", stdin_payload=b"\x00\xffbytes")
    assert result == (7, b"a b|$(id)|\x00\xffbytes", "last")


def test_a_broken_connection_is_made_anew(link: SshLink, door: DoorFacts, tmp_path: Path) -> None:
    # The shell's parent is `timeout`, whose parent is the connection's own sshd.
    kill_session = "kill $(awk '{ print $4 }' /proc/$PPID/stat)"
    script_file = script(
        tmp_path,
        f"if [ -e {tmp_path}/once ]; then echo again; else touch {tmp_path}/once; {kill_session}; fi",
    )
    assert link.run(door, script_file) == (0, b"again\n", "")


def test_another_host_key_is_refused_with_its_fingerprint(
    link: SshLink, door: DoorFacts, sshd: SshDaemon, client_key: Path, tmp_path: Path
) -> None:
    other_door = replace(door, host_key=client_key.with_suffix(".pub").read_text())
    with pytest.raises(
        HostKeyError, match=r"dal05, server a .* another host key, SHA256:\S+, than the one pinned"
    ) as refused:
        link.run(other_door, script(tmp_path, "true"))
    accepted = f"dal05-a={fingerprint(sshd.host_key)}"
    assert f"`operate recover ENV --accept-host-key {accepted}`" in str(refused.value)


def test_a_host_key_that_a_rotation_has_staged_is_believed_of_its_server_alone(
    door: DoorFacts, sshd: SshDaemon, client_key: Path, tmp_path: Path
) -> None:
    pinned = replace(door, host_key=client_key.with_suffix(".pub").read_text())
    staged = {door.name: sshd.host_key}
    with closing(SshLink("root", client_key, lambda name: staged.get(name, ""))) as link:
        assert link.run(pinned, script(tmp_path, "echo here"))[1] == b"here\n"
    with closing(SshLink("root", client_key, lambda name: staged.get(name, ""))) as link:
        with pytest.raises(HostKeyError):
            link.log_in(replace(pinned, server="b"))
        staged[door.name] = pinned.host_key
        with pytest.raises(HostKeyError, match="--accept-host-key dal05-a"):
            link.log_in(pinned)


def test_a_server_that_is_not_there_is_named(link: SshLink, door: DoorFacts, tmp_path: Path) -> None:
    with pytest.raises(SshError, match="dal05, server a"):
        link.run(replace(door, ssh_port=9), script(tmp_path, "true"))


def test_a_silent_server_leaves_no_connection_pending(
    client_key: Path, door: DoorFacts, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What is pending at the end would be printed to the operator, by asyncio, with a traceback of words."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        link = SshLink("root", client_key)
        server = replace(door, ssh_port=silent.getsockname()[1])
        (error,) = link.run_each([server], script(tmp_path, "true"), 0.2)
        link.close()
    assert "no answer within" in str(error)
    gc.collect()
    assert caplog.messages == []


def test_a_port_of_its_loopback_is_reached(link: SshLink, door: DoorFacts) -> None:
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            return

    with (
        serving(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)) as server,
        link.forward(door, server.server_port) as port,
    ):
        assert port != server.server_port
        assert httpx.get(f"http://127.0.0.1:{port}/").text == "ok"


@pytest.mark.parametrize(("code", "kind"), [(3, FencedError), (4, RefusedError), (1, OperateError)])
def test_a_doors_refusal_is_its_scripts_error(
    code: int,
    kind: type[OperateError],
    facts: Facts,
    link: SshLink,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("operate.doors.front_doors.SCRIPTS", tmp_path)
    script(tmp_path, f'echo "why not" >&2; exit {code}', "door-switch.sh")
    with pytest.raises(kind, match="why not") as refused:
        SshDoors(facts, link).switch(Colour.RED, 7, force=False)
    assert type(refused.value) is kind


def test_a_door_is_switched_and_its_reads_are_returned(
    facts: Facts, link: SshLink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("operate.doors.front_doors.SCRIPTS", tmp_path)
    script(tmp_path, 'printf "%s\\n" "$*" >>' + f"{tmp_path}/seen; echo red black", "door-switch.sh")
    script(tmp_path, 'echo "GET /v2/$1/$2"', "colour-reads.sh")
    doors = SshDoors(facts, link)
    assert doors.switch(Colour.BLACK, 7, force=False) == ["dal05 red -> black"]
    doors.switch(Colour.BLACK, 8, force=True)
    assert (tmp_path / "seen").read_text() == "black 7\nblack 8 force\n"
    assert [(read.method, read.path) for read in doors.reads(5)] == [("GET", "/v2/modern/5")]


def test_without_swift_the_lock_is_in_a_folder_of_the_server(
    link: SshLink, door: DoorFacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import operate.store.folder_store as module

    # The same script with a folder of the test's own.
    text = module.SCRIPT.read_text().replace("/var/lib/registry-operate", str(tmp_path / "kept"))
    (tmp_path / "folder-store.sh").write_text(text)
    monkeypatch.setattr(module, "SCRIPT", tmp_path / "folder-store.sh")
    store = FolderStore(ServerShell(link, door))
    assert store.get("operate/x") is None
    assert store.create("operate/x", b"\x00one\n")
    assert not store.create("operate/x", b"two")
    stored = store.get("operate/x")
    assert stored is not None
    assert stored.content == b"\x00one\n"
    assert 0 <= stored.age < 10
    store.put("operate/x", b"two")
    assert store.names("operate/") == ["operate/x"]
    store.delete("operate/x")
    with pytest.raises(OperateError):
        store.get("../etc/passwd")
    with acquire(store, this_process("swap", 60.0)) as lock:
        lock.check()
        assert find_holder(store) is not None
    assert find_holder(store) is None


def test_a_door_that_is_lost_keeps_nobody_waiting_for_the_others(
    facts: Facts, link: SshLink, door: DoorFacts, tmp_path: Path
) -> None:
    unreachable = replace(door, server="b", ssh_port=9)
    slow = script(tmp_path, "sleep 60")
    first, second = link.run_each((door, unreachable), script(tmp_path, "echo here", "here.sh"), 30)
    assert first == (0, b"here\n", "")
    assert isinstance(second, SshError)
    (late,) = link.run_each((door,), slow, 0.5)
    assert isinstance(late, SshError)
    assert "no answer within 0 s" in str(late)
    # The connection is opened again afterwards.
    assert link.run(door, script(tmp_path, "echo again"))[1] == b"again\n"


def test_doors_of_one_datacenter_are_distinguished(facts: Facts, link: SshLink, door: DoorFacts) -> None:
    both = replace(facts, doors=(door, replace(door, server="b")))
    with pytest.raises(OperateError, match=r"dal05, server a: door-status\.sh"):
        SshDoors(both, link).status()
    errors = SshDoors(both, link).query_each(both.doors)
    assert ["server a" in str(errors[0]), "server b" in str(errors[1])] == [True, True]


def test_doors_with_other_host_keys_answer_once_they_are_followed(
    facts: Facts, link: SshLink, door: DoorFacts, client_key: Path
) -> None:
    before = replace(door, host_key=client_key.with_suffix(".pub").read_text())
    doors = SshDoors(replace(facts, doors=(before,)), link)
    with pytest.raises(OperateError, match="another host key"):
        doors.status()
    doors.follow((door,))
    # It is let in; this machine has no front door whose status could be told.
    with pytest.raises(OperateError, match=r"door-status\.sh"):
        doors.status()
