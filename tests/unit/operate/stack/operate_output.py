"""The output `operate` of a stack, in plain text."""

SECRETS = {"key": "swift-key-0123456789", "password": "registry-password-01", "recordKey": "ab" * 32}
DOOR = {
    "datacenter": "dal05",
    "server": "a",
    "address": "198.51.100.1",
    "hostKey": "ssh-ed25519 AAAA",
    "endpoint": "https://198.51.100.1:5000",
}
OUTPUT = {
    "swift": {"authUrl": "https://swift", "username": "u", "key": SECRETS["key"], "container": "c"},
    "registry": {"endpoint": "e", "user": "u", "password": SECRETS["password"], "authority": "a"},
    "ssh": {"user": "root"},
    "storage": "fingerprint",
    "storageOrigins": [],
    "recordKey": SECRETS["recordKey"],
    "doors": [DOOR],
    "standbys": [{**DOOR, "server": "b", "address": "198.51.100.2", "listens": {"modern": "x:1"}}],
    "colours": {"red": None, "black": None},
}
