"""Inputs of a virtual server that the provider accepts, and a public key."""

from provider.values import Properties

URN = "urn:pulumi:dev::registry::softlayer:index:VirtualGuest::web"


GOOD: Properties = {
    "hostname": "web",
    "domain": "example.com",
    "datacenter": "dal05",
    "osCode": "UBUNTU_22_64",
    "cpus": 2,
    "memory": 4096,
}


KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIF4tlKcV2fcBTsDb2GzLJnPuQOuFgMGHwdGJJlHtXEpD me@here"
