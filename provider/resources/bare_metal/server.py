"""`softlayer:index:BareMetalServer` over SoftLayer_Hardware_Server.

In place: hostname (the order token stays), domain, tags, notes, networkSpeed, cancellation, systemChange,
probeSsh. Another osCode is installed on the same server where it is billed by the month, or systemChange says
so; what is on its disks is lost then. sshKeyIds, userData and postInstallScriptUri count at an installation
alone: a change of theirs touches no server. All else takes a new server.
"""

import contextlib

from provider.deadline import Deadline
from provider.errors import (
    ApiError,
    CancelledError,
    FirstContactError,
    NotFoundError,
    WaitTimeoutError,
)
from provider.resources.bare_metal.fields import (
    FIELDS,
    INSTALLED,
    check_billing,
    check_reload,
    diff_inputs,
    installed,
    installs,
)
from provider.resources.bare_metal.order import CANCEL, obtain_hardware
from provider.resources.bare_metal.quote import quote_metal
from provider.resources.bare_metal.system import install, system_in_state
from provider.resources.bare_metal.view import imported, metal_stage, outputs
from provider.resources.bare_metal.wait import cancel, until_ready
from provider.resources.contract import Change, Checked, Created, Live, State, Target
from provider.resources.fields import check_fields
from provider.resources.ordering.single_order import deleted, in_state
from provider.resources.servers.cancellation import cancellation, check_replacement, record_choice
from provider.resources.servers.edits import (
    decline_replacement,
    edit_names,
    mark_delivered,
    missing_server,
    set_speed,
)
from provider.resources.servers.host_contact import NewInstallation, pin_host_key
from provider.resources.servers.installation import Installation, current_installation
from provider.resources.servers.ordered_server import (
    address,
    imported_token,
    live_server,
    read_installation,
    recorded_token,
    unfinished,
)
from provider.resources.servers.replacement_turn import check_turn
from provider.resources.virtual_guest.fields import MARK, ORDER_TOKEN, check_networks, check_repeats
from provider.resources.virtual_guest.view import Stage, all_tags, drift_of_server, has_cancellation
from provider.session import Session
from provider.softlayer.records import Record, text_at
from provider.values import UNKNOWN, Properties, Value, flag, text, texts

SERVICE = "Hardware_Server"
CREATE_SECONDS = 24 * 3600
DELETE_SECONDS = 3600
"""Seconds: fast presets take 30 to 40 minutes, clients allow 4 to 24 hours."""
COMPUTED = (
    "hardwareId",
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
    "paidUntil",
    "cancellationDate",
    "cancellationTicketId",
)
RESUMABLE_ERRORS = (ApiError, CancelledError, FirstContactError, WaitTimeoutError)


