"""Where the machines of one cloud keep their things, and what their parts on this host are called."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

RUNTIME_ROOT = Path("/run")
RUNTIME_PREFIX = "softlayer-"


@dataclass(frozen=True)
class Layout:
    """Names and places; everything that is not in the state folder carries the identifier.

    Attributes:
        state_dir: The cloud's state folder, resolved.
    """

    state_dir: Path

    @property
    def identifier(self) -> str:
        """Eight hex digits that stand for the state folder."""
        return hashlib.sha256(str(self.state_dir.resolve()).encode()).hexdigest()[:8]

    @property
    def runtime(self) -> Path:
        """Folder for sockets: short, since a Unix socket's path may have 107 characters only."""
        return RUNTIME_ROOT / f"{RUNTIME_PREFIX}{self.identifier}"

    @property
    def docker_socket(self) -> Path:
        """Where dockerd listens."""
        return self.runtime / "docker.sock"

    @property
    def containerd_socket(self) -> Path:
        """Where containerd listens."""
        return self.runtime / "containerd.sock"

    @property
    def engine(self) -> Path:
        """Data of dockerd and containerd."""
        return self.state_dir / "engine"

    @property
    def disks(self) -> Path:
        """The machines' disks: a sparse file and a mount point each."""
        return self.state_dir / "disks"

    @property
    def machine_state(self) -> Path:
        """Networks, reservations and machines, as JSON, mode 0600."""
        return self.state_dir / "machines.json"

    @property
    def logs(self) -> Path:
        """Logs of all processes."""
        return self.state_dir / "logs"

    @property
    def control_group(self) -> str:
        """Parent of the machines' control groups."""
        return f"/softlayer-{self.identifier}"

    @property
    def bridge_prefix(self) -> str:
        """What the bridges' names begin with; a name may have 15 characters."""
        return f"sl{self.identifier}"

    @property
    def default_bridge(self) -> str:
        """Name of the bridge of dockerd's default network."""
        return f"{self.bridge_prefix}d"

    @property
    def table(self) -> str:
        """The nftables table."""
        return f"softlayer_{self.identifier}"

    def bridge(self, number: int) -> str:
        """Return the name of a datacenter's bridge."""
        return f"{self.bridge_prefix}n{number}"
