"""A layer off the container: read once onto disk, its digests taken and held against what is known of it.

The disk holds it between reading and sending, since its digest must be known before the registry can be asked
whether it has it, and nothing is sent that does not agree with the legacy registry's own checksum.
"""

import bz2
import gzip
import hashlib
import lzma
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from operate.migration.plan import PlannedLayer
from operate.migration.source.v1_image import BadImageError
from operate.migration.target.conversion import GZIP_LAYER_TYPE, PLAIN_LAYER_TYPE, Blob, LayerFacts

_GZIP = b"\x1f\x8b"
_XZ = b"\xfd7zXZ\x00"
_BZIP2 = b"BZh"
_PIECE = 1 << 20


@dataclass(frozen=True)
class LayerStream:
    """A layer's object, being read.

    Attributes:
        md5: MD5 of the whole content, as the container has it; None for a large object of segments.
        pieces: Pieces of the object, in order.
    """

    md5: str | None
    pieces: Iterator[bytes]


def read_layer(
    planned: PlannedLayer, stream: LayerStream, disk: IO[bytes], report_bytes: Callable[[int], None]
) -> LayerFacts:
    """Read a layer onto disk and check it.

    Args:
        planned: Layer to read, as planned.
        stream: Object of the layer.
        disk: Empty file that holds the layer afterwards. A layer packed with xz or bzip2, for which
            the v2 protocol
            has no type of layer, is packed with gzip there: the same tar always gives the same bytes.
        report_bytes: Called with the size of each piece; may raise, to stop.

    Raises:
        BadImageError: The layer is not what was pushed: container or legacy registry have another checksum
            for it, or it is no complete tar.
    """
    content, container = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    pushed = hashlib.sha256(planned.document + b"\n")
    for piece in stream.pieces:
        for digest in (content, container, pushed):
            digest.update(piece)
        disk.write(piece)
        report_bytes(len(piece))
    where = f"the layer of image {planned.image.identifier[:12]}"
    if stream.md5 is not None and stream.md5 != container.hexdigest():
        raise BadImageError(f"{where} arrived with another MD5 than the container has; run the command again")
    if planned.checksum is not None and planned.checksum != pushed.hexdigest():
        raise BadImageError(
            f"{where} is not what was pushed: the legacy registry's checksum is another; push the image to"
            " the legacy registry again"
        )
    disk.flush()
    blob = Blob(f"sha256:{content.hexdigest()}", disk.tell())
    disk.seek(0)
    magic = disk.read(len(_XZ))
    disk.seek(0)
    if magic == _XZ or magic.startswith(_BZIP2):
        blob, magic = _repack(disk, where, xz=magic == _XZ), _GZIP
    packed = magic.startswith(_GZIP)
    return LayerFacts(
        blob, _diff_id(disk, where, packed=packed), GZIP_LAYER_TYPE if packed else PLAIN_LAYER_TYPE
    )


def _repack(disk: IO[bytes], where: str, *, xz: bool) -> Blob:
    """Replace what is on disk by the same content, packed with gzip."""
    with tempfile.TemporaryFile(dir=_folder_of(disk)) as packed:
        try:
            with (
                lzma.LZMAFile(disk) if xz else bz2.BZ2File(disk) as content,
                gzip.GzipFile("", "wb", compresslevel=6, fileobj=packed, mtime=0) as gzipped,
            ):
                shutil.copyfileobj(content, gzipped, _PIECE)
        except (lzma.LZMAError, EOFError, ValueError) as error:
            raise _broken(where, error) from None
        packed.seek(0)
        disk.seek(0)
        disk.truncate()
        digest = hashlib.sha256()
        while piece := packed.read(_PIECE):
            digest.update(piece)
            disk.write(piece)
        disk.flush()
    blob = Blob(f"sha256:{digest.hexdigest()}", disk.tell())
    disk.seek(0)
    return blob


def _folder_of(disk: IO[bytes]) -> str | None:
    """The folder of a file without a name, as the kernel shows it; None where it does not."""
    try:
        place = Path(f"/proc/self/fd/{disk.fileno()}").readlink().parent
    except OSError:
        return None
    return str(place) if place.is_dir() else None


class _CountingReader:
    """A reader that takes the digest of what goes through it."""

    def __init__(self, source: IO[bytes] | gzip.GzipFile) -> None:
        self._source = source
        self.digest = hashlib.sha256()

    def read(self, size: int) -> bytes:
        piece = self._source.read(size)
        self.digest.update(piece)
        return piece


def _diff_id(disk: IO[bytes], where: str, *, packed: bool) -> str:
    reader = _CountingReader(gzip.GzipFile(fileobj=disk, mode="rb") if packed else disk)
    try:
        with tarfile.open(fileobj=reader, mode="r|", bufsize=_PIECE) as tar:  # type: ignore[call-overload]
            for _ in tar:
                tar.members.clear()  # a layer may have a million files
        while reader.read(_PIECE):
            pass
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise _broken(where, error) from None
    return f"sha256:{reader.digest.hexdigest()}"


def _broken(where: str, error: Exception) -> BadImageError:
    return BadImageError(
        f"{where} is no whole tar, packed with gzip, xz, bzip2 or plain ({error}); push the image to the"
        " legacy registry again"
    )
