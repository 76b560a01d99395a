"""Runs a Python command of this project, `python -m MODULE`, whose request and answer are JSON.

The provider and the settings' reader are no modules of `operate`, so that it asks them as programs. A command
reads its request from standard input; one that fails says why in one line on standard error.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from operate.stack.config.stack_file import PROGRAM


class CommandError(Exception):
    """A command failed; the message is the line with its reason.

    Each caller makes it an error of its own, with what was to be done and what to do now.
    """


class CommandTimeoutError(CommandError):
    """A command did not answer in time; it is ended."""


class PythonCommand:
    """A command that runs: it loads what it needs, and waits for its request.

    Args:
        arguments: Arguments of Python, `-m MODULE` and those of the command.
        variables: Environment of the process; that of this process where none is given.
    """

    def __init__(self, arguments: Sequence[str], variables: Mapping[str, str] | None = None) -> None:
        self._name = f"python {' '.join(arguments[:2])}"
        self._process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=PROGRAM, env=None if variables is None else dict(variables),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def ask(self, request: Mapping[str, object], seconds: float) -> dict[str, Any]:
        """Return the answer to the one request of this command, which ends.

        Args:
            request: Text that it reads from standard input.
            seconds: Seconds for which it may take.

        Raises:
            CommandTimeoutError: The command took longer.
            CommandError: The command failed.
        """
        try:
            output, errors = self._process.communicate(json.dumps(dict(request)), seconds)
        except subprocess.TimeoutExpired:
            raise CommandTimeoutError(f"no answer within {seconds:.0f} s") from None
        finally:
            self.close()
        if self._process.returncode:
            lines = errors.strip().splitlines()
            raise CommandError(lines[-1] if lines else f"`{self._name}` failed and gave no reason")
        answer: dict[str, Any] = json.loads(output)
        return answer

    def close(self) -> None:
        """End the command; one that has ended is left alone."""
        self._process.kill()
        self._process.communicate()


def run_command(
    arguments: Sequence[str],
    request: Mapping[str, object],
    seconds: float,
    variables: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Run a command and return its answer.

    Args:
        arguments: Arguments of Python, `-m MODULE` and those of the command.
        request: Text that it reads from standard input.
        seconds: Seconds for which it may take.
        variables: Environment of the process; that of this process where none is given.

    Raises:
        CommandTimeoutError: The command took longer.
        CommandError: The command failed.
    """
    return PythonCommand(arguments, variables).ask(request, seconds)
