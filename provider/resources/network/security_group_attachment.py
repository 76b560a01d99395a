"""`softlayer:index:SecurityGroupAttachment`: a server's interface in a security group.

Attaching during the provisioning may stall it (IBM's documentation), so the server is waited for first.
SoftLayer answers with a request's id and changes the hosts later: done is when the group lists the interface,
the interface is ready, and the event log has the request. Where the log says nothing, the first two must do
after a while.
"""

import asyncio
import json

from provider.errors import (
    ApiError,
    CancelledError,
    NotFoundError,
    ProviderError,
    RefusedCallError,
    UnfinishedError,
    WaitTimeoutError,
)
from provider.resources.by_table import ByTable
from provider.resources.contract import Created, Live, State, Target
from provider.resources.fields import Field
from provider.resources.missing import SECURITY_GROUPS, confirm_missing
from provider.resources.virtual_guest.wait import until_ready
from provider.session import Session
from provider.softlayer.records import as_record, as_records, flag_at, records_at, text_at, whole_at
from provider.values import UNKNOWN, Properties, Value, text, whole

GROUP = "Network_SecurityGroup"
COMPONENT = "Virtual_Guest_Network_Component"
PORTS: dict[str, int] = {"private": 0, "public": 1}
SECONDS = 45 * 60
DETACH_SECONDS = 10 * 60
LOG_SECONDS = 120.0
"""Seconds that the event log may be silent before it is not waited for (choice)."""
FIRST_PAUSE = 0.3
LONGEST_PAUSE = 5.0
RESUMABLE_ERRORS = (ApiError, CancelledError, WaitTimeoutError)


def _interface(value: Value) -> str | None:
    return None if value in PORTS else "must be public or private"


FIELDS = (
    Field("securityGroupId", int, required=True, replaces=True),
    Field("guestId", int, required=True, replaces=True),
    Field("interface", required=True, replaces=True, rule=_interface),
)


class SecurityGroupAttachment(ByTable):
    """The handler; see `provider.resources.contract.Resource`. Every change is another attachment."""

    token = "softlayer:index:SecurityGroupAttachment"  # noqa: S105 - a type token
    fields = FIELDS

    def preview(self, inputs: Properties, outputs: Properties | None) -> Properties:
        """The interface's number is unknown until the server is there."""
        return {**inputs, "networkComponentId": (outputs or {}).get("networkComponentId", UNKNOWN)}

    async def create(self, session: Session, target: Target, inputs: Properties) -> Created:
        """Wait for the server, attach, and wait until that is done."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (target.timeout or SECONDS)
        await until_ready(session, target.urn, _guest(inputs), target.timeout or SECONDS)
        component = await _component(session, inputs)
        identifier = f"{_group(inputs)}/{_guest(inputs)}/{text(inputs, 'interface')}"
        outputs = {**inputs, "networkComponentId": component}
        if await _bound(session, _group(inputs), component):
            session.tokens.adopted(target.urn, identifier)
        request = await self._change(session, "attachNetworkComponents", _group(inputs), component)
        try:
            await self._done(session, target, inputs, component, request, deadline)
        except RESUMABLE_ERRORS as error:
            raise _unfinished(identifier, outputs, error) from None
        return Created(identifier, outputs)

    async def read(self, session: Session, target: Target, identifier: str, state: State) -> Live | None:
        """Return whether the group still lists the interface."""
        inputs = {**parse(identifier), **state.inputs}
        try:
            component = await _component(session, inputs)
            bound = await _bound(session, _group(inputs), component)
        except NotFoundError:
            await _confirm_missing(session, inputs)
            return None
        return Live(identifier, inputs, {**inputs, "networkComponentId": component}) if bound else None

    async def update(
        self, session: Session, target: Target, identifier: str, old: State, news: Properties
    ) -> Properties:
        """Change nothing; wait for an attachment that was not done, and attach again where it is missing."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (target.timeout or SECONDS)
        try:
            component = await _component(session, news)
            request = ""
            if not await _bound(session, _group(news), component):
                request = await self._change(session, "attachNetworkComponents", _group(news), component)
            await self._done(session, target, news, component, request, deadline)
        except RESUMABLE_ERRORS as error:
            raise _unfinished(identifier, {**old.outputs, **news}, error) from None
        return {**news, "networkComponentId": component}

    async def delete(self, session: Session, target: Target, identifier: str, old: State) -> None:
        """Detach, and wait until that is done; a group or server that is gone is fine.

        Raises:
            WaitTimeoutError: The group is still attached after the time limit.
        """
        inputs = {**parse(identifier), **old.inputs}
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (target.timeout or DETACH_SECONDS)
        try:
            component = await _component(session, inputs)
            if not await _bound(session, _group(inputs), component):
                return
            await self._change(session, "detachNetworkComponents", _group(inputs), component)
            pause = FIRST_PAUSE
            while await _bound(session, _group(inputs), component) or not await _ready(session, component):
                if loop.time() > deadline:
                    raise WaitTimeoutError(
                        f"Detaching {identifier} was asked for, but is not done yet. Run the same command "
                        "again."
                    )
                await session.stop.sleep(pause)
                pause = min(pause * 1.5, LONGEST_PAUSE)
        except NotFoundError:
            return

    async def _change(self, session: Session, method: str, group: int, component: int) -> str:
        """Attach or detach: the same twice has one effect. The request's id."""
        answer = as_record(await session.api.write(GROUP, method, [component], id=group))
        return text_at(answer, "requestId")

    async def _done(
        self,
        session: Session,
        target: Target,
        inputs: Properties,
        component: int,
        request: str,
        deadline: float,
    ) -> None:
        loop = asyncio.get_running_loop()
        started, pause = loop.time(), FIRST_PAUSE
        while True:
            bound = await _bound(session, _group(inputs), component)
            ready = await _ready(session, component)
            logged = not request or await _logged(session, _group(inputs), request)
            silent = loop.time() - started > LOG_SECONDS
            if bound and ready and (logged or silent):
                return
            if loop.time() > deadline:
                lacking = "the interface is not ready (a soft reboot of the server may be needed)"
                raise WaitTimeoutError(lacking if bound else "the group does not list the interface")
            await session.reporter.progress(target.urn, f"request {request}: waits until the hosts follow")
            await session.stop.sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)


