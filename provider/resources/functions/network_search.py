"""Finds exactly one VLAN or subnet: what `getVlan` and `getSubnet` share."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from provider.errors import NotFoundError, ProviderError
from provider.resources.contract import Checked
from provider.resources.fields import Field
from provider.resources.functions.account_search import MAX_NAMED, check_search, matches, object_filter
from provider.session import Session
from provider.softlayer.records import Record, as_record, as_records
from provider.values import UNKNOWN, Properties, Value, whole

SPACES = ("PUBLIC", "PRIVATE")


def space(value: Value) -> str | None:
    """Require one of the two networks."""
    return None if value in SPACES else f"must be {' or '.join(SPACES)}, not {value!r}"


class NetworkSearch(ABC):
    """A function that finds one network; see `provider.resources.contract.Function`.

    Attributes:
        token: Function token.
        service: Service of SoftLayer that has one such network.
        identifier: The argument that holds an id.
        listing: Method of SoftLayer_Account that lists such networks.
        root: Name of the listing's filter; also what the networks are, for messages.
        mask: Object mask of the request.
        fields: The arguments.
        paths: Paths where the API has each argument but the id.
    """

    token: str
    service: ClassVar[str]
    identifier: ClassVar[str]
    listing: ClassVar[str]
    root: ClassVar[str]
    mask: ClassVar[str]
    fields: ClassVar[tuple[Field, ...]]
    paths: ClassVar[Mapping[str, str]]

    @abstractmethod
    def describe(self, network: Record) -> str:
        """Say which one a network is, for messages."""

    @abstractmethod
    def answer(self, network: Record) -> Properties:
        """Return a network in this provider's words."""

    def check(self, arguments: Properties) -> Checked:
        """Check the inputs by the table; an id, or at least one other argument, never both."""
        return check_search(self.fields, self.identifier, arguments)

    def unknown(self) -> Properties:
        """Return the answer while an argument is unknown."""
        return dict.fromkeys(self.answer({}), UNKNOWN)

    async def call(self, session: Session, arguments: Properties) -> Properties:
        """Find the one network.

        Raises:
            NotFoundError: No network matches.
            ProviderError: More than one network matches.
        """
        return self.answer(await self._find(session, arguments))

    async def _find(self, session: Session, arguments: Properties) -> Record:
        criteria = ", ".join(f"{name} {arguments[name]!r}" for name in arguments)
        number = whole(arguments, self.identifier)
        if number is not None:
            return as_record(await session.api.read(self.service, "getObject", id=number, mask=self.mask))
        condition: dict[str, object] = {self.root: object_filter(arguments, self.paths)}
        answer = await session.api.read("Account", self.listing, mask=self.mask, filter=condition)
        networks = [network for network in as_records(answer) if matches(network, arguments, self.paths)]
        if not networks:
            raise NotFoundError(f"This account has nothing in {self.root} with {criteria}.")
        if len(networks) > 1:
            more = f" and {len(networks) - MAX_NAMED} more" if len(networks) > MAX_NAMED else ""
            names = ", ".join(self.describe(network) for network in networks[:MAX_NAMED])
            raise ProviderError(
                f"{len(networks)} {self.root} have {criteria}: {names}{more}. Give more arguments of "
                "the one that is meant."
            )
        return networks[0]