class BareMetalServer:
    """The handler; see `provider.resources.contract.Resource`. Its id is the global identifier."""

    token = "softlayer:index:BareMetalServer"  # noqa: S105 - a type token
    fields = FIELDS
    secret_outputs: frozenset[str] = frozenset()
    noun = "server"
    cancel_command = CANCEL

    def check(self, session: Session, urn: str, olds: Properties, news: Properties) -> Checked:
        """Check the inputs by the table, then billing and repeats; refuse a replacement that loses money."""
        checked = check_fields(FIELDS, news, frozenset({ORDER_TOKEN}))
        failures = [*checked.failures]
        failed_paths = {failure.path for failure in failures}
        joined = [
            *check_billing(checked.inputs),
            *check_networks(checked.inputs),
            *check_repeats(checked.inputs),
        ]
        record_choice(session, urn, checked.inputs)
        if olds:
            changes = diff_inputs(olds, {}, checked.inputs)
            joined += [
                *check_replacement(olds, changes),
                *check_reload(changes, checked.inputs),
                *check_turn(session, urn, checked.inputs, changes),
            ]
            token = text(olds, ORDER_TOKEN)
            session.tokens.in_state(urn, token)
        else:
            token = session.tokens.for_new(urn)
        failures += [failure for failure in joined if failure.path not in failed_paths]
        return Checked({**checked.inputs, ORDER_TOKEN: token}, tuple(failures))

    def diff(self, session: Session, urn: str, old: State, news: Properties) -> tuple[Change, ...]:
        """Compare the inputs by the table. Server-side changes of create-only properties are no drift."""
        in_state(session, urn, recorded_token(old))
        system_in_state(session, text(old.outputs, "globalIdentifier"), installed(old.inputs, old.outputs))
        return diff_inputs(old.inputs, old.outputs, news)

    async def is_gone(self, session: Session, noted_id: str) -> bool:
        """Return whether a server that was ordered is gone, being reclaimed, or cancelled for its day."""
        try:
            server = await session.metal.reads.now(noted_id)
        except NotFoundError:
            return True
        return metal_stage(server) is Stage.LEAVING or has_cancellation(server)

    def preview(self, inputs: Properties, outputs: Properties | None) -> Properties:
        """A new server's outputs are unknown; a reloaded one's host key is, a renamed one's names are."""
        if outputs is None:
            return {**inputs, **dict.fromkeys((*COMPUTED, ORDER_TOKEN), UNKNOWN)}
        kept = {name: outputs.get(name) for name in (*COMPUTED, ORDER_TOKEN)}
        if any(inputs.get(name) != outputs.get(name) for name in ("hostname", "domain")):
            kept.update(dict.fromkeys(("orderedHostname", "fullyQualifiedDomainName"), UNKNOWN))
        if installs(diff_inputs(outputs, outputs, inputs)):
            kept.update({"sshHostKey": None, "installation": UNKNOWN})
        else:
            kept.update({name: outputs.get(name) for name in INSTALLED if name != "userData"})
        if flag(inputs, "probeSsh") and not kept["sshHostKey"]:
            kept["sshHostKey"] = UNKNOWN
        return {**inputs, **kept}

    async def quote(self, session: Session, inputs: Properties, old: State | None) -> Properties:
        """Ask verifyOrder for a new server; one changed in place keeps the cost in its state."""
        return {} if old is not None else await quote_metal(session, inputs)

    async def create(self, session: Session, target: Target, inputs: Properties) -> Created:
        """Order the server, or take over the one ordered before; then wait until it can be used."""
        ordered = await obtain_hardware(session, target.urn, inputs)
        identifier = ordered.identifier
        inputs = {**inputs, ORDER_TOKEN: ordered.token}
        deadline = Deadline(target.timeout or CREATE_SECONDS)
        try:
            server = await until_ready(session, target.urn, identifier, deadline.remaining)
            await self._edit(session, identifier, server, State(inputs, {}), inputs)
            return Created(
                identifier, await self._finish(session, target.urn, deadline, identifier, inputs, {})
            )
        except RESUMABLE_ERRORS as error:
            partial = {"globalIdentifier": identifier}
            partial_outputs = outputs(inputs, partial, ordered.token, Installation(identifier))
            raise unfinished(identifier, error, partial_outputs) from None

    async def read(self, session: Session, target: Target, identifier: str, state: State) -> Live | None:
        """Return the server as it is, its scheduled cancellation with it; one being reclaimed is gone.

        Raises:
            UnfinishedError: The server is still being provisioned, or its SSH host key is not pinned.
        """
        try:
            if state.inputs:
                server = await session.metal.reads.recent(identifier, text(state.outputs, "domain"))
            else:
                server = await session.metal.reads.now(identifier)
        except NotFoundError:
            return None
        if metal_stage(server) is Stage.LEAVING:
            return None
        token = recorded_token(state) if state.inputs else imported_token(session, target.urn, server)
        inputs = drift_of_server(state.inputs, server, token) if state.inputs else imported(server, token)
        # The identifier is the global one, also where the import named the number.
        name = text_at(server, "globalIdentifier") or identifier
        installation = await read_installation(session, name, server, state)
        kept = installed(state.inputs, state.outputs) if state.inputs else {}
        current_outputs = {**outputs(inputs, server, token, installation), **kept}
        is_provisioning = metal_stage(server) is Stage.PROVISIONING
        provisioning = f"server {name} is still being provisioned" if is_provisioning else ""
        return live_server(name, inputs, current_outputs, installation, state, provisioning)

    async def update(
        self, session: Session, target: Target, identifier: str, old: State, news: Properties
    ) -> Properties:
        """Bring the server to the new inputs, by a reload where its system changed; or wait on."""
        inputs = {**news, ORDER_TOKEN: recorded_token(old)}
        waits = installs(diff_inputs(old.inputs, old.outputs, inputs))
        current_outputs: dict[str, Value] = {**old.outputs, **inputs, **installed(old.inputs, old.outputs)}
        session.metal.reads.forget(identifier)
        deadline = Deadline(target.timeout or CREATE_SECONDS)
        try:
            await session.metal.reads.now(identifier)  # one that is gone is told at once
            server = await until_ready(session, target.urn, identifier, deadline.remaining)
            await self._edit(session, identifier, server, old, inputs)
            current_outputs["userData"] = inputs.get("userData")
            if waits:
                await session.reporter.progress(target.urn, f"server {identifier}: reloads its system")
                await install(session, identifier, server, inputs)
                current_outputs.update({name: inputs.get(name) for name in INSTALLED}, sshHostKey=None)
            final_outputs = await self._finish(
                session, target.urn, deadline, identifier, inputs, current_outputs
            )
            return {**final_outputs, **{name: current_outputs.get(name) for name in INSTALLED}}
        except NotFoundError:
            raise missing_server(identifier) from None
        except RESUMABLE_ERRORS as error:
            raise unfinished(identifier, error, current_outputs) from None

    async def delete(self, session: Session, target: Target, identifier: str, old: State) -> None:
        """Cancel the server; a monthly one only where `cancellation` says how, since money is lost."""
        if session.tokens.deletes_its_own(target.urn, identifier):
            await decline_replacement(session, target.urn, SERVICE, identifier, old)
            return
        how = cancellation(session, target.urn, identifier, old)
        await session.guard.check(f"Server {identifier}", session.stop)
        session.metal.reads.forget(identifier)
        if not flag(old.inputs, "hourly"):
            await self._mark_if_there(session, identifier, old)
        await cancel(session, target.urn, identifier, how, target.timeout or DELETE_SECONDS)
        deleted(session, target.urn, recorded_token(old), identifier)

    async def _mark_if_there(self, session: Session, identifier: str, old: State) -> None:
        """Mark one that runs on until its day; one that is gone needs no mark."""
        with contextlib.suppress(NotFoundError):
            await mark_delivered(session, SERVICE, identifier, old.inputs)

    async def _finish(
        self,
        session: Session,
        urn: str,
        deadline: Deadline,
        identifier: str,
        inputs: Properties,
        recorded_outputs: Properties,
    ) -> Properties:
        """Wait until the server can be used; read its host key where none is known of this installation."""
        server = await until_ready(session, urn, identifier, deadline.remaining)
        installation = current_installation(recorded_outputs, identifier, server)
        if flag(inputs, "probeSsh") and not installation.host_key:
            await session.reporter.progress(urn, f"waits for sshd at {address(server)}")
            contact = NewInstallation(identifier, address(server), _no_user_data, _leave_user_data)
            key = await pin_host_key(session, contact, inputs, deadline)
            installation = Installation(installation.name, key)
        return outputs(inputs, server, text(inputs, ORDER_TOKEN), installation)

    async def _edit(
        self, session: Session, identifier: str, server: Record, old: State, inputs: Properties
    ) -> None:
        """Change what differs between the server and the inputs; harmless to repeat."""
        await edit_names(session, SERVICE, identifier, server, old.inputs, inputs)
        if ("tags" in inputs or "tags" in old.inputs) and sorted(texts(inputs, "tags")) != sorted(
            tag for tag in all_tags(server) if tag != MARK
        ):
            kept = (MARK,) if MARK in all_tags(server) else ()
            tags = ",".join((*texts(inputs, "tags"), *kept))
            await session.api.write(SERVICE, "setTags", tags, id=identifier)
        if text(inputs, "userData") != text(installed(old.inputs, old.outputs), "userData"):
            await session.api.write(SERVICE, "setUserMetadata", [text(inputs, "userData")], id=identifier)
        await set_speed(session, SERVICE, identifier, server, inputs)


async def _no_user_data() -> str:
    """Return what its image takes: nothing."""
    return ""


async def _leave_user_data() -> None:
    """Clear nothing."""
