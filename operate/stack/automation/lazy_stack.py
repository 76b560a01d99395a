"""The stack by the Automation API, which takes a second to load: only when it is needed."""

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from operate.clock import Clock
from operate.lock.write_guard import CheckedLock, WriteGuard
from operate.stack.automation.stack_output import read_outputs
from operate.stack.config.desired_release import DesiredRelease
from operate.stack.config.release_settings import release_settings
from operate.stack.config.setting_keys import LIVE, RELEASES
from operate.stack.config.settings_check import require_valid, require_writable
from operate.stack.config.stack_file import read_plain, stack_file_of
from operate.stack.facts import Colour, Facts
from operate.stack.facts_cache import FactsCache
from operate.stack.facts_output import OUTPUT
from operate.stack.lost_state import read_facts
from operate.stack.placement import place_facts, read_placement
from operate.stack.preview import Preview

if TYPE_CHECKING:
    from operate.stack.automation.pulumi_stack import PulumiStack


class LazyStack:
    """A stack as `operate` uses it; a command that needs nothing of it does not wait for Pulumi.

    Args:
        name: Name of the stack.
        config_file: The stack's file where it is elsewhere.
        cache: Receives the stack's outputs.
        clock: Clock of its runs.
        without: Servers whose front doors are lost, and left alone.
    """

    def __init__(
        self,
        name: str,
        config_file: Path | None,
        cache: FactsCache,
        clock: Clock,
        without: Collection[str] = (),
    ) -> None:
        self._name, self._file, self._cache, self._clock = name, config_file, cache, clock
        self._without = without
        self._loaded: PulumiStack | None = None
        self._guard = WriteGuard()

    def read_facts(self) -> Facts:
        """Return the placed facts, for what changes nothing by Pulumi; does not load the API."""
        outputs = read_outputs(self._name)
        if outputs is None:
            return self.facts()
        facts = place_facts(
            read_facts(self._name, self._stack_file, outputs.get(OUTPUT)), read_placement(self._stack_file)
        )
        self._cache.write(outputs.get(OUTPUT))
        return facts.without(self._without)

    def facts(self) -> Facts:
        """Return the placed facts, by which later calls of Pulumi are decided."""
        return self._stack.facts().without(self._without)

    def deployed_facts(self) -> Facts:
        """Return the facts of the last `pulumi up`, whatever took over since."""
        return self._stack.deployed_facts()

    def locked(self, lock: CheckedLock) -> AbstractContextManager[None]:
        """Let the stack's file be written while a lock is held; does not load the API."""
        return self._guard.hold(lock)

    def check_settings(self, changes: Mapping[str, object]) -> None:
        """Refuse a stack file that has mistakes with some settings changed; does without Pulumi."""
        require_valid(self._name, self._stack_file, changes)

    def check_release(self, desired: DesiredRelease) -> None:
        """Refuse a stack file that has mistakes with a release; does without Pulumi."""
        configured = {RELEASES: read_plain(self._stack_file, RELEASES)}
        self.check_settings(release_settings(configured, desired))

    def preview(self, desired: DesiredRelease) -> Preview:
        """Ask what bringing it there would do."""
        return self._stack.preview(desired)

    def build(self, desired: DesiredRelease) -> str:
        """Bring the stack there."""
        return self._stack.build(desired)

    def setting(self, key: str) -> object:
        """Return a setting of the stack file as plain data; None where it is not there."""
        return self._stack.setting(key)

    def server_outputs(self) -> Mapping[str, tuple[str, Mapping[str, object]]]:
        """Return id and outputs of the servers in the state, by DATACENTER-NAME."""
        return self._stack.server_outputs()

    def recorded_token(self) -> int:
        """Return the fencing token of the last swap in the stack file."""
        return self._stack.recorded_token()

    def record_live(
        self, live: Colour, note: Mapping[str, str], desired: DesiredRelease | None = None
    ) -> None:
        """Write to the configuration which colour is live; not into a file with mistakes."""
        require_writable(self._name, self._stack_file)
        self._stack.record_live(live, note, desired)

    def note_live(self, live: Colour) -> None:
        """Write to the configuration which colour is live; not into a file with mistakes."""
        self.write_settings({LIVE: live.value})

    def record_release(self, colour: Colour, release: str) -> None:
        """Write to the configuration which release a colour has."""
        self._stack.record_release(colour, release)

    def preview_settings(self, settings: Mapping[str, object], live: Colour) -> Preview:
        """Ask what the stack with other settings would do."""
        return self._stack.preview_settings(settings, live)

    def apply_settings(self, settings: Mapping[str, object]) -> str:
        """Write settings and bring the stack there; not with a file that has mistakes."""
        require_writable(self._name, self._stack_file)
        return self._stack.apply_settings(settings)

    def write_settings(self, settings: Mapping[str, object]) -> None:
        """Write settings, and do no more; not into a file with mistakes."""
        require_writable(self._name, self._stack_file)
        self._stack.write_settings(settings)

    @property
    def _stack_file(self) -> Path:
        return stack_file_of(self._name, self._file)

    @property
    def _stack(self) -> "PulumiStack":
        if self._loaded is None:
            from operate.stack.automation.pulumi_stack import PulumiStack
            from operate.stack.automation.pulumi_workspace import StackPlace

            place = StackPlace(self._name, self._file and self._file.resolve())
            self._loaded = PulumiStack(place, self._clock, self._cache.write, guard=self._guard)
        return self._loaded
