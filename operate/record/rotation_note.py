"""What the stack file notes of a rotation that is not finished, and the commands that end it; pure."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from operate.error import NotStartedError, OperateError
from operate.record.observed_releases import ObservedReleases
from operate.record.rotation_plan import KINDS, RotationProgress, RotationStep, read_progress
from operate.stack.config.config_value import plain_data
from operate.stack.config.setting_keys import NEXT_SSH_KEY, OLD_SSH_KEY, ROTATION, SSH_KEY
from operate.stack.config.staged_host_key import HOST_KEY

_USER, _CERTIFICATE = _RESUMED_WITH = ("objectUser", "registryCertificate")
"""Settings that say which options a rotation is resumed with."""


@dataclass(frozen=True)
class RotationNote:
    """A rotation under way.

    Attributes:
        what: Secret that is rotated, and how far the rotation is, for people.
        remedy: The command that resumes it, and what gives it up.
        command: Command that resumes it, without `operate`; "" where it has no swap.
        abort: Command that gives it up, for people; "" where none does.
        progress: Progress of the rotation; None where it is of no secret of the table.
        settings: Settings of the stack file by their names.
    """

    what: str
    remedy: str
    command: str = ""
    abort: str = ""
    progress: RotationProgress | None = field(default=None, repr=False)
    settings: Mapping[str, object] = field(default_factory=dict, repr=False, compare=False)

    @property
    def description(self) -> str:
        """Both, as one sentence."""
        return f"{self.what}; {self.remedy}"

    def observed(self, observed: ObservedReleases) -> "RotationNote":
        """Return the note as front doors and records have it: the stack file notes a step after its end.

        Args:
            observed: Releases as front doors and records have them.
        """
        if self.progress is None or not self.progress.release:
            return self
        own, current = self.progress.release, observed.current
        if current is None:
            return note_of(self.progress, self.settings, observed)
        if not current.is_swap_to(own):
            note = note_of(self.progress, self.settings, observed)
            return replace(note, remedy=f"once the {current.title} has ended, {note.remedy}")
        if current.state.switched:
            observed = replace(observed, live=own)
        return note_of(self.progress, self.settings, observed)


def find_rotation(settings: Mapping[str, object]) -> RotationNote | None:
    """Return the rotation that a stack file notes; None where it notes none.

    Args:
        settings: Settings of the stack file by their names, without namespace, as plain data.
    """
    note = settings.get(ROTATION)
    note = plain_data(note) if isinstance(note, str) else note
    if note is None:
        return _rotation_of_ssh_key(settings)
    if isinstance(note, Mapping) and note.get("kind") == HOST_KEY:
        return _rotation_of_host_key(str(note.get("server")))
    try:
        progress = read_progress(note)
    except OperateError as error:
        what, _, remedy = str(error).partition("; ")
        return RotationNote(what, remedy)
    return note_of(progress, settings) if progress else None


def read_rotation(setting: Callable[[str], object]) -> RotationNote | None:
    """Return the rotation that a stack file notes, with what resumes it; None where it notes none.

    Args:
        setting: Returns a setting of the stack file as plain data, by its name.
    """
    return find_rotation({ROTATION: setting(ROTATION), **resume_settings(setting)})


def resume_settings(setting: Callable[[str], object]) -> Mapping[str, object]:
    """Return the settings that say which options a rotation is resumed with.

    Args:
        setting: Returns a setting of the stack file as plain data, by its name.
    """
    return {name: setting(name) for name in _RESUMED_WITH}


def require_no_rotation(
    setting: Callable[[str], object], observe: Callable[[], ObservedReleases], release: str = ""
) -> str:
    """Refuse to deploy anything beside a rotation that has a secret staged, which would be deployed as well.

    What is deployed beside a rotation whose secret is live keeps that secret, and the rotation goes on later.

    Args:
        setting: Returns a setting of the stack file as plain data, by its name.
        observe: Returns the releases as front doors and records have them, for the refusal; it may fail.
        release: Release that is to go live; that of the rotation itself is its own swap. "" for none.

    Returns:
        The rotation beside which something may be deployed, for people; "" where there is none.

    Raises:
        NotStartedError: The rotation's secret is not live yet, or a server is about to show another host key
            than the one by which Pulumi logs in to it.
    """
    rotation = setting(ROTATION)
    progress = rotation if isinstance(rotation, Mapping) else {}
    own, server = progress.get("release"), progress.get("server")
    is_staged = bool(progress) and not progress.get("switchedAt") and (not own or own != release)
    if server or is_staged:
        raise beside_rotation(setting, observe)
    return "" if own and own == release else _describe_rotation(setting, observe)


def beside_rotation(
    setting: Callable[[str], object], observe: Callable[[], ObservedReleases]
) -> NotStartedError:
    """Return the refusal to begin beside a rotation, with what ends that one.

    Args:
        setting: Returns a setting of the stack file as plain data, by its name.
        observe: Returns the releases as front doors and records have them; where it fails, the stack file
            alone decides what the refusal says.
    """
    description = _describe_rotation(setting, observe) or ROTATION
    return NotStartedError(f"{description}. Then run the same command again")


def _describe_rotation(setting: Callable[[str], object], observe: Callable[[], ObservedReleases]) -> str:
    note = read_rotation(setting)
    if note is None:
        return ""
    if note.progress is not None and note.progress.release:
        with suppress(OperateError):
            note = note.observed(observe())
    return note.description


def note_of(
    progress: RotationProgress, settings: Mapping[str, object], observed: ObservedReleases | None = None
) -> RotationNote:
    """Return a rotation of the table for people.

    Args:
        progress: Progress of the rotation.
        settings: Settings of the stack file by their names. The options of the command follow from them.
        observed: Releases as front doors and records have them; None where the progress alone decides.
    """
    observed = observed or ObservedReleases()
    live_release = observed.live
    kind, own = KINDS.get(progress.kind), progress.release
    command = f"rotate {progress.kind} ENV"
    resume = f"{command}{_options(progress, settings)}"
    abort = f"`operate {command} --abort` gives it up"
    what = f"a rotation of {progress.kind} is under way"

    def note(state: str, remedy: str, abort: str = "") -> RotationNote:
        return RotationNote(what + state, remedy + abort, resume, abort, progress, settings)

    is_live = progress.carries(live_release) if own and live_release else bool(progress.switched_at)
    is_alone = bool(own) and is_live and observed.lacks(progress.previous)
    # A retirement is noted after its end, when no rollback leads back any more.
    if RotationStep.RETIRE in progress.done or (is_alone and RotationStep.OVERLAP in progress.done):
        return note(": its secret is live, and nothing runs with the old one", f"`operate {resume}` ends it")
    if not is_live and progress.switched_at:
        state = f": its secret is in release {own}, and release {live_release} is live"
        return note(state, f"`operate swap ENV --to {own}` makes it live again, ", abort)
    if not is_live:
        state = f", and its secret is staged for release {own}" if own else ""
        return note(state, f"`operate {resume}` resumes it, ", abort)
    place = f" in release {live_release or own}" if own else ""
    remedy = f"`operate {resume}` resumes it"
    if kind and kind.awaits_clients and progress.switched_at:
        remedy = f"`operate {command} --retire` ends it once clients trust the new authority"
    if is_alone:
        return note(f": its secret is live{place}, and the previous release is taken away", remedy)
    state = f": its secret is live{place}, and the old one is not given up yet"
    if own and not observed.rollback:
        return note(state, remedy)
    before = f"`operate {observed.rollback}`, then " if own else ""
    return note(state, f"{remedy}; ", before + abort)


def _options(progress: RotationProgress, settings: Mapping[str, object]) -> str:
    """What a command needs besides the stack, to be resumed."""
    match progress.kind:
        case "swift-user":
            # Before it is staged, the stack file names the previous user.
            user = settings.get(_USER) if RotationStep.STAGE in progress.done else None
            return f" --user {user or 'USER'}"
        case "s3-keys":
            return " < CREDENTIAL"
        case "certificate" if settings.get(_CERTIFICATE):
            return " --certificate FILE --key-file FILE"
    return ""


def _rotation_of_host_key(server: str) -> RotationNote:
    return RotationNote(
        f"a rotation of host-key is under way, of server {server}, whose next key may not be pinned yet",
        f"`operate rotate host-key ENV --server {server}` ends it; the server has made its next key, so that"
        f" it is not given up. If that server is gone, run `pulumi config rm {ROTATION}`",
    )


def _rotation_of_ssh_key(settings: Mapping[str, object]) -> RotationNote | None:
    following, old = settings.get(NEXT_SSH_KEY), settings.get(OLD_SSH_KEY)
    if old:
        return RotationNote(
            f"a rotation of ssh-key is under way: {settings.get(SSH_KEY)} is in use, and servers may still"
            f" take {old}",
            f"`operate rotate ssh-key ENV --new {settings.get(SSH_KEY)}` ends it",
        )
    if not following:
        return None
    return RotationNote(
        f"a rotation of ssh-key is under way: {following} follows the operator's key",
        f"`operate rotate ssh-key ENV --new {following}` resumes it; `pulumi config rm {NEXT_SSH_KEY}`, then"
        " `pulumi up`, gives it up",
    )
