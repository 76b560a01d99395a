"""The flavors (presets) of public virtual servers.

Key names and sizes are real ones; ids are a choice. A flavor's fee is the sum of its parts' fees.
"""

from dataclasses import dataclass

from cloud.catalog.items import Item, find_item

_SIZES = {
    "B1": ((1, 2), (1, 4), (2, 4), (2, 8), (4, 8), (4, 16), (8, 16), (8, 32), (16, 32), (16, 64), (32, 64)),
    "C1": ((1, 1), (2, 2), (4, 4), (8, 8), (16, 16), (32, 32)),
    "M1": ((1, 8), (2, 16), (4, 32), (8, 64), (16, 128)),
    "BL2": ((1, 2), (1, 4), (2, 4), (2, 8), (4, 8), (4, 16), (8, 16), (8, 32)),
}
_LOCAL = frozenset({"BL2"})
_FAMILY_NAMES = {"B1": "Balanced", "C1": "Compute", "M1": "Memory", "BL2": "Balanced local storage"}


@dataclass(frozen=True)
class Flavor:
    """A preset: cores, memory in GB and first disk in GB, in local or SAN storage."""

    id: int
    family: str
    cpus: int
    memory_gb: int
    disk_gb: int
    local: bool

    @property
    def key_name(self) -> str:
        """`B1_2X4X25`."""
        return f"{self.family}_{self.cpus}X{self.memory_gb}X{self.disk_gb}"

    @property
    def items(self) -> tuple[Item, ...]:
        """The items a flavor is made of: cores, memory and first disk."""
        parts = (
            find_item("guest_core", self.cpus),
            find_item("ram", self.memory_gb),
            find_item("guest_disk0", self.disk_gb, local=self.local),
        )
        return tuple(part for part in parts if part)

    @property
    def description(self) -> str:
        """For people: what it consists of."""
        return (
            f"{_FAMILY_NAMES[self.family]}: {self.cpus} vCPU, {self.memory_gb} GB RAM, {self.disk_gb} GB disk"
        )


def _all() -> tuple[Flavor, ...]:
    rows = [
        (family, cpus, memory, disk)
        for family, sizes in _SIZES.items()
        for cpus, memory in sizes
        for disk in (25, 100)
    ]
    return tuple(Flavor(401 + 2 * at, *row, local=row[0] in _LOCAL) for at, row in enumerate(rows))


FLAVORS = _all()


def find_flavor(key_name: str) -> Flavor | None:
    """Return the flavor of that key name, or None."""
    return next((flavor for flavor in FLAVORS if flavor.key_name == key_name), None)


def find_preset(preset_id: int) -> Flavor | None:
    """Return the flavor of that preset id, or None."""
    return next((flavor for flavor in FLAVORS if flavor.id == preset_id), None)
