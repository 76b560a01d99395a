"""How long each part of a `pulumi up` took, by its events; pure but for the clock that it is given."""

from collections.abc import Callable, Mapping

from pulumi.automation import events

from operate.stack.state.installations import VERIFICATION
from operate.stack.state.plan import is_order

_CONTAINER = "docker:index/container:Container"
_UNCHANGED = frozenset({"same", "read", "refresh"})
_DELETED = frozenset({"delete", "delete-replaced", "discard", "discard-replaced"})
ORDER, SET_UP, VERIFY = "order", "set up", "verify"


class UpSteps:
    """Listens to an update, whose parts overlap: each begins where the one before had its last resource.

    A verification takes the time in which one of its scripts runs. What is set up beside it may end later.

    Args:
        monotonic: Seconds that only grow.

    Attributes:
        has_changed_container: Whether a container was created, changed or started again.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._started_at = monotonic()
        self._verifying: dict[str, float] = {}
        self._verified_seconds = 0.0
        self._last: dict[str, float] = {}
        self.has_changed_container = False

    def __call__(self, event: events.EngineEvent) -> None:
        """Handle one event."""
        if event.resource_pre_event is not None:
            step = event.resource_pre_event.metadata
            if _is_change(step) and _part(step) == VERIFY:
                self._verifying[step.urn] = self._monotonic()
        elif event.res_outputs_event is not None:
            step = event.res_outputs_event.metadata
            if _is_change(step):
                self._last[_part(step)] = self._monotonic()
                self.has_changed_container |= step.type == _CONTAINER and step.op not in _DELETED
                self._end_script(step)

    def seconds(self) -> Mapping[str, float]:
        """Return the seconds of each part until now; without those in which nothing was done."""
        parts: dict[str, float] = {}
        before, end = self._started_at, self._monotonic()
        for name in (ORDER, SET_UP, VERIFY):
            if name in self._last:
                # What is verified ends the update, with all that Pulumi does afterwards.
                until = end if name == max(self._last, key=self._last.__getitem__) else self._last[name]
                seconds = max(0.0, until - before)
                parts[name] = round(max(seconds, self._verified_seconds) if name == VERIFY else seconds, 1)
                before = max(before, until)
        return parts

    def _end_script(self, step: events.StepEventMetadata) -> None:
        """Count the time of scripts that verify, once where they ran at the same time."""
        started_at = self._verifying.get(step.urn)
        if started_at is None or _part(step) != VERIFY:
            return
        if len(self._verifying) == 1:
            self._verified_seconds += self._last[VERIFY] - started_at
            self._verifying.clear()
        else:
            # Those that still run have the whole time from the first one's beginning.
            earliest = min(self._verifying.values())
            del self._verifying[step.urn]
            self._verifying = dict.fromkeys(self._verifying, earliest)


def _is_change(step: events.StepEventMetadata) -> bool:
    return step.op not in _UNCHANGED and not step.type.startswith("pulumi:")


def _part(step: events.StepEventMetadata) -> str:
    if is_order(step):
        return ORDER
    # What verified before is deleted at the end, and verifies nothing.
    return VERIFY if VERIFICATION in step.urn and step.op not in _DELETED else SET_UP
