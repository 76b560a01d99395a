"""How each secret is rotated, as one table, and how far a rotation is; pure.

A secret belongs to a release: the new one is staged beside the old one, the idle colour gets it, a swap makes
it live, and the old one is given up once nothing needs it. How far that is stands in the stack file, so that
the same command resumes it wherever it was stopped, on any operator's machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from operate.clock import format_timestamp, parse_timestamp
from operate.error import NotStartedError, OperateError
from operate.stack.config.setting_keys import ROTATION
from operate.stack.config.staged_host_key import HOST_KEY


class RotationStep(StrEnum):
    """One step; each may be done again after it was done, or half done, with the same end."""

    STAGE = "stage"
    REFRESH = "refresh"
    UP = "up"
    SWAP = "swap"
    OVERLAP = "overlap"
    RETIRE = "retire"
    SIGN = "sign again"
    REMOVE = "remove"


SWITCHES = (RotationStep.SWAP, RotationStep.UP)
"""Steps after which the new secret is in use."""


@dataclass(frozen=True)
class RotationKind:
    """How one secret is rotated.

    Attributes:
        name: Name of the secret, as the command line has it.
        steps: Steps in their order.
        generation: Key in `secretGenerations`; "" for a secret that is given.
        has_overlap: Whether `secretOverlaps` has the old one accepted meanwhile.
        minutes: Minutes for which the old one is accepted at least, since the switch.
        awaits_clients: Whether the old one is given up only once the operator confirms the clients.
        clients: Effect on clients, or what they must do.
        clients_at_end: The same once the old one is given up; "" where nothing differs then.
        afterwards: Steps of the operator at the end.
        storage: Swift or s3, where only a stack with that storage has the secret; "" for every stack.
    """

    name: str
    steps: tuple[RotationStep, ...]
    generation: str = ""
    has_overlap: bool = False
    minutes: float = 0.0
    awaits_clients: bool = False
    clients: str = "Clients notice nothing."
    clients_at_end: str = ""
    afterwards: str = ""
    storage: str = ""

    @property
    def is_swapped(self) -> bool:
        """Whether a release carries the secret."""
        return RotationStep.SWAP in self.steps


_TRUST = (
    "Give clients what `pulumi stack output certificateAuthority` prints: both authorities. A client that"
    " trusts one of them keeps working; one that trusts the old one alone fails once that is given up."
)
_TRUST_AT_END = (
    "The old authority is given up. A client that still trusts only the old authority fails from now on: give"
    " it the output certificateAuthority, which has the new one alone."
)
_FIRST_USER = "The first user's password stays: rotate it by `operate rotate password ENV`."
_SWAPPED = (RotationStep.STAGE, RotationStep.SWAP, RotationStep.OVERLAP, RotationStep.RETIRE)

KINDS: Mapping[str, RotationKind] = {
    kind.name: kind
    for kind in (
        RotationKind(
            "http-secret",
            _SWAPPED,
            generation="httpSecret",
            # Choice: an upload that rests longer between two requests is rare, and begins again.
            minutes=10,
            clients="Clients notice nothing; an upload ends on the colour on which it started.",
        ),
        RotationKind(
            "tempurl-key",
            (*_SWAPPED, RotationStep.REMOVE),
            generation="tempUrlKey",
            has_overlap=True,
            # The driver's temporary URLs are valid for 20 minutes (distribution 2.8.3, swift.go, URLFor).
            minutes=25,
            storage="swift",
        ),
        RotationKind(
            "swift-key",
            (RotationStep.REFRESH, RotationStep.SWAP, RotationStep.OVERLAP, RotationStep.RETIRE),
            afterwards="Nothing is left to do: the portal has taken the old key away already.",
            storage="swift",
        ),
        RotationKind(
            "swift-user",
            # A user that was made in the portal since is not in the state yet.
            (RotationStep.REFRESH, *_SWAPPED),
            afterwards="Create a new key for the previous user in the portal, and keep the user.",
            storage="swift",
        ),
        RotationKind(
            "s3-keys",
            _SWAPPED,
            # Presigned URLs of the old key are valid for 20 minutes (distribution, s3.go, URLFor).
            minutes=25,
            afterwards="Delete the old HMAC credential where it was made.",
            storage="s3",
        ),
        RotationKind(
            "root",
            (*_SWAPPED, RotationStep.SIGN, RotationStep.REMOVE),
            generation="root",
            has_overlap=True,
            minutes=25,
            awaits_clients=True,
            clients=f"{_TRUST} {_FIRST_USER}",
            clients_at_end=f"{_TRUST_AT_END} {_FIRST_USER}",
        ),
        RotationKind(
            "authority",
            (RotationStep.STAGE, RotationStep.UP, RotationStep.OVERLAP, RotationStep.REMOVE),
            generation="authority",
            has_overlap=True,
            awaits_clients=True,
            clients=_TRUST,
            clients_at_end=_TRUST_AT_END,
        ),
        RotationKind("certificate", (RotationStep.STAGE, RotationStep.UP), generation="certificate"),
        RotationKind(
            "password",
            (RotationStep.STAGE, RotationStep.UP),
            clients="Clients of these users log in with the new password from now on; what runs ends whole.",
        ),
    )
}


@dataclass(frozen=True)
class RotationProgress:
    """How far a rotation is.

    Attributes:
        kind: Name of the secret.
        release: Release that carries the new secret; "" where no swap is needed.
        generation: Generation of the new secret; 0 where it is given.
        done: Steps that came to their end.
        switched_at: UTC by the store's clock, when the new secret went live; "" before.
        before: Text of the stack file before the rotation; its secrets are encrypted.
        provided: Paths of the settings that the command writes besides the generation.
        previous: Release that was live before, with the old secret; "" where no swap is needed.
    """

    kind: str
    release: str = ""
    generation: int = 0
    done: tuple[RotationStep, ...] = ()
    switched_at: str = ""
    before: str = ""
    provided: tuple[str, ...] = ()
    previous: str = ""

    def carries(self, live: str) -> bool:
        """Return whether a live release has the new secret: the rotation's own, or one that was built since.

        Once the secret is live, every release is built with it; the previous one alone stays as it was made.

        Args:
            live: Name of the live release.
        """
        return live == self.release or (bool(self.switched_at) and live != self.previous)

    def after(self, step: RotationStep, at: str) -> "RotationProgress":
        """Return the progress once a step has ended, at a time in UTC by the store's clock."""
        switched_at = at if step in SWITCHES else self.switched_at
        return replace(self, done=(*self.done, step), switched_at=switched_at)

    def as_json(self) -> dict[str, object]:
        """Return it for the stack file."""
        return {
            "kind": self.kind,
            "release": self.release,
            "generation": self.generation,
            "done": [step.value for step in self.done],
            "switchedAt": self.switched_at,
            "before": self.before,
            "provided": list(self.provided),
            "previous": self.previous,
        }


