"""`softlayer:index:VirtualGuest` over SoftLayer_Virtual_Guest.

In place: hostname (the order token stays), domain, tags, notes, networkSpeed, probeSsh; with a reboot: cpus,
memory, a flavor with the same first disk, disks added or enlarged; with reloadOnChange another osCode, by a
reload that empties the first disk. sshKeyIds, userData and postInstallScriptUri count at an installation
alone: a change of theirs touches no server. Everything else is decided by the order and takes a new server.
"""

import contextlib

from provider.deadline import Deadline
from provider.errors import (
    ApiError,
    CancelledError,
    FirstContactError,
    NotFoundError,
    ProviderError,
    WaitTimeoutError,
)
from provider.resources.contract import Change, Checked, Created, Live, State, Target
from provider.resources.fields import check_fields, diff_fields
from provider.resources.identifiers import record_number
from provider.resources.ordering.single_order import deleted, in_state
from provider.resources.servers.cancellation import (
    ANNIVERSARY,
    cancellation,
    check_replacement,
    record_choice,
)
from provider.resources.servers.edits import (
    decline_replacement,
    edit_names,
    mark_delivered,
    missing_server,
    set_speed,
)
from provider.resources.servers.host_contact import (
    NewInstallation,
    check_contact,
    installed_inputs,
    pin_host_key,
)
from provider.resources.servers.installation import (
    Installation,
    current_installation,
    reported_name,
)
from provider.resources.servers.ordered_server import (
    address,
    imported_token,
    live_server,
    read_installation,
    recorded_token,
    unfinished,
)
from provider.resources.servers.replacement_turn import check_turn
from provider.resources.virtual_guest.change import (
    INSTALLED,
    RESIZED,
    SYSTEM,
    changed,
    installed,
    judged,
    reload_number,
)
from provider.resources.virtual_guest.fields import (
    FIELDS,
    MARK,
    ORDER_TOKEN,
    check_networks,
    check_repeats,
    check_size,
)
from provider.resources.virtual_guest.order import CANCEL, GuestOrders
from provider.resources.virtual_guest.quote import costs_anew, quote_guest
from provider.resources.virtual_guest.reload import begin_reload
from provider.resources.virtual_guest.upgrade import until, upgrade
from provider.resources.virtual_guest.view import (
    Stage,
    all_tags,
    drifted,
    has_cancellation,
    imported,
    outputs,
    stage,
    transaction,
)
from provider.resources.virtual_guest.wait import until_gone, until_ready, until_scheduled
from provider.session import Session
from provider.softlayer.records import Record, as_record, records_at, text_at
from provider.values import UNKNOWN, Properties, Value, flag, text, texts

SERVICE = "Virtual_Guest"
CREATE_SECONDS = 45 * 60
DELETE_SECONDS = 30 * 60
"""Seconds: creates take 383 to 2159 s (SLDN provisionTimes), a sweep some 20 minutes."""
USER_DATA_MASK = "mask[userData[value]]"
COMPUTED = (
    "guestId",
    "orderedHostname",
    "fullyQualifiedDomainName",
    "globalIdentifier",
    "publicIp",
    "privateIp",
    "sshHostKey",
    "installation",
    "hourlyCost",
    "monthlyCost",
    "status",
    "cancellationDate",
)
RENAMED = ("orderedHostname", "fullyQualifiedDomainName")
COSTS = ("hourlyCost", "monthlyCost")
RESUMABLE_ERRORS = (ApiError, CancelledError, FirstContactError, WaitTimeoutError)


