"""A real distribution 2.8.3 with TLS and passwords, from the base image's archive, on the loopback."""

import json
import os
import re
import ssl
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import bcrypt
import httpx
import yaml

from components.access.certificate import Issuer, issue
from harness.process_mark import mark
from harness.waiting import until

USER, PASSWORD = "pusher", "not a secret, a test's own"
_COMMIT = re.compile(r'"PUT [^"]*/blobs/uploads/[^"]*digest=(sha256(?:%3A|:)[0-9a-f]{64})[^"]*" 201')
_LISTENING = re.compile(r"listening on ([0-9.]+:[0-9]+)")


@dataclass(frozen=True)
class ModernRegistry:
    """A registry that answers; `folder` has its log and its authority."""

    endpoint: str
    authority: str
    folder: Path

    def client(self) -> httpx.Client:
        """Return a client that trusts its authority and is logged in."""
        trust = self.folder / "authority.pem"
        return httpx.Client(
            base_url=self.endpoint,
            auth=(USER, PASSWORD),
            verify=ssl.create_default_context(cafile=str(trust)),
            timeout=60,
        )

    def log(self) -> str:
        """Return what it has logged."""
        return (self.folder / "log").read_text(errors="replace")

    def requests(self) -> int:
        """How many requests were answered."""
        return self.log().count('HTTP/1.1" ')

    def commits(self) -> Counter[str]:
        """How often each blob was committed by an upload."""
        return Counter(match.group(1).replace("%3A", ":") for match in _COMMIT.finditer(self.log()))


@contextmanager
def modern_registry(program: list[str], folder: Path, storage: dict[str, object]) -> Iterator[ModernRegistry]:
    """Run a registry.

    Args:
        program: Program as `registry_program` gives it.
        folder: Empty folder.
        storage: The configuration's section.
    """
    certificate = issue(Issuer("a test's own secret"), "registry", ("127.0.0.1",))
    (folder / "chain.pem").write_text(certificate.certificate)
    (folder / "key.pem").write_text(certificate.private_key)
    (folder / "authority.pem").write_text(certificate.authority)
    # The cheapest bcrypt, since it is paid at every request.
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    (folder / "htpasswd").write_text(f"{USER}:{hashed}\n")
    configuration = {
        "version": 0.1,
        "log": {"level": "info", "formatter": "json", "accesslog": {"disabled": False}},
        "storage": {**storage, "delete": {"enabled": True}, "redirect": {"disable": True}},
        "auth": {"htpasswd": {"realm": "registry", "path": str(folder / "htpasswd")}},
        "http": {
            "addr": "127.0.0.1:0",
            "secret": "a test's own",
            "relativeurls": True,
            "tls": {"certificate": str(folder / "chain.pem"), "key": str(folder / "key.pem")},
        },
    }
    (folder / "config.yml").write_text(yaml.safe_dump(configuration))
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [*program, "serve", str(folder / "config.yml")],
            stdout=log,
            stderr=log,
            env={"PATH": os.environ["PATH"], "OTEL_TRACES_EXPORTER": "none", **mark()},
        )
    try:

        def address() -> str | None:
            assert process.poll() is None, (folder / "log").read_text()[-2000:]
            match = _LISTENING.search((folder / "log").read_text())
            return match and match.group(1)

        yield ModernRegistry(
            f"https://{until(address, 'the registry listens')}", certificate.authority, folder
        )
    finally:
        process.terminate()
        process.wait()


def read_json(answer: httpx.Response) -> dict[str, object]:
    """Return the JSON object of an answer that must be a success."""
    answer.raise_for_status()
    document: dict[str, object] = json.loads(answer.content)
    return document
