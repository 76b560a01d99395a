"""What a server's doors say in a preview: asked of a real sshd."""

import asyncio
from pathlib import Path

from components.proxy.preview_check import door_refusal
from components.remote.script_source import script_source
from harness.ports import free_port
from tests.engine.ssh_daemon import SshDaemon

REFUSE = 'cat >/dev/null; echo "colour $2 is live" >&2; exit 1\n'


def ask(sshd: SshDaemon, key: Path, text: str, *words: str, port: int = 0) -> str:
    return asyncio.run(
        door_refusal("127.0.0.1", sshd.host_key, key.read_text(), words, text, port or sshd.port)
    )


def test_a_refusal_is_what_the_script_reports(sshd: SshDaemon, client_key: Path) -> None:
    assert (
        ask(sshd, client_key, f"{REFUSE}what follows", "check", "red and black")
        == "colour red and black is live"
    )


def test_a_server_without_doors_agrees(sshd: SshDaemon, client_key: Path) -> None:
    script = script_source("door-colours.sh")
    assert ask(sshd, client_key, script, "check", "prod", "modern", "red", "red=1:modern.a:a@i") == ""


def test_a_server_that_does_not_answer_refuses_nothing(sshd: SshDaemon, client_key: Path) -> None:
    assert ask(sshd, client_key, REFUSE, "check", port=free_port()) == ""
    assert asyncio.run(door_refusal("127.0.0.1", sshd.host_key, "no key", (), REFUSE, sshd.port)) == ""
