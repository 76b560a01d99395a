"""The stack's registry image in a container of its own: no doors, one process, no cache, the same memory."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.registry.standalone_registry import PORT, configuration, user_file
from components.access.certificate import Issuer, issue
from harness.clients.registry_client import Client
from harness.stack.live_stack import LiveRegistry

_FOLDER = "/var/tmp/bare"  # noqa: S108 # on the server
_LET_IN = f"PREROUTING -p tcp --dport {PORT} -j ACCEPT"
_START_SECONDS = 30


class BareContainer:
    """A registry as one would start it by `docker run`.

    Args:
        registry: Registry in whose cloud the server is.
        address: Address of the server.
        container: Container whose image it takes.
        memory: Limit of the memory in MB.

    Attributes:
        name: Name of the container.
    """

    def __init__(self, registry: LiveRegistry, address: str, container: str, memory: int) -> None:
        self._registry, self._address, self._container, self._memory = registry, address, container, memory
        self._certificate = issue(Issuer("of the bench"), "bare-registry", (address,))
        self.name = "bench-bare"

    @contextmanager
    def running(self, swift: dict[str, str], user: str, patience: float) -> Iterator[Client]:
        """Run it while the context lasts.

        Args:
            swift: `authUrl`, `username` and `key` of the account.
            user: `NAME:PASSWORD`, as the stack's registry knows it.
            patience: Seconds for which a client waits.
        """
        files = {
            "config.yml": configuration(swift),
            "chain.pem": self._certificate.certificate,
            "key.pem": self._certificate.private_key,
        }
        files["htpasswd"] = user_file(user)
        self._run(f"install -d {_FOLDER}")
        for name, content in files.items():
            self._run(f"umask 077; cat >{_FOLDER}/{name}", content)
        try:
            self._run(f"iptables -t mangle -I {_LET_IN}")
            self._run(
                f"docker run --detach --name {self.name} --network host --restart always"
                f" --memory {self._memory}m --memory-swap {self._memory}m --volume {_FOLDER}:/by-hand:ro"
                f" $(docker inspect --format '{{{{.Image}}}}' {self._container}) serve /by-hand/config.yml"
            )
            client = Client(self._address, PORT, self._certificate.authority, user, patience=patience)
            self._await(client)
            yield client
        finally:
            self._run(f"docker rm --force {self.name}; iptables -t mangle -D {_LET_IN}; rm -rf {_FOLDER}")

    def _await(self, client: Client) -> None:
        end = time.monotonic() + _START_SECONDS
        while True:
            try:
                if client.status() == 200:
                    return
            except OSError:
                if time.monotonic() > end:
                    raise RuntimeError(self._run(f"docker logs --tail 3 {self.name} 2>&1")) from None
            time.sleep(0.2)

    def _run(self, command: str, stdin: str = "") -> str:
        done = self._registry.ssh_to(self._address, command, stdin_payload=stdin)
        if done.returncode != 0:
            raise RuntimeError(f"{command.split()[0]} on {self._address} failed: {done.stderr[-300:]}")
        return done.stdout.strip()
