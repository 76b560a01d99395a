"""A move under way, as `operate move` notes it in the stack file: what both of its front doors need; pure."""

from collections.abc import Collection

MOVE = "move"
"""Key of the note: `from` and `to`, each DATACENTER-NAME, and `switched`.

`operate` takes it away at the move's end.
"""


def move_problems(note: object, front_doors: Collection[str], environment: str = "ENV") -> list[str]:
    """Return a line for each front door of a move under way that the servers do not have any more.

    Args:
        note: Note as the stack file has it; None where no move is under way.
        front_doors: Servers that have a front door, DATACENTER-NAME.
        environment: Name of the stack, for the commands.
    """
    match note:
        case {"from": str(source), "to": str(target)}:
            pass
        case _:
            return []
    commands = (
        f"`bin/operate move {environment} --to {target}` finishes the move, and `bin/operate move"
        f" {environment} --back` undoes it. Where `bin/operate status {environment}` shows no move, remove"
        f" softlayer-registry:{MOVE} from the stack file"
    )
    reasons = {source: "has clients until the move ends", target: "is where its clients go"}
    return [
        f"servers: {server} must stay there with frontDoor true during the move from {source} to {target},"
        f" since it {reason}; put its line back as it was. {commands}"
        for server, reason in reasons.items()
        if server not in front_doors
    ]
