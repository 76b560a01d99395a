"""What front doors and records have of a stack's releases, as far as they answer."""

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from operate.error import OperateError
from operate.history.history import History
from operate.store.stack_store import questioned_store
from operate.swap.observed_releases import ObservedReleases
from operate.swap.start import ObservedState

if TYPE_CHECKING:
    from operate.doctor.probes.stack import StackProbes


def observe_releases(probes: "StackProbes") -> ObservedReleases:
    """Return the releases of a stack; what does not answer leaves them unknown.

    Args:
        probes: Questions to the stack.
    """
    observed = ObservedReleases()
    with suppress(OperateError, OSError):
        observed = replace(observed, current=probes.observe_records().current)
    with suppress(OperateError, OSError):
        colours = probes.observe_colours()
        live = colours.releases[colours.live] if colours.live else ""
        releases = frozenset(filter(None, colours.releases.values()))
        observed = replace(observed, live=live, releases=releases)
    with suppress(OperateError, OSError):
        observed = replace(observed, rollback=_rollback_command(probes))
    return observed


def _rollback_command(probes: "StackProbes") -> str:
    facts, current = probes.facts(), probes.observe_records().current
    latest = History(questioned_store(facts, probes.link())).latest()
    doors = [door.status for door in probes.doors() if door.status is not None]
    return ObservedState(facts, doors, current, latest.record, skipped=latest.skipped).rollback_command
