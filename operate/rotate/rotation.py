"""Goes through a rotation's steps, each noted in the stack file once it has ended."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

from messages.progress import step as progress_step
from operate.clock import Clock, format_timestamp
from operate.error import NotStartedError, RefusedError
from operate.record.rotation_plan import (
    SWITCHES,
    UNKNOWN_TIME,
    Overlap,
    RotationKind,
    RotationProgress,
    RotationStep,
    next_step,
)
from operate.rotate.abort import Abort
from operate.rotate.changes import (
    GENERATIONS,
    OBJECT_USER,
    OVERLAPS,
    PASSWORD,
    PREVIOUS_ROOT,
    ROOT,
    generation_of,
    mapping_of,
    own_settings,
    release_name,
    removed,
    staged,
    storages_of,
    texts_of,
    with_release,
)
from operate.rotate.edits import PreviewError, require_no_edits
from operate.rotate.kinds.password import describe_new_passwords
from operate.rotate.rotated_environment import RotatedEnvironment
from operate.rotate.rotation_request import RotationRequest
from operate.rotate.under_way import find_own_swap, find_progress, require_waiting
from operate.stack.config.setting_keys import RELEASES, ROTATION

_ROOT_BYTES = 32
_POLL_SECONDS = 30.0
_GIVEN = {"secure": ""}
"""Stands for a secret where settings are checked, which may see none."""


@dataclass(frozen=True)
class RotationEnd:
    """How a rotation ended, or where it waits.

    Attributes:
        kind: Kind of the secret.
        release: Release that carries the new secret; "" where none does.
        awaits_clients: Whether it waits for clients.
        clients: Effect on clients, or what they must do.
        afterwards: Steps of the operator at the end.
    """

    kind: str
    release: str
    awaits_clients: bool
    clients: str
    afterwards: str

    def as_json(self) -> dict[str, object]:
        """Return it for programs."""
        return {
            "kind": self.kind,
            "release": self.release,
            "awaitsClients": self.awaits_clients,
            "clients": self.clients,
            "afterwards": self.afterwards,
        }


class Rotation:
    """One rotation.

    Args:
        kind: Kind of the secret.
        environment: Stack that the rotation acts on.
        clock: Clock that waits for the end of the overlap; which time it is, the environment reads from the
            store.
        log: Receives a line for each step.
    """

    def __init__(
        self, kind: RotationKind, environment: RotatedEnvironment, clock: Clock, log: Callable[[str], None]
    ) -> None:
        self._kind, self._environment, self._clock, self._log = kind, environment, clock, log

    def run(self, request: RotationRequest) -> RotationEnd:
        """Run until it is done, or waits for clients.

        Raises:
            RefusedError: The stack has changes that are not deployed, or the new secret did not go live.
            NotStartedError: The rotation cannot continue now; the same command resumes later. Or a swap or a
                move of somebody else is under way, the stack file has mistakes, or an old secret is to be
                given up and no rotation waits for clients; then nothing was begun.
        """
        with self._environment.locked():
            progress = find_progress(self._kind, self._environment)
            if request.retire:
                require_waiting(self._kind, progress)
            find_own_swap(self._environment, progress)
            progress = self._run_steps(progress or self._begin(request), request)
        # Others may operate the stack in the overlap: a rollback leads back.
        while next_step(self._kind, progress) is not None:
            if self._kind.awaits_clients and not request.retire:
                return self._end(progress, awaits_clients=True)
            outcome = self._wait_live(progress, request)
            with self._environment.locked():
                self._require_unchanged(progress)
                find_own_swap(self._environment, progress)
                progress = self._run_steps(self._note_end(progress, RotationStep.OVERLAP, outcome), request)
        return self._end(progress, awaits_clients=False)

    def _wait_live(self, progress: RotationProgress, request: RotationRequest) -> str:
        """Wait for the end of the overlap while the new secret is live, without the lock.

        Raises:
            RefusedError: The previous release is live: before the wait, or once somebody has rolled back.
        """
        if self._kind.is_swapped:
            self._require_live(progress)
        with progress_step(RotationStep.OVERLAP.value):
            outcome = self._take(RotationStep.OVERLAP, progress, request)
        if self._kind.is_swapped:
            # Of a rollback that still holds the lock, the operator learns more than who holds it.
            self._require_live(progress)
        return outcome

    def _run_steps(self, progress: RotationProgress, request: RotationRequest) -> RotationProgress:
        """Run the steps until the overlap or the end; the lock is held."""
        progress = self._note_provided(progress, request)
        while (step := next_step(self._kind, progress)) is not None and step is not RotationStep.OVERLAP:
            with progress_step(step.value):
                outcome = self._take(step, progress, request)
            progress = self._note_end(progress, step, outcome)
        if step is None:
            self._environment.write_settings({ROTATION: None})
            if not self._kind.is_swapped:
                # One that makes a release live has that swap's entry.
                self._environment.note(self._kind.name)
        return progress

    def _note_provided(self, progress: RotationProgress, request: RotationRequest) -> RotationProgress:
        """Note which settings are about to be written, so that they can be restored."""
        provided = tuple(dict.fromkeys((*progress.provided, *request.secrets, *request.settings)))
        if next_step(self._kind, progress) is not RotationStep.STAGE or provided == progress.provided:
            return progress
        progress = replace(progress, provided=provided)
        self._environment.write_settings({ROTATION: progress.as_json()})
        return progress

    def _note_end(self, progress: RotationProgress, step: RotationStep, outcome: str) -> RotationProgress:
        at = (
            self._environment.read_time()
            if step in SWITCHES and RotationStep.OVERLAP in self._kind.steps
            else None
        )
        progress = progress.after(step, format_timestamp(at) if at else UNKNOWN_TIME)
        self._environment.write_settings({ROTATION: progress.as_json()})
        self._log(f"{step} ok: {outcome}")
        return progress

    def _require_unchanged(self, progress: RotationProgress) -> None:
        """Refuse to continue what somebody else has continued or given up in the overlap.

        Raises:
            NotStartedError: The stack file notes the rotation otherwise.
        """
        if find_progress(self._kind, self._environment) != progress:
            raise NotStartedError(
                f"the rotation of {self._kind.name} was continued or given up by another operator meanwhile;"
                " see `operate status ENV`"
            )

    def _begin(self, request: RotationRequest) -> RotationProgress:
        self._require_storage()
        self._require_other_values(request)
        # The path of one user's password is no setting.
        secret_settings = [key for key in request.secrets if "[" not in key]
        self._environment.check_settings({**request.settings, **dict.fromkeys(secret_settings, _GIVEN)})
        if pending := self._pending():
            raise RefusedError(
                f"the stack has changes that are not deployed ({pending}); run `pulumi up`, or `operate swap"
                " ENV` where they are a release's, so that the rotation changes nothing but the secret"
            )
        releases = mapping_of(self._environment.setting(RELEASES))
        live = self._environment.live_release() if self._kind.is_swapped else ""
        number = generation_of(self._generations(), self._kind.generation) + 1 if self._kind.generation else 0
        release = release_name(live, releases) if live else ""
        progress = RotationProgress(
            self._kind.name,
            release,
            number,
            before=self._environment.file_text(),
            provided=(*request.secrets, *request.settings),
            previous=live,
        )
        settings: dict[str, object] = {ROTATION: progress.as_json()}
        if release:
            settings[RELEASES] = with_release(release, live, releases)
        self._environment.write_settings(settings)
        return progress

    def _require_other_values(self, request: RotationRequest) -> None:
        """Refuse to rotate a secret to the one that is in use.

        Raises:
            NotStartedError: The stack has every provided value already.
        """
        values = {**request.settings, **request.secrets}
        if values and all(self._is_in_use(key, value) for key, value in values.items()):
            names = " and ".join(key for key, value in values.items() if value is not None)
            raise NotStartedError(
                f"the provided {names} must differ from what the stack uses already: nothing was changed."
                f" Create a new secret first, then run `operate rotate {self._kind.name} ENV` with it"
            )

    def _is_in_use(self, key: str, value: object) -> bool:
        present = self._environment.setting(key)
        if not present and key == OBJECT_USER:
            present = self._environment.storage_user()
        # A file may end with another number of empty lines.
        return str(present or "").strip() == str(value or "").strip()

    def _require_storage(self) -> None:
        """Refuse to rotate a secret of a storage that the stack does not use.

        Raises:
            NotStartedError: The stack keeps its images elsewhere.
        """
        storages = storages_of(self._environment.setting)
        if self._kind.storage and self._kind.storage not in storages:
            raise NotStartedError(
                f"the stack has no secret {self._kind.name}: that belongs to the storage"
                f" {self._kind.storage}, and the stack's registryStorage is {' and '.join(sorted(storages))}."
                " Nothing was changed"
            )

    def _pending(self) -> str:
        try:
            return self._environment.pending()
        except PreviewError:
            # An edit may be what Pulumi refuses, since it would change what is live.
            require_no_edits(self._environment.edits(own_settings(self._kind)), "the rotation")
            raise

    def _take(self, step: RotationStep, progress: RotationProgress, request: RotationRequest) -> str:
        environment = self._environment
        match step:
            case RotationStep.STAGE:
                return self._stage(progress, request)
            case RotationStep.REFRESH:
                return self._refresh(progress)
            case RotationStep.UP:
                return environment.up()
            case RotationStep.SWAP:
                return environment.swap(progress.release)
            case RotationStep.RETIRE:
                return self._retire(self._require_live(progress), progress)
            case RotationStep.SIGN:
                return environment.sign_records()
            case RotationStep.REMOVE:
                environment.write_settings(removed(self._kind, self._overlaps()))
                return environment.up()
            case RotationStep.OVERLAP:
                return self._wait(progress, request)

    def _refresh(self, progress: RotationProgress) -> str:
        """Ask the account, and refuse to swap to the key that is live, with the stack file as before.

        Raises:
            NotStartedError: The account still has the key that is live.
        """
        environment, kind = self._environment, self._kind
        live = environment.live_release()
        outcome = environment.refresh_kept(live)
        if RotationStep.STAGE not in kind.steps and environment.has_current_key(live):
            Abort(kind, environment, self._log).restore_file(progress)
            raise NotStartedError(
                f"the account still has the key that is live, in release {live}, so that there is none to"
                " rotate to: nothing was swapped, and the stack file is as before. Create a new key in the"
                f" portal first (docs/reference/rotation.md), then run `operate rotate {kind.name} ENV` again"
            )
        return outcome

    def _stage(self, progress: RotationProgress, request: RotationRequest) -> str:
        environment, kind = self._environment, self._kind
        if request.secrets or not kind.generation:
            self._stage_given(request)
            return "the stack file has the new values; secrets are encrypted"
        if kind.generation == "root":
            self._stage_root()
        environment.write_settings(staged(kind, progress.generation, self._generations(), self._overlaps()))
        return f"generation {progress.generation}"

    def _stage_given(self, request: RotationRequest) -> None:
        if not request.secrets and not request.settings:
            raise NotStartedError(
                f"the rotation of {self._kind.name} was stopped before its secret was in the stack file; give"
                " it again, or give the rotation up with --abort"
            )
        if RotationStep.REFRESH in self._kind.steps:
            self._require_known(request)
        for key, secret in request.secrets.items():
            self._environment.write_secret(key, secret)
        if request.settings:
            self._environment.write_settings(request.settings)

    def _require_known(self, request: RotationRequest) -> None:
        """Refuse a value that the account does not have, before the stack file has it.

        Raises:
            NotStartedError: The stack's program refuses it; another one may be given.
        """
        environment = self._environment
        try:
            environment.changes(environment.file_text(), request.settings)
        except PreviewError as error:
            raise NotStartedError(
                f"the new value is refused, and was not written to the stack file: {error}. Run the same"
                f" command with another one, or `operate rotate {self._kind.name} ENV --abort`"
            ) from None

    def _stage_root(self) -> None:
        """Another root, without another password for the first user."""
        environment = self._environment
        if not environment.setting(PASSWORD):
            environment.write_secret(PASSWORD, environment.password())
        root = environment.setting(ROOT)
        if root and not environment.setting(PREVIOUS_ROOT):
            environment.write_secret(PREVIOUS_ROOT, str(root))
        # Stopped in between, the previous one is safe, and a second new one harms nobody.
        if root:
            environment.write_secret(ROOT, secrets.token_hex(_ROOT_BYTES))

    def _wait(self, progress: RotationProgress, request: RotationRequest) -> str:
        minutes = self._kind.minutes if request.minutes is None else request.minutes
        if self._kind.awaits_clients and not minutes:
            return "clients are ready, as --retire says"
        if minutes:
            overlap = Overlap(minutes, progress.switched_at, self._environment.read_time())
            self._log(overlap.description)
            end = self._clock.monotonic() + overlap.seconds
            while (seconds := end - self._clock.monotonic()) > 0:
                self._clock.sleep(min(seconds, _POLL_SECONDS))
        return f"the old secret was accepted for {minutes:g} min at least"

    def _retire(self, live: str, progress: RotationProgress) -> str:
        """Take the previous release away; one that was built since has the new secret, and stays."""
        idle = self._environment.releases() - {live}
        if idle and progress.previous not in idle:
            return f"nothing runs with the old secret; release {' and '.join(idle)} stays"
        return self._environment.retire()

    def _require_live(self, progress: RotationProgress) -> str:
        """Return the live release, which has the new secret.

        Raises:
            RefusedError: The previous release is live.
        """
        live = self._environment.live_release()
        if not progress.carries(live):
            raise RefusedError(
                f"release {live} is live, not {progress.release}, which has the new secret: nothing is given"
                f" up. `operate swap ENV --to {progress.release}` makes it live again, `operate rotate"
                f" {self._kind.name} ENV --abort` gives the rotation up"
            )
        return live

    def _generations(self) -> dict[str, object]:
        return mapping_of(self._environment.setting(GENERATIONS))

    def _overlaps(self) -> list[str]:
        return texts_of(self._environment.setting(OVERLAPS))

    def _end(self, progress: RotationProgress, *, awaits_clients: bool) -> RotationEnd:
        kind = self._kind
        afterwards = (
            f"then run `operate rotate {kind.name} ENV --retire`" if awaits_clients else kind.afterwards
        ) or describe_new_passwords(progress.provided)
        clients = kind.clients if awaits_clients else kind.clients_at_end or kind.clients
        return RotationEnd(kind.name, progress.release, awaits_clients, clients, afterwards)
