"""Bad releases before gate, shadow and probe, as processes: each is refused, or noticed once clients come.

On a whole stack, with doors and clients: `python -m bench.swap.bad_releases`.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from components.storage.drivers import FilesystemStorage
from harness.ports import free_port
from harness.proxies.local_proxy import answers as listens
from harness.registries.process import RunningRegistry, running_registry
from harness.registries.program import program
from harness.stack.bad_image import misbehaving
from harness.waiting import until
from operate.doors.door_status import Read
from operate.error import RefusedError
from operate.record.reference_read import ReferenceRead
from operate.swap.checks.modern_gate import ModernGate
from operate.swap.checks.reference_reads import (
    check_authentication,
    check_reference_read,
    find_reference_reads,
)
from operate.swap.checks.traffic import _compare
from operate.swap.health import ProbeFinding

pytestmark = pytest.mark.expected_seconds(25)

LAYER = b"a layer" * 1000
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
AT_ONCE = {
    "wrong-secret": "an upload cannot continue",
    "no-auth": "without credentials it answers 200, not 401",
    "slow": "ms are allowed",
    "errors": "without credentials it answers 500, not 401",
    "locked": "with the front door's password it answers 401, not 200",
    "open": "without credentials it answers 200, not 401",
    "no-push": "an upload cannot begin: status 500",
    "read-only": "an upload cannot begin: status 405",
    "corrupt": "a layer comes back changed",
    "corrupt-manifests": "a manifest that it accepted is missing by its tag",
    "truncates": "peer closed connection",
    "misnames": "it reports the digest sha256:0000",
    "no-delete": "is answered with 405, on the live colour with 202",
    "catalog": "/v2/_catalog?n=1 is answered with 500, on the live colour with 200",
    "forgets": "404, live 200",
}
LATE = {
    "errors": "/v2/ is answered with 500",
    "locked": "/v2/ is answered with 401",
    "open": "/v2/ is answered with 200 without credentials",
    "forgets": "is answered with 404",
    "corrupt": "its bytes have another digest",
    "corrupt-manifests": "its bytes have another digest",
    "truncates": "peer closed connection",
    "hangs": "timed out",
    "dies": "Server disconnected|refused|reset by peer",
}


@dataclass(frozen=True)
class Place:
    """A live registry with an image of a client's, and where a bad one may be started beside it."""

    folder: Path
    program: Path
    live: RunningRegistry
    reads: tuple[Read, ...]

    @contextmanager
    def bad(self, kind: str, *, late: bool) -> Iterator[RunningRegistry]:
        home = self.folder / f"{kind}-{late}"
        home.mkdir()
        (home / "misbehaving.json").write_text(json.dumps({"kind": kind, "late": late}))
        real = free_port()
        before = {
            "PROGRAM": str(self.program),
            "MISBEHAVING": str(home / "misbehaving.json"),
            "MISBEHAVING_REAL": " ".join(program("2.8.3", self.folder / "programs")),
            "MISBEHAVING_CONFIG": str(home / "misbehaving.yml"),
            "MISBEHAVING_ADDRESS": f"127.0.0.1:{real}",
        }
        storage = FilesystemStorage(str(self.folder / "storage"))
        with running_registry(
            "2.8.3", storage, home, programs=self.folder / "programs", before=before
        ) as registry:
            yield registry
        until(lambda: not listens(real), "the registry behind a bad one ends with it")

    def tried(self, idle: httpx.Client, live: httpx.Client) -> tuple[ReferenceRead, ...]:
        """What gate and shadow do."""
        try:
            ModernGate(idle, live, lambda _: b"").run()
        except httpx.HTTPError as error:
            raise RefusedError(str(error)) from None
        for read in self.reads:
            _compare(read, idle, live)
        return find_reference_reads(self.reads, [], idle, live, lambda _: b"")


def pushed(client: httpx.Client, content: bytes) -> str:
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    upload = client.post("/v2/clients/blobs/uploads/")
    location = httpx.URL(upload.headers["Location"]).copy_merge_params({"digest": digest})
    assert client.put(location, content=content).status_code == 201
    return digest


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("bad")
    storage = FilesystemStorage(str(folder / "storage"))
    with (
        running_registry("2.8.3", storage, folder, programs=folder / "programs") as live,
        live.client() as client,
    ):
        digest = pushed(client, LAYER)
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {
                "mediaType": "application/vnd.docker.container.image.v1+json",
                "size": 2,
                "digest": pushed(client, b"{}"),
            },
            "layers": [{"mediaType": "application/octet-stream", "size": len(LAYER), "digest": digest}],
        }
        put = client.put(
            "/v2/clients/manifests/1", content=json.dumps(manifest), headers={"Content-Type": MANIFEST}
        )
        assert put.status_code == 201
        paths = ("/v2/clients/manifests/1", f"/v2/clients/blobs/{digest}")
        reads = tuple(Read("dal05", "modern", "GET", path) for path in paths)
        yield Place(folder, misbehaving(folder), live, reads)


@pytest.mark.parametrize("kind", AT_ONCE)
def test_what_is_bad_from_the_first_is_refused(place: Place, kind: str) -> None:
    with place.bad(kind, late=False) as bad, bad.client() as idle, place.live.client() as live:
        with pytest.raises(RefusedError) as refused:
            place.tried(idle, live)
        assert AT_ONCE[kind] in str(refused.value)


@pytest.mark.parametrize("kind", LATE)
def test_what_gets_bad_once_clients_come_is_noticed(place: Place, kind: str) -> None:
    with place.bad(kind, late=True) as bad, bad.client() as idle, place.live.client() as live:
        idle.timeout = httpx.Timeout(5)
        references = place.tried(idle, live)
        assert len(references) == 2
        assert noticed(idle, references) == ProbeFinding()
        client_came(idle)
        finding = noticed(idle, references)
        assert any(part in finding.text for part in LATE[kind].split("|")), finding
        assert finding.certain == ("another digest" in finding.text or "without credentials" in finding.text)


def client_came(idle: httpx.Client) -> None:
    """As through the front door, which says for whom it asks."""
    try:
        idle.get("/v2/", headers={"X-Forwarded-For": "192.0.2.1"}, timeout=1)
    except httpx.HTTPError:
        return


def noticed(client: httpx.Client, references: tuple[ReferenceRead, ...]) -> ProbeFinding:
    """What the bake's probe does."""
    try:
        finding = check_authentication("modern", client)
        for reference in references:
            finding = finding if finding.text else check_reference_read(reference, client, lambda _: b"")
    except httpx.HTTPError as error:
        return ProbeFinding(str(error))
    return finding
