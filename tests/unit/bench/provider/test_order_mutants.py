"""What is broken on purpose where orders are decided, and what judges it, exists."""

import ast
from pathlib import Path

import pytest

from bench.provider.order_mutants import DECIDING, ROOT, TREES


@pytest.mark.parametrize("module", DECIDING)
def test_every_deciding_function_and_its_tests_exist(module: str) -> None:
    tree = ast.parse((ROOT / module).read_text())
    defined = {
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert DECIDING[module].functions - defined == set()
    assert [pattern for pattern in DECIDING[module].tests if not list(ROOT.glob(pattern))] == []


def test_the_tests_that_judge_import_nothing_that_is_not_copied() -> None:
    """A test whose import fails notices every mutant."""
    patterns = {pattern for deciding in DECIDING.values() for pattern in deciding.tests}
    files = [path for pattern in patterns for path in ROOT.glob(pattern)]
    packages = {path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()}
    seen = set[str]()
    while files:
        imported = _imports(ast.parse(files.pop().read_text())) - seen
        seen |= imported
        files += [file for name in imported if (file := _file(name)).exists()]
    assert {name for name in seen if name.partition(".")[0] in packages - set(TREES)} == set()


def _imports(tree: ast.Module) -> set[str]:
    return {
        node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module is not None
    }


def _file(module: str) -> Path:
    return ROOT / f"{module.replace('.', '/')}.py"
