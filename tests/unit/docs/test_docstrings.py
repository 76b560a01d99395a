"""Docstrings name the errors that a caller meets and none besides, and their entries can be read alone."""

import ast
import builtins
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT
from tests.unit.docs.syntax import statements

PACKAGES = (
    "bench",
    "cloud",
    "components",
    "dev",
    "harness",
    "messages",
    "operate",
    "policy",
    "provider",
    "pulumi_softlayer",
    "settings",
)
_RAISES = re.compile(r"^Raises:\n(?P<errors>(?:    .*\n?|\n)+)", re.MULTILINE)
_ENTRIES = re.compile(r"^(?:Args|Attributes|Raises):\n(?P<entries>(?:    .*\n?|\n)+)", re.MULTILINE)
_FRAGMENT = re.compile(r"[a-z]|(?:At|By|Of|On|Its|That|Their|Those|To|With)\b")
"""Beginnings of what cannot be understood without the entry's name."""
_ERROR = re.compile(r"^    (?P<names>[\w., ]+):", re.MULTILINE)
_FROM_LIBRARIES = frozenset({"InvalidVersionError", "MarkedYAMLError"})
"""Errors of Pulumi and of PyYAML, which pass through."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


Node = ast.ClassDef | Function | ast.Import | ast.ImportFrom
Nodes = Sequence[tuple[Path, Node]]


@pytest.fixture(scope="module")
def nodes() -> Nodes:
    """Return every class, function and import of the packages with its file, parsed once."""
    return [
        (path, node)
        for package in PACKAGES
        for path in sorted((CHECKOUT / package).rglob("*.py"))
        for node in statements(ast.parse(path.read_text()))
        if isinstance(node, Node)
    ]


def _errors(nodes: Nodes) -> Mapping[str, frozenset[str]]:
    """Return the project's own errors, each with the names of its ancestors and its own."""
    bases = {
        node.name: [base.id for base in node.bases if isinstance(base, ast.Name)]
        for _, node in nodes
        if isinstance(node, ast.ClassDef) and node.name.endswith(("Error", "Fault"))
    }

    def lineage(name: str) -> frozenset[str]:
        return frozenset({name}).union(*(lineage(base) for base in bases.get(name, ())))

    return {name: lineage(name) for name in bases}


def _documented(docstring: str) -> list[str]:
    section = _RAISES.search(docstring)
    names = _ERROR.findall(section["errors"]) if section else []
    return [name for several in names for name in re.split(r",? +|,", several) if name]


def _defined_names(nodes: Nodes) -> Mapping[str, set[str]]:
    """Return the names that the modules of each package define or import."""
    names = {package: set(dir(builtins)) for package in PACKAGES}
    for path, node in nodes:
        match node:
            case ast.ClassDef(name=name):
                names[_package(path)].add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names[_package(path)] |= {alias.asname or alias.name for alias in aliases}
    return names


def _package(path: Path) -> str:
    return path.relative_to(CHECKOUT).parts[0]


def test_every_error_that_a_docstring_names_exists(nodes: Nodes) -> None:
    defined_names = _defined_names(nodes)
    unknown = {
        (str(path.relative_to(CHECKOUT)), node.name, error)
        for path, node in nodes
        if isinstance(node, Function)
        for error in _documented(ast.get_docstring(node) or "")
        if error.partition(".")[0] not in defined_names[_package(path)] | _FROM_LIBRARIES
    }
    assert unknown == set()


def _raised(function: Function) -> Iterator[str]:
    """Give the classes of errors that a function raises itself."""
    for node in statements(function, without=(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        match node:
            case ast.Raise(exc=ast.Call(func=ast.Name(id=name)) | ast.Name(id=name)):
                yield name


def test_every_error_that_a_public_function_raises_is_in_its_docstring(nodes: Nodes) -> None:
    """The docstring of a command is its help, and its errors end it with one line."""
    errors = _errors(nodes)
    undocumented = {
        (str(path.relative_to(CHECKOUT)), node.name, error)
        for path, node in nodes
        if (CHECKOUT / "operate" / "cli") not in path.parents
        and isinstance(node, Function)
        and not node.name.startswith("_")
        for docstring in [ast.get_docstring(node)]
        if docstring is not None
        for error in _raised(node)
        if error in errors and not errors[error] & set(_documented(docstring))
    }
    assert undocumented == set()


def _entries(docstring: str) -> Iterator[tuple[str, str]]:
    """Give name and text of each entry of a docstring's sections."""
    for section in _ENTRIES.finditer(docstring):
        for entry in re.split(r"^    (?=\S)", section["entries"], flags=re.MULTILINE)[1:]:
            name, _, text = " ".join(entry.split()).partition(": ")
            yield name, text


def test_entries_begin_in_upper_case_and_end_with_a_full_stop(nodes: Nodes) -> None:
    fragments = [
        (str(path.relative_to(CHECKOUT)), node.name, name, text)
        for path, node in nodes
        if isinstance(node, ast.ClassDef | Function)
        for name, text in _entries(ast.get_docstring(node) or "")
        if _FRAGMENT.match(text) or not text.endswith(".")
    ]
    assert fragments == []
