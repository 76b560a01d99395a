"""SoftLayer's datacenters by their short names, for an answer that no account can check; pure.

The names are those that the local cloud has; an account may have newer ones.
"""

import re

_NAME = re.compile(r"[a-z]{3}[0-9]{2}")
DATACENTERS = (
    "ams01", "ams03", "che01", "dal01", "dal05", "dal06", "dal07", "dal09", "dal10", "dal12",
    "dal13", "fra02", "fra04", "fra05", "hkg02", "hou02", "lon02", "lon04", "lon05", "lon06",
    "mel01", "mex01", "mil01", "mon01", "osl01", "par01", "sao01", "sao04", "sea01", "seo01",
    "sjc01", "sjc03", "sjc04", "sng01", "syd01", "syd04", "tok02", "tok04", "tor01", "wdc01",
    "wdc04", "wdc06", "wdc07",
)  # fmt: skip


def is_datacenter_name(text: str) -> bool:
    """Return whether a text has the form of a short name; newer datacenters than those above exist."""
    return _NAME.fullmatch(text) is not None
