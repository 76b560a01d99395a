"""Docstrings name the errors that a caller meets, and no error that does not exist any more."""

import ast
import builtins
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT

PACKAGES = ("cloud", "components", "dev", "harness", "messages", "operate", "policy", "provider", "settings")
_RAISES = re.compile(r"^Raises:\n(?P<errors>(?:    .*\n?|\n)+)", re.MULTILINE)
_ERROR = re.compile(r"^    (?P<names>[\w., ]+):", re.MULTILINE)
_FROM_LIBRARIES = frozenset({"InvalidVersionError", "MarkedYAMLError"})
"""Errors of Pulumi and of PyYAML, which pass through."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def _modules(package: str) -> Mapping[Path, ast.Module]:
    return {path: ast.parse(path.read_text()) for path in sorted((CHECKOUT / package).rglob("*.py"))}


def _nodes(package: str) -> Iterator[tuple[Path, ast.AST]]:
    for path, module in _modules(package).items():
        for node in ast.walk(module):
            yield path, node


@cache
def _errors() -> Mapping[str, frozenset[str]]:
    """Return the project's own errors, each with the names of its ancestors and its own."""
    bases = {
        node.name: [base.id for base in node.bases if isinstance(base, ast.Name)]
        for package in PACKAGES
        for _, node in _nodes(package)
        if isinstance(node, ast.ClassDef) and node.name.endswith(("Error", "Fault"))
    }

    def lineage(name: str) -> frozenset[str]:
        return frozenset({name}).union(*(lineage(base) for base in bases.get(name, ())))

    return {name: lineage(name) for name in bases}


def _documented(docstring: str) -> list[str]:
    section = _RAISES.search(docstring)
    names = _ERROR.findall(section["errors"]) if section else []
    return [name for several in names for name in re.split(r",? +|,", several) if name]


def _known(package: str) -> set[str]:
    """Return the names that modules of a package define or import."""
    names = set(dir(builtins))
    for _, node in _nodes(package):
        match node:
            case ast.ClassDef(name=name):
                names.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names |= {alias.asname or alias.name for alias in aliases}
    return names


@pytest.mark.parametrize("package", PACKAGES)
def test_every_error_that_a_docstring_names_exists(package: str) -> None:
    known = _known(package) | _FROM_LIBRARIES
    unknown = {
        (str(path.relative_to(CHECKOUT)), node.name, error)
        for path, node in _nodes(package)
        if isinstance(node, Function)
        for error in _documented(ast.get_docstring(node) or "")
        if error.partition(".")[0] not in known
    }
    assert unknown == set()


def _raised(node: ast.AST) -> Iterator[str]:
    """Give the classes of errors that a function raises itself."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function | ast.Lambda | ast.ClassDef):
            continue
        match child:
            case ast.Raise(exc=ast.Call(func=ast.Name(id=name)) | ast.Name(id=name)):
                yield name
        yield from _raised(child)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_error_that_a_public_function_raises_is_in_its_docstring(package: str) -> None:
    """The docstring of a command is its help, and its errors end it with one line."""
    undocumented = {
        (str(path.relative_to(CHECKOUT)), node.name, error)
        for path, node in _nodes(package)
        if (CHECKOUT / "operate" / "cli") not in path.parents
        and isinstance(node, Function)
        and not node.name.startswith("_")
        for docstring in [ast.get_docstring(node)]
        if docstring is not None
        for error in _raised(node)
        if error in _errors() and not _errors()[error] & set(_documented(docstring))
    }
    assert undocumented == set()
