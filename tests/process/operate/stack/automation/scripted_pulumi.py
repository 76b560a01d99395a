"""A `pulumi` on PATH that runs a script of a test."""

from pathlib import Path

import pytest


def make_pulumi(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
    """Put a `pulumi` on PATH that runs a script; returns the file with the words that it is given."""
    program, words = folder / "bin" / "pulumi", folder / "words"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$*" >> {words}\n{script}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return words
