"""Asks the account what it has of a stack, and makes the state say so, with few calls of Pulumi."""

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pulumi import automation

from messages.progress import step
from operate.error import OperateError
from operate.servers.system_ssh import PinnedServer
from operate.stack.background import in_background, result_of
from operate.stack.state.account_answer import OWN_RESOURCES, AccountAnswer, AccountListener, without_servers
from operate.stack.state.installations import (
    ChangedInstallation,
    interrupted_commands,
    repeat_commands,
    verification_commands,
)
from operate.stack.state.lost_resources import forget_lost, forget_outdated, server_urns
from operate.stack.state.refresh_targets import (
    RefreshedServers,
    changed_servers,
    docker_hosts,
    own_targets,
)

T = TypeVar("T")
_HISTORY = 10
"""Updates to look at for the last `pulumi up` (choice): refreshes are among them."""


class PulumiRunner(Protocol):
    """Runs what asks Pulumi."""

    def __call__(self, action: str, work: Callable[[], T]) -> T:
        """Return what came of it.

        Raises:
            OperateError: Pulumi failed; the text names the action.
        """


@dataclass(frozen=True)
class _Remainder:
    """What is left of a state.

    Attributes:
        state: State without what is lost.
        is_written: Whether the backend has it.
        is_all: Whether lost servers are all that differs from the state before.
    """

    state: automation.Deployment
    is_written: bool = True
    is_all: bool = False


class PulumiRefresh:
    """The account's answer about one stack.

    Args:
        run: Runs a call of Pulumi.
        stack: Returns the stack.
        probe: Returns the servers whose Docker answers.
        installed: Returns the installations that differ from a state.

    Attributes:
        states: States before and after servers were taken out that alone are missing; None where that is not
            so.
    """

    def __init__(
        self,
        run: PulumiRunner,
        stack: Callable[[], automation.Stack],
        probe: Callable[[Sequence[PinnedServer]], Collection[PinnedServer]],
        installed: Callable[[automation.Deployment], Sequence[ChangedInstallation]] = lambda _: (),
    ) -> None:
        self._run, self._stack, self._probe, self._installed = run, stack, probe, installed
        self._early_answer: Future[AccountAnswer] | None = None
        self._reads_history = self._is_compared = False
        self._history: Future[list[automation.UpdateSummary]] | None = None
        self.states: tuple[automation.Deployment, automation.Deployment] | None = None

    def ask_early(self, *, agreed: bool) -> None:
        """Ask the account while something else is done, such as taking the lock; changes nothing.

        Args:
            agreed: Whether the history is of use, since the operator need not see a preview.
        """
        self._reads_history = agreed
        self._early_answer = in_background(self.ask)

    def export(self) -> automation.Deployment:
        """Return the state, secrets encrypted."""
        return self._run("its state cannot be read", lambda: self._stack().export_stack())

    def history(self, *, show_secrets: bool = False) -> Sequence[automation.UpdateSummary]:
        """Return the last updates, the last one first."""
        if self._history and not show_secrets:
            return self._history.result()
        return self._read_history(show_secrets=show_secrets)

    def _read_history(self, *, show_secrets: bool = False) -> list[automation.UpdateSummary]:
        return self._run(
            "its history cannot be read",
            lambda: self._stack().history(_HISTORY, show_secrets=show_secrets),
        )

    def refresh(self, names: Collection[str], output_servers: Collection[str]) -> RefreshedServers:
        """Bring the state to what the account has.

        Args:
            names: Servers, DATACENTER-NAME, with what is on them and nothing else; everything where empty.
            output_servers: Servers that the outputs name, DATACENTER-NAME.
        """
        before = self.export()
        remainder = self._without_lost(before, names)
        outdated = forget_outdated(remainder.state)
        # An import forgets what was interrupted, and a refresh has done so already.
        self._is_compared = True
        repeated, kept = self._with_repeated(outdated, interrupted_commands(before), names)
        self.states = (before, kept) if remainder.is_all and kept is outdated else None
        if remainder.is_all and self._reads_history:
            # An import is no part of the history, and takes half a second.
            self._history = in_background(self._read_history)
        if kept is not remainder.state or not remainder.is_written:
            self._run("its state cannot be written", lambda: self._stack().import_stack(kept))
        missing = (set(output_servers) | server_urns(before).keys()) - server_urns(kept).keys()
        if not missing:
            hosts = docker_hosts(kept, names)
            self._refresh_targets([urn for host in self._probe(list(hosts)) for urn in hosts[host]])
        return RefreshedServers(tuple(sorted(missing)), changed_servers(before, kept), repeated)

    def repeat_changed(self) -> tuple[str, ...]:
        """Have the next `up` install again what differs on servers, and what a killed engine was changing.

        Does nothing right after a refresh, which has done so.

        Returns:
            What that is, for people.
        """
        if self._is_compared:
            self._is_compared = False
            return ()
        try:
            before = self.export()
        except OperateError:
            return ()  # the `up` that follows says why, with what helps
        repeated, after = self._with_repeated(before, interrupted_commands(before))
        if after is not before:
            self._run("its state cannot be written", lambda: self._stack().import_stack(after))
        return repeated

    def repeat_verification(self) -> bool:
        """Have the next `up` push and pull an image; returns whether the stack has what does so."""
        before = self.export()
        after = repeat_commands(before, verification_commands(before))
        if after is before:
            return False
        self._run("its state cannot be written", lambda: self._stack().import_stack(after))
        # The `up` before has installed what differed.
        self._is_compared = True
        return True

    def _with_repeated(
        self, state: automation.Deployment, interrupted: Collection[str], names: Collection[str] = ()
    ) -> tuple[tuple[str, ...], automation.Deployment]:
        changed = [item for item in self._installed(state) if not names or item.installation.server in names]
        differing = {item.installation.urn for item in changed}
        cut_short = sorted(urn.rpartition("::")[2] for urn in interrupted if urn not in differing)
        descriptions = [
            *(item.description for item in changed),
            *(f"{name}: its change was cut short" for name in cut_short),
        ]
        return tuple(descriptions), repeat_commands(state, differing | set(interrupted))

    def ask(self) -> AccountAnswer:
        """Ask the account for everything in the state; changes nothing, and waits for no lock."""
        listener = AccountListener()
        with step("pulumi refresh, which asks the account"):
            preview = self._run(
                "refresh",
                lambda: self._stack().preview_refresh(
                    target=[OWN_RESOURCES], suppress_outputs=True, on_event=listener
                ),
            )
        return listener.answer({str(name): number for name, number in preview.change_summary.items()})

    def _without_lost(self, before: automation.Deployment, names: Collection[str]) -> _Remainder:
        early_answer, self._early_answer = self._early_answer, None
        if early_answer is not None and not names:
            missing = result_of(early_answer).missing_from(before)
            if missing:
                return _Remainder(without_servers(before, missing), is_written=False, is_all=True)
        if not self._refresh_targets(own_targets(before, names)):
            return _Remainder(before)
        after = self.export()
        if server_urns(after).keys() < server_urns(before).keys():
            return _Remainder(forget_lost(before, after), is_written=False)
        return _Remainder(after)

    def _refresh_targets(self, targets: list[str]) -> bool:
        """Refresh some resources; returns whether there were any."""
        # Without a target everything would be refreshed.
        if targets:
            with step("pulumi refresh, which asks the account"):
                self._run(
                    "refresh",
                    lambda: self._stack().refresh(target=targets, suppress_outputs=True, show_secrets=False),
                )
        return bool(targets)
