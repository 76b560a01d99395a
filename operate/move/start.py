"""What a move begins with: a new record, the one that was left, or nothing to do; pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from operate.doors.door_status import DoorStatus
from operate.error import NotStartedError, OperateError, RefusedError
from operate.record.door_move import DoorMove
from operate.record.move_plan import resume
from operate.record.record import MOVED, Record
from operate.record.swap_plan import Direction, roll_back
from operate.stack.config.servers_setting import Servers, choose_server
from operate.stack.facts import Colour, Facts
from operate.swap.start import OperationRequest, describe_unfinished


@dataclass(frozen=True)
class MoveRequest:
    """Where the registry is to go.

    Attributes:
        to: Server that the registry moves to, NAME or DATACENTER-NAME.
        source: Server whose front door is left; "" is the one that clients come to.
        new_address: Whether the operator gives clients another address.
        retire: Whether all clients have the other address, so that the previous front door may be taken out.
    """

    to: str
    source: str = ""
    new_address: bool = False
    retire: bool = False


@dataclass(frozen=True)
class MoveState:
    """What there is, under the lock.

    Attributes:
        facts: Facts of the stack.
        servers: Servers of the stack file.
        statuses: Statuses of the front doors that answer, by name.
        current: Operation under way.
        next_id: Identity of the next entry.
        routed_address: Public address that the global IP leads to; "" without one.
        last: The last entry of the history.
    """

    facts: Facts
    servers: Servers
    statuses: Sequence[tuple[str, DoorStatus]]
    current: Record | None
    next_id: str
    routed_address: str = ""
    last: Record | None = None

    def live(self, door: str) -> Colour:
        """Return the colour that is live at a front door.

        Raises:
            OperateError: The front door does not answer.
            NotStartedError: The generations of a front door differ.
        """
        status = dict(self.statuses).get(door)
        if status is None:
            raise OperateError(
                f"{door} does not answer; a server that is lost is left by `operate route ENV`, or brought"
                " back by `operate recover ENV`"
            )
        colours = set(status.live.values())
        if len(colours) != 1:
            raise NotStartedError(
                f"{door} has no single live colour ({dict(status.live)}); `operate rollback ENV --colour red`"
                " or `--colour black` makes one live everywhere"
            )
        return colours.pop()


def begin_move(
    request: OperationRequest, move_request: MoveRequest, state: MoveState, *, has_shared_address: bool
) -> Record | str:
    """Return the record to resume or start, or why there is nothing to do.

    Args:
        request: Operator, reason and options.
        move_request: Where the registry is to go.
        state: State of the stack, under the lock.
        has_shared_address: Whether one address or name leads to the front doors of source and target.

    Raises:
        NotStartedError: Something else is under way, or no such server can carry the registry.
        RefusedError: Clients use the source's own address, and `--new-address` is missing.
    """
    current, target = state.current, choose_server(state.servers, move_request.to)
    if current is not None:
        return _resume(request, move_request, state, current, target)
    if move_request.retire:
        raise NotStartedError(
            "no move waits for clients, so that --retire has nothing to take out: nothing was changed."
            f" `operate move ENV --to {target} --new-address` starts one, and --retire ends it once clients"
            " use the new address"
        )
    source = _source(move_request, state, target)
    if source == target:
        return f"the registry is at {target} already"
    if not has_shared_address and not move_request.new_address:
        raise RefusedError(
            f"clients of {source} use its own address, which cannot lead to {target}; set globalIp, or"
            " registryName to a DNS name, let clients use that, then move. Or give clients the new address"
            " during the move: --new-address"
        )
    live = state.live(source)
    release = state.facts.colours[live]
    name = release.release if release else ""
    builds = target not in {door.name for door in state.facts.doors}
    return Record(
        id=state.next_id,
        kind="move",
        who=request.who,
        why=request.why,
        at=request.at,
        source=live,
        target=live,
        source_release=name,
        release=name,
        options=request.options,
        storage=release.storage if release else state.facts.storage,
        door_move=DoorMove(source, target, builds, new_address=not has_shared_address),
    )


def _resume(
    request: OperationRequest, move_request: MoveRequest, state: MoveState, current: Record, target: str
) -> Record:
    """Return the record of the move that is under way, with the options that are this command's."""
    move = current.door_move
    if move is None or move.target != target:
        raise NotStartedError(describe_unfinished(current))
    source = move.source
    if move_request.source not in ("", source, source.partition("-")[2]):
        raise NotStartedError(
            f"{describe_unfinished(current)}; it leaves {source}, so --from must name that or be left"
            f" out, got {move_request.source}"
        )
    if move_request.retire and not current.awaits_clients and not current.is_past_undoing:
        raise NotStartedError(
            f"the {current.title} waits for no clients, so that --retire has no effect: nothing was"
            f" changed. {describe_unfinished(current)}"
        )
    options = current.options
    if move_request.retire:
        # The wait for clients is this command's, however long ago the move was started.
        options = replace(options, drain_limit=request.options.drain_limit, idle=request.options.idle)
    resumed = resume(current.state, is_led=_is_led(state, move))
    return replace(current, state=resumed, options=options)


