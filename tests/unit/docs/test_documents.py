"""The documents: their links lead somewhere."""

import re
from collections import Counter
from pathlib import Path

import pytest

from dev.local.environment import CHECKOUT
from tests.unit.docs.source_files import source_files

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


def test_folders_of_more_than_fifteen_files_are_named_with_their_reason() -> None:
    sizes = Counter(path.parent for path in source_files() if path.parent != CHECKOUT)
    long_folders = {str(folder.relative_to(CHECKOUT)) for folder, size in sizes.items() if size > 15}
    text = (CHECKOUT / "docs" / "design" / "architecture.md").read_text()
    (paragraph,) = re.findall(r"A folder has fifteen files at most.*?\n\n", text, re.DOTALL)
    assert long_folders == set(re.findall(r"`([\w/]+)/`", paragraph))


def test_no_module_has_more_than_400_lines() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in source_files() if path.suffix == ".py"}
    assert [(str(path), length) for path, length in lengths.items() if length > 400] == []


OWN_WORDS = (
    "red", "black", "colour", "live", "idle", "drain", "bake", "gate", "shadow", "settle", "retire",
    "fencing token", "journal", "front door", "generation", "adopt", "reclaim", "quote", "probe",
    "stack facts",
)  # fmt: skip


def test_the_glossary_explains_every_word_of_our_own_in_order() -> None:
    text = (CHECKOUT / "docs" / "glossary.md").read_text()
    rows = re.findall(r"^\| ([a-z][a-z ,]*) \| (.+) \|$", text.partition("| --- |")[2], re.MULTILINE)
    words = [word for word, _ in rows]
    assert words == sorted(words)
    assert len(words) > 30
    assert set(OWN_WORDS) <= {part for word in words for part in word.split(", ")}
    assert [word for word, meaning in rows if not meaning.rstrip(".").strip() or meaning[-1] != "."] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_every_document_is_in_the_list(document: Path) -> None:
    """The list is docs/README.md, which has the folder of the resources, and all else by itself."""
    listed = CHECKOUT / "docs" / "README.md"
    if document == listed or document.parent == CHECKOUT or document.parent.name == "resources":
        return
    targets = {(listed.parent / link["path"]).resolve() for link in _LINK.finditer(listed.read_text())}
    assert document in targets


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_lines_are_short(document: Path) -> None:
    """Tables and links have lines as long as they must be; the pages that are made from the code as well."""
    if document.name in ("commands.md", "api.md"):
        return
    lines = document.read_text().splitlines()
    assert [line for line in lines if len(line) > 119 and not line.startswith(("|", "<!--"))] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_no_command_has_a_secret_as_its_argument(document: Path) -> None:
    """A shell keeps its arguments in its history, and other users see them while the command runs."""
    command = r"config set --secret (?:--\S+ )*(?!-)(?:'[^']+'|[^\s`]+)( [^#`\n]+)"
    arguments = re.findall(command, document.read_text())
    assert [argument for argument in arguments if argument.strip()] == []


def test_no_sentence_stands_in_two_documents() -> None:
    """What is said twice is said once and linked; 12 words in a row are a sentence (choice)."""
    first: dict[str, Path] = {}
    repeated = [
        (sentence, first[sentence].name, document.name)
        for document in DOCUMENTS
        for sentence in _sentences(document.read_text())
        if first.setdefault(sentence, document) != document
    ]
    assert repeated == []


def _sentences(text: str) -> set[str]:
    prose = re.sub(r"^```.*?^```$|^    .*$", "", text, flags=re.MULTILINE | re.DOTALL)
    pieces = re.split(r"(?<=[.:;|])\s|\n\n", prose)
    return {" ".join(piece.split()) for piece in pieces if len(piece.split()) >= 12}
