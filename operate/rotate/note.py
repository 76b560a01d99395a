"""What the stack file notes of a rotation that is not finished, and the commands that end it; pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from operate.error import OperateError
from operate.rotate.changes import NEXT_SSH_KEY
from operate.rotate.plan import KINDS, Progress, Step, read_progress
from operate.stack.automation.config_value import plain_data
from operate.swap.start import ROTATION


@dataclass(frozen=True)
class RotationNote:
    """A rotation under way.

    Attributes:
        what: which secret it is of, and how far it is, for people.
        remedy: the command that resumes it, and the one that gives it up.
    """

    what: str
    remedy: str

    @property
    def description(self) -> str:
        """Both, as one sentence."""
        return f"{self.what}; {self.remedy}"


def find_rotation(settings: Mapping[str, object]) -> RotationNote | None:
    """Return the rotation that a stack file notes; None where it notes none.

    Args:
        settings: of the stack file by their names, without namespace, as plain data.
    """
    note = settings.get(ROTATION)
    note = plain_data(note) if isinstance(note, str) else note
    if note is None:
        following = settings.get(NEXT_SSH_KEY)
        return _rotation_of_ssh_key(str(following)) if following else None
    if isinstance(note, Mapping) and note.get("kind") == "host-key":
        return _rotation_of_host_key(str(note.get("server")))
    try:
        progress = read_progress(note)
    except OperateError as error:
        what, _, remedy = str(error).partition("; ")
        return RotationNote(what, remedy)
    return note_of(progress, settings) if progress else None


def note_of(progress: Progress, settings: Mapping[str, object]) -> RotationNote:
    """Return a rotation of the table for people.

    Args:
        progress: how far it is.
        settings: of the stack file by their names; they say which options the command needs.
    """
    kind = KINDS.get(progress.kind)
    command = f"operate rotate {progress.kind} ENV"
    abort = f"`{command} --abort`"
    what = f"a rotation of {progress.kind} is under way"
    if Step.RETIRE in progress.done:
        resume = f"`{command}{_options(progress.kind, settings)}` ends it"
        return RotationNote(f"{what}: its secret is live, and nothing runs with the old one", resume)
    if not progress.switched_at:
        place = f", and its secret is staged for release {progress.release}" if progress.release else ""
        resume = f"`{command}{_options(progress.kind, settings)}` resumes it"
        return RotationNote(f"{what}{place}", f"{resume}, {abort} gives it up")
    place = f" in release {progress.release}" if progress.release else ""
    what = f"{what}: its secret is live{place}, and the old one is not given up yet"
    resume = f"`{command}{_options(progress.kind, settings)}` resumes it"
    if kind and kind.awaits_clients:
        resume = f"`{command} --retire` ends it once clients trust the new authority"
    before = "`operate rollback ENV`, then " if progress.release else ""
    return RotationNote(what, f"{resume}; {before}{abort} gives it up")


def _options(kind: str, settings: Mapping[str, object]) -> str:
    """What a command needs besides the stack, to be resumed."""
    match kind:
        case "swift-user":
            return f" --user {settings.get('objectUser') or 'USER'}"
        case "s3-keys":
            return " < CREDENTIAL"
        case "certificate" if settings.get("registryCertificate"):
            return " --certificate FILE --key-file FILE"
    return ""


def _rotation_of_host_key(server: str) -> RotationNote:
    remedy = f"`operate rotate host-key ENV --server {server}` ends it; the server has made its next key, so"
    return RotationNote(
        f"a rotation of host-key is under way, of server {server}", f"{remedy} that it is not given up"
    )


def _rotation_of_ssh_key(following: str) -> RotationNote:
    return RotationNote(
        f"a rotation of ssh-key is under way: {following} follows the operator's key",
        f"`operate rotate ssh-key ENV --new {following}` resumes it; `pulumi config rm {NEXT_SSH_KEY}`, then"
        " `pulumi up`, gives it up",
    )
