"""The edges of an adoption: the stack by Pulumi, the account by the provider's own command."""

import os
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from messages.progress import step
from operate.adopt.adoption import Adoption, Candidate
from operate.adopt.adoption_note import AdoptionNote
from operate.adopt.kept_records import continue_lock, hold_lock, sign_stack_records
from operate.adopt.planned_resources import PlannedResource, PlannedResources
from operate.adopt.stack_file_note import HOST_KEYS, NEW_ROOT, RUN_VARIABLE, adoption_note
from operate.clock import SystemClock
from operate.error import OperateError
from operate.history.events import event_now, noting_events
from operate.lock.holder import TTL
from operate.lock.process import this_process
from operate.lock.write_guard import CheckedLock
from operate.servers.host_keys.accepted_keys import accepted_host_keys
from operate.servers.ssh import SshLink
from operate.servers.stack_link import stack_link
from operate.stack.automation.pulumi_stack import PulumiStack
from operate.stack.automation.pulumi_workspace import StackPlace
from operate.stack.config.servers_setting import full_name
from operate.stack.config.setting_keys import ADOPTION, SERVERS
from operate.stack.facts import Facts
from operate.stack.facts_cache import facts_cache, lost_facts_cache
from operate.stack.python_command import CommandError, run_command

ADOPT, ADOPTING = "SL_ADOPT", "SOFTLAYER_REGISTRY_ADOPTING"
"""Environment variables: what the provider takes over, and that the program replaces containers."""
PRESENT_CONTAINERS = "SOFTLAYER_REGISTRY_PRESENT_CONTAINERS"
"""Environment variable with the containers that the program does not replace, as the state has them."""
ACCEPT_UNMANAGED = "SL_ACCEPT_UNMANAGED"
"""Environment variable with the servers that a preview shows as ordered although the account has them."""
REPLACE_LIVE = "SOFTLAYER_REGISTRY_REPLACE_LIVE"
"""Environment variable with the colour that the operator lets be replaced although it is live."""
_CONTAINER, _OWN = "docker:index/container:Container", "softlayer:index:"
"""Type of a container, and what the types of the account's items begin with."""
_COMMAND = ("-m", "provider.commands.adoptable")
_SECONDS = 300.0


class ProviderAccount:
    """The account by `python -m provider.commands.adoptable`.

    Args:
        configuration: Returns the provider's configuration, for an environment without credentials.
    """

    def __init__(self, configuration: Callable[[], Mapping[str, object]]) -> None:
        self._configuration = configuration

    def candidates(self, resources: Sequence[PlannedResource]) -> Mapping[str, Sequence[Candidate]]:
        """Return what each resource that would be ordered could take over, by the resource's name.

        Raises:
            OperateError: The provider's command fails; its message says why.
        """
        planned = [
            {"kind": resource.kind, "name": resource.name, "inputs": dict(resource.inputs)}
            for resource in resources
        ]
        request = {"configuration": dict(self._configuration()), "resources": planned, "hostKeys": True}
        try:
            with step("the account's items that could be taken over"):
                answer = run_command(_COMMAND, request, _SECONDS)
        except CommandError as error:
            raise OperateError(f"the account cannot be asked: {error}") from None
        return {
            name: [Candidate(item["id"], item["description"], item["fingerprint"]) for item in several]
            for name, several in answer["candidates"].items()
        }


