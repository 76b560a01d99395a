"""Closes an open note of a replacement once the account no longer has what was ordered.

A note lies on the machine of the operator who ordered. Where another operator, on another machine, has since
replaced what it is of, nothing on this machine shows that: only the account does.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from provider.errors import ApiError, ProviderError
from provider.resources.contract import State
from provider.session import Session
from provider.softlayer.account import ACCOUNT_ID
from provider.values import whole

PARALLEL_DELETION = 0.5
"""Seconds within which the engine asks to delete all that can be deleted at once (choice)."""


@dataclass(frozen=True)
class OpenNote:
    """A note of an order of a resource whose state does not hold what was ordered.

    Attributes:
        name: Name of the note in the journal.
        text: Content of the note.
        identifier: What was ordered, as the account knows it; "" where no answer told it.
        age: Seconds since the order went out or was answered.
    """

    name: str
    text: str
    identifier: str
    age: float


class OrderedResource(Protocol):
    """A resource whose orders are noted.

    Attributes:
        noun: Name of the kind in messages, such as `server`.
    """

    noun: str

    async def is_gone(self, session: Session, noted_id: str) -> bool:
        """Return whether what was ordered is gone from the account, or cancelled.

        A missing answer counts only where a question of another kind is answered alike.

        Args:
            session: The configured provider.
            noted_id: Id that the note has of what was ordered.

        Raises:
            ProviderError: The account does not answer, or contradicts itself.
        """


def is_conclusive(note: OpenNote, settle: float) -> bool:
    """Return whether an answer of the account that lacks what a note is of can be believed. Pure.

    Args:
        note: An open note.
        settle: Seconds until the account shows an order for certain.
    """
    return bool(note.identifier) and note.age > settle


async def close_if_gone(
    resource: OrderedResource, session: Session, urn: str, note: OpenNote, old: State
) -> bool:
    """Close a note of what the account no longer has, and return whether it was closed.

    The account is asked only about an old note with an id, and only where the state tells the account.

    Args:
        resource: Resource of the engine's Diff.
        session: The configured provider.
        urn: The resource.
        note: An open note of the resource.
        old: The state.

    Raises:
        AnotherAccountError: The credentials belong to another account than the state's; the note stays.
        ProviderError: The account does not answer, or contradicts itself; the note stays.
    """
    if not is_conclusive(note, session.settings.order_settle):
        return False

    async def is_gone() -> bool:
        return await resource.is_gone(session, note.identifier)

    return await close_if(is_gone, resource, session, urn, note, old)


async def close_if(
    is_explained: Callable[[], Awaitable[bool]],
    resource: OrderedResource,
    session: Session,
    urn: str,
    note: OpenNote,
    old: State,
) -> bool:
    """Close a note that the account explains, and return whether it was closed.

    Args:
        is_explained: Asks the account whether nothing of what was ordered is left but what the state holds.
        resource: Resource of the engine's Diff.
        session: The configured provider.
        urn: The resource.
        note: An open note of the resource, old enough that the account shows its order.
        old: The state; where it does not tell the account, nothing is asked.

    Raises:
        AnotherAccountError: The credentials belong to another account than the state's; the note stays.
        ProviderError: The account does not answer, or contradicts itself; the note stays.
    """
    if whole(old.outputs, ACCOUNT_ID) is None:
        return False
    try:
        await session.account.check_same(
            f"{resource.noun[0].upper()}{resource.noun[1:]} {urn.rpartition('::')[2]}", old.outputs
        )
        is_closed = await is_explained()
    except ApiError as error:
        raise ProviderError(
            f"An earlier run ordered {f'{resource.noun} {note.identifier}'.rstrip()}, and the account could "
            f"not be asked whether it still has it: {error} Nothing was changed, and the note of the order "
            f"({session.journal.path(note.name)}) was kept. Run the same command again."
        ) from None
    # A run may have noted another order meanwhile: a preview waits for no lock.
    if is_closed and session.journal.note(note.name) == note.text:
        session.journal.closed(note.name)
        return True
    return False


async def stays_open(session: Session, note: OpenNote) -> bool:
    """Return whether no other deletion of the same run closes a note, since it is of what that deletes.

    A run that ended after it had ordered a replacement leaves both in the state. The engine deletes them at
    once, in any order.

    Args:
        session: The configured provider.
        note: An open note of the resource that is deleted.
    """
    await session.stop.sleep(PARALLEL_DELETION)
    return session.journal.age(note.name) is not None


def lost_deletion_error(
    session: Session, what: str, which: str, cancel: str, note: OpenNote
) -> ProviderError:
    """Return the error of a deletion after which nothing would look for what a note stands for.

    Args:
        session: The configured provider.
        what: Resource that is not deleted, such as `global IP 70`.
        which: Words that tell which one was ordered.
        cancel: Words that say how that is cancelled.
        note: Note of the order.
    """
    return ProviderError(
        f"{what[0].upper()}{what[1:]} was not deleted: a run that ended early ordered another one beside it"
        f" ({which}), which would be billed and forgotten. Run pulumi up first: it goes on where the state"
        f" holds both, and says how to keep the other one. If nobody uses that, {cancel}, wait a minute and"
        f" run the same command again. If it says the same then, remove {session.journal.path(note.name)}."
    )
