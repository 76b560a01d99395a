"""The engine's part in an order: which calls it makes, what it keeps, and how it dies.

Source: pulumi v3.259.0, resource/deploy/step_generator.go and step_executor.go, as described in
`provider.orders.token`. A command works on a copy of the state in memory, and writes all of it after each
step; what counts for the next command is what lies on disk.
"""

import asyncio
import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path

from harness.cloud.running_api import API_KEY, USERNAME
from provider.errors import ProviderError, UnfinishedError
from provider.open_session import open_session
from provider.orders.journal import OrderJournal
from provider.protocol import steps
from provider.redaction import Redactor
from provider.resources.bare_metal.server import BareMetalServer
from provider.resources.contract import Resource, State, Target
from provider.resources.virtual_guest.server import VirtualGuest
from provider.settings import ProviderSettings
from provider.softlayer.api import Caller, SoftLayerApi, official_client
from provider.softlayer.retry import RetryPolicy
from provider.values import Properties
from tests.provider.orders.faulty_cloud import CHANGES, ENDPOINT, ORDER, SETTLE, FaultyCloud
from tests.provider.orders.faulty_network import TIMEOUT, Fault, KilledError, Network, Process
from tests.support.provider.provider_session import Silent

SETTINGS = ProviderSettings(
    username=USERNAME,
    api_key=API_KEY,
    endpoint_url=ENDPOINT,
    timeout=TIMEOUT,
    rate_limit=40,
    order_settle=SETTLE,
    order_scope="0123456789abcdef",
)


class Save(Enum):
    """What becomes of one write of the state."""

    DONE = "written"
    ANSWER_LOST = "lost"
    KILL_BEFORE = "engine killed before it is written"
    KILL_AFTER = "written, engine killed"


@dataclass
class Trouble:
    """All that is to go wrong, each in its order; what comes afterwards goes well.

    Attributes:
        orders: what befalls the orders.
        changes: what befalls upgrades, reloads and cancellations of bare metal: they are sent once as well.
        calls: what befalls the other calls.
        saves: what becomes of the writes of the state.
        notes: whether the provider is killed before and after its notes.
    """

    orders: Iterator[Fault]
    changes: Iterator[Fault]
    calls: Iterator[Fault]
    saves: Iterator[Save]
    notes: Iterator[bool]

    def fault(self, method: str) -> Fault:
        """What befalls the next call."""
        one_shot = self.changes if method in CHANGES else self.calls
        return next(self.orders if method == ORDER else one_shot, Fault.NONE)


@dataclass(frozen=True)
class DesiredResource:
    """One server in the program.

    Attributes:
        kind: its class: `VirtualGuest` or `BareMetalServer`.
        inputs: as the user wrote them.
    """

    kind: str
    inputs: Properties


@dataclass(frozen=True)
class Kept:
    """One resource in the state."""

    kind: str
    identifier: str
    inputs: Properties
    outputs: Properties
    unfinished: bool


@dataclass
class Snapshot:
    """The state: resources by name, and replaced ones that are still to be deleted."""

    resources: dict[str, Kept] = field(default_factory=dict)
    leaving: list[tuple[str, Kept]] = field(default_factory=list)

    def servers(self) -> list[str]:
        """Every server the state knows of, by its id."""
        kept = (*self.resources.values(), *(resource for _, resource in self.leaving))
        return [resource.identifier for resource in kept]


class MortalJournal(OrderJournal):
    """The journal of a process that may be killed before and after each note."""

    def __init__(self, folder: Path, cloud: FaultyCloud, process: Process, deaths: Iterator[bool]) -> None:
        super().__init__(folder, cloud.loop.time)
        self._cloud = cloud
        self._process = process
        self._deaths = deaths

    def opened(self, token: str, note: str = "") -> None:
        """As the journal's."""
        self._perhaps(f"before it notes the order of {token}")
        super().opened(token, note)
        self._perhaps(f"after it noted the order of {token}")

    def answered(self, token: str, note: str) -> None:
        """As the journal's."""
        self._perhaps(f"before it notes the answer to {token}")
        super().answered(token, note)
        self._perhaps(f"after it noted the answer to {token}")

    def closed(self, token: str) -> None:
        """As the journal's."""
        self._perhaps(f"before it closes {token}")
        super().closed(token)
        self._perhaps(f"after it closed {token}")

    def _perhaps(self, step: str) -> None:
        if not self._process.dead.done() and next(self._deaths, False):
            self._cloud.record(f"provider killed {step}")
            self._process.kill()
        if self._process.dead.done():
            raise KilledError


