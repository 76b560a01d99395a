"""A replacement that a killed run ordered under another token than the state's is not forgotten."""

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

from provider.errors import ProviderError
from provider.resources.contract import Change, State
from provider.resources.ordering.open_note import (
    OpenNote,
    OrderedResource,
    close_if_gone,
    lost_deletion_error,
    stays_open,
)
from provider.resources.servers.ordered_server import recorded_token
from provider.session import Session


@runtime_checkable
class TokenResource(OrderedResource, Protocol):
    """A resource whose orders carry a token.

    Attributes:
        cancel_command: Command that cancels one, without the id at its end.
    """

    cancel_command: str


async def refuse_to_forget(
    resource: TokenResource, session: Session, urn: str, old: State, changes: tuple[Change, ...]
) -> None:
    """Return where no replacement was ordered before of which these changes would know nothing.

    A run with `--replace` can be killed between its order and its state. The same command finds the server
    that it ordered; without `--replace` the engine shows the old one alone, and the new would be an orphan.
    What a note stays open for beside the state's own server is such an order, or one of a server that
    another operator has replaced since: the account tells these apart, see `open_note`.

    Args:
        resource: Resource of the engine's Diff.
        session: The configured provider.
        urn: The resource.
        old: The state.
        changes: Changes that Diff found; a replacement among them goes on with the order.

    Raises:
        ProviderError: One was ordered, or its fate is unknown.
    """
    if any(change.replaces for change in changes):
        return
    for note in _open_notes(session, urn, recorded_token(old)):
        if not await close_if_gone(resource, session, urn, note, old):
            raise _lost_replacement_error(resource, session, urn, note)


async def refuse_to_delete(
    resource: TokenResource, session: Session, urn: str, identifier: str, old: State
) -> None:
    """Return where nothing was ordered beside what is deleted; its own note is closed.

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
    token = recorded_token(old)
    if token and session.journal.note(token) == identifier:
        session.journal.closed(token)
    if session.tokens.is_created(urn):
        return  # the note is of what replaces it
    for note in _open_notes(session, urn, token):
        if not await close_if_gone(resource, session, urn, note, old) and await stays_open(session, note):
            cancel = f"cancel it ({resource.cancel_command} ID)"
            raise lost_deletion_error(session, f"{resource.noun} {identifier}", _which(note), cancel, note)


def _open_notes(session: Session, urn: str, token: str) -> Iterator[OpenNote]:
    for candidate in session.tokens.replacement_tokens(urn, token):
        text = session.journal.note(candidate)  # before its age: a note that is rewritten meanwhile is young
        age = session.journal.age(candidate)
        if age is not None:
            yield OpenNote(candidate, text, text, age)


def _lost_replacement_error(
    resource: TokenResource, session: Session, urn: str, note: OpenNote
) -> ProviderError:
    return ProviderError(
        f"A run that ended early ordered a replacement of this server ({_which(note)}). Run pulumi up"
        f" --replace '{urn}' to go on with it. To keep this server instead, cancel the other one "
        f"({resource.cancel_command} ID), remove {session.journal.path(note.name)} and run the same command "
        "again."
    )


def _which(note: OpenNote) -> str:
    return f"server {note.identifier}" if note.identifier else f"if any, its name ends with -{note.name}"
