"""The stack by Pulumi's Automation API: the program of this checkout, its configuration, its outputs."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from typing import TypeVar

from pulumi import automation
from pulumi.automation import events

from messages.progress import step
from operate.clock import Clock
from operate.error import NotStartedError, OperateError
from operate.lock.write_guard import CheckedLock, WriteGuard
from operate.servers.system_ssh import PinnedServer, pinned_servers
from operate.stack.automation.engine_lock import await_or_break
from operate.stack.automation.missing_stack import explain_missing_stack, failure_of
from operate.stack.automation.named_servers import servers_to_name
from operate.stack.automation.preview_events import PreviewListener, hearing, helper_warning, resource_names
from operate.stack.automation.pulumi_failure import describe_failure
from operate.stack.automation.pulumi_refresh import PulumiRefresh
from operate.stack.automation.pulumi_workspace import FileCommand, StackPlace, select_stack
from operate.stack.automation.settings_file import PROJECT, configure, write_or_remove, write_settings
from operate.stack.config.config_value import plain_data
from operate.stack.config.desired_release import DesiredRelease
from operate.stack.config.setting_keys import KEEP_RELEASE, LAST_SWAP, LIVE, ROTATION
from operate.stack.config.settings_check import require_valid
from operate.stack.config.stack_file import (
    can_be_decrypted,
    project_defaults,
    read_plain,
    read_setting,
    read_settings,
)
from operate.stack.config.staged_host_key import rotated_server
from operate.stack.facts import Colour, Facts
from operate.stack.facts_output import OUTPUT
from operate.stack.lost_state import read_facts
from operate.stack.placement import place_facts, read_placement
from operate.stack.preview import Preview
from operate.stack.probes.installed_probe import installed_probe
from operate.stack.probes.silent_servers import PlannedDeletions, deletions_by_server, silent_servers
from operate.stack.process.interrupts import uninterrupted
from operate.stack.state.installations import ChangedInstallation
from operate.stack.state.loss import edited_settings, is_as_deployed, monthly_cost, plan_of_loss
from operate.stack.state.lost_resources import server_outputs, server_urns
from operate.stack.state.plan import PlannedOrders, RecoveryPlan
from operate.stack.state.refresh_targets import RefreshedServers
from operate.stack.state.restored import NOTHING_TO_DO, Restored
from operate.stack.state.up_steps import UpSteps

T = TypeVar("T")


class PulumiStack:
    """A stack; backend and passphrase come from the process's environment, as for `pulumi` itself.

    Args:
        place: Place of the stack file and the program.
        clock: Clock to wait for an engine that a killed operator has left.
        remember: Receives the output `operate` whenever it was read.
        make: Makes the stack for a stack file; for tests with a program of their own.
        probe: Returns the servers whose Docker answers; without it what is on servers is not observed.
        installed: Returns the installations that differ from a state, which each `up` puts right; None
            checks no server.
        guard: Guard of the stack's file, where others write it as well.
    """

    def __init__(
        self,
        place: StackPlace,
        clock: Clock,
        remember: Callable[[object], None] = lambda _: None,
        make: Callable[[StackPlace, automation.PulumiCommand], automation.Stack] | None = None,
        probe: Callable[[Sequence[PinnedServer]], Collection[PinnedServer]] = lambda _: (),
        installed: Callable[[automation.Deployment], Sequence[ChangedInstallation]] | None = None,
        guard: WriteGuard | None = None,
    ) -> None:
        installed = installed or installed_probe(place.environment, place.config_file)
        self._guard = guard or WriteGuard()
        self._refresh = PulumiRefresh(self._run, lambda: self._stack, probe, installed)
        self._place, self._clock, self._remember = place, clock, remember
        self._select_stack = make or select_stack
        self._selected: tuple[automation.Stack, FileCommand] | None = None
        self._deployed: DesiredRelease | None = None
        self._deployed_releases: Mapping[Colour, str] = {}
        self._known_servers: frozenset[str] | None = None
        self._cost: float | None = None
        self._facts: Facts | None = None

    def facts(self) -> Facts:
        """Return the facts in its outputs; a standby that took over since has the lost front door's place."""
        return place_facts(self.deployed_facts(), read_placement(self._place.file))

    def deployed_facts(self) -> Facts:
        """Return the facts of the last `pulumi up`."""
        outputs = self._read_outputs()
        output = outputs.get(OUTPUT)
        facts = read_facts(self._place.environment, self._place.file, output.value if output else None)
        self._deployed_releases = {
            colour: colour_facts.release for colour, colour_facts in facts.colours.items() if colour_facts
        }
        self._remember(output.value if output else None)
        self._facts, self._guard.at_end = facts, None
        return facts

    def locked(self, lock: CheckedLock) -> AbstractContextManager[None]:
        """Let the stack's file be written while a lock is held."""
        return self._guard.hold(lock)

    def check_settings(self, changes: Mapping[str, object]) -> None:
        """Refuse a stack file that has mistakes with some settings changed; does without Pulumi."""
        require_valid(self._place.environment, self._place.file, changes)

    def preview(self, desired: DesiredRelease) -> Preview:
        """Ask what bringing it there would do, on a copy of the stack's file."""
        is_changed, planned, changes = self._preview_on_copy(lambda: configure(self._stack, desired))
        self._deployed = None if is_changed or planned.builds else desired
        return planned.preview(changes, desired.colour)

    def preview_settings(self, settings: Mapping[str, object], live: Colour) -> Preview:
        """Ask what the stack with some other settings would do, and the storage of a colour, on a copy."""
        _, planned, changes = self._preview_on_copy(lambda: write_settings(self._stack, settings))
        return planned.preview(changes, live)

    def pending(self) -> str:
        """Return what is not deployed, for people; "" if only front doors' live colour would be updated."""
        _, planned, changes = self._preview_on_copy(lambda: None)
        return Preview(changes).describe() if planned.builds else ""

    def preview_edits(self, text: str, settings: Mapping[str, object], live: Colour) -> tuple[Preview, bool]:
        """Ask what another stack file would do, and whether more than door colours changes.

        Args:
            text: Text of the file.
            settings: Settings that are written to it; one that is None is taken out.
            live: Colour whose storage is requested.
        """
        _, planned, changes = self._preview_on_copy(lambda: write_or_remove(self._stack, settings), text)
        return planned.preview(changes, live), planned.builds

    def edited_settings(self) -> Sequence[str]:
        """Return the settings that the stack's file has otherwise than the last `pulumi up` had them.

        Secrets are compared where the stack's file is in its own place, and can be decrypted. `pulumi stack
        history` takes no other file, and would write a new salt into one that has none.
        """
        shows_secrets = self._place.config_file is None and can_be_decrypted(self._place.file)
        history = self._refresh.history(show_secrets=shows_secrets)
        configured = self._run("its configuration cannot be read", lambda: self._stack.get_all_config())
        return edited_settings(history, configured)

    def _preview_on_copy(
        self, write: Callable[[], T], text: str | None = None
    ) -> tuple[T, PreviewListener, Mapping[str, int]]:
        """Write settings to a copy of the stack's file, or to another text, and preview with that."""
        stack, planned = self._stack, PreviewListener()
        with self._command.on_copy(text):
            result = self._run("preview", write)
            with step("pulumi preview") as show:
                listen = hearing(planned, resource_names("pulumi preview", show))
                preview = self._run("preview", lambda: stack.preview(on_event=listen))
        changes = {str(name): number for name, number in preview.change_summary.items() if name != "same"}
        return result, planned, changes

    def setting(self, key: str) -> object:
        """Return a setting of the stack's file as plain data; None where it is not there."""
        configured = self._run("its configuration cannot be read", lambda: self._stack.get_all_config())
        value = configured.get(f"{PROJECT}:{key}")
        return plain_data(value.value) if value is not None else None

    def apply_settings(self, settings: Mapping[str, object]) -> str:
        """Write settings to the stack's file and bring the stack there; returns what was done, for people."""
        self.write_settings(settings)
        return self._up()

    def write_settings(self, settings: Mapping[str, object]) -> None:
        """Write settings to the stack's file, and only there; one that is None is taken out."""
        self._deployed = None
        self._write_file(lambda: write_or_remove(self._stack, settings))

    def _write_file(self, write: Callable[[], object]) -> None:
        self._guard.check()
        self._run("its configuration cannot be written", write)

    def build(self, desired: DesiredRelease) -> str:
        """Write the configuration and bring the stack there; not where a preview saw that it is there.

        An update of the front doors' live colour can wait for the next build.
        """
        # An engine that was killed at its very end has all there, and outputs of before.
        is_there = self._deployed_releases.get(desired.colour, "") == desired.release
        if desired == self._deployed and is_there and not self._refresh.repeat_changed():
            return NOTHING_TO_DO
        self._deployed = None
        self._write_file(lambda: configure(self._stack, desired))
        return self._up()

    def _up(self, listen: Callable[[events.EngineEvent], None] = lambda _: None) -> str:
        repeated = self._refresh.repeat_changed()
        warnings: list[str] = []
        self._known_servers = None
        numbers: dict[str, int] = {}

        def hear(event: events.EngineEvent) -> None:
            if event.summary_event is not None:
                changes = event.summary_event.resource_changes
                numbers.update({str(name): number for name, number in changes.items()})
            warnings.extend(filter(None, [helper_warning(event)]))
            listen(event)

        with step("pulumi up") as show:
            on_event = hearing(hear, resource_names("pulumi up", show))
            self._run(
                "up", lambda: self._stack.up(suppress_outputs=True, show_secrets=False, on_event=on_event)
            )
        # A rollback reads what this machine remembers.
        self._guard.at_end = self.deployed_facts
        changes = {name: number for name, number in numbers.items() if name != "same"}
        done = ", ".join(f"{number} {name}d" for name, number in sorted(changes.items())) or NOTHING_TO_DO
        done += f"; installed again: {'; '.join(repeated)}" if repeated else ""
        return "; warning: ".join([done, *dict.fromkeys(warnings)])

    def server_names(self) -> frozenset[str]:
        """Return the servers of the stack, DATACENTER-NAME, also those that have left the state.

        The outputs name them until the next `up` ends.
        """
        return self._output_servers() | server_urns(self._refresh.export()).keys()

    def _output_servers(self) -> frozenset[str]:
        """The servers of the outputs; the outputs are read once before an `up`."""
        if self._known_servers is None:
            self._read_outputs()
        return self._known_servers or frozenset()

    def _read_outputs(self) -> automation.OutputMap:
        stack = self._stack
        with step("pulumi stack output"):
            outputs = self._run(
                "its outputs cannot be read", lambda: stack.workspace.stack_outputs(stack.name)
            )
        self._known_servers = frozenset(outputs["servers"].value if "servers" in outputs else ())
        self._cost = monthly_cost(outputs)
        return outputs

    def has_outputs(self) -> bool:
        """Return whether an `up` has ended, which gives the stack its output `operate`."""
        return OUTPUT in self._read_outputs()

    def resource_types(self) -> Mapping[str, str]:
        """Return the types of the resources in the state, by URN."""
        resources = (self._refresh.export().deployment or {}).get("resources", [])
        return {str(resource["urn"]): str(resource["type"]) for resource in resources}

    def server_outputs(self) -> Mapping[str, tuple[str, Mapping[str, object]]]:
        """Return id and outputs of the servers in the state, by DATACENTER-NAME; secrets stay encrypted."""
        return server_outputs(self._refresh.export())

    def refresh_own(self, names: Collection[str] = ()) -> RefreshedServers:
        """Ask the account for what is in it; where no server is gone, those that answer for their containers.

        What was on a server that is gone, or whose system was installed again, leaves the state: the next
        `up` makes it. Only servers that answer are asked, so that none stands in the way of another one.

        Args:
            names: Servers, DATACENTER-NAME, with what is on them and nothing else; everything where empty.

        Returns:
            The missing servers, also those that an earlier recovery missed, and those that changed.
        """
        return self._refresh.refresh(names, self._output_servers())

    def ask_early(self, *, agreed: bool) -> None:
        """Ask the account while something else is done; the next `refresh_own` takes the answer.

        Args:
            agreed: Whether the operator has agreed to every order beforehand.
        """
        _ = self._stack  # not selected twice
        self._refresh.ask_early(agreed=agreed)

    def plan_of_loss(self) -> RecoveryPlan | None:
        """Return what bringing back takes, by the state alone; None where only a preview shows it.

        It can where nothing but servers was lost, and the stack file is that of the last `pulumi up`.
        """
        states = self._refresh.states
        if states is None:
            return None
        settings, defaults = read_settings(self._place.file), project_defaults(self._place.program)
        is_known = is_as_deployed(self._refresh.history(), settings, defaults)
        return plan_of_loss(*states, self._cost) if is_known else None

    def plan(self, listen: Callable[[events.EngineEvent], None] = lambda _: None) -> RecoveryPlan:
        """Return what bringing the stack to its file orders, changes and costs; `listen` hears it."""
        planned, orders, deletions = PreviewListener(), PlannedOrders(), PlannedDeletions()

        with step("pulumi preview") as show:
            on_event = hearing(planned, orders, deletions, listen, resource_names("pulumi preview", show))
            result = self._run("preview", lambda: self._stack.preview(on_event=on_event))
        changes = {str(name): number for name, number in result.change_summary.items() if name != "same"}
        preview = Preview(changes, cost=planned.cost, warnings=tuple(planned.warnings))
        by_server = deletions_by_server(self._refresh.export(), deletions.urns) if deletions.urns else {}
        return RecoveryPlan(preview, tuple(orders.orders), by_server)

    def silent_servers(self, names: Collection[str]) -> Mapping[str, str]:
        """Return why servers do not answer, by DATACENTER-NAME; those that do are left out."""
        outputs = {name: server for name, server in self.server_outputs().items() if name in names}
        return silent_servers(self._place.environment, self._place.config_file, pinned_servers(outputs))

    def lost_kept_release(self, lost: Collection[str]) -> str:
        """Return the kept release, if every server on which it runs is lost, DATACENTER-NAME; "" if not."""
        kept = read_setting(self._place.file, KEEP_RELEASE)
        carriers = self._facts.carriers(kept) if kept and self._facts else frozenset[str]()
        return kept if carriers and carriers <= set(lost) else ""

    def forget_kept_release(self) -> None:
        """Keep no release as it was made any more; a setting that makes a bad one can be mended."""
        self.write_settings({KEEP_RELEASE: None})

    def restore(self) -> Restored:
        """Bring the stack to its file, verified."""
        steps, orders, listener = UpSteps(self._clock.monotonic), PlannedOrders(), PreviewListener()
        changes = self._up(hearing(steps, orders, listener))
        seconds, ordered = steps.seconds(), tuple(orders.orders)
        return Restored(changes, seconds, ordered, listener.cost, steps.has_changed_container)

    def verify(self) -> str:
        """Push and pull an image once more, and return what was done, for people."""
        if not self._refresh.repeat_verification():
            return "the stack has nothing that pushes and pulls"
        return f"an image was pushed and pulled; {self._up()}"

    def recorded_token(self) -> int:
        """Return the fencing token of the last swap in the stack file; 0 where it has none."""
        note = self.setting(LAST_SWAP)
        token = str(note.get("token", "")) if isinstance(note, dict) else ""
        return int(token) if token.isdecimal() else 0

    def record_live(
        self, live: Colour, note: Mapping[str, str], desired: DesiredRelease | None = None
    ) -> None:
        """Write to the configuration which colour is live, and what the last swap was."""

        def write() -> None:
            if desired:
                configure(self._stack, desired)
            write_settings(self._stack, {LIVE: live.value, LAST_SWAP: dict(note)})

        self._write_file(write)

    def record_release(self, colour: Colour, release: str) -> None:
        """Write to the configuration, and only there, which release a colour has."""
        self.write_settings({colour.value: release})

    @property
    def _stack(self) -> automation.Stack:
        return self._select()[0]

    @property
    def _command(self) -> FileCommand:
        return self._select()[1]

    def _select(self) -> tuple[automation.Stack, FileCommand]:
        if self._selected is None:
            command = self._run("not found", lambda: FileCommand(self._place))
            self._selected = self._run("not found", lambda: self._select_stack(self._place, command)), command
        return self._selected

    def _run(self, action: str, work: Callable[[], T]) -> T:
        while True:
            try:
                return uninterrupted(work)
            except automation.StackNotFoundError:
                name = self._place.environment
                reason = explain_missing_stack(name, self._place.file)
                raise NotStartedError(f"environment {name}: {reason}") from None
            except automation.ConcurrentUpdateError as error:
                await_or_break(str(error), self._place.environment, self._clock, self._break_lock)
            except automation.InvalidVersionError as error:
                raise OperateError(f"environment {self._place.environment}: {action}: {error}") from None
            except (automation.CommandError, OSError, RuntimeError) as error:
                name = self._place.environment
                servers = servers_to_name(error, self._selected[0] if self._selected else None)
                rotated = rotated_server(read_plain(self._place.file, ROTATION))
                cause = describe_failure(error, servers=servers, rotated_server=rotated)
                reason = f"{action}: {cause}"
                file, has_engine = self._place.config_file, not isinstance(error, FileNotFoundError)
                raise failure_of(name, reason, file, has_engine=has_engine) from None

    def _break_lock(self) -> None:
        with suppress(automation.CommandError):
            self._stack.cancel()
