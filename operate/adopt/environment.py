"""The edges of an adoption: the stack by Pulumi, the account by the provider's own command."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from messages.progress import step
from operate.adopt.adoption import Candidate
from operate.adopt.kept_records import hold_lock, sign_stack_records
from operate.adopt.planned_resources import PlannedResource, PlannedResources
from operate.error import OperateError
from operate.servers.ssh import SshLink
from operate.servers.stack_link import stack_link
from operate.stack.automation.pulumi_stack import PulumiStack
from operate.stack.automation.pulumi_workspace import StackPlace
from operate.stack.facts import Facts
from operate.stack.facts_cache import facts_cache
from operate.stack.python_command import CommandError, run_command
from operate.swap.interfaces import SystemClock

ADOPT, ADOPTING = "SL_ADOPT", "SOFTLAYER_REGISTRY_ADOPTING"
"""Environment variables: what the provider takes over, and that the program replaces containers."""
ACCEPT_HOST_KEYS = "SL_ACCEPT_HOST_KEYS"
"""Environment variable with the servers whose host key the operator vouches for; the one they show is pinned.

The state that had it is lost, and the one-time key of the order is spent. The operator is asked before.
"""
_COMMAND = ("-m", "provider.commands.adoptable")
_SECONDS = 300.0


class ProviderAccount:
    """The account by `python -m provider.commands.adoptable`.

    Args:
        configuration: returns the provider's, for an environment without credentials.
    """

    def __init__(self, configuration: Callable[[], Mapping[str, object]]) -> None:
        self._configuration = configuration

    def candidates(self, resources: Sequence[PlannedResource]) -> Mapping[str, Sequence[Candidate]]:
        """Return what each resource that would be ordered could take over, by the resource's name.

        Raises:
            OperateError: the provider's command fails; its message says why.
        """
        planned = [
            {"kind": resource.kind, "name": resource.name, "inputs": dict(resource.inputs)}
            for resource in resources
        ]
        request = {"configuration": dict(self._configuration()), "resources": planned}
        try:
            with step("the account's items that could be taken over"):
                answer = run_command(_COMMAND, request, _SECONDS)
        except CommandError as error:
            raise OperateError(f"the account cannot be asked: {error}") from None
        return {
            name: [Candidate(candidate["id"], candidate["description"]) for candidate in several]
            for name, several in answer["candidates"].items()
        }


class PulumiAdoption:
    """A stack that takes over what is in the account.

    Args:
        stack: the stack.
    """

    def __init__(self, stack: PulumiStack) -> None:
        self._stack = stack

    def planned_resources(self) -> Sequence[PlannedResource]:
        """Return what a `pulumi up` would create."""
        self._stack.check_settings({})
        planned = PlannedResources()
        self._stack.plan(planned)
        return planned.resources

    def facts(self) -> Facts:
        """Return the facts in its outputs, which the lost state had and the takeover restores."""
        return self._stack.facts()

    def adopt(self, identifiers: Mapping[str, str]) -> str:
        """Bring the stack up by taking over items; a second `up` forgets what only that run needed."""
        pairs = ",".join(f"{name}={identifier}" for name, identifier in sorted(identifiers.items()))
        accepted = ",".join(sorted(identifiers.values()))
        with _variables({ADOPT: pairs, ADOPTING: "1", ACCEPT_HOST_KEYS: accepted}):
            changes = self._stack.restore().changes
        self._stack.restore()
        return changes


class OpenAdoption:
    """A stack whose state is lost, and what this machine remembers of it.

    Args:
        name: of the stack.
        config_file: the stack's file where it is elsewhere.
        log: is given a line where there is no lock, and for the records.
    """

    def __init__(self, name: str, config_file: Path | None, log: Callable[[str], None]) -> None:
        self._log, self._outputs = log, list[object]()
        self._cache = facts_cache(name, config_file)
        location = StackPlace(name, config_file and config_file.resolve())
        self.stack = PulumiAdoption(PulumiStack(location, SystemClock(), self._outputs.append))
        self._before = self._remembered_facts()
        self._open_link = partial(stack_link, environment=name, config_file=config_file)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the lock of the lost state, where this machine remembers how.

        Raises:
            HeldError: another operator is at work.
        """
        with ExitStack() as opened:
            link = opened.enter_context(self._link(self._before)) if self._before else None
            opened.enter_context(hold_lock(self._before, link, self._log))
            yield

    def keep_records(self) -> None:
        """Sign lock and history with the present key and remember the stack; after the lock's end."""
        facts = self.stack.facts()
        with self._link(facts) as link:
            lost_key = self._before.record_key if self._before else ""
            records = sign_stack_records(facts, lost_key, link)
        if records.description:
            self._log(f"records ok: {records.description}")
        self._cache.write(self._outputs[-1])

    def _remembered_facts(self) -> Facts | None:
        try:
            return self._cache.read()
        except OperateError:
            return None

    @contextmanager
    def _link(self, facts: Facts) -> Iterator[SshLink]:
        link = self._open_link(facts.ssh_user)
        try:
            yield link
        finally:
            link.close()


@contextmanager
def _variables(values: Mapping[str, str]) -> Iterator[None]:
    os.environ.update(values)
    try:
        yield
    finally:
        for name in values:
            os.environ.pop(name, None)
