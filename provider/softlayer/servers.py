"""An account's servers of one kind, read and watched together."""

from dataclasses import dataclass
from typing import Generic

from provider.cancellation_token import CancellationToken
from provider.softlayer.server_listing import ApiReader, Key, ServerListing
from provider.softlayer.server_reads import ServerReads
from provider.softlayer.server_watch import ServerWatch


@dataclass(frozen=True)
class Servers(Generic[Key]):
    """What is shared between all resources of a kind.

    Attributes:
        reads: Reads of whole servers.
        watch: The poll over those that are waited for.
    """

    reads: ServerReads[Key]
    watch: ServerWatch[Key]

    @classmethod
    def listed(cls, listing: ServerListing[Key], api: ApiReader, stop: CancellationToken) -> "Servers[Key]":
        """Servers as an account lists them; nothing is called yet."""
        return cls(ServerReads(listing, api, stop), ServerWatch(listing, api, stop))
