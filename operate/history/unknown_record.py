"""A record that this version of operate cannot read, with what every version writes; pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from messages.count import format_count
from operate.error import OperateError
from operate.record.record import FORMAT, Record, parse_record
from operate.stack.facts import Colour
from operate.store.object_store import Stored

_FOREIGN = (
    "not signed with this stack's key: somebody else wrote it, a compromised registry perhaps, or the root"
    " secret is another one since"
)
_MISSING = "entries are numbered without gaps, and this one is missing: somebody took it away"
_RUNBOOK = "see docs/runbooks/changed-records.md"
_NAME_LIMIT = 3
"""Records that are named of those that are skipped for one reason (choice)."""


@dataclass(frozen=True)
class UnknownRecord:
    """A record of a newer version, a damaged one, or one that no operator of this stack wrote.

    Attributes:
        id: Number of the record in the history.
        reason: Why it cannot be read.
        kind: Kind of what it records; "record" where that cannot be read either.
        who: Operator, USER@HOST, or "".
        at: Time at which it started, or "".
        token: Token of the lock of the operator who wrote it; 0 where it cannot be read.
        source: The colour that was live before; None where it cannot be read.
        is_genuine: Whether an operator of this stack wrote it.
    """

    id: str
    reason: str
    kind: str = "record"
    who: str = ""
    at: str = ""
    token: int = 0
    source: Colour | None = None
    is_genuine: bool = True

    @property
    def description(self) -> str:
        """The record in a line, for people."""
        by = f" by {self.who}" if self.who else ""
        since = f" since {self.at}" if self.at else ""
        skipped = "" if self.is_genuine else f"; no command reads it; {_RUNBOOK}"
        return f"{self.kind} {self.id}{by}{since}: {self.reason}{skipped}"

    @property
    def undo_command(self) -> str:
        """The command that undoes it, without `operate`; ENV stands for the stack. "" where none is known."""
        return "rollback ENV" if self.source is not None else ""

    @property
    def remedy(self) -> str:
        """What undoes it, where it is under way, for people; ENV stands for the stack."""
        if self.undo_command:
            return f"`operate {self.undo_command}` undoes it"
        return "`operate rollback ENV --colour red` or `--colour black` makes that colour live instead"

    def as_json(self) -> dict[str, object]:
        """As plain data."""
        return asdict(self) | {"unknown": True}


def describe_records(records: Sequence[UnknownRecord]) -> list[str]:
    """Return records that are skipped, for people: a line for each reason, with their count.

    After an adoption without the old key, every earlier record is skipped for the same reason.

    Args:
        records: Records in the order in which they are shown.
    """
    by_reason: dict[tuple[str, bool], list[UnknownRecord]] = {}
    for record in records:
        by_reason.setdefault((record.reason, record.is_genuine), []).append(record)
    return [_describe_group(group) for group in by_reason.values()]


def _describe_group(records: Sequence[UnknownRecord]) -> str:
    """Return records that are skipped for the same reason, for people."""
    first = records[0]
    if len(records) == 1:
        return first.description
    names = [record.id for record in records[:_NAME_LIMIT]]
    if len(records) > _NAME_LIMIT:
        names.append(format_count(len(records) - _NAME_LIMIT, "other"))
    skipped = "" if first.is_genuine else f"; no command reads them; {_RUNBOOK}"
    count, listed = format_count(len(records), "record"), f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{count}, {listed}: {first.reason}{skipped}"


def read_record(stored: Stored, identity: str = "") -> Record | UnknownRecord:
    """Read a record's object; one that cannot be read is returned with what is readable.

    Args:
        stored: The object.
        identity: Number in the history, for a record that does not hold it.
    """
    if not stored.genuine:
        return foreign_record(identity or "?")
    try:
        return parse_record(stored.content)
    except OperateError as error:
        return _unknown_record(stored.content, identity, str(error))


def read_token(stored: Stored) -> int:
    """Return the token of a record's object, of any version; 0 for what no operator of this stack wrote.

    Every write asks for it, and the record of a long bake has thousands of counters.

    Args:
        stored: The object.
    """
    return _integer(_fields(stored.content), "token") if stored.genuine else 0


def foreign_record(identity: str, reason: str = _FOREIGN) -> UnknownRecord:
    """Return what stands for an object that no operator of this stack wrote.

    Args:
        identity: Number in the history, or what is in the place of one.
        reason: Why it does not count.
    """
    return UnknownRecord(identity, reason, is_genuine=False)


def missing_record(identity: str) -> UnknownRecord:
    """Return what stands for an entry that is not in the store any more.

    Args:
        identity: Number in the history.
    """
    return foreign_record(identity, _MISSING)


def _unknown_record(content: bytes, identity: str, error: str) -> UnknownRecord:
    fields = _fields(content)
    newer = _integer(fields, "format") > FORMAT
    token = _integer(fields, "token")
    source = _text(fields, "source")
    return UnknownRecord(
        id=_text(fields, "id") or identity or "?",
        reason=f"written by a newer version of operate (format {fields['format']})" if newer else error,
        kind=_text(fields, "kind") or "record",
        who=_text(fields, "who"),
        at=_text(fields, "at"),
        token=token,
        source=Colour(source) if source in tuple(Colour) else None,
    )


def _fields(content: bytes) -> Mapping[str, object]:
    try:
        fields: object = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _text(fields: Mapping[str, object], key: str) -> str:
    value = fields.get(key)
    return value if isinstance(value, str) else ""


def _integer(fields: Mapping[str, object], key: str) -> int:
    value = fields.get(key)
    return value if isinstance(value, int) else 0
