"""`operate --version` names what a report needs."""

import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dev.local.environment import CHECKOUT
from operate.cli.command_line import app
from operate.cli.version import describe_version


def git(folder: Path, *words: str) -> str:
    author = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    done = subprocess.run(
        ["git", "-C", str(folder), *author, *words], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_the_commit_is_named_and_whether_files_differ_from_it(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    file = tmp_path / "file"
    file.write_text("a")
    git(tmp_path, "add", "file")
    git(tmp_path, "commit", "--quiet", "--message", "a")
    commit = git(tmp_path, "rev-parse", "HEAD")
    assert describe_version(tmp_path).startswith(f"operate of commit {commit}; Python 3.")
    file.write_text("b")
    assert describe_version(tmp_path).startswith(f"operate of commit {commit}, with changed files; Python 3.")


def test_a_copy_without_git_has_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert f"git does not know {tmp_path}" in describe_version(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert f"git does not know {CHECKOUT}" in describe_version()


def test_the_option_prints_it_and_ends() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.stdout) == (0, f"{describe_version()}\n")
