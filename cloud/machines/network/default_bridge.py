"""The bridge of a dockerd's default network, on which no container runs.

A dockerd without a default network (`"bridge": "none"`) deletes `docker0` when it starts, which is the
bridge of the host's own Docker. A dockerd whose default network has a bridge of another name leaves it alone.
"""

import json

from cloud.machines.host_command import host

_ADDRESS = "169.254.77.1/28"
"""Address of each such bridge (choice). Without one, dockerd takes the host's own 172.17.0.0/16."""


def add_default_bridge(name: str) -> None:
    """Create the bridge where it does not exist; dockerd requires that it does.

    Args:
        name: Name of the bridge, at most 15 characters.

    Raises:
        MachineError: The host refuses.
    """
    links = json.loads(host(["ip", "-json", "link", "show", "type", "bridge"]) or "[]")
    if not any(link.get("ifname") == name for link in links):
        host(["ip", "link", "add", name, "type", "bridge"])
    host(["ip", "address", "replace", _ADDRESS, "dev", name])


def delete_default_bridge(name: str) -> None:
    """Delete the bridge, which dockerd leaves behind.

    Args:
        name: Name of the bridge.

    Raises:
        MachineError: The host refuses.
    """
    host(["ip", "link", "delete", name])
