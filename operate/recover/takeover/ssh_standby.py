"""A standby by SSH: started by what was prepared on it, and pulled from through its front door."""

import hashlib
import json
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx

from messages.network_failure import describe_network_failure
from operate.error import OperateError
from operate.servers.pinned_transport import PinnedTransport
from operate.servers.script_text import SCRIPTS
from operate.servers.ssh import SshLink
from operate.stack.facts import Colour, Facts, StandbyFacts
from operate.swap.checks.reference_reads import ACCEPT

_REPOSITORY, _TAG = "verification/probe", "probe"
"""What each `pulumi up` pushes (components/verification/probe.py)."""
_PATIENCE_SECONDS, _POLL_SECONDS = 30.0, 0.1
"""For the first answer of a registry that has just started (choice)."""
_NOT_READY = frozenset({502, 503, 504})


class SshStandby:
    """One standby.

    Args:
        facts: Facts of the stack.
        standby: The server.
        link: The connections.
    """

    def __init__(self, facts: Facts, standby: StandbyFacts, link: SshLink) -> None:
        self._facts, self._standby, self._link = facts, standby, link

    def connect(self) -> None:
        """Log in."""
        with self._link.forward(self._standby.door, 22):
            pass

    def start(self, colour: Colour) -> Mapping[str, int]:
        """Run what was prepared; returns the milliseconds of each step.

        Raises:
            OperateError: The script fails there; its message says why.
        """
        code, output, message = self._link.run(self._standby.door, SCRIPTS / "standby-start.sh", colour.value)
        if code:
            raise OperateError(f"{self._standby.door.name}: {message}")
        words = output.decode().split()
        return {step: int(milliseconds) for step, milliseconds in zip(words[::2], words[1::2], strict=True)}

    def pull(self) -> str:
        """Pull the image of the last verification through each front door.

        Raises:
            OperateError: A front door does not answer, or not with the image.
        """
        pulled = []
        for generation in self._standby.listens:
            with self._client(generation) as client:
                try:
                    pull = _pull_legacy if generation == "legacy" else _pull_modern
                    pulled.append(f"{generation}: {pull(client)}")
                except httpx.HTTPError as error:
                    raise OperateError(
                        f"{self._standby.door.name} {generation}: {describe_network_failure(error)}; see"
                        " `journalctl -u registry-door` and `docker logs` on it"
                    ) from None
        return "; ".join(pulled)

    @contextmanager
    def _client(self, generation: str) -> Iterator[httpx.Client]:
        host, _, port = self._standby.listens[generation].rpartition(":")
        trust = ssl.create_default_context()
        if self._facts.authority:
            trust.load_verify_locations(cadata=self._facts.authority)
        name = urlsplit(self._standby.door.endpoint).hostname or host
        with (
            self._link.forward(self._standby.door, int(port), host) as local,
            httpx.Client(
                base_url=(origin := f"https://127.0.0.1:{local}"),
                transport=PinnedTransport(httpx.HTTPTransport(verify=trust), [origin]),
                auth=(self._facts.user, self._facts.password),
                timeout=httpx.Timeout(10.0),
                headers={"Host": f"{name}:{port}", "User-Agent": "softlayer-registry-operate"},
            ) as client,
        ):
            # As clients see it: the certificate must be for the name that they use.
            client.event_hooks["request"] = [lambda request: request.extensions.update(sni_hostname=name)]
            yield client


def _pull_modern(client: httpx.Client) -> str:
    manifest = _get(client, f"/v2/{_REPOSITORY}/manifests/{_TAG}", {"Accept": ACCEPT})
    digest = _checked(manifest, manifest.headers.get("Docker-Content-Digest", ""))
    layers = json.loads(manifest.content).get("layers", [])
    size = 0
    for layer in layers:
        blob = _get(client, f"/v2/{_REPOSITORY}/blobs/{layer['digest']}")
        if blob.status_code == httpx.codes.OK:
            _checked(blob, layer["digest"])
        size += int(layer["size"])
    return f"pulled {digest[:19]}, {size} bytes"


def _pull_legacy(client: httpx.Client) -> str:
    image = _get(client, f"/v1/repositories/{_REPOSITORY}/tags/{_TAG}").json()
    layer = _get(client, f"/v1/images/{image}/layer").content
    return f"pulled {str(image)[:12]}, {len(layer)} bytes"


def _get(client: httpx.Client, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
    """Ask once the registry is there; a redirect into the storage is an answer."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while True:
        response = client.get(path, headers=headers)
        if response.status_code not in _NOT_READY or time.monotonic() > end:
            break
        time.sleep(_POLL_SECONDS)
    if response.status_code not in (httpx.codes.OK, httpx.codes.TEMPORARY_REDIRECT):
        raise OperateError(
            f"GET {path} is answered with {response.status_code}: {response.text[:200]!r}; see `docker logs`"
            " of the registry's container on the standby"
        )
    return response


def _checked(response: httpx.Response, digest: str) -> str:
    actual = f"sha256:{hashlib.sha256(response.content).hexdigest()}"
    if actual != digest:
        raise OperateError(f"GET {response.url.path}: the bytes have the digest {actual}, must be {digest}")
    return digest
