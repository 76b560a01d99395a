"""Reference reads: what both colours served alike is read again while the new one is live.

A colour that starts to serve other bytes answers 200 all the while: neither the front door nor `/v2/` shows
it.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice

import httpx

from operate.doors.door_status import Read
from operate.error import RefusedError
from operate.record.reference_read import ReferenceRead
from operate.swap.health import ProbeFinding

ACCEPT = ", ".join(
    (
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.image.index.v1+json",
        "*/*",
    )
)
"""As Docker asks. Without it 2.8.3 turns a tag's manifest into schema 1, re-signed by each process, and
answers 404 for one of OCI (measured)."""
LARGEST = 1 << 20
"""Bytes of a read that is asked again every few seconds (choice)."""
_TRIES = 5
"""Manifests that are tried (choice)."""
_LEGACY_TAG = "/v1/repositories/library/operate-gate/tags/gate"
"""What the gate has just pushed."""
_BLOB = re.compile(r"/blobs/sha256:[0-9a-f]{64}$")
_LEGACY_READ = re.compile(r"/v1/images/[0-9a-f]{64}/(json|ancestry)")

Fetch = Callable[[str], bytes]


def find_reference_reads(
    reads: Sequence[Read], listed: Iterable[str], idle: httpx.Client, live: httpx.Client, fetch: Fetch
) -> tuple[ReferenceRead, ...]:
    """Find what both colours serve alike: a manifest, its largest small blob, and a blob that was read.

    Args:
        reads: Reads of clients, through one door.
        listed: Paths of manifests that the live colour lists, tried after those.
        idle: Client of the new colour.
        live: Client of the live colour.
        fetch: Follows a redirect into the object storage; returns the bytes.
    """
    paths = dict.fromkeys(read.path for read in reads)
    manifests = (path for path in paths if "/manifests/" in path)
    blobs = (path for path in paths if _BLOB.search(path))
    small = next((path for path in islice(blobs, _TRIES) if _is_small(live, path)), None)
    client_references = _read_both("modern", [small] if small else [], idle, live, fetch)
    for path in islice(chain(manifests, listed), _TRIES):
        status, manifest = read_body(live, path, fetch)
        if status != 200:
            continue
        at = f"{path.rpartition('/')[0]}/{_digest(manifest)}"
        candidates = (at, *_find_small_blob(path.partition("/manifests/")[0], manifest))
        if references := _read_both("modern", candidates, idle, live, fetch):
            return tuple(dict.fromkeys((*references, *client_references)))
    return client_references


def find_legacy_reference_reads(
    reads: Sequence[Read], idle: httpx.Client, live: httpx.Client, fetch: Fetch
) -> tuple[ReferenceRead, ...]:
    """The same by v1: what the gate has pushed, what a client has read of an image; neither ever changes."""
    status, tag = read_body(live, _LEGACY_TAG, fetch)
    pushed = [f"/v1/images/{tag.decode().strip(chr(34))}/layer"] if status == 200 else []
    read = next((read.path for read in reads if _LEGACY_READ.fullmatch(read.path)), None)
    return _read_both("legacy", (*pushed, *([read] if read else [])), idle, live, fetch)


def check_authentication(generation: str, client: httpx.Client) -> ProbeFinding:
    """Check that a registry answers its user, and nobody else if it requires authentication."""
    if generation == "legacy":
        return _status("/v1/_ping", client.get("/v1/_ping"))
    finding = _status("/v2/", client.get("/v2/"))
    anonymous = client.get("/v2/", auth=None)
    if not finding.text and anonymous.status_code == 200:
        return ProbeFinding("/v2/ is answered with 200 without credentials", certain=True)
    return finding


def check_reference_read(reference: ReferenceRead, client: httpx.Client, fetch: Fetch) -> ProbeFinding:
    """Repeat a reference read; a difference is confirmed by a second read."""
    finding = _compare_with_reference(reference, client, fetch)
    return _compare_with_reference(reference, client, fetch) if finding.certain else finding


def read_body(client: httpx.Client, path: str, fetch: Fetch) -> tuple[int, bytes]:
    """Read a path, by the object storage where it is there; returns the status and the bytes.

    Raises:
        httpx.HTTPError: No answer, or one that ends early.
    """
    response = client.get(path, headers={"Accept": ACCEPT, "Accept-Encoding": "identity"})
    if response.status_code in (302, 307):
        return 200, fetch(response.headers.get("Location", ""))
    return response.status_code, response.content


def _status(path: str, response: httpx.Response) -> ProbeFinding:
    is_ok = response.status_code == 200
    return ProbeFinding() if is_ok else ProbeFinding(f"{path} is answered with {response.status_code}")


def _compare_with_reference(reference: ReferenceRead, client: httpx.Client, fetch: Fetch) -> ProbeFinding:
    status, content = read_body(client, reference.path, fetch)
    if status != 200:
        return ProbeFinding(f"{reference.path} is answered with {status}")
    if _digest(content) != reference.digest:
        return ProbeFinding(f"{reference.path}: its bytes have another digest", certain=True)
    return ProbeFinding()


def _read_both(
    generation: str, paths: Iterable[str], idle: httpx.Client, live: httpx.Client, fetch: Fetch
) -> tuple[ReferenceRead, ...]:
    reference_reads = []
    for path in paths:
        (status, content), (_, idle_content) = read_body(live, path, fetch), read_body(idle, path, fetch)
        if status == 200 and len(content) <= LARGEST:
            if content != idle_content:
                raise RefusedError(f"{path}: other bytes than the live colour")
            reference_reads.append(ReferenceRead(generation, path, _digest(content)))
    return tuple(reference_reads)


def _is_small(client: httpx.Client, path: str) -> bool:
    """Whether a blob is small; one that redirects to the object storage has no length here."""
    response = client.head(path)
    length = response.headers.get("Content-Length", "")
    return response.status_code == 200 and length.isdigit() and int(length) <= LARGEST


def _find_small_blob(repository: str, manifest: bytes) -> Iterator[str]:
    """The largest blob of a manifest that is small enough; nothing where it names other manifests."""
    try:
        document = json.loads(manifest)
        blobs = [document["config"], *document["layers"]]
        sizes = {str(blob["digest"]): int(blob["size"]) for blob in blobs}
    except (ValueError, KeyError, TypeError):
        return
    small = {digest: size for digest, size in sizes.items() if size <= LARGEST}
    if small:
        yield f"{repository}/blobs/{max(small, key=lambda digest: small[digest])}"


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
