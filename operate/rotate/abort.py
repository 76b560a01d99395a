"""Gives a rotation up: the stack is as before it, while the previous release is live."""

from collections.abc import Callable

from messages.progress import step
from operate.error import NotStartedError, RefusedError
from operate.record.record import Record
from operate.record.rotation_note import note_of, resume_settings
from operate.record.rotation_plan import RotationKind, RotationProgress, RotationStep
from operate.rotate.changes import (
    GENERATIONS,
    PREVIOUS_ROOT,
    ROOT,
    generation_of,
    mapping_of,
    own_settings,
    settings_before,
)
from operate.rotate.edits import PreviewError, require_no_edits
from operate.rotate.file_text import text_afterwards
from operate.rotate.restored_text import restored_text
from operate.rotate.rotated_environment import RotatedEnvironment
from operate.rotate.under_way import find_own_swap, find_progress, observed_note
from operate.stack.config.setting_keys import ROTATION


class Abort:
    """The end of one rotation.

    Args:
        kind: Kind of the secret.
        environment: Stack that the rotation acts on.
        log: Receives a line for each step.
    """

    def __init__(
        self, kind: RotationKind, environment: RotatedEnvironment, log: Callable[[str], None]
    ) -> None:
        self._kind, self._environment, self._log = kind, environment, log

    def run(self) -> str:
        """Go back to before the rotation while the previous release is live; returns what was done.

        Killed anywhere, the same call resumes it.

        Raises:
            RefusedError: The end of the rotation would deploy other edits as well, or change what is live;
                nothing was touched.
            NotStartedError: No rotation of this kind is under way, the new secret is live, or something else
                is under way.
        """
        with self._environment.locked():
            return self._run()

    def _run(self) -> str:
        progress = find_progress(self._kind, self._environment)
        if progress is None:
            raise NotStartedError(
                f"no rotation of {self._kind.name} is under way, so that --abort has nothing to give up:"
                " nothing was changed. `operate status ENV` shows what is under way"
            )
        swap = find_own_swap(self._environment, progress)
        self._require_previous_live(progress, swap)
        if RotationStep.STAGE not in self._kind.steps:
            # The secret is not in the stack file, and the account has given up the previous one.
            self._undo_swap(swap)
            self._forget(progress)
            return (
                f"the rotation of {self._kind.name} is given up; the account has the new key alone, and what"
                f" is live works for a day at most: `operate rotate {self._kind.name} ENV` brings it live"
            )
        changes = self._changes_back(progress)
        self._undo_swap(swap)
        if progress.release and progress.release in self._environment.releases():
            self._log(f"retire ok: {self._environment.retire(gives_up=True)}")
        self._restore_settings(progress)
        if changes:
            with step("up"):
                result = self._environment.up()
            self._log(f"up ok: {result}")
        self._forget(progress)
        return f"the rotation of {self._kind.name} is given up; all is as before it"

    def restore_file(self, progress: RotationProgress) -> None:
        """Bring the stack file to before the rotation, whose lock is held; nothing was swapped."""
        self._restore_settings(progress)
        self._forget(progress)

    def _forget(self, progress: RotationProgress) -> None:
        """Take the progress out of the stack file, byte by byte as before if its settings are as before."""
        # The root is written again as it was, and encrypted otherwise.
        encrypted_again = (ROOT,) if self._kind.generation == "root" else ()
        present = self._environment.file_text()
        text = text_afterwards(progress.before, present, encrypted_again)
        if text == progress.before:
            self._environment.write_file(text, present)
        else:
            self._environment.write_settings({ROTATION: None})

    def _undo_swap(self, swap: Record | None) -> None:
        if swap is not None:
            self._log(f"rollback ok: {self._environment.undo_swap()}")

    def _changes_back(self, progress: RotationProgress) -> str:
        """Return what going back would deploy; "" for nothing."""
        previous = self._environment.setting(PREVIOUS_ROOT) if self._kind.generation == "root" else None
        root = {ROOT: previous} if previous else {}
        text = restored_text(progress.before, self._environment.file_text(), progress.provided)
        try:
            changes = self._environment.changes(text, self._settings_before(progress) | root)
        except (PreviewError, RefusedError):
            # An edit may be what would change what is live; Pulumi's own words name a swap, which cannot be.
            self._require_no_edits()
            raise
        if changes:
            self._require_no_edits()
        return changes

    def _require_no_edits(self) -> None:
        require_no_edits(self._environment.edits(own_settings(self._kind)), "giving the rotation up")

    def _restore_settings(self, progress: RotationProgress) -> None:
        environment = self._environment
        present = environment.file_text()
        text = restored_text(progress.before, present, progress.provided)
        if text != present:
            environment.write_file(text, present)
        if self._kind.generation == "root":
            if generation_of(self._generations(), self._kind.generation) == progress.generation:
                self._log(environment.sign_records(with_previous=True))
            if previous := environment.setting(PREVIOUS_ROOT):
                environment.write_secret(ROOT, str(previous))
        if settings := self._settings_before(progress):
            environment.write_settings(settings)

    def _settings_before(self, progress: RotationProgress) -> dict[str, object]:
        present = {key: self._environment.setting(key) for key in own_settings(self._kind)}
        return settings_before(self._kind, progress, present)

    def _generations(self) -> dict[str, object]:
        return mapping_of(self._environment.setting(GENERATIONS))

    def _require_previous_live(self, progress: RotationProgress, swap: Record | None) -> None:
        if not progress.release:
            return
        if swap is not None and swap.state.switched:
            live, is_live = progress.release, "may be live, since its swap has switched and is not finished"
        elif progress.carries(live := self._environment.live_release()):
            self._require_previous(progress)
            is_live = "is live"
        else:
            return
        rollback = self._environment.rollback_command()
        raise NotStartedError(
            f"release {live}, which has the new secret, {is_live}; `operate {rollback}` first, then run the"
            " same command again"
        )

    def _require_previous(self, progress: RotationProgress) -> None:
        """Refuse where no rollback makes the previous release live: it is taken away, or about to be."""
        environment = self._environment
        if progress.previous not in environment.releases() or not environment.rollback_command():
            note = observed_note(note_of(progress, resume_settings(environment.setting)), environment)
            raise NotStartedError(
                f"--abort has no release to go back to, and nothing was changed: {note.description}"
            )
