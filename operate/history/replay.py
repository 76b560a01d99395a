"""Whether the records are the latest ones; pure.

A signature proves that an operator wrote a record, not that it is the last one: who can write to the store
can bring an older one back, or take the last ones away. The front doors remember how far operators came,
where no registry can write: the fencing token of whoever started last, and one more once the operation has
ended.
"""

from dataclasses import dataclass

from operate.history.history import LatestEntries
from operate.history.unknown_record import UnknownRecord
from operate.record.record import Record

_WAY_OUT = "see docs/runbooks/changed-records.md"


@dataclass(frozen=True)
class CheckedRecords:
    """What of the records counts.

    Attributes:
        current: The operation under way; None where there is none that counts.
        ignored: Why the store's operation under way does not count; "" where it does, or there is none.
        missing: Records that were taken away, for people; "" where none were.
        has_stale: Whether the store has an operation under way that does not count.
    """

    current: Record | UnknownRecord | None
    ignored: str = ""
    missing: str = ""
    has_stale: bool = False

    @property
    def notices(self) -> tuple[str, ...]:
        """What an operator has to know of, for people."""
        return tuple(text for text in (self.ignored, self.missing) if text)


def check_records(
    current: Record | UnknownRecord | None, latest: LatestEntries, fence: int
) -> CheckedRecords:
    """Compare the records with what the front doors remember.

    Args:
        current: The store's operation under way.
        latest: The end of the history.
        fence: The highest fencing token that a front door or the stack file remembers.
    """
    ignored = _reason_to_ignore(current, latest, fence) if current is not None else ""
    effective = None if ignored else current
    is_missing = effective is None and fence > latest.token + 1
    return CheckedRecords(
        effective,
        "" if _is_ended(current, latest) else ignored,
        _missing(latest, fence) if is_missing else "",
        bool(ignored),
    )


def _reason_to_ignore(current: Record | UnknownRecord, latest: LatestEntries, fence: int) -> str:
    if isinstance(current, UnknownRecord) and not current.is_genuine:
        return f"operate/swap/current.json is ignored: {current.reason}; {_WAY_OUT}"
    last = max(fence, latest.token)
    if 0 < current.token < last:
        return (
            f"operate/swap/current.json is ignored: it is of lock {current.token}, and an operation with lock"
            f" {last} has followed or ended it; somebody brought an old record back; {_WAY_OUT}"
        )
    return ""


def _is_ended(current: Record | UnknownRecord | None, latest: LatestEntries) -> bool:
    """Whether it is in the history already: an operator was killed between the two."""
    return isinstance(current, Record) and latest.record is not None and current.token == latest.record.token


def _missing(latest: LatestEntries, fence: int) -> str:
    return (
        f"the last records are missing: the front doors remember lock {fence}, and the history ends with lock"
        f" {latest.token}; somebody took them away, or the store is another one; {_WAY_OUT}"
    )
