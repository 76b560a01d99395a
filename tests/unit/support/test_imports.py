"""Who imports whom: what import-linter cannot say."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

from dev.local.environment import CHECKOUT

_TEST_NAME = re.compile(r"\btest_\w+")


def modules(*folders: str) -> list[Path]:
    return sorted(file for folder in folders for file in (CHECKOUT / folder).rglob("*.py"))


@cache
def names_of_test_modules() -> frozenset[str]:
    """Return the names that an import of a test module has in it."""
    return frozenset(file.stem for file in modules("tests") if file.stem.startswith("test_"))


def may_import_a_test_module(source: str) -> bool:
    """Whether a source is worth parsing."""
    return not names_of_test_modules().isdisjoint(_TEST_NAME.findall(source))


def imported(source: str) -> Iterator[str]:
    """Every module that a source imports, or names as a text, as for `python -m`."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom(module=str(module)):
                yield from (module, *(f"{module}.{alias.name}" for alias in node.names))
            case ast.Constant(value=str(text)) if all(part.isidentifier() for part in text.split(".")):
                yield text


def is_test_module(name: str) -> bool:
    root, *parts = name.split(".")
    return root == "tests" and any(part.startswith("test_") for part in parts)


def test_no_test_module_is_imported() -> None:
    """What test modules share has a module of its own, which nobody runs as tests by accident."""
    importers = {
        str(file.relative_to(CHECKOUT)): name
        for file in modules("tests", "harness", "bench")
        if file != Path(__file__) and may_import_a_test_module(source := file.read_text())
        for name in imported(source)
        if is_test_module(name)
    }
    assert importers == {}


def test_benches_and_the_harness_need_no_tests() -> None:
    importers = {
        str(file.relative_to(CHECKOUT)): name
        for file in modules("harness", "bench")
        if "tests" in (source := file.read_text())
        for name in imported(source)
        if name.partition(".")[0] == "tests" and "." in name
    }
    assert importers == {}


def test_no_module_imports_itself_by_way_of_others() -> None:
    """An import within a function or for types alone counts as well."""
    packages = sorted(file.parent.name for file in CHECKOUT.glob("*/__init__.py"))
    graph = grimp.build_graph(*packages, cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert len(imports) > 1000
    TopologicalSorter(imports).prepare()  # it raises CycleError, which names the circle


@pytest.mark.parametrize(
    "source",
    [
        "from tests.unit.support.test_imports import modules",
        "from tests.unit import test_imports",
        "import tests.unit.support.test_imports",
        '["-m", "tests.unit.support.test_imports"]',
    ],
)
def test_every_form_is_found(source: str) -> None:
    assert may_import_a_test_module(source)
    assert any(is_test_module(name) for name in imported(source))
