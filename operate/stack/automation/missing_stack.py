"""What to tell of a stack that does not exist."""

import json
import os
import subprocess
from collections.abc import Iterable

from messages.nearest import nearest_hint
from operate.stack.stack_file import PROGRAM, environments

_SECONDS = 30.0
"""For which the backend's list of stacks is waited for (choice)."""


def describe_missing_stack(name: str, existing: Iterable[str], backend: str) -> str:
    """Return that no stack has a name, which is the nearest, and what to run; pure.

    Args:
        name: as somebody wrote it.
        existing: the stacks that exist.
        backend: URL of the backend that was asked; "" is the one that `pulumi login` names.
    """
    place = f" in {backend}" if backend else ""
    return (
        f"there is no stack of that name{place}{nearest_hint(name, existing)}; `pulumi stack ls` lists those"
        f" that exist; for a new one `bin/operate init {name}` writes its file, then run"
        f" `pulumi stack init {name}`"
    )


def explain_missing_stack(name: str) -> str:
    """Return the same, with the stacks of the backend, or those that have a file where it does not list."""
    return describe_missing_stack(name, _listed_stacks() or environments(), _backend())


def hint_of_name(name: str) -> str:
    """Return the end of a message about Pulumi's failure where the name may be the reason; "" otherwise."""
    known = environments()
    hint = "" if name in known else nearest_hint(name, known)
    return f"; there is no stacks/Pulumi.{name}.yaml{hint}" if hint else ""


def _backend() -> str:
    url = os.environ.get("PULUMI_BACKEND_URL", "")
    return "" if "@" in url else url


def _listed_stacks() -> list[str]:
    try:
        completed = subprocess.run(
            ["pulumi", "stack", "ls", "--json", "--non-interactive"],
            cwd=PROGRAM, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_SECONDS,
            check=True,
        )  # fmt: skip
        return [str(stack["name"]).rpartition("/")[2] for stack in json.loads(completed.stdout)]
    except (OSError, subprocess.SubprocessError, ValueError, TypeError, KeyError):
        return []
