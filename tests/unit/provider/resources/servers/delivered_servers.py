"""Servers of both kinds as SoftLayer reports them once they are delivered, and after a reload."""

from typing import Any

import pytest

from provider.resources.bare_metal import server as bare_metal_server
from provider.resources.bare_metal.server import BareMetalServer
from provider.resources.virtual_guest import server as virtual_guest
from provider.resources.virtual_guest.server import VirtualGuest
from provider.values import Properties
from tests.support.provider.guest_inputs import GOOD

OLD, NEW = "2026-11-01T03:00:00-05:00", "2026-11-01T08:30:00+00:00"
"""Half an hour apart, though the later one reads earlier."""


def reloaded(date: str) -> dict[str, object]:
    return {"lastOperatingSystemReload": {"id": 5, "createDate": date}}


GUEST: dict[str, Any] = {
    "id": 3,
    "globalIdentifier": "u-u-i-d",
    "hostname": "web-abcdefgh",
    "domain": "example.com",
    "provisionDate": "2026-01-01T00:00:00+00:00",
    "primaryIpAddress": "192.0.2.1",
    "primaryBackendIpAddress": "10.0.0.1",
    "startCpus": 2,
    "maxMemory": 4096,
    "billingItem": {"id": 1, "cancellationDate": "2026-12-01T00:00:00+00:00"},
}


METAL: Properties = {
    "hostname": "web",
    "domain": "example.com",
    "datacenter": "dal13",
    "preset": "S1270_8GB_2X1TBSATA_NORAID",
    "osCode": "UBUNTU_22_64",
    "hourly": True,
    "privateNetworkOnly": False,
    "probeSsh": True,
    "firstContact": "trust",
}


KINDS = [
    (VirtualGuest(), virtual_guest, "3", {**GOOD, "hostname": "web", "firstContact": "trust"}),
    (BareMetalServer(), bare_metal_server, "u-u-i-d", METAL),
]


kinds = pytest.mark.parametrize(("handler", "module", "identifier", "inputs"), KINDS)
