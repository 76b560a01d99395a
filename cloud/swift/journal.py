"""A container's listing as it was some time ago, without Swift: what changed since then is undone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

Entry = Mapping[str, str | int]
"""An object in a listing: name, bytes, hash, content_type, last_modified."""


@dataclass(frozen=True)
class Change:
    """One write of one object.

    Attributes:
        moment: Time of the write, in seconds of any clock.
        name: The object's.
        before: Entry that was listed until then; None where there was none.
    """

    timestamp: float
    name: str
    before: Entry | None


@dataclass(frozen=True)
class Page:
    """The requested part of a listing, in Swift's terms."""

    prefix: str = ""
    delimiter: str = ""
    marker: str = ""
    end_marker: str = ""
    limit: int = 10_000


@dataclass
class ContainerJournal:
    """The changes of one container, of the last `horizon` seconds."""

    horizon: float
    changes: list[Change] = field(default_factory=list)

    def note(self, change: Change) -> None:
        """Add a change, and forget those that are too old to matter."""
        oldest = change.timestamp - self.horizon
        if self.changes and self.changes[0].timestamp < oldest:
            self.changes = [change for change in self.changes if change.timestamp >= oldest]
        self.changes.append(change)

    def as_of(self, instant: float, entries: Iterable[Entry], prefix: str) -> list[Entry]:
        """Return the listing as it was.

        Args:
            instant: The time, on the clock of the changes.
            entries: The listing below the prefix as it is now.
            prefix: Beginning of the names that count; others are left alone.
        """
        listed = {str(entry["name"]): entry for entry in entries}
        # The first change after that moment knows what was there before it, so the latest is undone first.
        for change in reversed(self.changes):
            if change.timestamp <= instant or not change.name.startswith(prefix):
                continue
            if change.before is None:
                listed.pop(change.name, None)
            else:
                listed[change.name] = change.before
        return [listed[name] for name in sorted(listed, key=str.encode)]


def paged(entries: Sequence[Entry], page: Page) -> list[Entry]:
    """Return one page of a sorted listing, with `subdir` entries where there is a delimiter."""
    page_entries: list[Entry] = []
    last = ""
    for entry in entries:
        name = str(entry["name"])
        if not name.startswith(page.prefix) or (page.end_marker and name >= page.end_marker):
            continue
        listed: Entry = entry
        delimiter_at = name.find(page.delimiter, len(page.prefix)) if page.delimiter else -1
        if delimiter_at >= 0:
            name = name[: delimiter_at + len(page.delimiter)]
            listed = {"subdir": name}
        if name <= page.marker or (delimiter_at >= 0 and name == last):
            continue
        if len(page_entries) == page.limit:
            break
        page_entries.append(listed)
        last = name
    return page_entries
