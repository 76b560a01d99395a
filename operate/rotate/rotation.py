"""Goes through a rotation's steps, each noted in the stack file once it has ended."""

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from messages.progress import step as progress_step
from operate.error import OperateError
from operate.rotate.changes import (
    GENERATIONS,
    KEEP,
    OVERLAPS,
    PASSWORD,
    PREVIOUS_ROOT,
    RELEASES,
    ROOT,
    generation_of,
    mapping_of,
    missing_settings,
    own_settings,
    release_name,
    removed,
    restored,
    staged,
    texts_of,
    with_release,
    without_swap,
)
from operate.rotate.plan import PROGRESS, Kind, Progress, Step, next_step, read_progress
from operate.swap.interfaces import Clock, RefusedError, format_timestamp, parse_timestamp
from operate.swap.record import Record
from operate.swap.start import describe_unfinished

_ROOT_BYTES = 32
_POLL_SECONDS = 30.0


class RotatedEnvironment(Protocol):
    """What a rotation acts on; every method raises OperateError."""

    def setting(self, key: str) -> object:
        """Return a setting of the stack file as plain data; None where it is not there."""

    def write_settings(self, settings: Mapping[str, object]) -> None:
        """Write settings to the stack file; one that is None is taken out."""

    def write_secret(self, key: str, secret: str) -> None:
        """Write a secret setting to the stack file, encrypted."""

    def password(self) -> str:
        """Return the first user's password as it is; secret."""

    def pending(self) -> str:
        """Return what a `pulumi up` would change, for people; "" for nothing."""

    def edits(self, own: Collection[str]) -> Sequence[str]:
        """Return the settings that were edited since the last `pulumi up`, without some."""

    def changes(self, settings: Mapping[str, object]) -> str:
        """Return what a `pulumi up` with some other settings would change, for people; "" for nothing.

        Raises:
            RefusedError: it would change what is live.
        """

    def under_way(self) -> Record | None:
        """Return the swap, the rollback or the move that is under way."""

    def undo_swap(self) -> str:
        """Roll back the swap under way."""

    def runs(self, release: str) -> bool:
        """Return whether a colour has a release."""

    def live_release(self) -> str:
        """Ask the front doors which release is live."""

    def up(self) -> str:
        """Run `pulumi up`; returns what it did, for people."""

    def refresh_kept(self, release: str) -> str:
        """Ask the account for what there is, and bring the stack there; the containers of a release stay."""

    def swap(self, release: str) -> str:
        """Make a release live; resumes a swap that was stopped.

        Raises:
            RefusedError: it did not go live, or was rolled back.
        """

    def retire(self) -> str:
        """Take the idle colour away once it has no transfers."""

    def sign_records(self, *, with_previous: bool = False) -> str:
        """Sign lock, records and history again, with the key in use or the one before it."""


@dataclass(frozen=True)
class RotationRequest:
    """What an operator asks for.

    Attributes:
        secrets: that are given, by setting; secret.
        settings: that are given beside them.
        minutes: for which the old secret is accepted at least; None is the kind's own.
        retire: whether clients are ready, so that the old secret may be given up.
    """

    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    settings: Mapping[str, object] = field(default_factory=dict)
    minutes: float | None = None
    retire: bool = False


