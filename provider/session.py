"""What handlers work with: one object for each configured provider."""

from dataclasses import dataclass
from typing import Protocol

from provider.guest_reads import GuestReads
from provider.guest_watch import GuestWatch
from provider.order_journal import OrderJournal
from provider.order_token import TokenLedger
from provider.quotes import Quotes
from provider.redaction import Redactor
from provider.settings import ProviderSettings
from provider.softlayer_api import SoftLayerApi
from provider.stop import Stop


class Reporter(Protocol):
    """Tells the user what is going on, beside the resource in question."""

    async def progress(self, urn: str, message: str) -> None:
        """A passing status; replaced by the next."""

    async def warning(self, urn: str, message: str) -> None:
        """Something the user should know that is no error."""


@dataclass(frozen=True)
class Session:
    """The configured provider.

    Attributes:
        settings: the account.
        api: calls to SoftLayer.
        guests: shared reads of servers.
        watch: the shared poll over servers.
        tokens: what is known of order tokens.
        journal: orders that the engine's state may not hold yet.
        reporter: messages to the user.
        quotes: what orders would cost.
        stop: ends waits on Cancel.
        redactor: knows the secrets.
    """

    settings: ProviderSettings
    api: SoftLayerApi
    guests: GuestReads
    watch: GuestWatch
    tokens: TokenLedger
    journal: OrderJournal
    reporter: Reporter
    quotes: Quotes
    stop: Stop
    redactor: Redactor
