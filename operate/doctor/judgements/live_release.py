"""Judges whether the stack file still has the live release as it was made; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from operate.doctor.finding import Finding, ok, warning
from operate.swap.overrides import changed_overrides, set_options


@dataclass(frozen=True)
class LiveReleaseObservation:
    """What the live release overrides.

    Attributes:
        release: Name of the release.
        deployed: Overrides that its containers were made with.
        configured: Overrides that the stack file has.
        new_release: Name for a new release.
    """

    release: str
    deployed: Mapping[str, object]
    configured: Mapping[str, object]
    new_release: str


def judge_live_release(environment: str, observed: LiveReleaseObservation) -> Sequence[Finding]:
    """Judge whether `pulumi up` would refuse what the stack file has of the live release.

    Args:
        environment: Name of the stack.
        observed: Overrides of the release.
    """
    changed = changed_overrides(observed.deployed, observed.configured)
    if not changed:
        return (ok(f"release {observed.release} is live as the stack file has it"),)
    release, values = observed.release, ", ".join(f"{key} {_values(observed, key)}" for key in changed)
    what = (
        f"release {release} is live, and the stack file has other overrides of it than it was made with:"
        f" {values}. A `pulumi up` that would replace its containers under clients is refused"
    )
    changes = {key: observed.configured[key] for key in changed if key in observed.configured}
    options = f" {set_options(changes)}" if changes else ""
    remedy = (
        f"put back `releases.{release}` in the stack file; what is to change,"
        f" `operate swap {environment} --to {observed.new_release}{options}` gives to a new release"
    )
    return (warning(what, remedy),)


def _values(observed: LiveReleaseObservation, key: str) -> str:
    before, now = (
        str(values.get(key, "none")).removesuffix(".0") for values in (observed.deployed, observed.configured)
    )
    return f"({before}, now {now})"
