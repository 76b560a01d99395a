"""Gets a blob into a repository, its bytes sent once at most to a registry."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import IO

from operate.migration.journal import MigrationJournal
from operate.migration.target.conversion import Blob
from operate.migration.target.registry import RegistryError, V2Registry


@dataclass
class Sent:
    """What was done so far in this run.

    Attributes:
        uploaded: Blobs whose bytes were sent.
        mounted: Blobs taken over from another repository.
        present: Blobs that were where they belong.
        bytes: Bytes sent, those of broken tries too.
    """

    uploaded: int = 0
    mounted: int = 0
    present: int = 0
    bytes: int = 0


class BlobPlacement:
    """Where blobs go; may be used by several threads.

    Args:
        registry: The v2 registry.
        journal: Journal, which knows where a blob may be, and records one before it is sent.
        report_bytes: Called with the size of each piece sent; may raise, to stop.
    """

    def __init__(
        self, registry: V2Registry, journal: MigrationJournal, report_bytes: Callable[[int], None]
    ) -> None:
        self.sent = Sent()
        self._registry = registry
        self._journal = journal
        self._report_bytes = report_bytes
        self._checked: set[tuple[str, str]] = set()
        self._unsettled = {digest: dict(homes) for digest, homes in journal.memory.homes.items()}
        self._counting = threading.Lock()
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def find(self, name: str, blob: Blob) -> Blob | None:
        """Get a blob into a repository from what the registry has.

        Returns:
            What the registry reports to have there; None where the blob has to be sent.

        Raises:
            RegistryError: The registry refuses, or has another size or digest for it.
        """
        with self._lock_of(blob):
            return self._find_or_mount(name, blob)

    def place(self, name: str, blob: Blob, content: Callable[[], AbstractContextManager[IO[bytes]]]) -> Blob:
        """Get a blob into a repository; it is sent where the registry has it nowhere.

        Args:
            name: The repository.
            blob: Digest and size of the blob.
            content: Opens the blob's bytes, seekable.

        Returns:
            What the registry reports to have there.

        Raises:
            RegistryError: The registry refuses, or has another size or digest for it.
        """
        with self._lock_of(blob):
            if (existing := self._find_or_mount(name, blob)) is not None:
                return existing
            with content() as stream:
                self._registry.upload(
                    name,
                    blob,
                    stream,
                    self._sent_piece,
                    lambda upload: self._journal.committing(blob.digest, name, upload),
                )
            self._count("uploaded")
            return self._same(name, blob, self._registry.blob(name, blob.digest))

    def _lock_of(self, blob: Blob) -> threading.Lock:
        """The same content may come from two layers at once; the second one waits, and finds it."""
        with self._counting:
            return self._locks[blob.digest]

    def _find_or_mount(self, name: str, blob: Blob) -> Blob | None:
        if (name, blob.digest) in self._checked:
            return blob
        self._settle(blob)
        homes = self._journal.memory.homes.get(blob.digest, {})
        # A request costs the registry a bcrypt: what is most likely is asked first.
        if homes and name not in homes and self._mounted(name, blob, list(homes)):
            self._count("mounted")
            self._journal.committing(blob.digest, name, "")
            return self._same(name, blob, self._registry.blob(name, blob.digest))
        if (existing := self._registry.blob(name, blob.digest)) is not None:
            self._count("present")
            return self._same(name, blob, existing)
        if self._mounted(name, blob, list(homes)):
            self._count("mounted")
            return self._same(name, blob, self._registry.blob(name, blob.digest))
        return None

    def _same(self, name: str, blob: Blob, stored: Blob | None) -> Blob:
        if stored != blob:
            raise RegistryError(
                f"{name}: the registry has {stored} where {blob} was sent; look at its log and storage, then"
                " run the command again"
            )
        self._checked.add((name, blob.digest))
        return stored

    def _mounted(self, name: str, blob: Blob, homes: Iterable[str]) -> bool:
        return any(self._registry.mount(name, blob.digest, home) for home in homes if home != name)

    def _settle(self, blob: Blob) -> None:
        """Finish the commits that an earlier run had started."""
        for home, upload in self._unsettled.pop(blob.digest, {}).items():
            if upload and self._registry.blob(home, blob.digest) is None:
                self._registry.settle(home, blob, upload)

    def _sent_piece(self, size: int) -> None:
        with self._counting:
            self.sent.bytes += size
        self._report_bytes(size)

    def _count(self, what: str) -> None:
        with self._counting:
            setattr(self.sent, what, getattr(self.sent, what) + 1)
