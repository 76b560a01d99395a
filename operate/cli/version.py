"""Which version this is, for a report: nothing has been released, so that a commit names it."""

import subprocess
import sys
from pathlib import Path

from operate.stack.config.stack_file import PROGRAM

_SECONDS = 10.0
"""For which git may take (choice)."""


def describe_version(checkout: Path = PROGRAM) -> str:
    """Return the commit of a checkout and whether files differ from it, for people.

    Args:
        checkout: Folder of the checkout.
    """
    python = ".".join(map(str, sys.version_info[:3]))
    try:
        commit = _run_git(checkout, "rev-parse", "HEAD")
        is_changed = bool(_run_git(checkout, "status", "--porcelain", "--untracked-files=no"))
    except (OSError, subprocess.SubprocessError):
        return f"operate of an unknown commit, since git does not know {checkout}; Python {python}"
    return f"operate of commit {commit}{', with changed files' if is_changed else ''}; Python {python}"


def _run_git(checkout: Path, *words: str) -> str:
    command = ["git", "-C", str(checkout), *words]
    return subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=_SECONDS
    ).stdout.strip()
