"""The machine's own apt sources, rewritten for a Debian release.

No mirror is named anywhere in this project: whatever serves this machine serves its images.
"""

import platform
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dev.images.error import ImageError

_RELEASES = ("bullseye", "bookworm", "trixie", "forky", "stable", "oldstable", "testing")
_ONE_LINE = re.compile(r"deb\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<parts>.+)")
_UNSIGNED = ("trusted", "allow-insecure", "allow-weak", "allow-downgrade-to-insecure")
"""Options with which apt takes packages without a good signature (sources.list(5))."""
_YES = ("yes", "true", "1")
_FIELD = re.compile(r"^([A-Za-z-]+):[ \t]*(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Source:
    """One line of an apt sources list, `options` without the brackets."""

    options: str
    uri: str
    suite: str
    components: str

    def line(self) -> str:
        """Return it in apt's one-line style."""
        options = f"[{self.options}] " if self.options else ""
        return f"deb {options}{self.uri} {self.suite} {self.components}"


def read_sources(folder: Path = Path("/etc/apt")) -> list[Source]:
    """Read every enabled binary source under apt's folder, in both of apt's styles."""
    lists = [folder / "sources.list", *sorted((folder / "sources.list.d").glob("*.list"))]
    sources = [source for file in lists if file.is_file() for source in parse_list(file.read_text())]
    for file in sorted((folder / "sources.list.d").glob("*.sources")):
        sources += parse_deb822(file.read_text())
    return sources


def parse_list(text: str) -> Iterator[Source]:
    """Parse apt's one-line style."""
    for line in text.splitlines():
        if match := _ONE_LINE.fullmatch(line.split("#")[0].strip()):
            yield Source(match["options"] or "", match["uri"], match["suite"], match["parts"].strip())


def parse_deb822(text: str) -> Iterator[Source]:
    """Parse apt's deb822 style; a key given inline, rather than as a file, is left out."""
    kept = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for stanza in re.split(r"\n\s*\n", kept):
        fields = {name.lower(): value.strip() for name, value in _FIELD.findall(stanza)}
        if fields.get("enabled", "yes") == "no" or "deb" not in fields.get("types", "").split():
            continue
        options = [f"signed-by={fields['signed-by']}"] if fields.get("signed-by") else []
        options += [f"{name}={fields[name]}" for name in _UNSIGNED if name in fields]
        for uri in fields.get("uris", "").split():
            for suite in fields.get("suites", "").split():
                yield Source(" ".join(options), uri, suite, fields.get("components", "main"))


def sources_for(release: str, sources: list[Source]) -> str:
    """Return a sources list of the release's own, its security and its update suites.

    Args:
        release: Debian code name.
        sources: The machine's, of any release of Debian.

    Raises:
        ImageError: None of them is a source of Debian, or one is taken without a signature.
    """
    lines = []
    for source in sources:
        name, slash, rest = source.suite.partition("-")
        if name in _RELEASES and rest in ("", "security", "updates") and "main" in source.components.split():
            _require_signed(source)
            same = Source(source.options, source.uri, f"{release}{slash}{rest}", "main")
            lines.append(same.line())
    if not any(f" {release} " in line for line in lines):
        raise ImageError(
            f"no Debian source among the apt sources of {platform.node()}; add the main component of a Debian"
            " mirror to /etc/apt/sources.list"
        )
    return "\n".join(dict.fromkeys(lines)) + "\n"


def _require_signed(source: Source) -> None:
    """Refuse a source whose packages apt would take from anybody who can answer in its place.

    Raises:
        ImageError: The source needs no signature.
    """
    options = dict(option.lower().partition("=")[::2] for option in source.options.split())
    if unsigned := [name for name in _UNSIGNED if options.get(name) in _YES]:
        raise ImageError(
            f"the apt source {source.suite} of {platform.node()} has {', '.join(unsigned)}: its packages"
            " need no signature; give it signed-by and the key of its owner instead"
        )
