"""Runs the host's own tools (ip, nft, mount, mkfs) and turns their failure into one clear line."""

import subprocess
from collections.abc import Sequence

from cloud.interfaces import MachineError


def host(command: Sequence[str], *, text_in: str | None = None) -> str:
    """Run a tool and return what it printed.

    Args:
        command: Words of the command.
        text_in: Text for the tool's standard input.

    Raises:
        MachineError: The tool is missing, or failed; the message has its last line.
    """
    try:
        done = subprocess.run(command, input=text_in, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise MachineError(f"{command[0]} is missing on this host; run make up, which installs it") from error
    if done.returncode != 0:
        message = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
        raise MachineError(f"`{' '.join(command)}` failed on this host: {message}")
    return done.stdout
