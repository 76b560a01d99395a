"""Gate and shadow of reads before real registries: a healthy registry passes, a bad one is reported."""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from harness.registries.modern import ModernRegistry, modern_registry
from harness.registries.program import program as registry_program
from operate.doors.door_status import Read
from operate.error import RefusedError
from operate.swap.checks.comparison import describe_difference
from operate.swap.checks.manifests import list_manifests
from operate.swap.checks.modern_gate import REPOSITORY, GateLimits, ModernGate
from operate.swap.checks.reference_reads import check_reference_read, find_reference_reads
from operate.swap.checks.traffic import _compare, _read


@dataclass(frozen=True)
class Colours:
    """Two registries on one folder, and one on another."""

    live: ModernRegistry
    idle: ModernRegistry
    elsewhere: ModernRegistry
    storage: Path


@pytest.fixture(scope="module")
def colours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Colours]:
    folder = tmp_path_factory.mktemp("colours")
    program = registry_program("2.8.3", folder / "program")
    with ExitStack() as stack:

        def start(name: str, storage: str) -> ModernRegistry:
            (folder / name).mkdir()
            section: dict[str, object] = {"filesystem": {"rootdirectory": str(folder / storage)}}
            return stack.enter_context(modern_registry(program, folder / name, section))

        yield Colours(
            start("live", "shared"), start("idle", "shared"), start("elsewhere", "other"), folder / "shared"
        )


def gate(idle: httpx.Client, live: httpx.Client) -> str:
    return ModernGate(idle, live, lambda url: httpx.get(url).content).run()


def blobs(storage: Path) -> list[Path]:
    """Uploaded data, the largest first."""
    return sorted(storage.rglob("blobs/sha256/*/*/data"), key=lambda file: -file.stat().st_size)


def test_a_colour_that_is_well_passes_and_nothing_is_left_listed(colours: Colours) -> None:
    with colours.idle.client() as idle, colours.live.client() as live:
        output = gate(idle, live)
        assert "pushed and pulled 6291456 bytes, digests agree" in output
        tags = live.get(f"/v2/{REPOSITORY}/tags/list").json().get("tags") or []
        for tag in tags:
            assert live.get(f"/v2/{REPOSITORY}/manifests/{tag}").status_code == 404


def test_a_colour_with_another_storage_fails_the_gate(colours: Colours) -> None:
    with (
        colours.elsewhere.client() as idle,
        colours.live.client() as live,
        pytest.raises(RefusedError, match="an upload cannot continue after 1048576 bytes: status 404"),
    ):
        gate(idle, live)


def test_a_colour_that_does_not_know_the_user_fails_the_gate(colours: Colours) -> None:
    with colours.idle.client() as idle, colours.live.client() as live:
        idle.auth = ("pusher", "another one")
        with pytest.raises(RefusedError, match="with the front door's password it answers 401, not 200"):
            gate(idle, live)


def test_a_slow_colour_fails_the_gate(colours: Colours) -> None:
    with colours.idle.client() as idle, colours.live.client() as live:
        none = GateLimits(factor=0.0, milliseconds=0.0)
        with pytest.raises(RefusedError, match="ms are allowed"):
            ModernGate(idle, live, lambda _: b"", none).run()


@pytest.mark.parametrize("harm", ["corrupt", "truncated", "missing"])
def test_reads_show_what_a_storage_has_lost(colours: Colours, harm: str) -> None:
    content = os.urandom(200_000)
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    read = Read("dal05", "modern", "GET", f"/v2/shadow/{harm}/blobs/{digest}")
    with colours.idle.client() as idle, colours.live.client() as live:
        upload = live.post(f"/v2/shadow/{harm}/blobs/uploads/")
        location = httpx.URL(upload.headers["Location"]).copy_merge_params({"digest": digest})
        assert live.put(location, content=content).status_code == 201
        _compare(read, idle, live)
        before = _read(live, read)
        file = next(
            path for path in blobs(colours.storage) if path.parent.name == digest.removeprefix("sha256:")
        )
        if harm == "corrupt":
            file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        elif harm == "truncated":
            file.write_bytes(content[:100_000])
        else:
            file.unlink()
        assert describe_difference("GET", read.path, _read(idle, read), before)
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)


def test_a_catalogue_gives_reads_where_clients_have_made_none(colours: Colours) -> None:
    with colours.live.client() as live, colours.idle.client() as idle:
        config = b"{}"
        digest = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
        upload = live.post("/v2/listed/blobs/uploads/")
        location = httpx.URL(upload.headers["Location"]).copy_merge_params({"digest": digest})
        assert live.put(location, content=config).status_code == 201
        kind = "application/vnd.docker.distribution.manifest.v2+json"
        manifest = {
            "schemaVersion": 2,
            "mediaType": kind,
            "config": {
                "mediaType": "application/vnd.docker.container.image.v1+json",
                "size": 2,
                "digest": digest,
            },
            "layers": [],
        }
        put = live.put(
            "/v2/listed/manifests/one", content=json.dumps(manifest), headers={"Content-Type": kind}
        )
        assert put.status_code == 201
        paths = list(list_manifests(live))
        assert "/v2/listed/manifests/one" in paths
        for path in paths:
            _compare(Read("dal05", "modern", "GET", path), idle, live)


def pushed(client: httpx.Client, path: str, content: bytes) -> str:
    """Push a blob; returns its digest."""
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    upload = client.post(f"{path}/blobs/uploads/")
    location = httpx.URL(upload.headers["Location"]).copy_merge_params({"digest": digest})
    assert client.put(location, content=content).status_code == 201
    return digest


@pytest.mark.parametrize("kind", ["docker.distribution.manifest.v2", "oci.image.manifest.v1"])
def test_a_tag_is_compared_as_clients_see_it(colours: Colours, kind: str) -> None:
    """Without an Accept header, 2.8.3 signs a Docker tag again in each process, and finds none of OCI."""
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {},
            "history": [{"created": "2020-01-01T00:00:00Z"}],
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{'0' * 64}"]},
        }
    ).encode()
    layer, media = os.urandom(5000), f"application/vnd.{kind}+json"
    with colours.live.client() as live, colours.idle.client() as idle:
        manifest = {
            "schemaVersion": 2,
            "mediaType": media,
            "config": {
                "mediaType": "application/vnd.docker.container.image.v1+json",
                "size": len(config),
                "digest": pushed(live, "/v2/typed", config),
            },
            "layers": [
                {
                    "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",
                    "size": len(layer),
                    "digest": pushed(live, "/v2/typed", layer),
                }
            ],
        }
        content = json.dumps(manifest).encode()
        path = f"/v2/typed/manifests/{kind}"
        assert live.put(path, content=content, headers={"Content-Type": media}).status_code == 201
        read = Read("dal05", "modern", "GET", path)
        _compare(read, idle, live)
        assert _read(idle, read).status == 200
        references = find_reference_reads([read], [], idle, live, lambda _: b"")
        assert [reference.digest for reference in references] == [
            f"sha256:{hashlib.sha256(blob).hexdigest()}" for blob in (content, layer)
        ]
        file = next(
            path
            for path in blobs(colours.storage)
            if path.parent.name == references[1].digest.removeprefix("sha256:")
        )
        file.write_bytes(layer[:-1] + bytes([layer[-1] ^ 1]))
        assert check_reference_read(references[1], idle, lambda _: b"").certain


def test_a_registry_that_is_not_there_is_no_answer(colours: Colours) -> None:
    with (
        httpx.Client(base_url="http://127.0.0.1:9") as idle,
        colours.live.client() as live,
        pytest.raises(httpx.ConnectError),
    ):
        gate(idle, live)
