"""What the modern registry accepts beside images of its own, and how much it lists at once."""

import re
from dataclasses import dataclass

from settings.reader import Reader
from settings.table import with_defaults

_CATALOG_LIMITS = (1, 1_000_000)
# The host ends with a slash: without one, example.com would stand for example.com.attacker.example.
_ADDRESSES = re.compile(r"https?://([A-Za-z0-9.-]+(:[0-9]{1,5})?/[A-Za-z0-9._~%/-]*)?")


@dataclass(frozen=True)
class ContentPolicy:
    """What a registry takes and lists.

    Attributes:
        foreign_layers: What the addresses of layers that lie outside of the registry begin with; a manifest
            with any other is refused.
        catalog_limit: Largest number of entries that one request for the catalog may ask for.
    """

    foreign_layers: tuple[str, ...]
    catalog_limit: int


def read_content_policy(reader: Reader) -> ContentPolicy:
    """Read the policy of the stack, or of a release that overrides it."""
    return ContentPolicy(
        _foreign_layers(reader, "registryForeignLayers"),
        reader.within("registryCatalogLimit", *_CATALOG_LIMITS),
    )


def _foreign_layers(reader: Reader, key: str) -> tuple[str, ...]:
    addresses = reader.items(key, str)
    for position, address in enumerate(addresses):
        if _ADDRESSES.fullmatch(address) is None:
            reader.report(
                f"{key}[{position}]",
                "must be the beginning of addresses, with a slash after the host, such as"
                f" https://layers.example.com/, or https:// for all, not {address!r}",
            )
    return addresses


DEFAULT_CONTENT_POLICY = read_content_policy(Reader(with_defaults({}), "", []))
