"""An account's servers of one kind, read and watched together."""

from dataclasses import dataclass
from typing import Generic

from provider.server_listing import ApiReader, Key, ServerListing
from provider.server_reads import ServerReads
from provider.server_watch import ServerWatch
from provider.stop import CancellationToken


@dataclass(frozen=True)
class Servers(Generic[Key]):
    """What is shared between all resources of a kind.

    Attributes:
        reads: of whole servers.
        watch: the poll over those that are waited for.
    """

    reads: ServerReads[Key]
    watch: ServerWatch[Key]

    @classmethod
    def listed(cls, listing: ServerListing[Key], api: ApiReader, stop: CancellationToken) -> "Servers[Key]":
        """Servers as an account lists them; nothing is called yet."""
        return cls(ServerReads(listing, api, stop), ServerWatch(listing, api, stop))