def parse(identifier: str) -> dict[str, Value]:
    """Return the parts of an id: `GROUP/SERVER/public` or `.../private`. Pure.

    Raises:
        RefusedCallError: The text is no such id.
    """
    group, _, rest = identifier.partition("/")
    guest, _, interface = rest.partition("/")
    if not (group.isdecimal() and guest.isdecimal() and interface in PORTS):
        raise RefusedCallError(
            f"{identifier!r} is no id of an attachment: GROUP/SERVER/public or GROUP/SERVER/private is "
            "needed."
        )
    return {"securityGroupId": int(group), "guestId": int(guest), "interface": interface}


def _group(inputs: Properties) -> int:
    return whole(inputs, "securityGroupId") or 0


def _guest(inputs: Properties) -> int:
    return whole(inputs, "guestId") or 0


async def _confirm_missing(session: Session, inputs: Properties) -> None:
    """Return where the group or the server is missing by the account's lists, too.

    Raises:
        ProviderError: Group and server exist.
    """
    try:
        await session.guests.reads.now(_guest(inputs))
    except NotFoundError:
        return
    await confirm_missing(session, SECURITY_GROUPS, _group(inputs))


async def _component(session: Session, inputs: Properties) -> int:
    mask = "mask[id,networkComponents[id,port]]"
    guest = as_record(await session.api.read("Virtual_Guest", "getObject", id=_guest(inputs), mask=mask))
    port = PORTS[text(inputs, "interface")]
    for component in records_at(guest, "networkComponents"):
        number = whole_at(component, "id")
        if whole_at(component, "port") == port and number is not None:
            return number
    raise RefusedCallError(f"Server {_guest(inputs)} has no {text(inputs, 'interface')} interface.")


async def _bound(session: Session, group: int, component: int) -> bool:
    answer = await session.api.read(
        GROUP, "getNetworkComponentBindings", id=group, mask="mask[networkComponentId]"
    )
    return any(whole_at(binding, "networkComponentId") == component for binding in as_records(answer))


async def _ready(session: Session, component: int) -> bool:
    answer = await session.api.read(COMPONENT, "securityGroupsReady", id=component)
    return flag_at({"ready": answer}, "ready")


async def _logged(session: Session, group: int, request: str) -> bool:
    newest = {"operation": "orderBy", "options": [{"name": "sort", "value": ["DESC"]}]}
    object_filter = {
        "objectName": {"operation": "Security Group"},
        "objectId": {"operation": group},
        "eventCreateDate": newest,
    }
    try:
        answer = await session.api.read("Event_Log", "getAllObjects", filter=object_filter, limit=100)
    except RefusedCallError:
        return False
    return any(_request_of(text_at(event, "metaData")) == request for event in as_records(answer))


def _request_of(meta: str) -> str:
    try:
        metadata = json.loads(meta or "{}")
    except ValueError:
        return ""
    return text_at(metadata, "requestId") if isinstance(metadata, dict) else ""


def _unfinished(identifier: str, outputs: Properties, error: ProviderError) -> UnfinishedError:
    why = "the wait was cancelled" if isinstance(error, CancelledError) else str(error)
    facts = {name: value for name, value in outputs.items() if value is not UNKNOWN}
    return UnfinishedError(
        identifier, facts, (f"Attachment {identifier} is not done: {why}. pulumi up waits for it.",)
    )
