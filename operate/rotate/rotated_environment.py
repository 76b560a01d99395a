"""What rotations act on: a stack's file, its colours and its records."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from operate.record.record import Record


class RotatedEnvironment(Protocol):
    """What a rotation acts on; every method raises OperateError."""

    def read_time(self) -> datetime | None:
        """Return the time by the clock of the stack's store; None where no operator can use it."""

    def locked(self) -> AbstractContextManager[None]:
        """Hold the stack's lock; without it, every write to the stack file raises.

        Raises:
            HeldError: Another operator is at work.
        """

    def setting(self, key: str) -> object:
        """Return a setting of the stack file as plain data; None where it is not there."""

    def check_settings(self, changes: Mapping[str, object]) -> None:
        """Refuse a stack file that has mistakes with some settings changed, before anything is begun."""

    def write_settings(self, settings: Mapping[str, object]) -> None:
        """Write settings to the stack file; one that is None is taken out."""

    def note(self, detail: str) -> None:
        """Note in the history that a rotation has ended; the lock is held.

        Args:
            detail: Secret that has changed, for people.
        """

    def file_text(self) -> str:
        """Return the text of the stack file."""

    def write_file(self, text: str, present: str) -> None:
        """Write the whole stack file, unless it has another text than the new one was made from.

        Args:
            text: The new one.
            present: Text from which the new one was made.
        """

    def write_secret(self, key: str, secret: str) -> None:
        """Write a secret setting to the stack file, encrypted."""

    def password(self) -> str:
        """Return the first user's password as it is; secret."""

    def pending(self) -> str:
        """Return what a `pulumi up` would change, for people; "" for nothing.

        Raises:
            PreviewError: Pulumi cannot preview it, or refuses it.
        """

    def edits(self, own: Collection[str]) -> Sequence[str]:
        """Return the settings that were edited since the last `pulumi up`, without some."""

    def changes(self, text: str, settings: Mapping[str, object]) -> str:
        """Return what a `pulumi up` with another stack file would change, for people; "" for nothing.

        Args:
            text: Text of the file.
            settings: Settings that are written to it; one that is None is taken out.

        Raises:
            RefusedError: The `pulumi up` would change what is live.
            PreviewError: Pulumi cannot preview it, or refuses it.
        """

    def under_way(self) -> Record | None:
        """Return the swap, the rollback or the move that is under way."""

    def rollback_command(self) -> str:
        """Return the rollback that was not refused when it was last asked what is under way.

        It is without `operate`, with ENV for the stack; "" where none leads back from what is live.
        """

    def undo_swap(self) -> str:
        """Roll back the swap under way."""

    def releases(self) -> frozenset[str]:
        """Return the releases that the colours have."""

    def live_release(self) -> str:
        """Ask the front doors which release is live."""

    def up(self) -> str:
        """Run `pulumi up`; returns what it did, for people."""

    def refresh_kept(self, release: str) -> str:
        """Ask the account for what there is, and bring the stack there; the containers of a release stay."""

    def has_current_key(self, release: str) -> bool:
        """Return whether a release was made with the storage key that the state has of the account."""

    def storage_user(self) -> str:
        """Return the user of Swift as whom registries log in, `ACCOUNT:USER`; "" without Swift."""

    def swap(self, release: str) -> str:
        """Make a release live; resumes a swap that was stopped.

        Raises:
            RefusedError: The release did not go live, or was rolled back.
        """

    def retire(self, *, gives_up: bool = False) -> str:
        """Take the idle colour away once it has no transfers.

        Args:
            gives_up: Whether that gives the rotation up, so that --abort finishes it if it is killed.
        """

    def sign_records(self, *, with_previous: bool = False) -> str:
        """Sign lock, records and history again, with the key in use or the one before it."""
