"""What Pulumi prints while it changes a stack, as progress in one line, and a summary at its end.

Pulumi prints each resource twice and more, each message as often as its resource, and dots meanwhile. Of that
the progress names how many resources are done and which ones are under way. Diagnostics, counts and whatever
is no progress, such as an error, stay as they are.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from messages.progress import LINE_SECONDS, PROGRESS

_RESOURCE = re.compile(r" .{2} (?P<type>[\w-]+:[\w./-]*:\w+) (?P<name>\S+)(?: +(?P<rest>.*))?")
_STATE = re.compile(r"(?P<failed>\*\*)?(?P<verb>[a-z]+)[a-z ]*(?:\*\*| ?\(\d[^)]*\))")
_NOISE = re.compile(
    r"(Updating|Destroying) \(.*\):$|@ |The resources in the stack have been deleted, but |"
    r"If you want to remove the stack completely, run `pulumi stack rm"
)
_PROTECTED = re.compile(r"Nothing was deleted, since not all of it can be|because it is protected")
"""What DestroyCheck says (`provider/resources/destroy_check.py`), or Pulumi of a protected resource."""
_SUMMARY = re.compile(r"(Diagnostics|Policies|Outputs|Resources|Duration):")
_GROUPS = ("softlayer-registry:index:", "pulumi:pulumi:Stack")
"""Types of resources that only hold others, which are under way for as long as those are."""
_MADE = ("created", "updated")
"""Verbs of a command that has run."""
_NAMES = 2
"""Resources that progress names (choice)."""


@dataclass(frozen=True)
class ResourceLine:
    """A line of Pulumi's on a resource.

    Attributes:
        type: Pulumi's type of the resource.
        name: Name of the resource.
        verb: What is being done, such as `creating`, or was done, such as `created`; "" where the line has a
            message alone.
        is_failed: Whether it failed.
    """

    type: str
    name: str
    verb: str
    is_failed: bool

    @property
    def is_under_way(self) -> bool:
        """Whether it is being done."""
        return self.verb.endswith("ing") and not self.is_failed


def parse_resource_line(line: str) -> ResourceLine | None:
    """Return what a line says of a resource; None where it says something else.

    Args:
        line: Line of `pulumi up` or `pulumi destroy`, without colours.
    """
    match = _RESOURCE.fullmatch(line)
    if match is None:
        return None
    state = _STATE.match(match["rest"] or "")
    return ResourceLine(
        match["type"], match["name"], state["verb"] if state else "", bool(state and state["failed"])
    )


class PulumiOutput:
    """The output of one run.

    Args:
        rename: Receives what the run is doing, for a live line.
        title: Title of the run, such as `pulumi up`.
        clock: Returns monotonic seconds.
    """

    def __init__(
        self, rename: Callable[[str], None], title: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rename, self._title, self._clock = rename, title, clock
        self._reported_at = clock() + LINE_SECONDS  # The step itself is reported until then.
        self._under_way: dict[tuple[str, str], str] = {}
        self._done: set[tuple[str, str]] = set()
        self._summary: list[str] = []
        self._has_ended = self._has_verified = False

    def take_line(self, line: str) -> None:
        """Take the next line."""
        self._has_ended = self._has_ended or _SUMMARY.match(line) is not None
        resource = None if self._has_ended else parse_resource_line(line)
        if resource:
            self._take(resource)
        elif not _NOISE.match(line) and (line or self._has_ended):
            self._summary.append(line)

    def _take(self, resource: ResourceLine) -> None:
        if not resource.verb or resource.type.startswith(_GROUPS):
            return
        key = resource.type, resource.name
        if resource.is_under_way:
            self._under_way[key] = resource.verb
        else:
            self._under_way.pop(key, None)
            if not resource.is_failed:
                self._done.add(key)
                is_pull = resource.name.endswith("verification-pull") and resource.verb in _MADE
                self._has_verified = self._has_verified or is_pull
        self._rename(self.progress)
        if not PROGRESS.has_live_line and self._clock() - self._reported_at >= LINE_SECONDS:
            self._reported_at = self._clock()
            PROGRESS.report(f"{self.progress} ...")

    @property
    def progress(self) -> str:
        """What the run is at."""
        return ", ".join([f"{self._title}: {len(self._done)} done", *self._describe_under_way()])

    def _describe_under_way(self) -> list[str]:
        named = list(self._under_way.items())[:_NAMES]
        verbs = ["", *(verb for _, verb in named)]
        entries = [
            name if verb == before else f"{verb} {name}"
            for before, ((_, name), verb) in zip(verbs, named, strict=False)
        ]
        more = len(self._under_way) - _NAMES
        return [*entries, f"{more} more"] if more > 0 else entries

    @property
    def has_verified(self) -> bool:
        """Whether the run has pulled the image that it pushed (`components.verification.verification`)."""
        return self._has_verified

    @property
    def is_protected(self) -> bool:
        """Whether the run was refused as a whole, since something must not be deleted."""
        return any(_PROTECTED.search(line) for line in self._summary)

    @property
    def summary(self) -> str:
        """What the run ended with, and all that was no progress."""
        text = re.sub(r"\n{2,}", "\n", "\n".join(self._summary))
        return text.strip("\n")
