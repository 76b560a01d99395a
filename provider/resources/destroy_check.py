"""`softlayer:index:DestroyCheck`: refuses a `pulumi destroy` as a whole, before anything of it was deleted.

The engine deletes what nothing depends on first, batch by batch (pulumi v3.259.0, resource/deploy:
ScheduleDeletes). A check that depends on all other resources is a batch of its own, the first one: where one
of the later deletions would be refused, it refuses, and the engine stops. Else servers would be cancelled
before the storage that their registries use is found to hold images.

Nothing of it is in the account.
"""

from collections.abc import Iterator

from messages.count import format_count
from provider.errors import ApiError, NotFoundError, ProviderError, RefusedCallError
from provider.resources.by_table import ByTable
from provider.resources.contract import Created, Live, State, Target
from provider.resources.fields import Field
from provider.resources.storage.container import check_name, check_url
from provider.resources.storage.contents import MOST_FOUND, foreign_containers
from provider.resources.storage.login import present_login
from provider.session import Session
from provider.settings import KEEP_PROTECTED
from provider.swift import SwiftLogin, find_containers, head_container
from provider.values import Properties, flag, text, texts

IDENTIFIER = "destroy-check"
IMAGES, SERVERS = "images", "servers"
"""Kinds that are judged here where they are not protected."""

FIELDS = (
    Field("protected", many=True, unordered=True),
    Field("monthlyServers", many=True, unordered=True),
    Field("authUrl", rule=check_url),
    Field("username"),
    Field("containers", many=True, unordered=True, rule=check_name),
    Field("forceDestroy", bool, default=False),
)


class DestroyCheck(ByTable):
    """The handler; see `provider.resources.contract.Resource`."""

    token = "softlayer:index:DestroyCheck"  # noqa: S105 - a type token
    fields = FIELDS

    def preview(self, inputs: Properties, outputs: Properties | None) -> Properties:
        """All outputs are inputs."""
        return inputs

    async def create(self, session: Session, target: Target, inputs: Properties) -> Created:
        """Create nothing; the state holds what is to be judged."""
        return Created(IDENTIFIER, inputs)

    async def read(self, session: Session, target: Target, identifier: str, state: State) -> Live | None:
        """Return what the state holds.

        Raises:
            ProviderError: The read is an import; nothing of the check is in the account.
        """
        if not state.inputs:
            raise ProviderError("A DestroyCheck cannot be imported, since nothing of it is in the account.")
        return Live(identifier, state.inputs, state.outputs)

    async def update(
        self, session: Session, target: Target, identifier: str, old: State, news: Properties
    ) -> Properties:
        """The state holds the new inputs."""
        return news

    async def delete(self, session: Session, target: Target, identifier: str, old: State) -> None:
        """Judge every deletion to come.

        Raises:
            RefusedCallError: A deletion would be refused; the message names all reasons.
            ProviderError: The object storage does not report what it holds.
        """
        reasons = [*_protected(session, old.inputs), *_monthly(old.inputs)]
        reasons += await _storage(session, old.inputs)
        if reasons:
            raise RefusedCallError("Nothing was deleted, since not all of it can be: " + " ".join(reasons))


def _protected(session: Session, inputs: Properties) -> Iterator[str]:
    kinds = texts(inputs, "protected")
    if kinds and not session.settings.keep_protected:
        unprotected = ", ".join(f"protect.{kind}: false" for kind in kinds)
        yield (
            f"{' and '.join(kinds)} are protected; set {unprotected} and run pulumi up first, or delete the "
            f"rest alone: {KEEP_PROTECTED}=1 pulumi destroy --exclude-protected."
        )


def _monthly(inputs: Properties) -> Iterator[str]:
    servers = texts(inputs, "monthlyServers")
    if servers and SERVERS not in texts(inputs, "protected"):
        yield (
            f"{', '.join(servers)}: billed by the month and paid until the next bill date; set cancellation "
            "and run pulumi up first."
        )


async def _storage(session: Session, inputs: Properties) -> list[str]:
    """Return what the object storage holds that a deletion would not take along."""
    if not text(inputs, "username") or IMAGES in texts(inputs, "protected"):
        return []
    what = f"Object storage account {text(inputs, 'username')}"
    try:
        login = await present_login(session, text(inputs, "authUrl"), text(inputs, "username"))
        own = texts(inputs, "containers")
        others = await find_containers(login, session.stop, except_for=own, most=MOST_FOUND)
        full = [] if flag(inputs, "forceDestroy") else await _full(session, login, own)
    except ApiError as error:
        raise ProviderError(
            f"Nothing was deleted, since nothing tells what {what} holds: {error} Run the same command "
            "again, or take this check out of the state (pulumi state delete URN) to destroy without it."
        ) from None
    foreign = foreign_containers(what, others)
    return [*full, *([foreign] if foreign else [])]


async def _full(session: Session, login: SwiftLogin, names: tuple[str, ...]) -> list[str]:
    """Return the full ones, each looked up by itself: a list may lack one that exists."""
    reasons = []
    for name in names:
        try:
            count = (await head_container(login, name, session.stop)).count
        except NotFoundError:
            continue
        if count:
            reasons.append(
                f"Container {name} holds {format_count(count, 'object')}; set objectForceDestroy: true, "
                "which deletes them with it, and run pulumi up first."
            )
    return reasons
