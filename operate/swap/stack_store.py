"""Where the operators of a stack keep lock, records and history: signed, whatever the kind of place."""

from operate.store.folder_store import FolderStore
from operate.store.signed_store import SignedStore
from operate.store.swift_store import SwiftStore
from operate.swap.facts import DoorFacts, Facts
from operate.swap.ssh import ServerShell, SshLink


def stack_store(facts: Facts, link: SshLink) -> SignedStore:
    """Return the store of a stack: in the registry's container, else on the server of one front door.

    Args:
        facts: of the stack.
        link: leads to that server.
    """
    if facts.swift is None:
        return server_store(facts, link, facts.store_door)
    return SignedStore(SwiftStore(facts.swift), facts.record_key, facts.previous_record_key)


def server_store(facts: Facts, link: SshLink, door: DoorFacts) -> SignedStore:
    """Return the store on the server of a front door.

    Args:
        facts: of the stack.
        link: leads to the server.
        door: whose server it is.
    """
    return SignedStore(FolderStore(ServerShell(link, door)), facts.record_key, facts.previous_record_key)
