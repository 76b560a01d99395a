"""A layer, read and checked."""

import bz2
import gzip
import hashlib
import lzma
import tempfile
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operate.migration.plan import PlannedLayer
from operate.migration.source.layer import LayerStream, read_layer
from operate.migration.source.layout import StoredObject
from operate.migration.source.v1_image import BadImageError, V1Image
from operate.migration.target.conversion import GZIP_LAYER_TYPE, PLAIN_LAYER_TYPE, LayerFacts, digest_of
from tests.support.legacy_images import tar_of

DOCUMENT = b'{"id": "a"}'
TARS = st.dictionaries(st.sampled_from("abcdef"), st.binary(max_size=2000), max_size=4).map(tar_of)


def read(
    layer: bytes,
    *,
    md5: str | None = None,
    checksum: str | None = None,
    piece: int = 700,
) -> LayerFacts:
    planned = PlannedLayer(
        V1Image("a" * 64, None, {}), DOCUMENT, StoredObject("layer", len(layer), ""), checksum
    )

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(layer), piece):
            yield layer[start : start + piece]

    progress: list[int] = []
    with tempfile.TemporaryFile() as disk:
        facts = read_layer(planned, LayerStream(md5, pieces()), disk, progress.append)
        disk.seek(0)
        assert disk.read() == layer
    assert sum(progress) == len(layer)
    return facts


@given(TARS, st.booleans(), st.integers(1, 5000))
def test_a_layer_has_the_digest_of_its_bytes_and_the_diff_id_of_its_tar(
    tar: bytes, packed: bool, piece: int
) -> None:
    layer = gzip.compress(tar) if packed else tar
    facts = read(
        layer,
        piece=piece,
        md5=hashlib.md5(layer, usedforsecurity=False).hexdigest(),
        checksum=hashlib.sha256(DOCUMENT + b"\n" + layer).hexdigest(),
    )
    assert (facts.blob.digest, facts.blob.size) == (digest_of(layer), len(layer))
    assert facts.diff_id == digest_of(tar)
    assert facts.media_type == (GZIP_LAYER_TYPE if packed else PLAIN_LAYER_TYPE)


@pytest.mark.parametrize("pack", [lzma.compress, bz2.compress])
def test_a_layer_that_v2_has_no_type_for_is_packed_with_gzip(pack: Callable[[bytes], bytes]) -> None:
    """docker load took layers packed with xz, and the legacy registry kept them as they were."""
    tar = tar_of({"a": bytes(range(256)) * 100, "b": b"1"})
    layer = pack(tar)
    planned = PlannedLayer(V1Image("a" * 64, None, {}), DOCUMENT, StoredObject("layer", len(layer), ""), None)
    for _ in range(2):
        with tempfile.TemporaryFile() as disk:
            facts = read_layer(planned, LayerStream(None, iter([layer])), disk, lambda _: None)
            disk.seek(0)
            content = disk.read()
        assert gzip.decompress(content) == tar
        assert (facts.blob.digest, facts.blob.size) == (digest_of(content), len(content))
        assert (facts.diff_id, facts.media_type) == (digest_of(tar), GZIP_LAYER_TYPE)
        assert content[4:8] == bytes(4), "the time of packing would give another digest at every run"


@pytest.mark.parametrize("pack", [lzma.compress, bz2.compress])
def test_a_layer_that_breaks_off_is_refused_however_it_is_packed(pack: Callable[[bytes], bytes]) -> None:
    layer = pack(tar_of({"a": bytes(range(256)) * 100}))
    planned = PlannedLayer(V1Image("a" * 64, None, {}), DOCUMENT, StoredObject("layer", len(layer), ""), None)
    with (
        tempfile.TemporaryFile() as disk,
        pytest.raises(BadImageError, match="no whole tar"),
    ):
        read_layer(planned, LayerStream(None, iter([layer[: len(layer) // 2]])), disk, lambda _: None)


def test_what_follows_the_end_of_the_tar_counts() -> None:
    layer = tar_of({"a": b"1"}) + bytes(50_000)
    assert read(layer).diff_id == digest_of(layer)


def test_other_bytes_than_the_container_has_are_refused() -> None:
    with pytest.raises(BadImageError, match="another MD5"):
        read(tar_of({"a": b"1"}), md5="0" * 32)


def test_other_bytes_than_were_pushed_are_refused() -> None:
    with pytest.raises(BadImageError, match="not what was pushed"):
        read(tar_of({"a": b"1"}), checksum="0" * 64)


BIG = tar_of({"a": bytes(range(256)) * 400})


@pytest.mark.parametrize(
    "layer",
    [
        b"",
        b"no tar at all, but long enough to be taken for one" * 20,
        BIG[:9000],
        gzip.compress(BIG)[:-9],
        gzip.compress(BIG)[:-1] + b"x",
        gzip.compress(BIG[:9000]),
        gzip.compress(BIG) + b"rest",
    ],
    ids=["empty", "no tar", "cut", "gzip cut", "gzip checksum", "cut, then gzip", "rest"],
)
def test_what_is_no_whole_tar_is_refused(layer: bytes) -> None:
    with pytest.raises(BadImageError, match="no whole tar"):
        read(layer)


def test_reading_stops_where_its_listener_raises() -> None:
    planned = PlannedLayer(V1Image("a" * 64, None, {}), DOCUMENT, StoredObject("layer", 0, ""), None)
    progress: list[int] = []

    def stop(size: int) -> None:
        progress.append(size)
        if len(progress) == 3:
            raise InterruptedError

    with tempfile.TemporaryFile() as disk, pytest.raises(InterruptedError):
        read_layer(planned, LayerStream(None, iter([BIG] * 10)), disk, stop)
    assert progress == [len(BIG)] * 3
