"""Front doors that a killed move left ending each connection with its answer keep them open again."""

from collections.abc import Callable, Sequence

from operate.error import OperateError
from operate.move.interfaces import HandoverClient
from operate.route.route import DoorStatusClient
from operate.stack.facts import DoorFacts, Facts


def reopen_doors(
    facts: Facts,
    front_doors: Sequence[DoorFacts],
    doors: DoorStatusClient,
    handover: HandoverClient,
    log: Callable[[str], None],
) -> tuple[str, ...]:
    """Have front doors keep connections open; no move may be under way, which is what lets them end.

    What a door writes for that is none of what the state has installed, so that no `pulumi up` takes it away.

    Args:
        facts: Facts of the stack.
        front_doors: Doors to be checked; one that does not answer is passed over, as other checks name it.
        doors: Client that asks them.
        handover: Client that takes away what a move has written.
        log: Receives a line for each door that ended connections.

    Returns:
        The doors that keep connections open again, DATACENTER-SERVER.
    """
    reopened = []
    for door, status in zip(front_doors, doors.query_each(front_doors), strict=True):
        if isinstance(status, OperateError) or not status.is_closing:
            continue
        try:
            handover.release(door, facts.global_ip.address if facts.global_ip else door.public_address)
        except OperateError as error:
            log(f"front door failed: {door.name} still ends each connection with its answer ({error})")
        else:
            log(f"front door ok: {door.name} keeps connections open again, which a killed move had ended")
            reopened.append(door.name)
    return tuple(reopened)
