"""What SoftLayer's datacenters are called, for hints in messages; pure.

The account decides which datacenters there are: a preview asks it. A datacenter that is not among the names
here is accepted.
"""

import re

DATACENTERS = (
    "ams01", "ams03", "che01", "dal01", "dal05", "dal06", "dal07", "dal09", "dal10", "dal12",
    "dal13", "fra02", "fra04", "fra05", "hkg02", "hou02", "lon02", "lon04", "lon05", "lon06",
    "mel01", "mex01", "mil01", "mon01", "osl01", "par01", "sao01", "sao04", "sea01", "seo01",
    "sjc01", "sjc03", "sjc04", "sng01", "syd01", "syd04", "tok02", "tok04", "tor01", "wdc01",
    "wdc04", "wdc06", "wdc07",
)  # fmt: skip
"""Short names as SoftLayer's clients recorded them; a test compares the local cloud's catalogue."""
LIKENESS = 0.5
"""Share of letters in common from which a datacenter counts as near (choice): `dla5` has half of `dal05`."""
_NAME = re.compile(r"[a-z]{3}[0-9]{2}")


def is_datacenter_name(text: str) -> bool:
    """Return whether a text is three letters and two digits, as all names of SoftLayer_Location are."""
    return _NAME.fullmatch(text) is not None
