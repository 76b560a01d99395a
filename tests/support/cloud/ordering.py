"""Orders and keys the cloud's tests place."""

import base64
import secrets
import struct
from typing import Any

import SoftLayer

Plain = dict[str, Any]


def template(hostname: str = "web", **changes: object) -> Plain:
    """A createObject template of a small hourly server; None takes a property out."""
    whole: Plain = {
        "hostname": hostname,
        "domain": "example.com",
        "datacenter": {"name": "dal13"},
        "startCpus": 1,
        "maxMemory": 1024,
        "localDiskFlag": False,
        "hourlyBillingFlag": True,
        "operatingSystemReferenceCode": "UBUNTU_22_64",
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def public_key(comment: str = "test@example.com") -> str:
    """A fresh well-formed ed25519 public key line; nobody has its private half."""
    parts = (b"ssh-ed25519", secrets.token_bytes(32))
    blob = b"".join(struct.pack(">I", len(part)) + part for part in parts)
    return f"ssh-ed25519 {base64.b64encode(blob).decode()} {comment}"


def ready(client: SoftLayer.BaseClient, guest_id: int) -> Plain | None:
    """The guest once it is provisioned, and no transaction is active; `changed` waits for a change."""
    mask = "mask[id,provisionDate,activeTransaction.id,primaryIpAddress,primaryBackendIpAddress]"
    current: Plain = client.call("Virtual_Guest", "getObject", id=guest_id, mask=mask)
    return current if current["provisionDate"] and "activeTransaction" not in current else None


def is_deleted(client: SoftLayer.BaseClient, guest_id: int) -> bool:
    """Whether the guest is not found any more."""
    try:
        client.call("Virtual_Guest", "getObject", id=guest_id)
    except SoftLayer.SoftLayerAPIError as error:
        if "Unable to find object" not in error.faultString:
            raise
        return True
    return False
