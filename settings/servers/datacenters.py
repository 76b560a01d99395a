"""Reads datacenters; pure."""

from messages.datacenters import DATACENTERS, LIKENESS, is_datacenter_name
from messages.nearest import nearest_hint
from settings.reader import Reader


def read_datacenter(reader: Reader, key: str) -> str:
    """Return a datacenter's short name; "" where there is none."""
    name = reader.take(key, str)
    if name and not is_datacenter_name(name):
        reader.report(
            key,
            "must be a datacenter's short name, three lower-case letters and two digits such as dal05, not"
            f" {name!r}{nearest_hint(name, DATACENTERS, LIKENESS)}",
        )
    return name
