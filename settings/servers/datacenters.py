"""What a datacenter is called, and which one somebody may have meant; pure.

The account decides which datacenters there are: a preview asks it, and names the nearest. The names here are
for a message alone, where there is another mistake first; a datacenter that is not among them is accepted.
"""

import re
from collections.abc import Collection

from messages.nearest import nearest_hint
from settings.reader import Reader

DATACENTER = re.compile(r"[a-z]{3}[0-9]{2}")
"""Three letters of the city and two digits, as in all names that SoftLayer gave (SoftLayer_Location)."""
NAMES: Collection[str] = (
    "ams01", "ams03", "che01", "dal01", "dal05", "dal06", "dal07", "dal09", "dal10", "dal12",
    "dal13", "fra02", "fra04", "fra05", "hkg02", "hou02", "lon02", "lon04", "lon05", "lon06",
    "mel01", "mex01", "mil01", "mon01", "osl01", "par01", "sao01", "sao04", "sea01", "seo01",
    "sng01", "sjc01", "sjc03", "sjc04", "syd01", "syd04", "tok02", "tok04", "tor01", "wdc01",
    "wdc04", "wdc06", "wdc07",
)  # fmt: skip
"""SoftLayer's datacenters as its clients recorded them; a test compares the local cloud's catalogue."""
_LIKENESS = 0.5
"""Share of letters in common from which a datacenter counts as near (choice): `dla5` has half of `dal05`."""


def read_datacenter(reader: Reader, key: str) -> str:
    """Return a datacenter's short name; "" where there is none."""
    name = reader.take(key, str)
    if name and not DATACENTER.fullmatch(name):
        reader.report(
            key,
            "must be a datacenter's short name, three lower-case letters and two digits such as dal05, not"
            f" {name!r}{nearest_hint(name, NAMES, _LIKENESS)}",
        )
    return name


def unknown_hint(*names: str) -> str:
    """Return which names are perhaps misspelt and what was meant, for the end of a message; "" for none.

    Args:
        names: short names.
    """
    return "".join(
        f"; no datacenter {name} is known here{nearest_hint(name, NAMES, _LIKENESS)}"
        for name in dict.fromkeys(names)
        if DATACENTER.fullmatch(name) and name not in NAMES
    )
