"""What is wrong with one Swift, as plain data in a file that its middlewares follow while it runs."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from cloud.credentials import write_private


@dataclass(frozen=True)
class FaultPlan:
    """What is wrong; by default nothing.

    Staleness is bounded by 120 s, see `cloud.swift.staleness`.

    Attributes:
        seed: Seed of all chance; the same requests in the same order meet the same faults.
        methods: HTTP methods that fail or hang; empty means all.
        error_share: Share of the requests that are answered with 500, between 0 and 1.
        hang_share: Share of the requests that get no answer for `hang_seconds`, and then 504.
        hang_seconds: How long a hang lasts.
        bytes_per_second: Bytes a second of each upload and each answer; None does not slow down.
        cut_upload_bytes: Bytes after which uploads break off; None lets them through.
        cut_answer_bytes: Bytes after which answers break off, short ones become 500; None lets them through.
        clock_skew_seconds: How far Swift's clock is ahead, as S3 signatures, temporary URLs and
            the header `Date` meet it.
        hide_info: `/info` answers 404, as behind a registry's storage door.
        count_reads: Whether bytes read are counted, see `cloud.swift.faults`.
        stale_listing_seconds: Seconds by which listings are late: they show a container as it was then.
        stale_delete_seconds: Seconds for which a deleted object is still seen, as on a replica that missed
            the deletion.
    """

    seed: int = 0
    methods: tuple[str, ...] = ()
    error_share: float = 0.0
    hang_share: float = 0.0
    hang_seconds: float = 0.0
    bytes_per_second: int | None = None
    cut_upload_bytes: int | None = None
    cut_answer_bytes: int | None = None
    clock_skew_seconds: float = 0.0
    hide_info: bool = False
    count_reads: bool = False
    stale_listing_seconds: float = 0.0
    stale_delete_seconds: float = 0.0

    def __post_init__(self) -> None:
        for name in ("error_share", "hang_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"a fault plan's {name} is between 0 and 1, not {getattr(self, name)}")
        for name in ("hang_seconds", "stale_listing_seconds", "stale_delete_seconds"):
            if getattr(self, name) < 0:
                raise ValueError(f"a fault plan's {name} is not negative, as {getattr(self, name)} is")
        if self.bytes_per_second is not None and self.bytes_per_second <= 0:
            raise ValueError(f"a fault plan's bytes_per_second is above 0, not {self.bytes_per_second}")


def write_plan(file: Path, plan: FaultPlan) -> None:
    """Put a plan into force; requests under way keep what they began with."""
    write_private(file, json.dumps(asdict(plan)))


def read_plan(text: str) -> FaultPlan:
    """Read what `write_plan` wrote.

    Raises:
        ValueError: The text is no plan; the message names the unknown keys.
    """
    document = json.loads(text)
    field_names = {field.name for field in fields(FaultPlan)}
    strange = set(document) - field_names if isinstance(document, dict) else {text}
    if strange:
        raise ValueError(f"a fault plan is an object of {', '.join(sorted(field_names))}; unknown: {strange}")
    return FaultPlan(**{**document, "methods": tuple(document.get("methods", ()))})


class PlanFile:
    """The plan in force, read again whenever its file changes.

    Args:
        path: Path of the file; where there is none, nothing is wrong.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at: tuple[int, int] | None = None
        self._plan = FaultPlan()
        self.changes = 0
        """How many plans there have been."""

    def plan(self) -> FaultPlan:
        """Return it."""
        stamp = self._stamp()
        if stamp != self._read_at:
            self._plan = read_plan(self._path.read_text()) if stamp else FaultPlan()
            self._read_at = stamp
            self.changes += 1
        return self._plan

    def _stamp(self) -> tuple[int, int] | None:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return None
        # Every change is a new file: its number and time tell one from the other.
        return status.st_ino, status.st_mtime_ns
