"""A registry between its two doors: the front door before it, the storage door behind it."""

import contextlib
import hashlib
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import bcrypt
from swiftclient import Connection

from cloud.interfaces import SwiftAccount
from components.access.certificate import Issuer, issue
from components.proxy.front_door_config import FrontDoorShape, Redirect, front_door_configuration
from components.proxy.storage_proxy_config import StorageDoorShape, storage_door_configuration
from harness.clients.blobs import push_blob
from harness.clients.registry_client import Client
from harness.ports import free_port
from harness.proxies.local_proxy import LocalProxy, LocalRegistry

SECRET = "ab" * 32
TEMP_URL_KEY = "0123456789abcdef" * 2
CERTIFICATE = issue(Issuer(SECRET), "a-registry", ("127.0.0.1",))
PEM = f"{CERTIFICATE.certificate}{CERTIFICATE.private_key}"
USER = {"docker": "a password"}


def configuration(
    account: SwiftAccount, auth_url: str, container: str, port: int, users: Path, *, redirect: bool = False
) -> str:
    """Return the registry's configuration file: Swift behind it, and users in front of it.

    Args:
        account: Account of Swift.
        auth_url: URL at which the registry logs in to Swift.
        container: Container that holds the images.
        port: TCP port on 127.0.0.1 on which the registry listens.
        users: Users, as an htpasswd file.
        redirect: Whether blobs are read from Swift itself.
    """
    return f"""\
version: 0.1
log: {{level: debug}}
storage:
  swift:
    authurl: {auth_url}
    authversion: 1
    username: {account.username}
    password: {account.key}
    container: {container}
    secretkey: {TEMP_URL_KEY}
    tempurlcontainerkey: true
    {"tempurlmethods: [GET]" if redirect else ""}
  delete: {{enabled: true}}
  redirect: {{disable: {str(not redirect).lower()}}}
auth: {{htpasswd: {{realm: registry, path: {users}}}}}
http: {{addr: "127.0.0.1:{port}", secret: abc, draintimeout: 60s}}
"""


def htpasswd(users: Mapping[str, str]) -> str:
    """A user file for distribution with bcrypt's quickest hash, since time is short here."""
    hashes = {name: bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)) for name, password in users.items()}
    return "".join(f"{name}:{digest.decode()}\n" for name, digest in hashes.items())


def patient(text: str, patience: str) -> str:
    """A storage door's configuration with another patience."""
    assert "timeout server 60s" in text
    return text.replace("timeout server 60s", f"timeout server {patience}")


@dataclass(frozen=True)
class ProxiedRegistry:
    """A registry with both doors."""

    client: Client
    proxy: LocalProxy
    origin: str

    def push(self, repository: str, content: bytes) -> str:
        """Push a blob; return its path."""
        digest = push_blob(self.client.connect, self.client.headers, repository, content)
        return f"/v2/{repository}/blobs/{digest}"

    def pulled(self, path: str) -> tuple[int, str]:
        """Pull a path; return status and digest of what came."""
        connection = self.client.connect()
        connection.request("GET", path, headers=self.client.headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, f"sha256:{hashlib.sha256(content).hexdigest()}"

    def curl(self, *words: str) -> "subprocess.Popen[bytes]":
        """Begin curl with HTTP/2 as the registry's user."""
        return subprocess.Popen(
            [
                "curl", "--silent", "--show-error", "--fail", "--http2", "--user", self.client.user,
                "--cacert", str(self.proxy.folder / "authority.pem"), *words,
            ],
            stdout=subprocess.PIPE,
        )  # fmt: skip

    def stored(self, container: str) -> list[str]:
        """The requests that went to Swift for that container, without the marks of time."""
        return [
            line
            for line in self.proxy.finished_lines()
            if " storage-swift " in line and f"/{container}" in line
        ]


@contextlib.contextmanager
def proxied_registry(
    folder: Path,
    account: SwiftAccount,
    unpacked: LocalRegistry,
    container: str,
    *,
    auth_url: str = "",
    redirect: bool = False,
    door: bool = True,
    patience: str = "60s",
) -> Iterator[ProxiedRegistry]:
    """Run both doors and the registry; without `door` the registry goes to Swift itself.

    `patience` is the storage door's with a silent storage.
    """
    storage = StorageDoorShape("swift", auth_url or account.auth_url, free_port())
    redirect_rule = Redirect(storage.door, storage.origin) if redirect else None
    port = free_port()
    front = FrontDoorShape("modern", "127.0.0.1", free_port(), port, redirect=redirect_rule)
    proxy = LocalProxy(folder)
    files = {
        "front-modern.cfg": front_door_configuration(front),
        "front-modern.pem": PEM,
        "storage-swift.cfg": patient(storage_door_configuration(storage), patience),
    }
    users = folder / "htpasswd"
    users.write_text(htpasswd(USER))
    (folder / "authority.pem").write_text(CERTIFICATE.authority)
    text = configuration(
        account,
        storage.door_auth_url if door else storage.auth_url,
        container,
        port,
        users,
        redirect=redirect,
    )
    # The door lets nobody make one, nor set its key.
    Connection(account.auth_url, account.username, account.key).put_container(
        container, {"X-Container-Meta-Temp-URL-Key": TEMP_URL_KEY}
    )
    client = Client("127.0.0.1", front.port, CERTIFICATE.authority, "docker:a password")
    with proxy.running(files), unpacked.running(text, port):
        healthy = ["--retry", "50", "--retry-delay", "1", "--retry-all-errors", "--output", "/dev/null"]
        between = ProxiedRegistry(client, proxy, storage.origin)
        assert between.curl(*healthy, f"https://127.0.0.1:{front.port}/").wait(60) == 0
        yield between
