"""Operators of a stack on machines of their own: each has an order journal, all of them share the state."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from harness.cloud.running_api import RunningApi
from provider.cancellation_token import CancellationToken
from provider.open_session import open_session
from provider.protocol import steps
from provider.redaction import Redactor
from provider.resources.contract import Change, State, Target
from provider.resources.handlers import RESOURCES
from provider.session import Session
from provider.settings import ProviderSettings
from provider.softlayer.api import SoftLayerApi
from provider.softlayer.retry import RetryPolicy
from provider.values import Properties
from tests.support.provider.order_note import make_old
from tests.support.provider.provider_session import Silent

T = TypeVar("T")


@dataclass(frozen=True)
class Recorded:
    """What the state holds of the resource: its id, its inputs and its outputs."""

    identifier: str
    inputs: Properties
    outputs: Properties


@dataclass(frozen=True)
class Operator:
    """An operator, at one machine.

    Attributes:
        api: the account.
        folder: where the machine keeps its order journal.
        kind: type token of the resource in the program.
        inputs: of the resource, as the program has them.
    """

    api: RunningApi
    folder: Path
    kind: str
    inputs: Properties

    def order(self) -> Recorded:
        """Order the resource. Its note stays open, as after every creation."""
        return self._run(self._create)

    def replace(self, old: Recorded) -> Recorded:
        """Order another one, as `--replace` does, and delete the old one."""

        async def replace(session: Session) -> Recorded:
            new = await self._create(session)
            assert new.identifier != old.identifier
            state = State(old.inputs, old.outputs)
            await steps.delete(RESOURCES[self.kind], session, self._target(), old.identifier, state)
            return new

        return self._run(replace, frozenset({old.identifier}))

    def order_replacement(self, old: Recorded) -> Recorded:
        """Order another one, and die before the state holds it."""
        return self._run(self._create, frozenset({old.identifier}))

    def delete(self, *resources: Recorded) -> None:
        """Delete what the state holds, all at once, as `pulumi destroy` does."""

        async def delete(session: Session) -> None:
            kind, target = RESOURCES[self.kind], self._target()
            await asyncio.gather(
                *(
                    steps.delete(
                        kind, session, target, recorded.identifier, State(recorded.inputs, recorded.outputs)
                    )
                    for recorded in resources
                )
            )

        self._run(delete)

    def preview(self, recorded: Recorded) -> tuple[Change, ...]:
        """Show the provider what the state holds; return what it would change."""

        async def diff(session: Session) -> tuple[Change, ...]:
            resource, target = RESOURCES[self.kind], self._target()
            checked = resource.check(session, target.urn, recorded.inputs, self.inputs)
            state = State(recorded.inputs, recorded.outputs)
            return await steps.diff(resource, session, target, recorded.identifier, state, checked.inputs)

        return self._run(diff)

    def notes(self) -> list[Path]:
        """Return the notes of the machine's order journal."""
        return sorted((self.folder / "softlayer-orders").iterdir())

    def age_notes(self) -> None:
        """Let every note be of long ago."""
        for note in self.notes():
            make_old(note)

    async def _create(self, session: Session) -> Recorded:
        resource, target = RESOURCES[self.kind], self._target()
        checked = resource.check(session, target.urn, {}, self.inputs)
        assert not checked.failures
        created = await steps.create(resource, session, target, checked.inputs)
        return Recorded(created.identifier, checked.inputs, created.outputs)

    def _run(self, work: Callable[[Session], Awaitable[T]], replaced: frozenset[str] = frozenset()) -> T:
        """One command, with a session of its own."""

        async def run() -> T:
            settings = ProviderSettings(
                username=self.api.username,
                api_key=self.api.api_key,
                endpoint_url=self.api.xmlrpc,
                timeout=5,
                rate_limit=40,
                order_settle=60,
                order_scope="0123456789abcdef",
                replaced_servers=replaced,
            )
            stop, environment = CancellationToken(), {"XDG_STATE_HOME": str(self.folder)}
            api = SoftLayerApi(settings, stop, RetryPolicy(attempts=2))
            return await work(open_session(settings, stop, Silent(), Redactor(), environment, api))

        return asyncio.run(run())

    def _target(self) -> Target:
        return Target(f"urn:pulumi:test::registry::{self.kind}::web")
