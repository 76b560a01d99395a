"""What to tell of a stack that does not exist."""

import json
import os
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

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


def describe_missing_file(name: str, existing: Sequence[str]) -> str:
    """Return that a stack has no file, which stacks have one, and what writes it; pure.

    Args:
        name: as somebody wrote it.
        existing: the stacks that have a file.
    """
    if name in existing:
        return ""
    names = f"; stacks with a file are {', '.join(existing)}" if existing else ""
    return (
        f"there is no stacks/Pulumi.{name}.yaml{nearest_hint(name, existing)}{names}; `operate init {name}`"
        " writes it"
    )


def explain_failure(name: str, reason: str, config_file: Path | None = None) -> str:
    """Return a message about Pulumi's failure, which begins with the missing file where there is none.

    Args:
        name: of the stack.
        reason: why Pulumi failed.
        config_file: the stack's file where it is elsewhere.
    """
    missing = "" if config_file else describe_missing_file(name, environments())
    return (
        f"environment {name}: {missing}. Pulumi reports: {reason}"
        if missing
        else f"environment {name}: {reason}"
    )


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
