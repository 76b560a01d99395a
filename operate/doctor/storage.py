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
        door: DATACENTER-SERVER.
        status: HTTP status of a listing; 0 where there was no answer.
        milliseconds: of the fastest of several listings, and of the slowest.
        reason: why there was no answer.
        is_late: whether there was none in time.
    """

    door: str
    status: int
    milliseconds: tuple[float, float] = (0.0, 0.0)
    reason: str = ""
    is_late: bool = False


@dataclass(frozen=True)
class StorageObservations:
    """The storage as all reach it.

    Attributes:
        doors: a listing of repositories through each front door.
        is_slow_here: whether the object storage has not answered the questions of this machine in time.
    """

    doors: tuple[StorageObservation, ...] = ()
    is_slow_here: bool = False


def judge_storage(environment: str, observed: StorageObservations) -> Sequence[Finding]:
    """Judge whether the storage answers through the front doors and this machine, and how fast.

    Args:
        environment: name of the stack.
        observed: what was asked of it.
    """
    late = [storage.door for storage in observed.doors if storage.is_late]
    findings = _late(environment, late, is_slow_here=observed.is_slow_here)
    findings += [_storage(environment, storage) for storage in observed.doors if not storage.is_late]
    return findings or [note("no registry has a storage to ask")]


def _late(environment: str, doors: Sequence[str], *, is_slow_here: bool) -> list[Finding]:
    """One finding for a storage that gives no answer in time, whoever asks it."""
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


def _storage(environment: str, storage: StorageObservation) -> Finding:
    logs = f"operate status {environment}, and the registry's log on {storage.door}"
    if storage.status == 0:
        return error(f"{storage.door}: the registry does not answer: {storage.reason}", logs)
    if storage.status != 200:
        return error(f"{storage.door}: a listing of the storage is answered with {storage.status}", logs)
    fastest, slowest = storage.milliseconds
    what = f"{storage.door}: the storage answers a listing in {fastest:.0f} to {slowest:.0f} ms"
    return warning(f"{what}, which is slow", _DESIGN) if fastest > _SLOW_MS else ok(what)
