"""What handlers work with: one object for each configured provider."""

from dataclasses import dataclass, field
from typing import Protocol

from provider.cancellation_token import CancellationToken
from provider.destroy_guard import DestroyGuard
from provider.orders.journal import OrderJournal
from provider.orders.token import TokenLedger
from provider.redaction import Redactor
from provider.settings import ProviderSettings
from provider.softlayer.account import Account
from provider.softlayer.api import SoftLayerApi
from provider.softlayer.quotes import Quotes
from provider.softlayer.servers import Servers
from provider.unchanged_resources import UnchangedResources


class Reporter(Protocol):
    """Tells the user what is going on, beside the resource in question."""

    async def progress(self, urn: str, message: str) -> None:
        """Show a passing status; the next one replaces it."""

    async def warning(self, urn: str, message: str) -> None:
        """Show something that the user should know and that is no error."""


@dataclass(frozen=True)
class Session:
    """The configured provider.

    Attributes:
        settings: The configuration.
        api: SoftLayer's API.
        account: Account that the credentials belong to.
        guests: The account's virtual servers, known by their id.
        metal: Bare metal servers, by their global identifier.
        tokens: Order tokens, as far as known.
        journal: Orders that the engine's state may not hold yet.
        reporter: Messages to the user.
        quotes: Quotes of orders.
        stop: Stop that ends waits on Cancel.
        redactor: Redactor that knows the secrets.
        unchanged: Things that no Delete may take away.
        guard: Guard that keeps servers while data is in the way.
        cancellations: How servers of the program may be cancelled, by URN; see `resources.cancellation`.
        replacements: URNs of servers that are to be replaced, by group; see
            `resources.servers.replacement_turn`.
    """

    settings: ProviderSettings
    api: SoftLayerApi
    account: Account
    guests: Servers[int]
    metal: Servers[str]
    tokens: TokenLedger
    journal: OrderJournal
    reporter: Reporter
    quotes: Quotes
    stop: CancellationToken
    redactor: Redactor
    unchanged: UnchangedResources = field(default_factory=UnchangedResources)
    guard: DestroyGuard = field(default_factory=DestroyGuard)
    cancellations: dict[str, str] = field(default_factory=dict)
    replacements: dict[str, str] = field(default_factory=dict)
