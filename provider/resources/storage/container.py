"""`softlayer:index:ObjectStorageContainer`: a Swift container with its TempURL key.

The key in the state is the stack's own: one that somebody else set, before the stack came or after, is not
adopted, but reported by a refresh and set back by the next update. Where Swift refuses the login in the
state, the user's present key is asked from SoftLayer.

The container's own key is set (X-Container-Meta-Temp-URL-Key, Swift 2.0 and later), so that an account can
hold several environments; the account's key is left alone.
"""

import secrets

from provider.errors import NotFoundError, ProviderError, RefusedCallError, UnfinishedError
from provider.resources.by_table import ByTable
from provider.resources.contract import Change, Created, Live, State, Target
from provider.resources.fields import Field, diff_fields
from provider.resources.missing import contradiction
from provider.resources.storage.login import with_present_key
from provider.session import Session
from provider.swift import (
    SwiftContainer,
    SwiftLogin,
    TempUrlKeys,
    delete_container,
    head_container,
    list_containers,
    put_container,
)
from provider.values import UNKNOWN, Properties, Value, flag, text

LONGEST_NAME = 256
"""Bytes; Swift's own limit."""
KEY_BYTES = 32


def check_url(value: Value) -> str | None:
    """An auth URL is http or https."""
    return None if str(value).startswith(("http://", "https://")) else "must begin with http:// or https://"


def check_name(value: Value) -> str | None:
    """A container's name has no slash and 1 to 256 bytes."""
    name = str(value)
    fits = 1 <= len(name.encode()) <= LONGEST_NAME and "/" not in name
    return None if fits else f"must be 1 to {LONGEST_NAME} bytes without a slash"


def _filled(value: Value) -> str | None:
    return None if str(value) else "must not be empty"


FIELDS = (
    Field("authUrl", required=True, rule=check_url),
    Field("username", required=True, replaces=True, rule=_filled),
    Field("key", required=True, rule=_filled),
    Field("name", required=True, replaces=True, rule=check_name),
    Field("tempUrlKey", rule=_filled),
    Field("secondTempUrlKey", rule=_filled),
    Field("forceDestroy", bool, default=False),
)


def login_of(properties: Properties) -> SwiftLogin:
    """Who to call as."""
    return SwiftLogin(text(properties, "authUrl"), text(properties, "username"), text(properties, "key"))


class ObjectStorageContainer(ByTable):
    """The handler; see `provider.resources.contract.Resource`."""

    token = "softlayer:index:ObjectStorageContainer"  # noqa: S105 - a type token
    fields = FIELDS
    secret_outputs = frozenset({"key", "tempUrlKey", "secondTempUrlKey"})

    def diff(self, session: Session, urn: str, old: State, news: Properties) -> tuple[Change, ...]:
        """Compare the inputs by the table. A TempURL key that is no longer given stays as it is."""
        changes = diff_fields(FIELDS, old.inputs, old.outputs, news)
        if "tempUrlKey" in news:
            return changes
        return tuple(change for change in changes if change.path != "tempUrlKey")

    def preview(self, inputs: Properties, outputs: Properties | None) -> Properties:
        """A key to be made up is unknown."""
        made_up = UNKNOWN if outputs is None else outputs.get("tempUrlKey")
        return {"tempUrlKey": made_up, **inputs}

    async def create(self, session: Session, target: Target, inputs: Properties) -> Created:
        """Create it; one that is there already is taken over, but never with the key that it has."""
        login, name = login_of(inputs), text(inputs, "name")
        session.redactor.register_secret(login.key)
        key = text(inputs, "tempUrlKey") or secrets.token_hex(KEY_BYTES)
        session.redactor.register_secret(key)
        keys = TempUrlKeys(key, text(inputs, "secondTempUrlKey"))
        session.redactor.register_secret(keys.second)
        container = await put_container(login, name, keys, session.stop)
        identifier = f"{container.storage_url}/{name}"
        if container.existed:
            session.tokens.adopted(target.urn, identifier)
        return Created(identifier, {**inputs, "tempUrlKey": key})

    async def read(self, session: Session, target: Target, identifier: str, state: State) -> Live | None:
        """Return whether it exists, with the user's present key; reports a TempURL key of somebody else's.

        Raises:
            ProviderError: The read is an import; its id holds no credentials.
            UnfinishedError: Somebody else has set its TempURL keys.
        """
        if not state.inputs:
            raise ProviderError(
                f"{identifier}: a container cannot be imported, since its id holds no credentials. Just "
                "create it: one that exists is taken over as it is."
            )
        name = text(state.inputs, "name")
        container, login = await with_present_key(
            session, login_of(state.inputs), lambda login: _find_container(session, login, name)
        )
        if container is None:
            return None
        inputs: dict[str, Value] = {**state.inputs, "key": login.key}
        own = TempUrlKeys(
            text(state.outputs, "tempUrlKey") or text(inputs, "tempUrlKey"), text(inputs, "secondTempUrlKey")
        )
        for key in (container.temp_url_keys.first, container.temp_url_keys.second):
            session.redactor.register_secret(key)
        outputs = {**state.outputs, **inputs, "tempUrlKey": own.first}
        if container.temp_url_keys != own:
            reason = (
                f"the TempURL keys of container {name} were changed by somebody else. They are not adopted, "
                "since whoever knows one reads every image; pulumi up sets the stack's own keys again"
            )
            raise UnfinishedError(identifier, outputs, (reason,), inputs)
        return Live(identifier, inputs, outputs)

    async def update(
        self, session: Session, target: Target, identifier: str, old: State, news: Properties
    ) -> Properties:
        """Set the stack's own TempURL keys again; the rest is bookkeeping."""
        key = text(news, "tempUrlKey") or text(old.outputs, "tempUrlKey")
        name, keys = text(news, "name"), TempUrlKeys(key, text(news, "secondTempUrlKey"))
        for secret in (keys.first, keys.second):
            session.redactor.register_secret(secret)
        await with_present_key(
            session, login_of(news), lambda login: put_container(login, name, keys, session.stop)
        )
        return {**news, "tempUrlKey": key}

    async def delete(self, session: Session, target: Target, identifier: str, old: State) -> None:
        """Delete it; objects too only with forceDestroy. Servers wait until it is known to be empty.

        Raises:
            RefusedCallError: The container holds objects, and forceDestroy is not set; nothing was deleted.
        """
        state = old.inputs or old.outputs
        name, forced = text(state, "name"), flag(state, "forceDestroy")
        async with session.guard.judging():
            container, login = await with_present_key(
                session, login_of(state), lambda login: _find_container(session, login, name)
            )
            if container is not None and container.count and not forced:
                raise RefusedCallError(
                    f"Container {name} at {login.auth_url} still holds objects ({container.count}). "
                    "Nothing of it was deleted. Empty it, or set forceDestroy and run pulumi up "
                    "before destroying it."
                )
        await delete_container(login, name, session.stop, with_objects=forced)


async def _find_container(session: Session, login: SwiftLogin, name: str) -> SwiftContainer | None:
    """Return the container; None where neither its name nor the account's list finds it.

    Raises:
        ProviderError: The list has it all the same.
    """
    try:
        return await head_container(login, name, session.stop)
    except NotFoundError:
        if name not in await list_containers(login, session.stop):
            return None
    raise contradiction(f"Container {name}", "Swift does not find it, but the account lists it")
