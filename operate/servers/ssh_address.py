"""Where a server answers SSH, by its outputs in the state; pure."""

from collections.abc import Mapping


def ssh_address(outputs: Mapping[str, object]) -> str:
    """Return the public address, the private one where there is no other, and "" before either is known."""
    return str(outputs.get("publicIp") or outputs.get("privateIp") or "")
