"""Inputs of one virtual and one bare metal server."""

from provider.values import Properties

WEB: Properties = {
    "hostname": "web",
    "domain": "example.com",
    "datacenter": "dal05",
    "osCode": "UBUNTU_22_64",
    "cpus": 2,
    "memory": 4096,
    "networkSpeed": 100,
    "tags": ["registry", "web 1"],
    "notes": "the first",
    "probeSsh": False,
}


METAL = "softlayer:index:BareMetalServer"


DB: Properties = {
    "hostname": "db",
    "domain": "example.com",
    "datacenter": "dal13",
    "preset": "S1270_8GB_2X1TBSATA_NORAID",
    "osCode": "UBUNTU_22_64",
    "networkSpeed": 1000,
    "tags": ["data"],
    "notes": "the first",
    "probeSsh": False,
}
