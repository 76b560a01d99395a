"""What is remembered about networks and machines: one small JSON file, changed under a lock."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cloud.interfaces import Addresses, MachineError, MachineSpec

_FIRST_PUBLIC, _LAST_PUBLIC = 10, 126
# The upper half is two private subnets, each with its router's address first.
_PRIVATE, _SECOND_PRIVATE = (130, 190), (194, 254)


@dataclass
class MachineState:
    """Networks, reservations and machines of one cloud.

    Attributes:
        network: The /16 of this cloud, such as `10.213.0.0/16`; "" before one was chosen.
        datacenters: Short name -> third number of its addresses.
        reservations: Guest id -> its addresses.
        machines: Guest id -> what it was started with.
        powered_on: Ids of the guests that are to run.
    """

    network: str = ""
    datacenters: dict[str, int] = field(default_factory=dict)
    reservations: dict[int, Addresses] = field(default_factory=dict)
    machines: dict[int, MachineSpec] = field(default_factory=dict)
    powered_on: set[int] = field(default_factory=set)

    def subnet_number(self, datacenter: str) -> int:
        """Return the datacenter's number, given at first use.

        Raises:
            MachineError: 254 datacenters are in use.
        """
        if datacenter not in self.datacenters:
            if len(self.datacenters) >= 254:
                raise MachineError(f"datacenter {datacenter}: all 254 networks are in use; run cloud reset")
            self.datacenters[datacenter] = len(self.datacenters) + 1
        return self.datacenters[datacenter]

    def address(self, datacenter: str, last: int) -> str:
        """Return an address in the datacenter's network by its last number."""
        first, second, *_ = self.network.split(".")
        return f"{first}.{second}.{self.subnet_number(datacenter)}.{last}"

    def reserve(
        self, identifier: int, datacenter: str, *, private_only: bool, second: bool = False
    ) -> Addresses:
        """Reserve the lowest free addresses; the same again for the same guest.

        Args:
            identifier: The guest's id.
            datacenter: Short name of the datacenter.
            private_only: Whether the guest has no public address.
            second: The private address is one of the second private subnet.

        Raises:
            MachineError: The datacenter's addresses are used up.
        """
        if identifier not in self.reservations:
            public = None if private_only else self._free(datacenter, _FIRST_PUBLIC, _LAST_PUBLIC)
            private = self._free(datacenter, *(_SECOND_PRIVATE if second else _PRIVATE))
            self.reservations[identifier] = Addresses(public, private)
        return self.reservations[identifier]

    def forget(self, identifier: int) -> None:
        """Drop all that is known of a guest."""
        self.reservations.pop(identifier, None)
        self.machines.pop(identifier, None)
        self.powered_on.discard(identifier)

    def _free(self, datacenter: str, first: int, last: int) -> str:
        occupied = {
            address
            for reservation in self.reservations.values()
            for address in (reservation.public_ip, reservation.private_ip)
        }
        for number in range(first, last + 1):
            if (address := self.address(datacenter, number)) not in occupied:
                return address
        raise MachineError(
            f"datacenter {datacenter}: all {last - first + 1} addresses are in use; cancel guests there first"
        )


class MachineStateFile:
    """Reads and changes the machines' state on disk.

    Args:
        file: File with the machines' state.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def read(self) -> MachineState:
        """Return the present state; an empty one where there is no file."""
        if not self._file.exists():
            return MachineState()
        return _decode(json.loads(self._file.read_text()))

    @contextmanager
    def change(self) -> Iterator[MachineState]:
        """Yield the state to change; it is written when the block ends without an error."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            state = self.read()
            before = _encode(state)
            yield state
            if _encode(state) != before:
                self._write(state)

    def _write(self, state: MachineState) -> None:
        new = self._file.with_suffix(".new")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
            stream.write(_encode(state))
            stream.flush()
            os.fsync(stream.fileno())
        new.rename(self._file)


def _encode(state: MachineState) -> str:
    return json.dumps({**asdict(state), "powered_on": sorted(state.powered_on)}, indent=1)


def _decode(document: dict[str, Any]) -> MachineState:
    return MachineState(
        network=document["network"],
        datacenters=document["datacenters"],
        reservations={int(key): Addresses(**value) for key, value in document["reservations"].items()},
        machines={
            int(key): MachineSpec(**{**value, "ssh_public_keys": tuple(value["ssh_public_keys"])})
            for key, value in document["machines"].items()
        },
        powered_on=set(document["powered_on"]),
    )