class Command:
    """One `pulumi up`, with a provider process of its own."""

    def __init__(self, cloud: FaultyCloud, trouble: Trouble, home: Path, disk: Snapshot) -> None:
        """Load the state and start the provider.

        Args:
            cloud: where servers are ordered.
            trouble: what is to go wrong.
            home: folder of the user's order notes.
            disk: the state as it lies there; this command's writes change it.
        """
        self._cloud = cloud
        self._trouble = trouble
        self._disk = disk
        self._memory = copy.deepcopy(disk)
        self._process = process = Process(cloud, trouble.fault)
        self.errors: list[str] = []

        def connect(settings: ProviderSettings) -> Caller:
            return official_client(settings, Network(cloud, process))

        api = SoftLayerApi(SETTINGS, process.stop, RetryPolicy(attempts=4), connect, process)
        journal = MortalJournal(home, cloud, process, trouble.notes)
        self._session = open_session(SETTINGS, process.stop, Silent(), Redactor(), {}, api, journal)
        handlers: tuple[Resource, ...] = (VirtualGuest(), BareMetalServer())
        self._handlers = {handler.token.rpartition(":")[2]: handler for handler in handlers}

    async def up(self, program: Mapping[str, DesiredResource], replaced: frozenset[str]) -> bool:
        """Run it to its end or its death.

        Args:
            program: the servers wanted.
            replaced: those given with `--replace`.

        Returns:
            Whether all went well.
        """
        work = asyncio.ensure_future(self._steps(program, replaced))
        await asyncio.wait({work, self._process.dead}, return_when=asyncio.FIRST_COMPLETED)
        if not self._process.dead.done():
            self._process.kill()
            work.result()
            return not self.errors
        return False

    async def _steps(self, program: Mapping[str, DesiredResource], replaced: frozenset[str]) -> None:
        await asyncio.gather(
            *(self._step(name, desired, replace=name in replaced) for name, desired in program.items())
        )
        for name in [name for name in self._memory.resources if name not in program]:
            await self._delete(name, self._memory.resources[name])
        for name, kept in list(self._memory.leaving):
            await self._delete(name, kept)

    async def _step(self, name: str, desired: DesiredResource, *, replace: bool) -> None:
        old = self._memory.resources.get(name)
        if old is None or replace:
            await self._create(name, desired)
            return
        handler, urn = self._handlers[desired.kind], _urn(name, desired.kind)
        inputs = self._checked(name, desired, old.inputs)
        state = State(old.inputs, old.outputs)
        try:
            changes = await steps.diff(handler, self._session, Target(urn), old.identifier, state, inputs)
        except ProviderError as error:
            self._failed(error)
            return
        if any(change.replaces for change in changes):
            await self._create(name, desired)
        elif changes or old.unfinished:
            await self._update(name, inputs, old)

    def _checked(self, name: str, desired: DesiredResource, olds: Properties) -> Properties:
        urn = _urn(name, desired.kind)
        checked = self._handlers[desired.kind].check(self._session, urn, olds, desired.inputs)
        assert not checked.failures, checked.failures
        return checked.inputs

    async def _create(self, name: str, desired: DesiredResource) -> None:
        inputs = self._checked(name, desired, {})
        try:
            target = Target(_urn(name, desired.kind))
            created = await steps.create(self._handlers[desired.kind], self._session, target, inputs)
            kept = Kept(desired.kind, created.identifier, inputs, _wired(created.outputs), unfinished=False)
        except UnfinishedError as unfinished:
            outputs = _wired(unfinished.outputs)
            kept = Kept(desired.kind, unfinished.identifier, inputs, outputs, unfinished=True)
            self._failed(unfinished)
        except ProviderError as error:
            self._failed(error)
            return
        old = self._memory.resources.get(name)
        if old is not None:
            self._memory.leaving.append((name, old))
        self._memory.resources[name] = kept
        self._save(f"{name} is {kept.identifier}")

    async def _update(self, name: str, inputs: Properties, old: Kept) -> None:
        state = State(old.inputs, old.outputs)
        try:
            handler, target = self._handlers[old.kind], Target(_urn(name, old.kind))
            outputs = await steps.update(handler, self._session, target, old.identifier, state, inputs)
            kept = replace(old, inputs=inputs, outputs=_wired(outputs), unfinished=False)
        except UnfinishedError as unfinished:
            # The inputs that the error tells are taken after a Read alone.
            kept = replace(old, inputs=inputs, outputs=_wired(unfinished.outputs), unfinished=True)
            self._failed(unfinished)
        except ProviderError as error:
            self._failed(error)
            return
        self._memory.resources[name] = kept
        self._save(f"{name} is updated")

    async def _delete(self, name: str, kept: Kept) -> None:
        if self.errors:
            return
        try:
            state = State(kept.inputs, kept.outputs)
            target = Target(_urn(name, kept.kind))
            handler = self._handlers[kept.kind]
            await steps.delete(handler, self._session, target, kept.identifier, state)
        except ProviderError as error:
            self._failed(error)
            return
        if (name, kept) in self._memory.leaving:
            self._memory.leaving.remove((name, kept))
        else:
            del self._memory.resources[name]
        self._save(f"{name}'s {kept.identifier} is deleted")

    def _failed(self, error: ProviderError) -> None:
        self._cloud.record(f"error: {error}")
        self.errors.append(str(error))

    def _save(self, what: str) -> None:
        """Write the state. A lost write is an error that ends the command in good order."""
        fate = next(self._trouble.saves, Save.DONE)
        self._cloud.record(f"state: {what}: {fate.value}")
        if fate in (Save.DONE, Save.KILL_AFTER):
            saved = copy.deepcopy(self._memory)
            self._disk.resources, self._disk.leaving = saved.resources, saved.leaving
        if fate is Save.ANSWER_LOST:
            self.errors.append("the state could not be written")
        if fate in (Save.KILL_BEFORE, Save.KILL_AFTER):
            self._process.kill()
            raise KilledError


def _wired(outputs: Properties) -> Properties:
    """What arrives of them: a value that is none is left out on the wire."""
    return {name: value for name, value in outputs.items() if value is not None}


def _urn(name: str, kind: str) -> str:
    return f"urn:pulumi:test::orders::softlayer:index:{kind}::{name}"
