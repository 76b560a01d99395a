"""What stays in the engine's state, so that no Delete may take it away.

A run that is killed after a `--replace` took a server over can leave it twice in the state: as the resource,
and as the old one that is still to be deleted. The next run is another process. To it the engine shows the
resource by a Diff that replaces nothing, and then asks to delete the very same thing. Nothing else leads to
these two calls (pkg/v3 v3.259.0, resource/deploy/step_generator.go): what leaves the program is deleted
without a Diff, and what is replaced, a dependent included, has a Diff with changes or a Create before.
"""

from dataclasses import dataclass, field


@dataclass
class UnchangedResources:
    """Ids of the resources that this process was shown and that stay, by URN."""

    _ids: dict[str, str] = field(default_factory=dict)

    def add(self, urn: str, identifier: str) -> None:
        """Diff found it unchanged, or Update changed it in place."""
        self._ids[urn] = identifier

    def discard(self, urn: str) -> None:
        """Diff found changes, or another one is made in its place."""
        self._ids.pop(urn, None)

    def contains(self, urn: str, identifier: str) -> bool:
        """Return whether it stays."""
        return self._ids.get(urn) == identifier
