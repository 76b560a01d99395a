"""What serves clients in the place of a front door that does not answer; pure."""

from collections.abc import Collection

from operate.stack.facts import Facts


def replacement_commands(facts: Facts, silent: Collection[str]) -> tuple[str, ...]:
    """Return the commands, without `operate`, that let something else serve; ENV stands for the stack.

    A standby takes over in its own datacenter alone, and a route needs a global IP and another front door.

    Args:
        facts: Facts of the stack.
        silent: Front doors that do not answer, DATACENTER-SERVER.
    """
    lost_datacenters = {door.datacenter for door in facts.doors if door.name in silent}
    peers = [door.name for door in facts.doors if door.name not in silent]
    routes = [f"route ENV --to {name}" for name in peers] if facts.global_ip else []
    takeovers = [
        f"recover ENV --on {standby.door.name}"
        for standby in facts.standbys
        if standby.door.datacenter in lost_datacenters
    ]
    return (*routes, *takeovers)


def describe_replacements(facts: Facts, silent: Collection[str]) -> str:
    """Return what lets something else serve, and what brings a lost server back, behind another sentence.

    Args:
        facts: Facts of the stack.
        silent: Front doors that do not answer, DATACENTER-SERVER.
    """
    effects = {
        "route": "leads clients to another front door",
        "recover": "starts the registry on a standby that is ready",
    }
    commands = replacement_commands(facts, silent)
    first = {command.split()[0]: command for command in reversed(commands)}
    remedies = [f"`operate {first[word]}` {effect}" for word, effect in effects.items() if word in first]
    return ". ".join(
        ["", *remedies, "`operate recover ENV` orders the server again where the account has it no more"]
    )
