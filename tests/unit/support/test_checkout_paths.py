"""Files of the checkout that code names are there; a bench fails at them only when somebody runs it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT

PACKAGES = ("bench", "cloud", "components", "dev", "harness", "operate", "provider", "settings", "tests")
FILE = re.compile(rf"(?:{'|'.join(PACKAGES)})/[\w./*-]+\.(?:py|sh|md|go|ya?ml)")
MADE = (".git", ".local", ".venv", "policy/.venv", "stacks/Pulumi.example.yaml", "stacks/Pulumi.local.yaml")
"""What a checkout gets when it is used."""


def joined(node: ast.expr) -> str | None:
    """Return the path that is joined to the checkout by `/`, as far as it is a text; None for all else."""
    match node:
        case ast.Name(id=name) if name.endswith("CHECKOUT"):
            return ""
        case ast.BinOp(left=left, op=ast.Div(), right=ast.Constant(value=str(part))):
            before = joined(left)
            return None if before is None else f"{before}/{part}".lstrip("/")
    return None


def named_paths(source: str) -> Iterator[str]:
    """Every path of the checkout that a source names, with `*` in it or not."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.BinOp() if path := joined(node):
                yield path
            case ast.Constant(value=str(text)) if FILE.fullmatch(text):
                yield text


@pytest.mark.parametrize("package", PACKAGES)
def test_files_that_code_names_are_there(package: str) -> None:
    missing = {
        f"{file.relative_to(CHECKOUT)}: {path}"
        for file in (CHECKOUT / package).rglob("*.py")
        if file != Path(__file__) and ("CHECKOUT" in (source := file.read_text()) or FILE.search(source))
        for path in named_paths(source)
        if not path.startswith(MADE) and not any(CHECKOUT.glob(path))
    }
    assert missing == set()


def test_a_file_that_has_moved_is_found() -> None:
    source = '_SCRIPT = str(CHECKOUT / "tests" / "load" / "low.sh")\nSCENARIOS = "tests/provider/gone.py"'
    assert set(named_paths(source)) == {
        "tests", "tests/load", "tests/load/low.sh", "tests/provider/gone.py",
    }  # fmt: skip
