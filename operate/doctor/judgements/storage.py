"""Judges the storage of a stack, by how fast it answers the front doors and this machine; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from messages.stack_name import name_stack
from operate.doctor.finding import Finding, error, note, ok, warning
from operate.store.bounded_questions import QUESTION_SECONDS
from operate.store.bounded_store import SLOW_STORAGE_REMEDY

_SLOW_MS = 1000.0
"""Milliseconds of one listing through the registry (choice): it makes a few requests to the storage."""
_DESIGN = "docs/design/storage.md, When it answers slowly"


@dataclass(frozen=True)
class StorageObservation:
    """The storage as a front door reaches it.

    Attributes:
        door: Server, DATACENTER-SERVER.
        status: HTTP status of a listing; 0 where there was no answer.
        milliseconds: Milliseconds of the fastest of several listings, and of the slowest.
        reason: Why there was no answer.
        is_late: Whether there was none in time.
        server: Server of the container that answers the door, as `operate ssh` names it.
        container: Container that answers the door; "" where that is not known.
    """

    door: str
    status: int
    milliseconds: tuple[float, float] = (0.0, 0.0)
    reason: str = ""
    is_late: bool = False
    server: str = ""
    container: str = ""


@dataclass(frozen=True)
class StorageObservations:
    """The storage as all reach it.

    Attributes:
        doors: A listing of repositories through each front door.
        is_slow_here: Whether the object storage has not answered the questions of this machine in time.
        milliseconds_here: Milliseconds that the storage's answer to this machine took; None where it was not
            read or did not answer.
    """

    doors: tuple[StorageObservation, ...] = ()
    is_slow_here: bool = False
    milliseconds_here: float | None = None

    @property
    def is_fast(self) -> bool:
        """Whether the storage answers somebody as it should, so that what waits is not waiting for it."""
        here = self.milliseconds_here
        return (here is not None and here < _SLOW_MS) or any(
            door.status == 200 and door.milliseconds[1] < _SLOW_MS for door in self.doors
        )


def judge_storage(environment: str, observed: StorageObservations) -> Sequence[Finding]:
    """Judge whether the storage answers through the front doors and this machine, and how fast.

    Args:
        environment: Name of the stack.
        observed: The listings, as observed.
    """
    late = [storage for storage in observed.doors if storage.is_late]
    hanging = [storage for storage in late if storage.container] if observed.is_fast else []
    doors = [storage.door for storage in late if storage not in hanging]
    findings = _late(environment, doors, is_slow_here=observed.is_slow_here)
    findings += [_hanging(environment, storage) for storage in hanging]
    findings += [_storage(environment, storage) for storage in observed.doors if not storage.is_late]
    return findings or [note("no registry has a storage to ask")]


def _late(environment: str, doors: Sequence[str], *, is_slow_here: bool) -> list[Finding]:
    """One finding for a storage that gives no answer in time, for all that wait for it."""
    limit = f"it gives no answer within {QUESTION_SECONDS:g} s"
    if doors:
        askers = [*doors, *(["this machine"] if is_slow_here else [])]
        what = f"the storage answers {', '.join(askers)} too slowly: {limit}; pulls and pushes wait for it"
        return [error(what, name_stack(SLOW_STORAGE_REMEDY, environment))]
    if is_slow_here:
        what = (
            f"the object storage answers this machine too slowly: {limit}; it keeps operate's lock and"
            " records, so that swaps wait or fail"
        )
        return [error(what, name_stack(SLOW_STORAGE_REMEDY, environment))]
    return []


def _hanging(environment: str, storage: StorageObservation) -> Finding:
    """A registry that gives no answer in time although the storage does."""
    what = (
        f"{storage.door}: container {storage.container} gives no answer within {QUESTION_SECONDS:g} s,"
        " although the storage answers: the container hangs"
    )
    restart = f"operate ssh ENV {storage.server} docker restart {storage.container}"
    return error(what, name_stack(f"{restart}; docs/runbooks/rollback.md", environment))


def _storage(environment: str, storage: StorageObservation) -> Finding:
    logs = f"what the check `containers` says; where that is ok, the registry's log on {storage.door}"
    if storage.status == 0:
        return error(f"{storage.door}: the registry does not answer: {storage.reason}", logs)
    if storage.status != 200:
        return error(f"{storage.door}: a listing of the storage is answered with {storage.status}", logs)
    fastest, slowest = storage.milliseconds
    what = f"{storage.door}: the storage answers a listing in {fastest:.0f} to {slowest:.0f} ms"
    return warning(f"{what}, which is slow", _DESIGN) if fastest > _SLOW_MS else ok(what)
