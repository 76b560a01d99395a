"""A recovery from its plan to its event in the history, on a stack under its lock."""

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from operate.error import OperateError
from operate.history.events import Event, event_now
from operate.recover.environment import OpenRecovery, open_recovery
from operate.recover.recovered_key import RecoveredServers, end_key_rotation
from operate.recover.recovery import Recovery, forget_retired_doors, recover
from operate.recover.vouched_servers import VouchedServer, pinned_keys, vouched_servers
from operate.servers.host_keys.accepted_keys import accepted_host_keys
from operate.servers.host_keys.refused_login import require_login
from operate.servers.server_names import full_names
from operate.servers.ssh import SshLink
from operate.servers.system_ssh import USER
from operate.stack.config.setting_keys import RETIRING_DOORS, ROTATION, SERVERS
from operate.stack.config.stack_file import read_list, read_plain
from operate.stack.operator_key import operator_key


@dataclass(frozen=True)
class RecoveryRequest:
    """What an operator asks for.

    Attributes:
        environment: Name of the stack.
        config_file: The stack's file where it is elsewhere.
        servers: Servers to recover, by NAME or DATACENTER-NAME; empty for all.
        accepted_keys: Servers whose host key the operator has compared, `SERVER` or `SERVER=FINGERPRINT`.
        agreed: Whether the operator has agreed to every order beforehand.
    """

    environment: str
    config_file: Path | None = None
    servers: tuple[str, ...] = ()
    accepted_keys: tuple[str, ...] = ()
    agreed: bool = False


def run_recovery(
    request: RecoveryRequest, log: Callable[[str], None], confirm: Callable[[str], bool]
) -> Recovery:
    """Bring a stack back from what is lost.

    Args:
        request: What the operator asks for.
        log: Receives a line for each step.
        confirm: Asks the operator before an order.

    Raises:
        HeldError: Another operator holds the lock.
        RefusedError: The operator does not want it; nothing was ordered.
        OperateError: The stack cannot be recovered, or a server shows another host key than the pinned one.
    """
    events: list[Event] = []
    ask_early = not (request.servers or request.accepted_keys)
    with open_recovery(
        request.environment,
        log,
        request.config_file,
        ask_early=ask_early,
        agreed=request.agreed,
        events=events,
    ) as opened:
        recovery = _recover(opened, request, log, confirm)
        if recovery.has_changed:
            events.append(event_now("recovery", recovery.description))
        if opened.refused:
            log(f"done: {recovery.changes}")
            raise OperateError(f"not recovered: {'; '.join(opened.refused)}")
    return recovery


def _recover(
    opened: OpenRecovery, request: RecoveryRequest, log: Callable[[str], None], confirm: Callable[[str], bool]
) -> Recovery:
    stack = opened.stack
    names = full_names(request.servers, stack.server_names()) if request.servers else ()
    vouched = _vouched_servers(opened, request)
    if names:
        names = tuple(dict.fromkeys([*names, *vouched]))
    with accepted_host_keys({server.identifier: server.accepted for server in vouched.values()}):
        recovery = recover(stack, names, log, confirm, agreed=request.agreed)
    recovery = recovery.with_reopened(opened.reopen_doors(recovery.missing, log))
    pinned = pinned_keys(vouched, stack.server_outputs() if vouched else {})
    for line in pinned.lines:
        log(line)
    _update_stack_file(opened, request, recovery, vouched, log)
    return recovery.with_done(pinned.changes)


def _vouched_servers(opened: OpenRecovery, request: RecoveryRequest) -> Mapping[str, VouchedServer]:
    """Return the servers whose host key is accepted; refuse one that takes no login by its pinned key."""
    if not request.accepted_keys:
        return {}
    vouched = vouched_servers(opened.stack.server_outputs(), request.accepted_keys)
    with closing(SshLink(USER, operator_key(request.environment, request.config_file))) as link:
        servers = {name: (server.identifier, server.outputs) for name, server in vouched.items()}
        require_login(request.environment, servers, link)
    return vouched


def _update_stack_file(
    opened: OpenRecovery,
    request: RecoveryRequest,
    recovery: Recovery,
    vouched: Mapping[str, VouchedServer],
    log: Callable[[str], None],
) -> None:
    """Take out of the stack file what the recovery has ended: a rotation's note, doors that are gone."""
    keys_before = {name: server.pinned_key for name, server in vouched.items()}
    servers = RecoveredServers(recovery.missing, keys_before)
    end_key_rotation(request.environment, opened.stack, read_plain(opened.file, ROTATION), servers, log)
    forget_retired_doors(
        opened.stack, read_list(opened.file, SERVERS), read_list(opened.file, RETIRING_DOORS)
    )