@dataclass(frozen=True)
class RotationEnd:
    """How a rotation ended, or where it waits.

    Attributes:
        kind: of the secret.
        release: that carries it; "" where none does.
        awaits_clients: whether it waits for clients.
        clients: what they notice, or have to do.
        afterwards: what the operator does.
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
        kind: of the secret.
        environment: what it acts on.
        clock: for the overlap.
        log: is given a line for each step.
    """

    def __init__(
        self, kind: Kind, environment: RotatedEnvironment, clock: Clock, log: Callable[[str], None]
    ) -> None:
        self._kind, self._environment, self._clock, self._log = kind, environment, clock, log

    def run(self, request: RotationRequest) -> RotationEnd:
        """Run until it is done, or waits for clients.

        Raises:
            RefusedError: the stack has changes that are not deployed, or the new secret did not go live.
            OperateError: it cannot continue now; the same command resumes later. Or a swap or a move of
                somebody else is under way.
        """
        progress = self._progress()
        self._require_own(progress)
        progress = progress or self._begin()
        while (step := next_step(self._kind, progress)) is not None:
            if step is Step.OVERLAP and self._kind.awaits_clients and not request.retire:
                return self._end(progress, awaits_clients=True)
            with progress_step(step.value):
                outcome = self._take(step, progress, request)
            progress = progress.after(step, format_timestamp(self._clock.now()))
            self._environment.write_settings({PROGRESS: progress.as_json()})
            self._log(f"{step} ok: {outcome}")
        self._environment.write_settings({PROGRESS: None})
        return self._end(progress, awaits_clients=False)

    def abort(self) -> str:
        """Go back to before the rotation while the previous release is live; returns what was done.

        Killed anywhere, the same call resumes it.

        Raises:
            RefusedError: it would deploy other edits as well, or change what is live; nothing was touched.
            OperateError: the new secret is live, or something else is under way.
        """
        progress = self._progress()
        if progress is None:
            return f"no rotation of {self._kind.name} is under way"
        swap = self._require_own(progress)
        self._require_previous_live(progress, swap)
        if not self._kind.generation:
            self._undo_swap(swap)
            self._environment.write_settings({PROGRESS: None})
            notice = "the stack file still has the secret that was given"
            return f"the rotation of {self._kind.name} is given up; {notice}"
        changes = self._changes_back(progress)
        self._undo_swap(swap)
        if progress.release and self._environment.runs(progress.release):
            self._log(f"retire ok: {self._environment.retire()}")
        self._restore_settings(progress)
        if changes:
            self._log(f"up ok: {self._environment.up()}")
        self._environment.write_settings({PROGRESS: None})
        return f"the rotation of {self._kind.name} is given up; all is as before it"

    def _undo_swap(self, swap: Record | None) -> None:
        if swap is not None:
            self._log(f"rollback ok: {self._environment.undo_swap()}")

    def _changes_back(self, progress: Progress) -> str:
        """Return what going back would deploy; "" for nothing."""
        previous = self._environment.setting(PREVIOUS_ROOT) if self._kind.generation == "root" else None
        root = {ROOT: previous} if previous else {}
        changes = self._environment.changes(self._settings_before(progress) | root)
        edits = self._environment.edits(own_settings(self._kind)) if changes else ()
        if edits:
            raise RefusedError(
                f"the stack file has edits that are not deployed ({', '.join(edits)}), and giving the"
                " rotation up would deploy them as well; nothing was changed. Take them back in the stack"
                " file, run the same command again, then edit it anew"
            )
        return changes

    def _restore_settings(self, progress: Progress) -> None:
        environment = self._environment
        if self._kind.generation == "root":
            if generation_of(self._generations(), self._kind.generation) == progress.generation:
                self._log(environment.sign_records(with_previous=True))
            if previous := environment.setting(PREVIOUS_ROOT):
                environment.write_secret(ROOT, str(previous))
        environment.write_settings(self._settings_before(progress))

    def _settings_before(self, progress: Progress) -> dict[str, object]:
        before = restored(self._kind, progress.generation, self._generations(), self._overlaps())
        return before | without_swap(progress, self._written_settings())

    def _written_settings(self) -> dict[str, object]:
        return {key: self._environment.setting(key) for key in own_settings(self._kind)}

    def _require_own(self, progress: Progress | None) -> Record | None:
        """Return the rotation's own swap where that is under way; refuse beside somebody else's operation.

        Raises:
            OperateError: a swap or a move is under way that is none of this rotation.
        """
        current = self._environment.under_way()
        if current is None:
            return None
        if progress is None or (current.kind, current.release) != ("swap", progress.release):
            raise OperateError(describe_unfinished(current))
        return current

    def _require_previous_live(self, progress: Progress, swap: Record | None) -> None:
        if not progress.release:
            return
        if swap is not None and swap.state.switched:
            is_live = "may be live, since its swap has switched and is not finished"
        elif self._environment.live_release() == progress.release:
            is_live = "is live"
        else:
            return
        raise OperateError(
            f"release {progress.release}, which has the new secret, {is_live}; `operate rollback ENV` first,"
            " then run the same command again"
        )

    def _progress(self) -> Progress | None:
        progress = read_progress(self._environment.setting(PROGRESS))
        if progress is not None and progress.kind != self._kind.name:
            raise OperateError(
                f"a rotation of {progress.kind} is under way; `operate rotate {progress.kind} ENV` resumes"
                " it, and `--abort` gives it up"
            )
        return progress

    def _begin(self) -> Progress:
        if pending := self._environment.pending():
            raise RefusedError(
                f"the stack has changes that are not deployed ({pending}); run `pulumi up`, or `operate swap`"
                " where they are a release's, so that the rotation changes nothing but the secret"
            )
        releases = mapping_of(self._environment.setting(RELEASES))
        live = self._environment.live_release() if self._kind.is_swapped else ""
        number = generation_of(self._generations(), self._kind.generation) + 1 if self._kind.generation else 0
        release = release_name(live, releases) if live else ""
        written = self._written_settings()
        added = missing_settings(self._kind, written) if self._kind.generation else ()
        kept = str(written[KEEP] or "")
        progress = Progress(self._kind.name, release, number, added=added, kept=kept)
        settings: dict[str, object] = {PROGRESS: progress.as_json()}
        if release:
            settings[RELEASES] = with_release(release, live, releases)
        self._environment.write_settings(settings)
        return progress

    def _take(self, step: Step, progress: Progress, request: RotationRequest) -> str:
        environment = self._environment
        match step:
            case Step.STAGE:
                return self._stage(progress, request)
            case Step.REFRESH:
                return environment.refresh_kept(environment.live_release())
            case Step.UP:
                return environment.up()
            case Step.SWAP:
                return environment.swap(progress.release)
            case Step.OVERLAP:
                return self._wait(progress, request)
            case Step.RETIRE:
                self._require_live(progress)
                return environment.retire()
            case Step.SIGN:
                return environment.sign_records()
            case Step.REMOVE:
                environment.write_settings(removed(self._kind, self._overlaps()))
                return environment.up()

    def _stage(self, progress: Progress, request: RotationRequest) -> str:
        environment, kind = self._environment, self._kind
        if request.secrets or not kind.generation:
            self._stage_given(request)
            return "the stack file has what was given; secrets are encrypted"
        if kind.generation == "root":
            self._stage_root()
        environment.write_settings(staged(kind, progress.generation, self._generations(), self._overlaps()))
        return f"generation {progress.generation}"

    def _stage_given(self, request: RotationRequest) -> None:
        if not request.secrets and not request.settings:
            raise OperateError(
                f"the rotation of {self._kind.name} was stopped before its secret was in the stack file; give"
                " it again, or give the rotation up with --abort"
            )
        for key, secret in request.secrets.items():
            self._environment.write_secret(key, secret)
        if request.settings:
            self._environment.write_settings(request.settings)

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

    def _wait(self, progress: Progress, request: RotationRequest) -> str:
        minutes = self._kind.minutes if request.minutes is None else request.minutes
        since = parse_timestamp(progress.switched_at) or self._clock.now()
        end = since + timedelta(minutes=minutes)
        self._announce(end, minutes)
        while (seconds := (end - self._clock.now()).total_seconds()) > 0:
            self._clock.sleep(min(seconds, _POLL_SECONDS))
        return f"the old secret was accepted for {minutes:g} minutes at least"

    def _announce(self, end: datetime, minutes: float) -> None:
        if minutes:
            self._log(f"the old secret is accepted until {format_timestamp(end)} at least; the command waits")

    def _require_live(self, progress: Progress) -> None:
        live = self._environment.live_release()
        if live != progress.release:
            raise RefusedError(
                f"release {live} is live, not {progress.release}, which has the new secret: nothing is given"
                f" up. `operate swap ENV --to {progress.release}` makes it live again, `operate rotate"
                f" {self._kind.name} ENV --abort` gives the rotation up"
            )

    def _generations(self) -> dict[str, object]:
        return mapping_of(self._environment.setting(GENERATIONS))

    def _overlaps(self) -> list[str]:
        return texts_of(self._environment.setting(OVERLAPS))

    def _end(self, progress: Progress, *, awaits_clients: bool) -> RotationEnd:
        kind = self._kind
        afterwards = (
            f"then run `operate rotate {kind.name} ENV --retire`" if awaits_clients else kind.afterwards
        )
        return RotationEnd(kind.name, progress.release, awaits_clients, kind.clients, afterwards)