UNKNOWN_TIME = "unknown"
"""Stands for the time of a switch where the store could not be asked for it."""


@dataclass(frozen=True)
class Overlap:
    """An overlap, as it is when a command begins to wait for its end.

    A rotation that was killed is resumed on any machine, whose clock may be days off. So both times are those
    of the place that keeps the lock.

    Attributes:
        minutes: Minutes for which the old secret is accepted at least.
        switched_at: UTC by the store's clock, when the new secret went live, as the stack file notes it.
        now: The time by the store's clock; None where the store does not answer.
    """

    minutes: float
    switched_at: str
    now: datetime | None

    @property
    def seconds(self) -> float:
        """Return the seconds that are left: all of them where nobody knows how many have passed."""
        return max(0.0, self.minutes * 60 - self._passed())

    @property
    def description(self) -> str:
        """Return until when the command waits, for people."""
        if self.now is None:
            return f"the old secret is accepted for {self.minutes:g} minutes from now on; the command waits"
        end = format_timestamp(self.now + timedelta(seconds=self.seconds))
        text = f"the old secret is accepted until {end} at least, by the store's clock; the command waits"
        switched_at = parse_timestamp(self.switched_at)
        if switched_at is None or switched_at <= self.now:
            return text
        return (
            f"the switch was at {self.switched_at}, as the stack file has it, which is in the future by the"
            f" store's clock: the overlap of {self.minutes:g} minutes counts from now; {text}"
        )

    def _passed(self) -> float:
        """Seconds since the switch; 0 where its time is unknown, or in the future."""
        switched_at = parse_timestamp(self.switched_at)
        if switched_at is None or self.now is None:
            return 0.0
        return max(0.0, (self.now - switched_at).total_seconds())


def next_step(kind: RotationKind, progress: RotationProgress) -> RotationStep | None:
    """Return the step that comes next; None after the last one."""
    return next((step for step in kind.steps if step not in progress.done), None)


def read_progress(value: object) -> RotationProgress | None:
    """Read the progress in the stack file.

    Args:
        value: Setting `rotation`; None where there is none.

    Raises:
        OperateError: The progress cannot be read.
        NotStartedError: The progress is of a server's host key.
    """
    if value is None:
        return None
    values: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
    if (kind := values.get("kind")) == HOST_KEY:
        server = values.get("server")
        raise NotStartedError(
            f"a rotation of {kind} is under way; `operate rotate {kind} ENV --server {server}` resumes it"
        )
    try:
        return RotationProgress(
            kind=str(values["kind"]),
            release=str(values["release"]),
            generation=int(values["generation"]),
            done=tuple(RotationStep(str(step)) for step in values["done"]),
            switched_at=str(values["switchedAt"]),
            before=str(values["before"]),
            provided=tuple(str(path) for path in values["provided"]),
            previous=str(values["previous"]),
        )
    except (KeyError, TypeError, ValueError):
        raise OperateError(
            f"the setting `{ROTATION}` of the stack file cannot be read; restore it from version control, or,"
            f" where no rotation is under way, `pulumi config rm {ROTATION}`"
        ) from None
