"""The stack that `make up` brings up on this machine: its engine, its backend and its variables."""

import json
import os
from collections.abc import Mapping, MutableMapping
from pathlib import Path

LOCAL = "local"
"""Name of that stack."""
VARIABLES_FILE = Path(__file__).resolve().parents[2] / ".local" / "variables.json"
LOCAL_BACKEND = f"file://{VARIABLES_FILE.parent / 'pulumi' / 'backend'}"
"""URL of its backend, which the variables name while it is up."""
LOCAL_DOWN = "it is not up; run `make up`, or wait for the one that is at work"
"""What a command on it says while it is down, behind its name."""
_BACKEND = "PULUMI_BACKEND_URL"


def local_variables(file: Path = VARIABLES_FILE) -> Mapping[str, str]:
    """Return the variables under which Pulumi and `operate` work on the local stack.

    There are none where it is not up.
    """
    try:
        variables: Mapping[str, str] = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return variables


def is_local_down(
    stack: str, environment: Mapping[str, str] = os.environ, file: Path = VARIABLES_FILE
) -> bool:
    """Return whether a stack is the local one, and is not up: then neither its state nor its engine exists.

    Args:
        stack: Name of the stack.
        environment: Environment of this process, which may name another backend, or still that of the local
            stack, as in a shell that `make shell` opened.
        file: File in which `make up` writes the variables.
    """
    is_own_backend = environment.get(_BACKEND, LOCAL_BACKEND) == LOCAL_BACKEND
    return stack == LOCAL and is_own_backend and not local_variables(file)


def enter_local_environment(
    stack: str, environment: MutableMapping[str, str] = os.environ, file: Path = VARIABLES_FILE
) -> None:
    """Take the local stack's variables where a command acts on it; what the operator has exported stays.

    Args:
        stack: Stack that the command names; another word `local` of its line, such as a repository's, is
            none.
        environment: Environment of this process.
        file: File in which `make up` wrote them.
    """
    if stack != LOCAL or _BACKEND in environment:
        return
    for name, value in local_variables(file).items():
        if name == "PATH":
            environment[name] = f"{value}:{environment.get(name, '')}"
        else:
            environment.setdefault(name, value)
