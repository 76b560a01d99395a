"""What a migration remembers between runs: one JSON line a fact, on disk before the next step is taken.

It spares reading layers again, and tells where blobs may already be; whether they are is the registry's to
say. Losing it loses time: layers are read again, and one that is asked for in another order of repositories
may be sent again. No image comes out differently.
"""

import fcntl
import json
import os
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from operate.error import OperateError
from operate.migration.target.conversion import Blob, LayerFacts


@dataclass
class Memory:
    """What the lines of a journal say.

    Attributes:
        layers: (image id, MD5 of its layer's object) -> what is known of it after it was read.
        homes: Digest -> repository -> the upload that was about to be committed there, "" where it was
            mounted; whether the commit came to its end is not known.
        written_manifests: `name:tag` -> digests of the manifests that were written there.
    """

    layers: dict[tuple[str, str], LayerFacts] = field(default_factory=dict)
    homes: dict[str, dict[str, str]] = field(default_factory=dict)
    written_manifests: dict[str, set[str]] = field(default_factory=dict)

    def add_line(self, line: Mapping[str, object]) -> None:
        """Take in one line; one of another kind is passed over."""
        match line:
            case {
                "layer": str(image),
                "etag": str(etag),
                "digest": str(digest),
                "size": int(size),
                "diffId": str(diff_id),
                "mediaType": str(media_type),
            }:
                self.layers[image, etag] = LayerFacts(Blob(digest, size), diff_id, media_type)
            case {"blob": str(digest), "repository": str(name), "upload": str(upload)}:
                self.homes.setdefault(digest, {})[name] = upload
            case {"tag": str(reference), "manifest": str(digest)}:
                self.written_manifests.setdefault(reference, set()).add(digest)


def remembered(lines: Iterable[bytes]) -> Memory:
    """Read a journal's lines; one that a killed run left unfinished is passed over."""
    memory = Memory()
    for line in lines:
        try:
            record: object = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            memory.add_line(record)
    return memory


class MigrationJournal:
    """The journal of a migration between two ends; one process at a time may have it open.

    Args:
        file: File of the journal; made with its folder where it does not exist.

    Raises:
        OperateError: Another migration between the same ends is at work, or the file cannot be written.
    """

    def __init__(self, file: Path) -> None:
        self._writing = threading.Lock()
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._stream = file.open("a+b")
        except OSError as error:
            raise OperateError(
                f"journal {file}: cannot be opened ({error.strerror}); choose another folder with --state"
            ) from None
        try:
            fcntl.flock(self._stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._stream.close()
            raise OperateError(
                f"journal {file}: another migration between the same ends is at work; wait for it"
            ) from None
        self._stream.seek(0)
        self.memory = remembered(self._stream)
        self._finish_line()

    def __enter__(self) -> "MigrationJournal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()

    def layer(self, image: str, etag: str, facts: LayerFacts) -> None:
        """Note what reading a layer found."""
        self._note(
            {
                "layer": image,
                "etag": etag,
                "digest": facts.blob.digest,
                "size": facts.blob.size,
                "diffId": facts.diff_id,
                "mediaType": facts.media_type,
            }
        )

    def committing(self, digest: str, name: str, upload: str) -> None:
        """Note that a blob, sent whole to a repository, is about to be committed there.

        Args:
            digest: Digest of the blob.
            name: The repository.
            upload: The upload's address; "" where the blob was mounted.
        """
        self._note({"blob": digest, "repository": name, "upload": upload})

    def writing(self, reference: str, digest: str) -> None:
        """Note that a manifest is about to be written under a tag."""
        self._note({"tag": reference, "manifest": digest})

    def _note(self, line: Mapping[str, object]) -> None:
        with self._writing:
            self.memory.add_line(line)
            self._stream.write(json.dumps(line).encode() + b"\n")
            self._stream.flush()
            os.fsync(self._stream.fileno())

    def _finish_line(self) -> None:
        if self._stream.tell() == 0:
            return
        self._stream.seek(-1, os.SEEK_END)
        if self._stream.read(1) != b"\n":
            self._stream.write(b"\n")
