"""Every linter and the type checker, each as a developer would call it."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from dev.local.environment import CHECKOUT
from dev.local.process import run
from dev.local.progress import announced

_TOOLS = Path(sys.executable).parent


def _shell_scripts() -> list[str]:
    folders = ("dev", "components", "operate", "policy", "provider", "harness", "tests", ".ci")
    files = (file for folder in folders for file in sorted((CHECKOUT / folder).rglob("*")) if file.is_file())
    return [
        str(file.relative_to(CHECKOUT))
        for file in files
        if file.read_bytes()[:20].startswith(b"#!/usr/bin/env bash")
    ]


def check_commands() -> Mapping[str, Sequence[str]]:
    """Return the commands of the linters and the type checker, by their names."""
    return {
        "ruff check": [str(_TOOLS / "ruff"), "check", "."],
        "ruff format": [str(_TOOLS / "ruff"), "format", "--check", "."],
        "mypy": [str(_TOOLS / "mypy")],
        "import-linter": [str(_TOOLS / "lint-imports"), "--no-cache"],
        "vulture": [str(_TOOLS / "vulture")],
        "shellcheck": ["shellcheck", *_shell_scripts()],
    }


def run_checks() -> None:
    """Run the linters and the type checker.

    Raises:
        LocalError: A linter or the type checker found something.
    """
    for name, command in check_commands().items():
        with announced(name):
            run(command)
