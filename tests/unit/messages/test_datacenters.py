"""The names of datacenters beside those of the local cloud's catalogue."""

from cloud.catalog import datacenters as catalog
from messages.datacenters import DATACENTERS, is_datacenter_name


def test_the_known_datacenters_are_those_of_the_catalogue() -> None:
    assert all(is_datacenter_name(name) for name in DATACENTERS)
    assert sorted(DATACENTERS) == sorted(datacenter.name for datacenter in catalog.DATACENTERS)
