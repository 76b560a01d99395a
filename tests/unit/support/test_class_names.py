"""One name is one class within a package: whoever searches for it finds the one that is meant."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT

PACKAGES = sorted({file.parent.name for file in CHECKOUT.glob("*/__init__.py")} - {"tests"})


def classes_of(file: Path) -> list[str]:
    """Return the public classes of a module."""
    tree = ast.parse(file.read_text())
    return [
        node.name for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_two_classes_of_a_package_have_one_name(package: str) -> None:
    places = defaultdict(list)
    for file in sorted((CHECKOUT / package).rglob("*.py")):
        for name in classes_of(file):
            places[name].append(str(file.relative_to(CHECKOUT)))
    assert {name: files for name, files in places.items() if len(files) > 1} == {}
