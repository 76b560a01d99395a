"""How long each part of a `pulumi up` took, by its events; pure but for the clock that it is given."""

from collections.abc import Callable, Mapping

from pulumi.automation import events

from operate.recover.plan import is_order

_VERIFICATION = "softlayer-registry:index:Verification$"
"""In the URN of what a component `Verification` has."""
_UNCHANGED = frozenset({"same", "read", "refresh"})


class UpSteps:
    """Listens to an update, whose parts overlap: each begins where the one before had its last resource.

    Args:
        monotonic: seconds that only grow.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._started_at = monotonic()
        self._last: dict[str, float] = {}

    def __call__(self, event: events.EngineEvent) -> None:
        """Handle one event."""
        if event.res_outputs_event is None:
            return
        step = event.res_outputs_event.metadata
        if step.op not in _UNCHANGED and not step.type.startswith("pulumi:"):
            self._last[_part(step)] = self._monotonic()

    def seconds(self) -> Mapping[str, float]:
        """Return the seconds of each part until now; without those in which nothing was done."""
        parts: dict[str, float] = {}
        before, end = self._started_at, self._monotonic()
        for name in ("order", "set up", "verify"):
            if name in self._last:
                # What is verified ends the update, with all that Pulumi does afterwards.
                until = end if name == max(self._last, key=self._last.__getitem__) else self._last[name]
                parts[name] = round(max(0.0, until - before), 1)
                before = max(before, until)
        return parts


def _part(step: events.StepEventMetadata) -> str:
    if is_order(step):
        return "order"
    return "verify" if _VERIFICATION in step.urn else "set up"
