"""The engine's steps on a resource, with what this process remembers of them for the steps to come.

Every resource carries the number of its account in its outputs. It is compared before anything is asked of
the account, since what another account does not have is not gone.
"""

from collections.abc import Awaitable, Sequence
from typing import TypeVar

from provider.errors import UnfinishedError
from provider.resources.contract import Change, Created, Live, Quoted, Resource, State, Target
from provider.resources.ordering.lost_replacement import TokenResource, refuse_to_delete, refuse_to_forget
from provider.resources.ordering.noted import NotedResource, settle_deletion, settle_note
from provider.session import Session
from provider.softlayer.account import ACCOUNT_ID
from provider.values import Properties

Answer = TypeVar("Answer")


async def diff(
    resource: Resource,
    session: Session,
    target: Target,
    identifier: str,
    old: State,
    news: Properties,
    ignored: Sequence[str] = (),
) -> tuple[Change, ...]:
    """Return what changed but for the paths that are ignored.

    The account is asked only where the journal has an old note of an order that the state does not hold:
    see `provider.resources.ordering.open_note`.

    Raises:
        ProviderError: A replacement was ordered by a run that ended before its state held it, or the account
            does not say whether it still has what was ordered.
    """
    session.account.remember(old.outputs)
    all_changes = resource.diff(session, target.urn, old, news)
    changes = tuple(change for change in all_changes if not _under(change.path, ignored))
    if isinstance(resource, TokenResource):
        await refuse_to_forget(resource, session, target.urn, old, changes)
    if isinstance(resource, NotedResource):
        await settle_note(resource, session, target.urn, identifier, old, changes)
    if any(change.replaces for change in changes):
        session.tokens.created(target.urn)
    if changes:
        session.unchanged.discard(target.urn)
    else:
        session.unchanged.add(target.urn, identifier)
    return changes


async def create(resource: Resource, session: Session, target: Target, inputs: Properties) -> Created:
    """Make it; raises what the resource does.

    Raises:
        AnotherAccountError: The stack's other resources are in another account; nothing was ordered.
    """
    session.unchanged.discard(target.urn)
    account = await session.account.check_new()
    session.tokens.created(target.urn)
    created = await _in_account(account, resource.create(session, target, inputs))
    return Created(created.identifier, {**created.outputs, ACCOUNT_ID: account})


async def read(
    resource: Resource, session: Session, target: Target, identifier: str, state: State
) -> Live | None:
    """Look at it; raises what the resource does.

    Raises:
        AnotherAccountError: It is in another account than the credentials; it stays in the state.
    """
    account = await session.account.check_same(_describe(resource, identifier), state.outputs)
    live = await _in_account(account, resource.read(session, target, identifier, state))
    if live is not None:
        await _report_secrets(resource, session, target, state, live)
    return None if live is None else Live(live.identifier, live.inputs, {**live.outputs, ACCOUNT_ID: account})


async def _report_secrets(
    resource: Resource, session: Session, target: Target, state: State, live: Live
) -> None:
    """Name secret outputs that are not as the state has them: in the engine's events both are masked."""
    names = [
        name
        for name in sorted(resource.secret_outputs & state.outputs.keys())
        if state.outputs[name] != live.outputs.get(name)
    ]
    if names:
        await session.reporter.progress(target.urn, f"not as the state has it: {', '.join(names)}")


async def update(
    resource: Resource, session: Session, target: Target, identifier: str, old: State, news: Properties
) -> Properties:
    """Bring it to the new inputs; raises what the resource does.

    Raises:
        AnotherAccountError: It is in another account than the credentials; nothing was changed.
    """
    session.unchanged.add(target.urn, identifier)
    account = await session.account.check_same(_describe(resource, identifier), old.outputs)
    updated = await _in_account(account, resource.update(session, target, identifier, old, news))
    return {**updated, ACCOUNT_ID: account}


async def delete(resource: Resource, session: Session, target: Target, identifier: str, old: State) -> None:
    """Remove it; one that the state holds beside is declined as one that Create took over, and marked.

    Raises:
        AnotherAccountError: It is in another account than the credentials; it stays in the state.
        ProviderError: A run that ended early ordered another one beside it, which would be forgotten.
    """
    what = _describe(resource, identifier)
    await session.account.check_same(what, old.outputs)
    if session.unchanged.contains(target.urn, identifier):
        session.tokens.adopted(target.urn, identifier)
    if session.tokens.deletes_its_own(target.urn, identifier) and not _declines_by_itself(resource):
        await session.reporter.warning(
            target.urn, f"{what} was not deleted: it is also what was found in the account to replace it."
        )
        return
    if isinstance(resource, TokenResource):
        await refuse_to_delete(resource, session, target.urn, identifier, old)
    if isinstance(resource, NotedResource):
        await settle_deletion(resource, session, target.urn, identifier, old)
    await resource.delete(session, target, identifier, old)


def _declines_by_itself(resource: Resource) -> bool:
    """Whether its own Delete leaves what Create took over, and has the same command replace it next time."""
    return isinstance(resource, Quoted | NotedResource)


async def _in_account(account: int, work: Awaitable[Answer]) -> Answer:
    """Return what a resource does; where it ends unfinished, its account is kept along with its id."""
    try:
        return await work
    except UnfinishedError as error:
        outputs = {**error.outputs, ACCOUNT_ID: account}
        raise UnfinishedError(error.identifier, outputs, error.reasons, error.inputs) from None


def _describe(resource: Resource, identifier: str) -> str:
    return f"{resource.token.rpartition(':')[2]} {identifier}"


def _under(path: str, ignored: Sequence[str]) -> bool:
    return any(
        path == ignored_path or path.startswith((f"{ignored_path}[", f"{ignored_path}."))
        for ignored_path in ignored
    )
