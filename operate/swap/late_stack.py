"""The stack by the Automation API, which takes a second to load: not before it is needed."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from operate.swap.edges import Clock, Preview, Wanted
from operate.swap.facts import Colour, Facts
from operate.swap.kept_facts import KeptFacts

if TYPE_CHECKING:
    from operate.swap.pulumi_stack import PulumiStack


class LateStack:
    """What `operate` asks of a stack; a command that asks nothing does not wait for Pulumi.

    Args:
        name: of the stack.
        config_file: the stack's file where it is elsewhere.
        keeper: is given what the stack tells.
        clock: of its runs.
        without: servers whose front doors are lost, and left alone.
    """

    def __init__(
        self,
        name: str,
        config_file: Path | None,
        keeper: KeptFacts,
        clock: Clock,
        without: Collection[str] = (),
    ) -> None:
        self._name, self._file, self._keeper, self._clock = name, config_file, keeper, clock
        self._without = without
        self._made: PulumiStack | None = None

    def facts(self) -> Facts:
        """Return what its outputs tell."""
        return self._stack.facts().without(self._without)

    def preview(self, wanted: Wanted) -> Preview:
        """Ask what bringing it there would do."""
        return self._stack.preview(wanted)

    def build(self, wanted: Wanted) -> str:
        """Bring the stack there."""
        return self._stack.build(wanted)

    def noted_token(self) -> int:
        """Return the fencing token of the last swap in the stack file."""
        return self._stack.noted_token()

    def note_live(self, live: Colour, note: Mapping[str, str], wanted: Wanted | None = None) -> None:
        """Write to the configuration which colour is live."""
        self._stack.note_live(live, note, wanted)

    def preview_settings(self, settings: Mapping[str, object], live: Colour) -> Preview:
        """Ask what the stack with other settings would do."""
        return self._stack.preview_settings(settings, live)

    def setting(self, key: str) -> object:
        """Return a setting of the stack's file."""
        return self._stack.setting(key)

    def apply_settings(self, settings: Mapping[str, object]) -> str:
        """Write settings and bring the stack there."""
        return self._stack.apply_settings(settings)

    def write_settings(self, settings: Mapping[str, object]) -> None:
        """Write settings, and do no more."""
        self._stack.write_settings(settings)

    @property
    def _stack(self) -> "PulumiStack":
        if self._made is None:
            from operate.swap.pulumi_stack import PulumiStack
            from operate.swap.pulumi_workspace import StackPlace

            place = StackPlace(self._name, self._file and self._file.resolve())
            self._made = PulumiStack(place, self._clock, self._keeper.write)
        return self._made
