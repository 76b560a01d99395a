"""Reading the machine's apt sources, and what is made of them for another release."""

from pathlib import Path

import pytest

from dev.images.apt_sources import Source, parse_deb822, parse_list, read_sources, sources_for
from dev.images.error import ImageError

_DEB822 = """\
# comment
Types: deb deb-src
URIs: http://mirror.test/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian.gpg

Types: deb
URIs: http://mirror.test/debian-security
Suites: bookworm-security
Components: main

Enabled: no
Types: deb
URIs: http://off.test/debian
Suites: bookworm
Components: main
"""
_ONE_LINE = """\
# deb http://commented.test/debian bookworm main
deb [signed-by=/k.gpg] http://line.test/debian bookworm main # why
deb-src http://line.test/debian bookworm main
deb http://elsewhere.test/apt cloud-sdk main
"""


def _folder(tmp_path: Path) -> Path:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list").write_text(_ONE_LINE)
    (tmp_path / "sources.list.d" / "debian.sources").write_text(_DEB822)
    (tmp_path / "sources.list.d" / "off.list.disabled").write_text(
        "deb http://disabled.test/ bookworm main\n"
    )
    return tmp_path


def test_both_styles_are_read_and_what_is_off_is_not(tmp_path: Path) -> None:
    sources = read_sources(_folder(tmp_path))
    assert Source("signed-by=/k.gpg", "http://line.test/debian", "bookworm", "main") in sources
    assert {source.suite for source in sources if source.uri.startswith("http://mirror.test")} == {
        "bookworm",
        "bookworm-updates",
        "bookworm-security",
    }
    assert not any("off.test" in source.uri or "disabled.test" in source.uri for source in sources)


def test_debians_suites_are_rewritten_for_the_release_and_others_left_out(tmp_path: Path) -> None:
    text = sources_for("trixie", read_sources(_folder(tmp_path)))
    assert text.splitlines() == [
        "deb [signed-by=/k.gpg] http://line.test/debian trixie main",
        "deb [signed-by=/usr/share/keyrings/debian.gpg] http://mirror.test/debian trixie main",
        "deb [signed-by=/usr/share/keyrings/debian.gpg] http://mirror.test/debian trixie-updates main",
        "deb http://mirror.test/debian-security trixie-security main",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "deb [trusted=yes] http://line.test/debian bookworm main",
        "deb [signed-by=/k.gpg Trusted=True] http://line.test/debian bookworm main",
        "deb [allow-insecure=1 arch=amd64] http://line.test/debian bookworm-security main",
    ],
)
def test_a_source_that_needs_no_signature_is_refused(text: str) -> None:
    with pytest.raises(ImageError, match=r"no signature|need no signature"):
        sources_for("trixie", list(parse_list(text)))


@pytest.mark.parametrize("field", ["Trusted: yes", "allow-insecure: yes", "Allow-Weak: yes"])
def test_a_source_in_fields_that_needs_no_signature_is_refused(field: str) -> None:
    stanza = f"Types: deb\nURIs: http://m.test/debian\nSuites: bookworm\nComponents: main\n{field}\n"
    with pytest.raises(ImageError, match="need no signature"):
        sources_for("trixie", list(parse_deb822(stanza)))
    harmless = stanza.replace(": yes", ": no")
    assert " trixie main" in sources_for("trixie", list(parse_deb822(harmless)))


def test_without_a_source_of_debian_the_remedy_is_reported() -> None:
    with pytest.raises(ImageError, match=r"no Debian source.*add"):
        sources_for("trixie", [Source("", "http://elsewhere.test", "cloud-sdk", "main")])


def test_this_machine_has_a_source() -> None:
    assert " bookworm main" in sources_for("bookworm", read_sources())
