"""What front doors and records have of a stack's releases, as far as they answer."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from operate.doctor.judgements.stack import ColoursObservation, DoorObservation, RecordsObservation
from operate.error import OperateError
from operate.history.history import History
from operate.record.observed_releases import ObservedReleases
from operate.stack.facts import Facts
from operate.store.object_store import ObjectStore
from operate.swap.observed_state import ObservedState


def observe_releases(
    records: Callable[[], RecordsObservation],
    colours: Callable[[], ColoursObservation],
    rollback_command: Callable[[], str],
) -> ObservedReleases:
    """Return the releases of a stack; what does not answer leaves them unknown.

    Args:
        records: Returns lock and records.
        colours: Returns the colours of the stack.
        rollback_command: Returns the rollback that is not refused, without `operate`.
    """
    observed = ObservedReleases()
    with suppress(OperateError, OSError):
        observed = replace(observed, current=records().current)
    with suppress(OperateError, OSError):
        present = colours()
        live = present.releases[present.live] if present.live else ""
        releases = frozenset(filter(None, present.releases.values()))
        observed = replace(observed, live=live, releases=releases)
    with suppress(OperateError, OSError):
        observed = replace(observed, rollback=rollback_command())
    return observed


def observe_rollback(
    facts: Facts, store: ObjectStore, doors: Sequence[DoorObservation], records: RecordsObservation
) -> str:
    """Return the rollback that is not refused, without `operate`; "" where none leads back.

    Args:
        facts: Facts of the stack.
        store: Store of the records.
        doors: Front doors of the stack.
        records: Lock and records.
    """
    latest = History(store).latest()
    statuses = [door.status for door in doors if door.status is not None]
    return ObservedState(
        facts, statuses, records.current, latest.record, skipped=latest.skipped
    ).rollback_command
