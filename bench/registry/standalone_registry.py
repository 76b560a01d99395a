"""The registry's own binary, started by hand on the server of the stack's: what that is compared to.

The image's files are unpacked and the binary started in them, without Docker and without doors: with a
certificate of its own and a password file with the stack's user. Either with what one would write by hand,
the same Swift by its own address and a container of its own; or with the colour's own configuration, so that
only the front door is missing.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import bcrypt
import yaml

from components.access.certificate import Issuer, issue
from components.storage.drivers import SWIFT_SEGMENT
from harness.clients.registry_client import Client
from harness.stack.live_stack import LiveRegistry

PORT = 15443
CONTAINER = "by-hand"
_ROOT = "/var/tmp/by-hand"  # noqa: S108 # on the server
_TLS = {"certificate": "/by-hand/chain.pem", "key": "/by-hand/key.pem"}
_LET_IN = f"PREROUTING -p tcp --dport {PORT} -j ACCEPT"
_START_SECONDS = 30


def configuration(swift: dict[str, str]) -> str:
    """Return what one would write by hand; secret. Redirects are off, as in the stack.

    Args:
        swift: `authUrl`, `username` and `key` of the account.
    """
    return yaml.safe_dump(
        {
            "version": 0.1,
            "log": {"level": "info", "formatter": "json"},
            "storage": {
                "swift": {
                    "authurl": swift["authUrl"],
                    "authversion": 1,
                    "username": swift["username"],
                    "password": swift["key"],
                    "container": CONTAINER,
                    "chunksize": SWIFT_SEGMENT,
                },
                "delete": {"enabled": True},
                "redirect": {"disable": True},
            },
            "auth": {"htpasswd": {"realm": "registry", "path": "/by-hand/htpasswd"}},
            "http": {"addr": f":{PORT}", "secret": "of the bench", "tls": _TLS},
        }
    )


def user_file(user: str) -> str:
    """Return a user file for distribution.

    Args:
        user: User, `NAME:PASSWORD`.
    """
    name, _, password = user.partition(":")
    # As in the stack's containers.
    return f"{name}:{bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()}\n"


def with_tls(container_configuration: str) -> str:
    """Return a colour's own configuration, secret, changed to speak TLS itself at the bench's port.

    Args:
        container_configuration: Configuration of the container, YAML.
    """
    settings = yaml.safe_load(container_configuration)
    settings["auth"]["htpasswd"]["path"] = "/by-hand/htpasswd"
    settings["http"] |= {"addr": f":{PORT}", "tls": _TLS}
    settings["http"].pop("debug", None)
    return yaml.safe_dump(settings)


class StandaloneRegistry:
    """The binary on one server.

    Args:
        stack: The stack with the modern registry.
        address: Address of the server that carries it.
        container: Container whose files it runs in.
    """

    def __init__(self, stack: LiveRegistry, address: str, container: str) -> None:
        self._stack, self._address, self._container = stack, address, container
        self._certificate = issue(Issuer("of the bench"), "by-hand-registry", (address,))

    @contextmanager
    def running(self, configuration: str, user: str) -> Iterator[Client]:
        """Run it while the context lasts.

        Args:
            configuration: Configuration of the registry. Secret.
            user: `NAME:PASSWORD`, as the stack's registry knows it.
        """
        self._run(
            f"mkdir -p {_ROOT} && docker export {self._container} | tar -x -C {_ROOT}"
            f" && install -d {_ROOT}/by-hand"
            f" && iptables -t mangle -I {_LET_IN}"
        )
        files = {
            "config.yml": configuration,
            "chain.pem": self._certificate.certificate,
            "key.pem": self._certificate.private_key,
            "htpasswd": user_file(user),
        }
        try:
            for name, content in files.items():
                self._run(f"umask 077; cat >{_ROOT}/by-hand/{name}", content)
            self._run(
                f"nohup chroot {_ROOT} registry serve /by-hand/config.yml"
                f" >{_ROOT}/log 2>&1 </dev/null & echo $! >{_ROOT}/pid"
            )
            client = Client(self._address, PORT, self._certificate.authority, user)
            self._await(client)
            yield client
        finally:
            self._run(f"kill $(cat {_ROOT}/pid); iptables -t mangle -D {_LET_IN}; rm -rf {_ROOT}")

    def _await(self, client: Client) -> None:
        until = time.monotonic() + _START_SECONDS
        while True:
            try:
                if client.status() == 200:
                    return
            except OSError:
                if time.monotonic() > until:
                    raise RuntimeError(f"it does not start: {self._run(f'tail -n 3 {_ROOT}/log')}") from None
            time.sleep(0.2)

    def _run(self, command: str, stdin: str = "") -> str:
        done = self._stack.ssh_to(self._address, command, stdin_payload=stdin)
        if done.returncode != 0:
            raise RuntimeError(
                f"by hand on {self._address}: {command.split()[0]} failed: {done.stderr[-300:]}"
            )
        return done.stdout.strip()
