"""A front door of two colours with real registries behind it, whose metrics are real."""

import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from components.proxy.front_door_config import ColourBackend, FrontDoorShape, front_door_configuration
from components.storage.drivers import FilesystemStorage
from harness.ports import free_port
from harness.proxies.local_proxy import LocalProxy
from harness.proxies.proxied_registry import CERTIFICATE, PEM
from harness.registries.process import PASSWORD, USER, RunningRegistry, running_registry


@dataclass(frozen=True)
class ObservedDoor:
    """HAProxy, and a registry for each colour on one folder; red is live."""

    proxy: LocalProxy
    endpoint: str
    registries: dict[str, RunningRegistry]

    @property
    def ports(self) -> dict[str, int]:
        """TCP ports of the metrics: of HAProxy, and of each colour's registry."""
        debug = {
            colour: int(registry.debug_url.rpartition(":")[2]) for colour, registry in self.registries.items()
        }
        return {"haproxy": self.proxy.metrics_port, **debug}

    @contextmanager
    def client(self) -> Iterator[httpx.Client]:
        context = ssl.create_default_context(cadata=CERTIFICATE.authority)
        with httpx.Client(
            base_url=self.endpoint, auth=(USER, PASSWORD), verify=context, timeout=60
        ) as client:
            yield client


@contextmanager
def observed_door(folder: Path) -> Iterator[ObservedDoor]:
    """Run it in an empty folder."""
    storage = FilesystemStorage(str(folder / "storage"))
    with ExitStack() as stack:
        registries = {
            colour: stack.enter_context(
                running_registry("2.8.3", storage, folder / colour, programs=folder / "programs")
            )
            for colour in ("red", "black")
        }
        backends = tuple(ColourBackend(colour, registry.port) for colour, registry in registries.items())
        shape = FrontDoorShape("modern", "127.0.0.1", free_port(), backends)
        proxy = LocalProxy(folder / "door")
        proxy.folder.mkdir()
        (proxy.folder / "live.map").write_text("modern red\n")
        files = {
            "front-modern.cfg": front_door_configuration(shape),
            "front-modern.pem": PEM,
            "front-modern.ca": CERTIFICATE.authority,
        }
        stack.enter_context(proxy.running(files))
        yield ObservedDoor(proxy, f"https://127.0.0.1:{shape.port}", registries)
