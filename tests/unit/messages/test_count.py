"""A count stands beside its noun in the right number, wherever people read it."""

import ast
import re
from collections.abc import Iterator
from itertools import pairwise

import pytest

from messages.count import format_count
from operate.stack.config.stack_file import PROGRAM

PACKAGES = ("components", "messages", "operate", "provider", "settings")
PLURAL = re.compile(r" (?!as )(?:[a-z]+ )?(?!bytes)[a-z]{2,}[^su]s\b")
"""Text behind a count: an adjective, and a noun in the plural; nobody meets a single byte."""
COUNT = re.compile(r"len\(.*\)|sum\(.*\)|.*\.days")
MENTION = re.compile(r"len\(|sum\(|\.days")


def test_a_count_with_its_noun() -> None:
    assert [format_count(number, "image") for number in (0, 1, 2)] == ["0 images", "1 image", "2 images"]
    assert format_count(2, "entry", "entries") == "2 entries"


def plain_counts(source: str) -> Iterator[str]:
    if not MENTION.search(source):
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            for value, text in pairwise(node.values):
                if (
                    isinstance(value, ast.FormattedValue)
                    and COUNT.fullmatch(ast.unparse(value.value))
                    and isinstance(text, ast.Constant)
                    and PLURAL.match(str(text.value))
                ):
                    yield ast.unparse(node)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_message_has_a_plural_that_does_not_follow_its_count(package: str) -> None:
    counts = {
        f"{file.relative_to(PROGRAM)}: {text}"
        for file in (PROGRAM / package).rglob("*.py")
        for text in plain_counts(file.read_text())
    }
    assert counts == set()
    assert list(plain_counts("f'{len(images)} images, {len(tags)} new tags, {len(content)} bytes'"))
