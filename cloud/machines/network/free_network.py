"""Chooses the cloud's /16 so that it meets no network of this host and no other local cloud."""

import fcntl
import ipaddress
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from ipaddress import IPv4Network

from cloud.interfaces import MachineError
from cloud.machines.host_command import host
from cloud.machines.layout import RUNTIME_PREFIX, RUNTIME_ROOT, Layout

_FIRST, _LAST = 201, 249


def claim_network(layout: Layout, earlier: str) -> str:
    """Return a /16 for this cloud and claim it against other clouds until its runtime folder goes.

    Args:
        layout: Layout of this cloud.
        earlier: The /16 that this cloud had before, or "".

    Raises:
        MachineError: No network is free, or something else uses the earlier one now.
    """
    with runtime_lock():
        occupied_networks = list(_occupied_networks(layout))
        chosen = _kept(earlier, occupied_networks) if earlier else _chosen(layout, occupied_networks)
        layout.runtime.mkdir(parents=True, exist_ok=True, mode=0o711)
        (layout.runtime / "network").write_text(chosen)
    return chosen


@contextmanager
def runtime_lock() -> Iterator[None]:
    """Hold the lock that all local clouds of this host share."""
    with (RUNTIME_ROOT / "softlayer.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def has_other_clouds(layout: Layout) -> bool:
    """Return whether another local cloud is up on this host."""
    return any(folder != layout.runtime for folder in RUNTIME_ROOT.glob(f"{RUNTIME_PREFIX}*/network"))


def first_free(start: int, occupied_networks: Iterable[IPv4Network]) -> IPv4Network | None:
    """Return the first free network of 10.201/16 to 10.249/16, counted from `start` round."""
    used = list(occupied_networks)
    count = _LAST - _FIRST + 1
    for step in range(count):
        network = IPv4Network(f"10.{_FIRST + (start + step) % count}.0.0/16")
        if not any(network.overlaps(occupant) for occupant in used):
            return network
    return None


def _chosen(layout: Layout, occupied_networks: list[IPv4Network]) -> str:
    network = first_free(int(layout.identifier, 16), occupied_networks)
    if network is None:
        raise MachineError(
            f"none of 10.{_FIRST}.0.0/16 to 10.{_LAST}.0.0/16 is free; remove a route or another cloud"
        )
    return str(network)


def _kept(earlier: str, occupied_networks: list[IPv4Network]) -> str:
    for occupant in occupied_networks:
        if IPv4Network(earlier).overlaps(occupant):
            raise MachineError(
                f"the network {earlier} of this cloud is used by {occupant} now; remove that route, or run"
                " cloud reset"
            )
    return earlier


def _occupied_networks(layout: Layout) -> Iterator[IPv4Network]:
    for route in json.loads(host(["ip", "-json", "-4", "route", "show", "table", "all"]) or "[]"):
        if route["dst"] != "default" and not route.get("dev", "").startswith(layout.bridge_prefix):
            yield ipaddress.IPv4Network(route["dst"], strict=False)
    for claim in RUNTIME_ROOT.glob(f"{RUNTIME_PREFIX}*/network"):
        if claim.parent != layout.runtime:
            yield ipaddress.IPv4Network(claim.read_text().strip())
