"""Every command of `operate` that a document names is one that its command line takes."""

from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT
from tests.unit.docs.documented_commands import documented_commands, mistake_in

DOCUMENTS = sorted([*CHECKOUT.glob("*.md"), *(CHECKOUT / "docs").rglob("*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_commands_are_taken_by_the_command_line(document: Path) -> None:
    mistakes = {words: mistake_in(words) for words in documented_commands(document.read_text())}
    assert {words: mistake for words, mistake in mistakes.items() if mistake} == {}


def test_documents_have_commands() -> None:
    texts = [document.read_text() for document in DOCUMENTS]
    assert len([words for text in texts for words in documented_commands(text)]) > 150


def test_commands_are_found_in_blocks_and_in_prose() -> None:
    text = """
    bin/operate swap prod \\
        --to 2
Run `operate rollback ENV
--colour COLOUR`, then `bin/operate status`.

```sh
bin/operate doctor prod   # all is well
```
"""
    assert sorted(documented_commands(text)) == [
        "doctor prod", "rollback ENV --colour COLOUR", "status", "swap prod --to 2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "mistake"),
    [
        ("swap", ""),
        ("swap prod --to 2 --bake 1", ""),
        ("rotate WHAT ENV", ""),
        ("rotate ssh-key ENV --new FILE", ""),
        ("swapp prod", "operate has no command swapp"),
        ("swap prod --too 2", "No such option"),
        ("swap prod", "Missing parameter: to"),
        ("swap prod --to 2 --bake soon", "should be a valid number"),
        ("status prod dev", "unexpected extra argument"),
    ],
)
def test_what_the_command_line_refuses_is_a_mistake(words: str, mistake: str) -> None:
    assert mistake in mistake_in(words)
    assert bool(mistake_in(words)) == bool(mistake)
