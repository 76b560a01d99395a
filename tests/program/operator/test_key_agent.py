"""The agent of a run holds the operator's key alone and ends with the run; the state has no key."""

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from components.remote.key_agent import KeyAgentError, agent_place, end_agent, start_agent
from dev.local.environment import CHECKOUT
from harness.waiting import until
from settings.access.key_pair import KEY_VARIABLE
from tests.program.program_under_mocks import plain, run_program
from tests.program.two_servers import SERVERS

PLACE = agent_place("prod", "ssh-ed25519 AAAA")


@pytest.fixture
def key(tmp_path: Path) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")], check=True)
    return tmp_path / "key"


def held_keys(program: Path, place: str = PLACE) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["ssh-add", "-L"], cwd=program, env={**os.environ, "SSH_AUTH_SOCK": place},
        capture_output=True, text=True, check=False, timeout=20,
    )  # fmt: skip


def _is_dead(program: Path, place: str) -> bool:
    return held_keys(program, place).returncode == 2


def public_half(key: Path) -> str:
    return key.with_name(f"{key.name}.pub").read_text().split()[1]


def test_the_agent_holds_one_key_and_ends(key: Path, tmp_path: Path) -> None:
    agent = start_agent(key, PLACE, tmp_path)
    assert [line.split()[1] for line in held_keys(tmp_path).stdout.splitlines()] == [public_half(key)]
    assert (tmp_path / PLACE).parent.stat().st_mode & 0o777 == 0o700
    end_agent(agent)
    # Its process is still closing its sockets for a moment.
    until(lambda: held_keys(tmp_path).returncode == 2, "the agent has ended", 20)


def test_a_later_agent_takes_the_place_of_an_earlier_one(key: Path, tmp_path: Path) -> None:
    """Also of one that ends after the later one has started."""
    first = start_agent(key, PLACE, tmp_path)
    # In its own process: the number of the process is in the name of the agent's own socket.
    program = (
        "import sys, pathlib; from components.remote.key_agent import *;"
        f"start_agent(pathlib.Path({str(key)!r}), {PLACE!r}, pathlib.Path({str(tmp_path)!r}));"
        "print('started', flush=True); sys.stdin.read()"
    )
    second = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert second.stdout
    assert second.stdout.readline() == "started\n"
    end_agent(first)
    assert held_keys(tmp_path).returncode == 0
    second.send_signal(signal.SIGKILL)  # nothing of it is left, however it ends
    second.communicate()
    until(lambda: held_keys(tmp_path).returncode == 2, "the agent has ended with its program", 20)


def test_sockets_that_earlier_runs_have_left_are_deleted(key: Path, tmp_path: Path) -> None:
    """A run leaves its socket, however it ends; another stack's agent that is at work stays."""
    places = [agent_place(name, "ssh-ed25519 AAAA") for name in ("dead", "alive", "young")]
    agents = [start_agent(key, place, tmp_path) for place in places]
    for agent in (agents[0], agents[2]):
        end_agent(agent)
    for place in (places[0], places[2]):
        until(partial(_is_dead, tmp_path, place), "the agent has ended", 20)
    for place in places[:2]:
        os.utime(tmp_path / place, (0, 0))
    start_agent(key, PLACE, tmp_path)
    assert [(tmp_path / place).exists() for place in places] == [False, True, True]
    assert held_keys(tmp_path, places[1]).returncode == 0
    end_agent(agents[1])


def test_a_key_that_cannot_be_held_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyAgentError, match=r"the SSH agent for .*nothing does not start \(.*No such file"):
        start_agent(tmp_path / "nothing", PLACE, tmp_path)


def test_the_place_tells_nothing_of_the_machine() -> None:
    assert PLACE.startswith(".local/agents/prod-")
    assert agent_place("prod", "ssh-ed25519 BBBB") != PLACE
    assert len(agent_place("p" * 200, "ssh-ed25519 AAAA")) < 80


def test_no_resource_has_the_private_key(key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, str(key))
    config = {"domain": "registry.example", "sshKeyFile": "~/.ssh/registry", "servers": SERVERS}
    run = run_program({f"softlayer-registry:{name}": value for name, value in config.items()})
    secret = key.read_text().splitlines()[2]
    assert [resource.name for resource in run.resources if secret in repr(plain(resource.inputs))] == []
    connections = [plain(resource.inputs.get("connection")) for resource in run.resources]
    sockets = {
        str(connection["agentSocketPath"]) for connection in connections if isinstance(connection, dict)
    }
    assert sockets == {agent_place("prod", f"ssh-ed25519 {public_half(key)}")}
