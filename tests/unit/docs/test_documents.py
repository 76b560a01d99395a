"""The documents: their links lead somewhere."""

import re
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT

DOCUMENTS = sorted([*CHECKOUT.glob("*.md"), *(CHECKOUT / "docs").rglob("*.md")])
_LINK = re.compile(r"\]\((?P<path>[^)#:\s]*)(#(?P<anchor>[^)\s]*))?\)")


def _anchors(document: Path) -> set[str]:
    """Return the anchors of a document's headings, as forges make them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_links_lead_to_files_and_headings(document: Path) -> None:
    broken = []
    for link in _LINK.finditer(document.read_text()):
        target = (document.parent / link["path"]).resolve() if link["path"] else document
        if not target.exists() or (link["anchor"] and link["anchor"] not in _anchors(target)):
            broken.append(link[0])
    assert broken == []


def test_every_test_that_the_security_page_names_exists() -> None:
    text = (CHECKOUT / "docs" / "design" / "security.md").read_text()
    paths = set(re.findall(r"`((?:tests|dev|components)/[\w/.-]+)`", text))
    assert len(paths) > 25
    assert {path for path in paths if not (CHECKOUT / path).is_file()} == set()