def require_no_other_operation(move_request: MoveRequest, state: MoveState) -> None:
    """Refuse beside a swap, or beside a move to another server, whatever else is wrong with the request.

    Raises:
        NotStartedError: Such an operation is under way.
    """
    if state.current is None:
        return
    target = state.current.door_move.target if state.current.door_move else ""
    if move_request.to not in (target, target.partition("-")[2]):
        raise NotStartedError(describe_unfinished(state.current))


def begin_return(request: OperationRequest, state: MoveState) -> Record:
    """Return the record of undoing the move under way.

    Raises:
        NotStartedError: No move is under way, something else is, or the previous front door may be deleted
            already.
    """
    current = state.current
    if current is None:
        raise NotStartedError(_describe_nothing_to_undo(state.last))
    if current.door_move is None:
        raise NotStartedError(describe_unfinished(current))
    if current.state.direction is Direction.BACK:
        return replace(current, state=resume(current.state, is_led=True))
    if current.is_past_undoing:
        raise NotStartedError(describe_unfinished(current))
    reason = request.why or "an operator wanted the previous front door"
    result = current.result if current.state.switched else "given up"
    return replace(current, state=roll_back(current.state), reason=reason, result=result)


def _describe_nothing_to_undo(last: Record | None) -> str:
    """Return that there is nothing to undo, and what moves the registry back."""
    if last is not None and last.door_move is not None and last.result == MOVED:
        return (
            f"no move is under way: the {last.title} has ended, and the front door of {last.door_move.source}"
            f" was taken out; `operate {last.door_move.return_command}` moves the registry back"
        )
    return (
        "no move is under way, so that nothing was changed; `operate move ENV --to SERVER` moves the registry"
        " back as any other way"
    )


def _source(move_request: MoveRequest, state: MoveState, target: str) -> str:
    """Return the front door that is left."""
    doors = [door.name for door in state.facts.doors]
    if move_request.source:
        return choose_server(
            [server for server in state.servers if f"{server['datacenter']}-{server['name']}" in doors],
            move_request.source,
        )
    led = [
        door.name
        for door in state.facts.doors
        if state.routed_address and door.public_address == state.routed_address
    ]
    peers = [door for door in doors if door != target]
    candidates = led or peers or doors
    if len(candidates) > 1:
        raise NotStartedError(
            f"{', '.join(candidates)} have front doors; name the one that {target} is to take the place of by"
            " --from"
        )
    return candidates[0]


def _is_led(state: MoveState, move: DoorMove) -> bool:
    if state.facts.global_ip is None:
        return True
    return any(
        door.name == move.target and door.public_address == state.routed_address for door in state.facts.doors
    )