class PulumiAdoption:
    """A stack that takes over what is in the account.

    Args:
        stack: The stack.
        note: Note of an adoption under way.
    """

    def __init__(self, stack: PulumiStack, note: AdoptionNote) -> None:
        self._stack, self._note = stack, note

    def is_unfinished(self) -> bool:
        """Return whether an adoption has begun and not ended: by a note, or by a state without outputs."""
        if self._note.is_present or self._stack.setting(ADOPTION) is not None:
            return True
        has_items = any(kind.startswith(_OWN) for kind in self._stack.resource_types().values())
        return has_items and not self._stack.has_outputs()

    def locked(self, lock: CheckedLock) -> AbstractContextManager[None]:
        """Let the stack's file be written while a lock is held."""
        return self._stack.locked(lock)

    def end(self) -> None:
        """Take both notes of the adoption away: everything is done."""
        self._note.end()
        self._stack.write_settings({ADOPTION: None})

    def planned_resources(self) -> Sequence[PlannedResource]:
        """Return what a `pulumi up` would create.

        Where an adoption was stopped, the state has the new secrets already, and the front doors the lost
        ones: the preview permits what the adoption does.
        """
        self._stack.check_settings({})
        planned = PlannedResources()
        servers = self._stack.setting(SERVERS)
        names = [full_name(server) for server in servers] if isinstance(servers, list) else []
        with _variables({ADOPTING: secrets.token_hex(4), ACCEPT_UNMANAGED: ",".join(names)}):
            self._stack.plan(planned)
        return planned.resources

    def facts(self) -> Facts:
        """Return the facts in its outputs, which the lost state had and the takeover restores."""
        return self._stack.facts()

    def has_new_root(self) -> bool:
        """Return whether the adoption under way has made a new root secret, in whichever of its runs."""
        note = self._stack.setting(ADOPTION)
        return isinstance(note, Mapping) and NEW_ROOT in note

    def adopt(self, items: Mapping[str, Candidate], *, makes_root: bool) -> str:
        """Bring the stack up by taking over items; a second `up` forgets what only that run needed.

        One that was stopped is repeated from its beginning: what the state has stays.

        Args:
            items: Items of the account, by the resource's name.
            makes_root: Whether the first `up` makes a new root secret.
        """
        types = self._stack.resource_types()
        is_lost = not any(kind.startswith(_OWN) for kind in types.values())
        self._note.begin(is_new=is_lost)
        accepted = self._accept_host_keys(items.values(), makes_root=makes_root)
        containers = sorted(urn.rpartition("::")[2] for urn, kind in types.items() if kind == _CONTAINER)
        variables = {
            ADOPT: ",".join(f"{name}={item.identifier}" for name, item in sorted(items.items())),
            ADOPTING: secrets.token_hex(4),
            PRESENT_CONTAINERS: ",".join(containers),
        }
        with _variables(variables), accepted_host_keys(accepted):
            changes = self._stack.restore().changes
        with _without_variable(REPLACE_LIVE):
            self._stack.restore()
        return changes

    def _accept_host_keys(self, items: Collection[Candidate], *, makes_root: bool) -> Mapping[str, str]:
        """Note the adoption, and return the fingerprints that this run believes, by the ids of items.

        The state that had it is lost, and the one-time key of the order is spent: the operator was asked. A
        run that was stopped has left servers in the state without a key, which is pinned still.
        """
        present = self._stack.setting(ADOPTION)
        note = present if isinstance(present, Mapping) else {}
        confirmed = note.get(HOST_KEYS, {})
        fingerprints = {item.identifier: item.fingerprint for item in items}
        new_note = dict(note or adoption_note(this_process("adopt", TTL), makes_root=makes_root))
        if fingerprints:
            new_note[HOST_KEYS] = {**confirmed, **fingerprints}
        if new_note != present:
            self._stack.write_settings({ADOPTION: new_note})
        servers = self._stack.server_outputs().values()
        unpinned = {identifier for identifier, outputs in servers if not outputs.get("sshHostKey")}
        return {**{name: key for name, key in confirmed.items() if name in unpinned}, **fingerprints}


class OpenAdoption:
    """A stack whose state is lost, and what this machine remembers of it.

    Args:
        name: Name of the stack.
        config_file: The stack's file where it is elsewhere.
        log: Receives a line where there is no lock, and for the records.
    """

    def __init__(self, name: str, config_file: Path | None, log: Callable[[str], None]) -> None:
        self._log, self._outputs = log, list[object]()
        self._cache = facts_cache(name, config_file)
        location = StackPlace(name, config_file and config_file.resolve())
        self._note = AdoptionNote(self._cache, lost_facts_cache(name, config_file))
        pulumi_stack = PulumiStack(location, SystemClock(), self._outputs.append)
        self.stack = PulumiAdoption(pulumi_stack, self._note)
        self._before = self._note.facts()
        self._open_link = partial(stack_link, environment=name, config_file=config_file)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the lock of the lost state, where this machine remembers how.

        Raises:
            HeldError: Another operator is at work.
            StoreError: The store does not answer, so that nobody knows who is at work.
        """
        # A lock is given back before the links close that lead to it.
        with ExitStack() as self._links, ExitStack() as self._locks:
            before = self._with_present_key(self._before) if self._before else None
            link = self._link(before) if before else None
            self._lock = self._locks.enter_context(hold_lock(before, link, self._log))
            with self.stack.locked(self._lock), _variables({RUN_VARIABLE: "true"}):
                yield

    def keep_records(self, adoption: Adoption) -> Adoption:
        """Sign lock and history with the present key, under the lock, note the adoption there, and end it.

        Args:
            adoption: Adoption that has ended.

        Returns:
            The same; its root secret is also new where this machine remembers another one.
        """
        facts = self.stack.facts()
        link = self._link(facts)
        lock = self._locks.enter_context(continue_lock(self._lock, facts, link, self._log))
        lost_key = self._before.record_key if self._before else ""
        records = sign_stack_records(facts, lost_key, link)
        if records.description:
            self._log(f"records ok: {records.description}")
        self._cache.write(self._outputs[-1])
        has_new_key = bool(lost_key) and lost_key != facts.record_key
        adoption = replace(adoption, new_root=adoption.new_root or has_new_key)
        with noting_events([event_now("adoption", adoption.description)], lock, self._log):
            self.stack.end()
        return adoption

    def _with_present_key(self, before: Facts) -> Facts:
        """Return the facts of the lost state with the key that has signed records since, if one has."""
        if not self._note.is_present:
            return before
        try:
            return replace(before, previous_record_key=self.stack.facts().record_key)
        except OperateError:
            return before  # no outputs yet

    def _link(self, facts: Facts) -> SshLink:
        """Open a link that closes when the lock has ended."""
        return self._links.enter_context(closing(self._open_link(facts.ssh_user)))


@contextmanager
def _variables(values: Mapping[str, str]) -> Iterator[None]:
    os.environ.update(values)
    try:
        yield
    finally:
        for name in values:
            os.environ.pop(name, None)


@contextmanager
def _without_variable(name: str) -> Iterator[None]:
    value = os.environ.pop(name, None)
    try:
        yield
    finally:
        if value is not None:
            os.environ[name] = value
