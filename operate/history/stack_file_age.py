"""Whether a stack file is that of the last swap, or an older one of another checkout."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from operate.error import NotStartedError
from operate.history.unknown_record import UnknownRecord
from operate.record.record import Record
from operate.stack.config.setting_keys import LAST_SWAP
from operate.stack.facts import Colour

_SEARCHED_ENTRIES = 20
"""Entries in which the last swap is searched for (choice): each is a request, and few moves and
retirements follow a swap."""
_DEFAULT_RELEASES = {Colour.RED: "1", Colour.BLACK: ""}
"""Releases of a stack file that names none (settings/table/environment.py)."""


class Entries(Protocol):
    """Reads the history."""

    def entries(self, count: int) -> Sequence[Record | UnknownRecord]:
        """Return the last entries, the last one first."""


def require_current_stack_file(
    setting: Callable[[str], object], live: Colour | None, last: Record | None, history: Entries
) -> None:
    """Refuse a stack file that would bring back what was live before the last swap.

    The history is read only where the file has another release for the live colour. A rollback that could not
    note itself in the file leaves it right: both colours keep their releases.

    Args:
        setting: Reads a setting of the stack file.
        live: Colour that is live at every front door; None where they disagree.
        last: The last entry of the history that can be read; it names the live release.
        history: History of the stack.

    Raises:
        NotStartedError: The file is older than the last swap.
    """
    live_after, live_release = _live_after(last) if last else (None, "")
    if live is None or live_after is not live:
        return
    noted = setting(live.value)
    release = _DEFAULT_RELEASES[live] if noted is None else str(noted)
    if release == live_release:
        return
    swap = _last_swap(history.entries(_SEARCHED_ENTRIES))
    note = setting(LAST_SWAP)
    values: Mapping[str, object] = note if isinstance(note, Mapping) else {}
    token = str(values.get("token", ""))
    if swap is None or swap.token <= (int(token) if token.isdecimal() else 0):
        return
    known = f"it notes entry {values.get('id')} with lock {token}" if values else "it notes no swap"
    raise NotStartedError(
        f"the stack file is older than the last swap (entry {swap.id} with lock {swap.token}, by {swap.who}"
        f" at {swap.at}; {known}): colour {live} is live with release {live_release}, and the file has"
        f" {f'release {release}' if release else 'no release'} for it. Take the stack file of the checkout"
        " that made that swap, then run the same command again; nothing was changed"
    )


def _live_after(last: Record) -> tuple[Colour, str]:
    """Return the colour that is live after an entry, and its release."""
    if last.kind == "retire":
        return last.source, last.source_release
    return last.live, last.live_release


def _last_swap(entries: Sequence[Record | UnknownRecord]) -> Record | None:
    """Return the last swap or rollback that noted its end in a stack file."""
    swaps = (entry for entry in entries if isinstance(entry, Record) and entry.kind in ("swap", "rollback"))
    return next((swap for swap in swaps if swap.result in ("live", "rolled back")), None)
