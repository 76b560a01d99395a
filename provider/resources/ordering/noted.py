"""The note of a creation that carries no token, until the engine shows that the state holds what was made."""

from collections.abc import Collection
from typing import Protocol, runtime_checkable

from provider.errors import ProviderError
from provider.resources.contract import Change, State
from provider.resources.ordering.creation import read_note
from provider.resources.ordering.open_note import (
    OpenNote,
    OrderedResource,
    close_if,
    close_if_gone,
    lost_deletion_error,
    stays_open,
)
from provider.session import Session


@runtime_checkable
class NotedResource(OrderedResource, Protocol):
    """A resource that is known by what was in the account before it was made."""

    def note_name(self, session: Session, urn: str) -> str:
        """Return what the journal knows its creation by."""

    def noted_id(self, identifier: str, old: State) -> int | None:
        """Return the id that a note has of it, such as its order's; None where the state does not tell."""

    async def is_alone(
        self, session: Session, noted_id: int, previous_ids: Collection[int], old: State
    ) -> bool:
        """Return whether the account has nothing that could be taken for it, but it and those of before.

        Args:
            session: The configured provider.
            noted_id: Id that a note would have of it.
            previous_ids: Ids of those that were there before a creation.
            old: The state.

        Raises:
            ProviderError: The account does not answer.
        """


async def settle_note(
    resource: NotedResource,
    session: Session,
    urn: str,
    identifier: str,
    old: State,
    changes: tuple[Change, ...],
) -> None:
    """Close the note of what the state holds; one of a replacement is gone on with, and not forgotten.

    A run with `--replace` can be killed between its order and its state. The engine then shows the old one
    alone, and the new one would be an orphan. A change that replaces finds it by its note. Where another
    operator has since replaced what was ordered, it is gone from the account, and its note is closed. A note
    without an id does not tell whose the state's one is, where that came later: it is closed where the
    account has no other one.

    Args:
        resource: Resource of the engine's Diff.
        session: The configured provider.
        urn: The resource.
        identifier: Identifier that the state holds.
        old: The state.
        changes: Changes that Diff found.

    Raises:
        ProviderError: A replacement was ordered, or its fate is unknown, and none is desired now.
    """
    note = _open_note(resource, session, urn)
    if note is None:
        return
    recorded_id, content = resource.noted_id(identifier, old), read_note(note.text)
    if recorded_id is None or recorded_id == content:
        session.journal.closed(note.name)
        return
    if isinstance(content, tuple) and recorded_id not in content:
        # It was made after the note, by that run or by another operator: whether both did, the account knows.
        if not await _close_if_alone(resource, session, urn, note, old, recorded_id):
            raise _unknown_creation_error(resource, session, identifier, note)
        return
    if any(change.replaces for change in changes):
        return
    if await close_if_gone(resource, session, urn, note, old):
        return
    which = f"number {note.identifier}" if note.identifier else f"one that is not {identifier}, if it exists"
    raise ProviderError(
        f"A run that ended early ordered a replacement of {resource.noun} {identifier} ({which}). Run pulumi"
        f" up --replace '{urn}' to go on with it. To keep this one instead, cancel the other one, remove"
        f" {session.journal.path(note.name)} and run the same command again."
    )


async def _close_if_alone(
    resource: NotedResource,
    session: Session,
    urn: str,
    note: OpenNote,
    old: State,
    recorded_id: int,
) -> bool:
    previous_ids = read_note(note.text)
    if isinstance(previous_ids, int) or note.age <= session.settings.order_settle:
        return False

    async def is_alone() -> bool:
        return await resource.is_alone(session, recorded_id, previous_ids, old)

    return await close_if(is_alone, resource, session, urn, note, old)


def _unknown_creation_error(
    resource: NotedResource, session: Session, identifier: str, note: OpenNote
) -> ProviderError:
    return ProviderError(
        f"A run that ended early may have ordered another {resource.noun} beside {identifier}, which came"
        " later as well; nothing tells them apart, or it is too early to know. Run the same command again in"
        f" a minute. If it says the same then, cancel every other {resource.noun} that nobody uses, remove"
        f" {session.journal.path(note.name)} and run the same command again."
    )


def _open_note(resource: NotedResource, session: Session, urn: str) -> OpenNote | None:
    name = resource.note_name(session, urn)
    text = session.journal.note(name)  # before its age: a note that is rewritten meanwhile is young
    age, recorded_id = session.journal.age(name), read_note(text)
    if age is None:
        return None
    return OpenNote(name, text, str(recorded_id) if isinstance(recorded_id, int) else "", age)


async def settle_deletion(
    resource: NotedResource, session: Session, urn: str, identifier: str, old: State
) -> None:
    """Close the note of what is deleted; what a note of another one stands for is not forgotten.

    `pulumi destroy` shows nothing by a Diff before it deletes, and nothing looks for an order once its
    resource has left the state.

    Args:
        resource: Resource of the engine's Delete.
        session: The configured provider.
        urn: The resource.
        identifier: Identifier of what is deleted.
        old: The state.

    Raises:
        ProviderError: Another one was ordered that may exist; nothing was deleted.
    """
    note = _open_note(resource, session, urn)
    if note is None:
        return
    recorded_id = resource.noted_id(identifier, old)
    if recorded_id is None or recorded_id == read_note(note.text):
        session.journal.closed(note.name)
        return
    if session.tokens.is_created(urn):
        return  # the note is of what replaces it
    if note.identifier:
        is_closed = await close_if_gone(resource, session, urn, note, old)
    else:
        is_closed = await _close_if_alone(resource, session, urn, note, old, recorded_id)
    if not is_closed and await stays_open(session, note):
        which = f"number {note.identifier}" if note.identifier else "of unknown number, if it exists"
        raise lost_deletion_error(
            session, f"{resource.noun} {identifier}", which, "cancel the other one", note
        )
