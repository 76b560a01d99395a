"""One datacenter's Swift: where it listens and where it keeps its things."""

from dataclasses import dataclass
from pathlib import Path

PROXY_PORT = 8080
PORTS = {"object": 6200, "container": 6201, "account": 6202, "memcached": 11211}
DEVICE = "d1"


@dataclass(frozen=True)
class SwiftSite:
    """Places and addresses; the inner servers have a loopback address of their own, so ports never meet.

    Attributes:
        datacenter: Short name of the datacenter.
        home: Folder of the Swift.
        inner: Loopback address of the inner servers.
        outer: Address of the proxy: the datacenter's bridge, or `inner` where there are no machines.
    """

    datacenter: str
    home: Path
    inner: str
    outer: str

    @property
    def etc(self) -> Path:
        """Configuration and rings."""
        return self.home / "etc"

    @property
    def devices(self) -> Path:
        """Parent of the one device's folder."""
        return self.home / "devices"

    @property
    def faults(self) -> Path:
        """The file with what is wrong, see `cloud.swift.fault_plan`."""
        return self.home / "faults.json"

    @property
    def auth_url(self) -> str:
        """The v1 auth URL."""
        return f"http://{self.outer}:{PROXY_PORT}/auth/v1.0"

    @property
    def s3_endpoint(self) -> str:
        """The S3 endpoint: the same proxy."""
        return f"http://{self.outer}:{PROXY_PORT}"

    def part(self, server: str) -> str:
        """Return the process name of one of its servers."""
        return f"swift-{self.datacenter}-{server}"

    def endpoint(self, server: str) -> tuple[str, int]:
        """Return where one of its servers listens."""
        return (self.outer, PROXY_PORT) if server == "proxy" else (self.inner, PORTS[server])
