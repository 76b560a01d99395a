"""Where the operators of a stack keep lock, records and history: signed, whatever the kind of place."""

from datetime import datetime

from operate.servers.ssh import ServerShell, SshLink
from operate.stack.facts import DoorFacts, Facts
from operate.store.bounded_store import BoundedStore
from operate.store.folder_store import FolderStore
from operate.store.object_store import ObjectStore
from operate.store.signed_store import SignedStore
from operate.store.swift_store import SwiftStore


def stack_store(facts: Facts, link: SshLink, *, with_previous: bool = False) -> SignedStore:
    """Return the store of a stack: in the registry's container, else on the server of one front door.

    Args:
        facts: Facts of the stack.
        link: Link that leads to that server.
        with_previous: Whether the key before a rotation signs.
    """
    if facts.swift is None:
        return server_store(facts, link, facts.store_door, with_previous=with_previous)
    return SignedStore(SwiftStore(facts.swift), *_keys(facts, with_previous=with_previous))


def questioned_store(facts: Facts, link: SshLink) -> ObjectStore:
    """Return the store of a stack for a command that changes nothing: a slow object storage is given up on.

    Args:
        facts: Facts of the stack.
        link: Link that leads to the server that keeps the store where there is no Swift.
    """
    store = stack_store(facts, link)
    return BoundedStore(store, f"the object storage at {facts.swift.auth_url}") if facts.swift else store


def server_store(facts: Facts, link: SshLink, door: DoorFacts, *, with_previous: bool = False) -> SignedStore:
    """Return the store on the server of a front door.

    Args:
        facts: Facts of the stack.
        link: Link that leads to the server.
        door: Door whose server it is.
        with_previous: Whether the key before a rotation signs.
    """
    return SignedStore(FolderStore(ServerShell(link, door)), *_keys(facts, with_previous=with_previous))


def read_store_time(facts: Facts, link: SshLink) -> datetime:
    """Return the time in UTC by the clock of a stack's store, which is the same for every operator.

    Args:
        facts: Facts of the stack.
        link: Link that leads to the server that keeps the store where there is no Swift.

    Raises:
        OperateError: The store does not answer.
    """
    if facts.swift is None:
        return FolderStore(ServerShell(link, facts.store_door)).now()
    return SwiftStore(facts.swift).now()


def _keys(facts: Facts, *, with_previous: bool) -> tuple[str, str]:
    """The key that signs, and the other one that is accepted."""
    if with_previous and facts.previous_record_key:
        return facts.previous_record_key, facts.record_key
    return facts.record_key, facts.previous_record_key
