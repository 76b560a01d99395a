"""A front door as `pulumi up` writes it, of either generation, in front of a registry that records."""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from components.access.user_list import userlist
from components.proxy.access_rules import DoorUsers
from components.proxy.front_door_config import FrontDoorShape, front_door_configuration
from harness.clients.hostile_client import HostileClient
from harness.clients.hostile_kinds import Target
from harness.clients.registry_client import Client
from harness.ports import free_port
from harness.proxies.local_proxy import LocalProxy, await_true
from harness.proxies.proxied_registry import CERTIFICATE, PEM, SECRET
from harness.registries.recording_backend import RecordingBackend
from settings import DoorLimits

ROOTS = {"modern": "/v2/", "legacy": "/v1/"}
PASSWORD = "cd" * 32
"""With which the door comes to a registry that asks for one."""
USERS = {"docker": "a password", "bob": "a writer's", "eve": "a reader's"}


@dataclass(frozen=True)
class GuardedDoor:
    """A door and what is around it.

    Attributes:
        generation: Generation, `modern` or `legacy`.
        port: TCP port on 127.0.0.1.
        proxy: HAProxy.
        backend: What came to the registry.
    """

    generation: str
    port: int
    proxy: LocalProxy
    backend: RecordingBackend

    @property
    def root(self) -> str:
        """The registry's paths begin with it."""
        return ROOTS[self.generation]

    @property
    def hostile(self) -> HostileClient:
        """Who attacks it."""
        return HostileClient(self.port, CERTIFICATE.authority)

    def client(self, user: str = "docker", password: str = "") -> Client:
        """A client with credentials, which are right unless a password is provided."""
        return Client(
            "127.0.0.1", self.port, CERTIFICATE.authority, f"{user}:{password or USERS[user]}", patience=60
        )

    @property
    def stranger(self) -> Client:
        """A client without credentials."""
        return Client("127.0.0.1", self.port, CERTIFICATE.authority)

    def target(self, user: str = "") -> Target:
        """What is attacked, with the credentials of a user; "" for a stranger."""
        return target_of(self.generation, user)


def target_of(generation: str, user: str = "") -> Target:
    """Return what is attacked at a door, with the credentials of a user; "" for a stranger."""
    login = b64encode(f"{user}:{USERS[user]}".encode()).decode() if user else ""
    return Target(ROOTS[generation], f"Basic {login}", user) if user else Target(ROOTS[generation])


@contextmanager
def guarded_door(
    folder: Path, generation: str, limits: DoorLimits, files: dict[str, str] | None = None
) -> Iterator[GuardedDoor]:
    """Run a door with three users: an admin, a writer and a reader.

    Args:
        folder: Empty folder.
        generation: Generation, `modern` or `legacy`.
        limits: Limits of the door.
        files: Further files of the same HAProxy.
    """
    backend, legacy = RecordingBackend(), generation == "legacy"
    with backend.serving():
        users = DoorUsers(
            userlist(generation, USERS, SECRET),
            (("docker", "admin"), ("eve", "reader")),
        )
        shape = FrontDoorShape(
            generation,
            "127.0.0.1",
            free_port(),
            backend.port,
            health_path="/v1/_ping" if legacy else "/",
            prefixes=(ROOTS[generation],),
            open_paths=("/v1/_ping",) if legacy else ("/",),
            answers_open_paths=True,
            single_requests=legacy,
            users=users,
            limits=limits,
            password="" if legacy else PASSWORD,
        )
        proxy = LocalProxy(folder, front_connections=limits.connections)
        door_files = {
            f"front-{generation}.cfg": front_door_configuration(shape),
            f"front-{generation}.pem": PEM,
        }
        with proxy.running({**door_files, **(files or {})}):
            door = GuardedDoor(generation, shape.port, proxy, backend)
            path = f"{door.root}users/"
            await_true(lambda: door.client().status(path) == 200, "the door does not serve", proxy.log)
            backend.clear()
            yield door
