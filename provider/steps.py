"""The engine's steps on a resource, with what this process remembers of them for the steps to come."""

from collections.abc import Sequence

from provider.resources.contract import Change, Created, Resource, State, Target
from provider.session import Session
from provider.values import Properties


def diff(
    resource: Resource,
    session: Session,
    target: Target,
    identifier: str,
    old: State,
    news: Properties,
    ignored: Sequence[str] = (),
) -> tuple[Change, ...]:
    """What changed but for the paths that are ignored.

    Raises:
        ProviderError: a replacement was ordered by a run that ended before its state held it.
    """
    found = resource.diff(session, target.urn, old, news)
    changes = tuple(change for change in found if not _under(change.path, ignored))
    if changes:
        session.standing.goes(target.urn)
    else:
        session.standing.stays(target.urn, identifier)
    return changes


async def create(resource: Resource, session: Session, target: Target, inputs: Properties) -> Created:
    """Make it; raises what the resource does."""
    session.standing.goes(target.urn)
    return await resource.create(session, target, inputs)


async def update(
    resource: Resource, session: Session, target: Target, identifier: str, old: State, news: Properties
) -> Properties:
    """Bring it to the new inputs; raises what the resource does."""
    session.standing.stays(target.urn, identifier)
    return await resource.update(session, target, identifier, old, news)


async def delete(resource: Resource, session: Session, target: Target, identifier: str, old: State) -> None:
    """Remove it; one that the state holds beside is declined as one that Create took over, and marked."""
    if session.standing.holds(target.urn, identifier):
        session.tokens.adopted(target.urn, identifier)
    await resource.delete(session, target, identifier, old)


def _under(path: str, ignored: Sequence[str]) -> bool:
    return any(path == one or path.startswith((f"{one}[", f"{one}.")) for one in ignored)
