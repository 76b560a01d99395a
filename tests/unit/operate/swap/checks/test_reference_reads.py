"""Reads whose bytes are known: found where both colours agree, wrong where one serves other bytes."""

import hashlib
import json
from collections.abc import Mapping

import httpx
import pytest

from operate.doors.door_status import Read
from operate.error import RefusedError
from operate.record.reference_read import ReferenceRead
from operate.swap.checks.reference_reads import (
    LARGEST,
    check_authentication,
    check_reference_read,
    find_legacy_reference_reads,
    find_reference_reads,
)
from operate.swap.health import ProbeFinding

SMALL, LARGE = b"s" * 1000, b"l" * (LARGEST + 1)


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


MANIFEST = json.dumps(
    {
        "config": {"size": 2, "digest": digest(b"{}")},
        "layers": [{"size": len(content), "digest": digest(content)} for content in (SMALL, LARGE)],
    }
).encode()
AT, BLOB = f"/v2/a/manifests/{digest(MANIFEST)}", f"/v2/a/blobs/{digest(SMALL)}"
CONTENT = {"/v2/a/manifests/1": MANIFEST, AT: MANIFEST, BLOB: SMALL}
REFERENCE_READS = (
    ReferenceRead("modern", AT, digest(MANIFEST)),
    ReferenceRead("modern", BLOB, digest(SMALL)),
)


def colour(content: Mapping[str, bytes], requested_paths: list[str] | None = None) -> httpx.Client:
    def answer(request: httpx.Request) -> httpx.Response:
        if requested_paths is not None:
            requested_paths.append(request.url.path)
        body = content.get(request.url.path)
        return httpx.Response(404) if body is None else httpx.Response(200, content=body)

    return httpx.Client(transport=httpx.MockTransport(answer), base_url="http://colour")


def fetch(url: str) -> bytes:
    return CONTENT[httpx.URL(url).path]


def tag(path: str = "/v2/a/manifests/1", generation: str = "modern") -> Read:
    return Read("dal05", generation, "HEAD", path)


def test_a_manifest_by_its_digest_and_its_largest_small_blob_are_known() -> None:
    assert find_reference_reads([tag()], [], colour(CONTENT), colour(CONTENT), fetch) == REFERENCE_READS


def test_where_clients_read_none_what_is_listed_is_taken_and_where_nothing_is_nothing() -> None:
    read = tag("/v2/")
    assert (
        find_reference_reads([read], ["/v2/a/manifests/1"], colour(CONTENT), colour(CONTENT), fetch)
        == REFERENCE_READS
    )
    assert find_reference_reads([read], [], colour({}), colour({}), fetch) == ()
    missing_paths = [f"/v2/a/manifests/{number}" for number in range(100)]
    requested_paths: list[str] = []
    assert find_reference_reads([], missing_paths, colour({}), colour({}, requested_paths), fetch) == ()
    assert len(requested_paths) == 5


def test_a_small_blob_that_a_client_has_read_is_known_too() -> None:
    read, unread, large = (f"/v2/b/blobs/{digest(body)}" for body in (b"read", b"other", LARGE))
    content = {**CONTENT, read: b"read", unread: b"other", large: LARGE}
    reads = [tag(path) for path in (large, "/v2/b/blobs/gone", read, unread)]
    reference_reads = find_reference_reads(
        reads, ["/v2/a/manifests/1"], colour(content), colour(content), fetch
    )
    assert reference_reads == (*REFERENCE_READS, ReferenceRead("modern", read, digest(b"read")))
    assert find_reference_reads(reads, [], colour(content), colour(content), fetch) == reference_reads[2:]


def test_a_manifest_of_manifests_is_known_alone() -> None:
    index = b'{"manifests": []}'
    content = {"/v2/a/manifests/1": index, f"/v2/a/manifests/{digest(index)}": index}
    (reference_read,) = find_reference_reads([tag()], [], colour(content), colour(content), fetch)
    assert reference_read.digest == digest(index)


def test_other_bytes_are_refused_before_the_switch() -> None:
    with pytest.raises(RefusedError, match="other bytes than the live colour"):
        find_reference_reads([tag()], [], colour({**CONTENT, BLOB: b"x"}), colour(CONTENT), fetch)


@pytest.mark.parametrize("missing_path", [AT, BLOB])
def test_other_bytes_are_certain_and_an_error_is_not(missing_path: str) -> None:
    reference_read = next(candidate for candidate in REFERENCE_READS if candidate.path == missing_path)
    assert check_reference_read(reference_read, colour(CONTENT), fetch) == ProbeFinding()
    assert check_reference_read(reference_read, colour({}), fetch) == ProbeFinding(
        f"{missing_path} is answered with 404"
    )
    finding = check_reference_read(reference_read, colour({missing_path: b"x"}), fetch)
    assert finding == ProbeFinding(f"{missing_path}: its bytes have another digest", certain=True)


def test_a_redirect_is_followed_into_the_storage() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(307, headers={"Location": f"http://storage{request.url.path}"})

    client = httpx.Client(transport=httpx.MockTransport(answer), base_url="http://colour")
    assert check_reference_read(REFERENCE_READS[1], client, fetch) == ProbeFinding()
    assert check_reference_read(REFERENCE_READS[1], client, lambda _: b"x").certain


def test_a_legacy_layer_of_the_gate_and_what_clients_read_are_known() -> None:
    image, other_image = "a" * 64, "b" * 64
    content = {
        "/v1/repositories/library/operate-gate/tags/gate": f'"{image}"'.encode(),
        f"/v1/images/{image}/layer": SMALL,
        f"/v1/images/{other_image}/json": b"{}",
    }
    reads = [tag(f"/v1/images/{other_image}/json", "legacy"), tag("/v1/_ping", "legacy")]
    reference_reads = find_legacy_reference_reads(reads, colour(content), colour(content), fetch)
    assert [reference_read.path for reference_read in reference_reads] == [
        f"/v1/images/{image}/layer",
        f"/v1/images/{other_image}/json",
    ]
    assert find_legacy_reference_reads([], colour({}), colour({}), fetch) == ()


def test_a_registry_that_lets_strangers_in_is_certainly_bad() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200 if open_to_all or "Authorization" in request.headers else 401)

    client = httpx.Client(
        transport=httpx.MockTransport(answer), base_url="http://colour", auth=("docker", "secret")
    )
    open_to_all = False
    assert check_authentication("modern", client) == ProbeFinding()
    open_to_all = True
    assert check_authentication("modern", client).certain
    assert check_authentication("legacy", colour({})) == ProbeFinding("/v1/_ping is answered with 404")
