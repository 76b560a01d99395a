"""What every resource handler does, in plain data. Handlers know neither gRPC nor Pulumi."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol, runtime_checkable

from provider.session import Session
from provider.values import Properties


@dataclass(frozen=True)
class Failure:
    """One wrong input.

    Attributes:
        path: Property path, as `disks[1]`; "" for the resource as a whole.
        reason: Mistake, and what would be right.
    """

    path: str
    reason: str


@dataclass(frozen=True)
class Checked:
    """The inputs with defaults filled in, and every failure at once."""

    inputs: Properties
    failures: tuple[Failure, ...] = ()


class Kind(Enum):
    """What happened to a property."""

    ADD = "add"
    DELETE = "delete"
    UPDATE = "update"


@dataclass(frozen=True)
class Change:
    """One changed property.

    Attributes:
        path: Property path.
        kind: Kind of the change.
        replaces: Whether it takes a new resource.
    """

    path: str
    kind: Kind
    replaces: bool


@dataclass(frozen=True)
class State:
    """What the engine holds of a resource: its inputs and its outputs."""

    inputs: Properties
    outputs: Properties


@dataclass(frozen=True)
class Target:
    """Which resource an operation is about.

    Attributes:
        urn: URN of the resource, its name in the stack.
        timeout: Seconds for the whole operation; 0 for the resource's own default.
    """

    urn: str
    timeout: float = 0.0


@dataclass(frozen=True)
class Created:
    """A new resource: its id and outputs."""

    identifier: str
    outputs: Properties


@dataclass(frozen=True)
class Live:
    """A resource as it is now: what `read` found."""

    identifier: str
    inputs: Properties
    outputs: Properties


@runtime_checkable
class Resource(Protocol):
    """One resource type.

    Attributes:
        token: Type token, such as `softlayer:index:SshKey`.
        secret_outputs: Outputs that are secrets whatever the inputs were.
    """

    token: str
    secret_outputs: frozenset[str]

    def check(self, session: Session, urn: str, olds: Properties, news: Properties) -> Checked:
        """Judge inputs without the network and fill in defaults; unknown values pass."""

    def diff(self, session: Session, urn: str, old: State, news: Properties) -> tuple[Change, ...]:
        """Return what changed, without the network."""

    def preview(self, inputs: Properties, outputs: Properties | None) -> Properties:
        """Return the outputs of a create (None) or of an update of these outputs; unknown ones are marked."""

    async def create(self, session: Session, target: Target, inputs: Properties) -> Created:
        """Make it.

        Raises:
            UnfinishedError: The resource exists but is not ready.
            ProviderError: The resource does not exist.
        """

    async def read(self, session: Session, target: Target, identifier: str, state: State) -> Live | None:
        """Read it; the state is empty for an import. None when it does not exist any more.

        Raises:
            UnfinishedError: The resource exists but is not ready.
        """

    async def update(
        self, session: Session, target: Target, identifier: str, old: State, news: Properties
    ) -> Properties:
        """Bring it to the new inputs, or wait on for one that was not ready; the outputs afterwards.

        Raises:
            UnfinishedError: The resource is not ready yet.
        """

    async def delete(self, session: Session, target: Target, identifier: str, old: State) -> None:
        """Delete it; returns once it is deleted, also when it was before."""


@runtime_checkable
class Quoted(Protocol):
    """A resource whose cost is known before an order; a preview then shows it."""

    async def quote(self, session: Session, inputs: Properties, old: State | None) -> Properties:
        """Return the outputs with the cost: `hourlyCost` and `monthlyCost`.

        Args:
            session: Session of the provider, whose `quotes` know whether to ask.
            inputs: Checked inputs, which may hold unknowns.
            old: Present properties; None for a resource that is to be created.

        Returns:
            Empty where the cost cannot be known yet, or does not change.

        Raises:
            InvalidInputError: The cloud would refuse the order; names the property.
            ProviderError: The cloud does not answer.
        """


@runtime_checkable
class Function(Protocol):
    """One function: asks the cloud and changes nothing.

    Attributes:
        token: Function token, such as `softlayer:index:getDatacenters`.
    """

    token: str

    def check(self, arguments: Properties) -> Checked:
        """Judge the arguments without the network; unknown values pass."""

    def unknown(self) -> Properties:
        """Return the answer while an argument is unknown."""

    async def call(self, session: Session, arguments: Properties) -> Properties:
        """Ask.

        Raises:
            ProviderError: The cloud does not answer, or an argument names nothing or too much.
        """
