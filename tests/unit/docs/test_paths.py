"""The paths and the commands that documents, docstrings and comments name exist."""

import re
from functools import cache
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT
from tests.unit.docs.source_files import source_files

_FOLDERS = "|".join(sorted(path.name for path in CHECKOUT.iterdir() if path.is_dir() and path.name[0] != "."))
_PATH = re.compile(
    rf"(?<![\w./$~{{}}-])(?P<path>(?:{_FOLDERS})/(?:[\w.-]+/)*[\w.-]+\.(?:py|sh|md|json|toml|yaml|sum|in|txt|go))\b"
)
_COMMAND = re.compile(rf"python3? -m (?P<module>(?:{_FOLDERS})(?:\\?\.\w+)*)")
_NO_FILE = re.compile(r"NAME|ENV|^operate/[\w./-]+\.json$")
"""Placeholders, and the objects that operate keeps in the registry's storage."""
_ELSEWHERE = {
    "docs/content/spec/api.md": "of distribution",
    "stacks/Pulumi.prod.yaml": "the reader's own",
}
_INVENTING = "test_checkout_paths.py"
"""Tests the paths that code opens, by some that do not exist; here it is about those that people read."""
_KINDS = (".py", ".md", ".sh", ".toml", ".yaml", ".in")


def _folder_of(path: Path) -> str:
    return path.parts[len(CHECKOUT.parts)]


@cache
def _files() -> list[Path]:
    return [
        path
        for path in source_files()
        if (path.suffix in _KINDS or path.name == "Makefile") and path.name != _INVENTING
    ]


def _folders() -> list[str]:
    """Return the parameters of the tests, for which no file is read: every worker collects the tests."""
    return sorted(set(map(_folder_of, _files())))


@cache
def _below(folder: str) -> dict[Path, str]:
    return {path: path.read_text() for path in _files() if _folder_of(path) == folder}


def _exists(path: str) -> bool:
    return path in _ELSEWHERE or bool(_NO_FILE.search(path)) or (CHECKOUT / path).exists()


def _is_module(module: str) -> bool:
    path = CHECKOUT / module.replace("\\", "").replace(".", "/")
    return path.with_suffix(".py").exists() or (path / "__main__.py").exists()


@pytest.mark.parametrize("folder", _folders())
def test_every_path_leads_to_a_file(folder: str) -> None:
    dead = {
        (str(path.relative_to(CHECKOUT)), mention["path"])
        for path, text in _below(folder).items()
        for mention in _PATH.finditer(text)
        if not _exists(mention["path"]) and not (path.parent / mention["path"]).exists()
    }
    assert dead == set()


@pytest.mark.parametrize("folder", _folders())
def test_every_python_command_has_its_module(folder: str) -> None:
    dead = {
        (str(path.relative_to(CHECKOUT)), mention["module"])
        for path, text in _below(folder).items()
        for mention in _COMMAND.finditer(text)
        if not _is_module(mention["module"])
    }
    assert dead == set()