class VirtualGuest:
    """The handler; see `provider.resources.contract.Resource`."""

    token = "softlayer:index:VirtualGuest"  # noqa: S105 - a type token
    fields = FIELDS
    secret_outputs: frozenset[str] = frozenset()
    noun = "server"
    cancel_command = CANCEL

    def __init__(self) -> None:
        self._orders = GuestOrders()

    def check(self, session: Session, urn: str, olds: Properties, news: Properties) -> Checked:
        """Check the inputs by the table, then size, repeats and the order token (`provider.orders.token`)."""
        checked = check_fields(FIELDS, news, frozenset({ORDER_TOKEN}))
        failures = list(checked.failures)
        failed_paths = {failure.path for failure in failures}
        joined = [
            *check_size(checked.inputs),
            *check_networks(checked.inputs),
            *check_repeats(checked.inputs),
            *check_contact(checked.inputs),
        ]
        record_choice(session, urn, checked.inputs)
        if olds:
            changes = judged(diff_fields(FIELDS, olds, {}, checked.inputs), olds, checked.inputs)
            joined += [*check_replacement(olds, changes), *check_turn(session, urn, checked.inputs, changes)]
        failures.extend(failure for failure in joined if failure.path not in failed_paths)
        if olds:
            token = text(olds, ORDER_TOKEN)
            session.tokens.in_state(urn, token)
        else:
            token = session.tokens.for_new(urn)
        return Checked({**checked.inputs, ORDER_TOKEN: token}, tuple(failures))

    def diff(self, session: Session, urn: str, old: State, news: Properties) -> tuple[Change, ...]:
        """Compare the inputs by the table. Server-side changes of create-only properties are no drift."""
        in_state(session, urn, recorded_token(old))
        present = installed(old)
        system = {name: value for name, value in present.items() if name in SYSTEM}
        changes = diff_fields(FIELDS, {**old.inputs, **system}, old.outputs, news)
        return judged(changes, {**old.outputs, **present}, news)

    async def is_gone(self, session: Session, noted_id: str) -> bool:
        """Return whether a server that was ordered is gone, being reclaimed, or cancelled for its day."""
        if not noted_id.isdecimal():
            return False
        try:
            guest = await session.guests.reads.now(int(noted_id))
        except NotFoundError:
            return True
        return stage(guest) is Stage.LEAVING or has_cancellation(guest)

    def preview(self, inputs: Properties, outputs: Properties | None) -> Properties:
        """A new server's outputs are unknown; a renamed one's names are, a reloaded one's host key too."""
        if outputs is None:
            return {**inputs, **dict.fromkeys((*COMPUTED, ORDER_TOKEN), UNKNOWN)}
        kept = {name: outputs.get(name) for name in (*COMPUTED, ORDER_TOKEN)}
        if any(inputs.get(name) != outputs.get(name) for name in ("hostname", "domain")):
            kept.update(dict.fromkeys(RENAMED, UNKNOWN))
        if changed(outputs, inputs, RESIZED):
            kept.update(dict.fromkeys(COSTS, UNKNOWN))
        if changed(outputs, inputs, SYSTEM):
            kept.update({"sshHostKey": None, "installation": UNKNOWN})
        else:
            kept.update({name: outputs.get(name) for name in INSTALLED})
        if flag(inputs, "probeSsh") and not kept["sshHostKey"]:
            kept["sshHostKey"] = UNKNOWN
        return {**inputs, **kept}

    async def quote(self, session: Session, inputs: Properties, old: State | None) -> Properties:
        """Ask verifyOrder about a new server, and about a change in place of what a server costs."""
        if old is not None and not costs_anew(old.inputs, inputs):
            return {}
        return await quote_guest(session, inputs, self._orders.offered)

    async def create(self, session: Session, target: Target, inputs: Properties) -> Created:
        """Order the server, or take over the one ordered before; then wait until it can be used."""
        ordered = await self._orders.obtain(session, target.urn, installed_inputs(session, inputs))
        if ordered.adopted:
            await session.reporter.progress(target.urn, f"resumes with server {ordered.guest_id}")
        inputs = {**inputs, ORDER_TOKEN: ordered.token}
        identifier = str(ordered.guest_id)
        try:
            await self._label(session, target, identifier, inputs, texts(inputs, "tags"))
            final_outputs = await self._finish(session, target, identifier, inputs, {})
        except RESUMABLE_ERRORS as error:
            raise unfinished(identifier, error, await self._glance(session, identifier, inputs)) from None
        return Created(identifier, final_outputs)

    async def read(self, session: Session, target: Target, identifier: str, state: State) -> Live | None:
        """Return the server as it is; one that is being reclaimed is gone, since it is no longer billed.

        Raises:
            UnfinishedError: The server is still being provisioned, or its SSH host key is not pinned.
        """
        try:
            if state.inputs:
                guest = await session.guests.reads.recent(_number(identifier), text(state.outputs, "domain"))
            else:
                guest = await session.guests.reads.now(_number(identifier))
        except NotFoundError:
            return None
        if stage(guest) is Stage.LEAVING:
            return None
        token = recorded_token(state) if state.inputs else imported_token(session, target.urn, guest)
        inputs = drifted(state.inputs, guest, token) if state.inputs else imported(guest, token)
        installation = await read_installation(session, identifier, guest, state)
        kept = {name: installed(state)[name] for name in INSTALLED} if state.inputs else {}
        current_outputs = {**outputs(inputs, guest, token, installation), **kept}
        provisioning = ""
        if stage(guest) is Stage.PROVISIONING:
            running = transaction(guest) or "no transaction"
            provisioning = f"server {identifier} is still being provisioned ({running})"
        return live_server(identifier, inputs, current_outputs, installation, state, provisioning)

    async def update(
        self, session: Session, target: Target, identifier: str, old: State, news: Properties
    ) -> Properties:
        """Bring the server to the new inputs; for one that was not ready, wait on."""
        inputs = {**news, ORDER_TOKEN: recorded_token(old)}
        session.guests.reads.forget(_number(identifier))
        current_outputs: dict[str, Value] = {**old.outputs, **inputs, **installed(old)}
        try:
            await self._edit(session, target, identifier, old, inputs)
            await self._rebuild(session, target, identifier, inputs, current_outputs)
            final_outputs = await self._finish(session, target, identifier, inputs, current_outputs)
            return {**final_outputs, **{name: current_outputs.get(name) for name in INSTALLED}}
        except NotFoundError:
            raise missing_server(identifier) from None
        except RESUMABLE_ERRORS as error:
            raise unfinished(identifier, error, current_outputs) from None

    async def delete(self, session: Session, target: Target, identifier: str, old: State) -> None:
        """Cancel the server and wait until the account's list has let it go.

        One that is billed by the month is cancelled only where `cancellation` says how.
        """
        if session.tokens.deletes_its_own(target.urn, identifier):
            await decline_replacement(session, target.urn, SERVICE, _number(identifier), old)
            return
        how = cancellation(session, target.urn, identifier, old)
        await session.guard.check(f"Server {identifier}", session.stop)
        session.guests.reads.forget(_number(identifier))
        seconds = target.timeout or DELETE_SECONDS
        if how == ANNIVERSARY and not flag(old.inputs, "hourly"):
            with contextlib.suppress(NotFoundError):
                await mark_delivered(session, SERVICE, _number(identifier), old.inputs)
            await until_scheduled(session, target.urn, _number(identifier), seconds)
        else:
            await until_gone(session, target.urn, _number(identifier), seconds)
        deleted(session, target.urn, recorded_token(old), identifier)

    async def _finish(
        self,
        session: Session,
        target: Target,
        identifier: str,
        inputs: Properties,
        recorded_outputs: Properties,
    ) -> Properties:
        """Wait until the server can be used; read its host key where none is known of this installation."""
        deadline = Deadline(target.timeout or CREATE_SECONDS)
        guest_id = _number(identifier)
        guest = await until_ready(session, target.urn, guest_id, deadline.remaining)
        installation = current_installation(recorded_outputs, identifier, guest)
        if flag(inputs, "probeSsh") and not installation.host_key:
            await session.reporter.progress(target.urn, f"waits for sshd at {address(guest)}")
            key = await pin_host_key(session, self._contact(session, identifier, guest), inputs, deadline)
            installation = Installation(installation.name, key)
        return outputs(inputs, guest, text(inputs, ORDER_TOKEN), installation)

    def _contact(self, session: Session, identifier: str, guest: Record) -> NewInstallation:
        async def read() -> str:
            record = await session.api.read(SERVICE, "getObject", id=_number(identifier), mask=USER_DATA_MASK)
            return "\n".join(text_at(value, "value") for value in records_at(as_record(record), "userData"))

        async def clear() -> None:
            await session.api.write(SERVICE, "setUserMetadata", [""], id=_number(identifier))

        return NewInstallation(identifier, address(guest), read, clear)

    async def _edit(
        self,
        session: Session,
        target: Target,
        identifier: str,
        old: State,
        inputs: Properties,
    ) -> None:
        """Change what differs between the server and the inputs; harmless to repeat."""
        guest_id = _number(identifier)
        guest = await session.guests.reads.now(guest_id)
        if stage(guest) is Stage.LEAVING:
            raise NotFoundError(f"server {identifier} is being reclaimed")
        await edit_names(session, SERVICE, guest_id, guest, old.inputs, inputs)
        tags = (*texts(inputs, "tags"), MARK) if "tags" in inputs or "tags" in old.inputs else None
        if tags is not None and sorted(all_tags(guest)) != sorted(tags):
            await session.api.write(SERVICE, "setTags", ",".join(tags), id=guest_id)
        if stage(guest) is not Stage.PROVISIONING:
            await set_speed(session, SERVICE, guest_id, guest, inputs)

    async def _rebuild(
        self,
        session: Session,
        target: Target,
        identifier: str,
        inputs: Properties,
        current_outputs: dict[str, Value],
    ) -> None:
        """Upgrade and reload the server where it must be; `known` tells at any time how far this came."""
        guest_id, deadline = _number(identifier), Deadline(target.timeout or CREATE_SECONDS)
        if changed(current_outputs, inputs, RESIZED):
            await upgrade(session, target.urn, guest_id, inputs, deadline)
            current_outputs.update({name: inputs.get(name) for name in RESIZED})
        if not flag(inputs, "reloadOnChange") or not changed(current_outputs, inputs, SYSTEM):
            return
        new = installed_inputs(session, inputs)
        before = await begin_reload(
            session, target.urn, guest_id, new, current_outputs, self._orders.offered, deadline
        )
        current_outputs.update({name: inputs.get(name) for name in INSTALLED}, sshHostKey=None)
        await until(session, target.urn, guest_id, lambda guest: reload_number(guest) != before, deadline)

    async def _label(
        self, session: Session, target: Target, identifier: str, inputs: Properties, tags: tuple[str, ...]
    ) -> None:
        """Tags and notes, which an order cannot carry; the paid server is kept even if they fail."""
        labels: list[tuple[str, object]] = []
        if tags:
            labels.append(("setTags", ",".join(tags)))
        if text(inputs, "notes"):
            labels.append(("editObject", {"notes": text(inputs, "notes")}))
        for method, argument in labels:
            try:
                await session.api.write(SERVICE, method, argument, id=_number(identifier))
            except ApiError as error:
                await session.reporter.warning(
                    target.urn,
                    f"Server {identifier} was created, but its tags or notes could not be set ({error}). The "
                    "next pulumi refresh shows this as drift, and pulumi up sets them.",
                )

    async def _glance(self, session: Session, identifier: str, inputs: Properties) -> Properties:
        """Return what is known of a server that is not ready, without waiting for anything."""
        guest: Record = {"id": _number(identifier)}
        if not session.stop.cancelled:
            try:
                guest = await session.guests.reads.now(_number(identifier))
            except ProviderError:
                guest = {"id": _number(identifier)}
        installation = Installation(reported_name(identifier, guest))
        return outputs(inputs, guest, text(inputs, ORDER_TOKEN), installation)


def _number(identifier: str) -> int:
    return record_number(identifier, "virtual guest")
