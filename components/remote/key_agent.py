"""SSH agent of one run of the program, which holds the operator's key and nothing else.

pulumi-command logs in either with a key, which it keeps in the state of every command, or by an agent. The
state names the agent's socket by a place relative to the program's folder, in which Pulumi starts its
plugins. The place is the same for every operator, and none of them has to start an agent.

The agent lives as long as the program. Pulumi keeps the program alive until the last resource is done
(`SignalAndWaitForShutdown`), deletions included. `pulumi destroy` runs no program: what is on the servers
goes with them there. A destroy that keeps servers needs `--run-program`.
"""

import atexit
import hashlib
import os
import shlex
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pulumi

from components.remote.program_folder import PROGRAM

_AGENTS = Path(".local", "agents")
_END_SECONDS = 20
_YOUNG_SECONDS = 60.0
"""Age from which a socket on which nobody listens is one that was left (choice)."""
# The agent's own socket has the number of its process in its name: an agent that ends removes that one alone.
_HOLD_KEY = """\
if ssh-add -q -- "$1" >&2 </dev/null && mv -fT -- "$SSH_AUTH_SOCK" "$2"; then
  echo ready
  cat >/dev/null
fi
kill "$SSH_AGENT_PID"
"""
"""What the agent runs; it ends with its standard input, which ends with the program, however that ends."""


class KeyAgentError(pulumi.RunError):
    """The agent does not start; the message has the command to run."""


def agent_place(environment: str, public_key: str) -> str:
    """Return the place of the agent's socket, relative to the program's folder.

    Args:
        environment: Name of the stack.
        public_key: The operator's public key, `TYPE BASE64`. Stacks of one name with different keys do not
            share an agent.
    """
    digest = hashlib.sha256(public_key.encode()).hexdigest()[:12]
    return (_AGENTS / f"{environment[:40]}-{digest}").as_posix()


def start_agent(private_key_file: Path, place: str, program: Path = PROGRAM) -> "subprocess.Popen[str]":
    """Start the agent; it ends with this process.

    Args:
        private_key_file: The only key that it holds. It has no passphrase.
        place: Place of its socket, relative to the program's folder; whatever is there is replaced.
        program: The program's folder.

    Returns:
        The agent. It ends when its standard input is closed.

    Raises:
        KeyAgentError: OpenSSH's agent is missing, or does not take the key.
    """
    key = private_key_file.absolute()
    (program / place).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    own = f"{place}.{os.getpid()}"
    (program / own).unlink(missing_ok=True)
    delete_dead_sockets((program / place).parent)
    try:
        agent = subprocess.Popen(
            ["ssh-agent", "-a", own, "sh", "-c", _HOLD_KEY, "key-agent", str(key), place],
            cwd=program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    except FileNotFoundError:
        raise KeyAgentError(
            "OpenSSH is missing on this machine (ssh-agent); install openssh-client, then run the command"
            " again"
        ) from None
    if agent.stdout and agent.stdout.readline().strip() == "ready":
        atexit.register(end_agent, agent)
        return agent
    reason = end_agent(agent).strip().replace("\n", "; ")
    raise KeyAgentError(
        f"the SSH agent for {private_key_file} does not start ({reason or 'it reports nothing'}); try"
        f" ssh-agent ssh-add {shlex.quote(str(private_key_file))}, then run the command again"
    )


def delete_dead_sockets(folder: Path) -> None:
    """Delete the sockets that agents of earlier runs have left, whose place outlives them.

    Args:
        folder: Folder of the sockets. One that is younger than a minute may be about to listen, and stays.
    """
    # A socket's address has 107 bytes at most (unix(7)), whatever the folder's path has.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        for place in folder.iterdir():
            with suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
                if time.time() - place.stat().st_mtime < _YOUNG_SECONDS:
                    continue
                try:
                    connection.connect(f"/proc/self/fd/{descriptor}/{place.name}")
                except ConnectionRefusedError:
                    place.unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def end_agent(agent: "subprocess.Popen[str]") -> str:
    """End an agent, wait until it has ended, and return what it wrote to standard error."""
    return agent.communicate(timeout=_END_SECONDS)[1]
