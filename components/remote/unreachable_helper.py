"""What is declared on a helper that cannot be worked on is left as it is, and done by the next `pulumi up`.

A helper is off, and its firewall or a script changes: the command would wait for it in vain and fail the run.
Whether it answers is known only while the program runs: it is decided when the engine is given the command.
"""

from collections.abc import Callable

import pulumi
from pulumi_command import remote

COMMAND_INPUTS = (
    "connection", "create", "update", "delete", "stdin", "triggers", "logging", "addPreviousOutputInEnv",
    "environment",
)  # fmt: skip


def skip_while_unreachable(
    server: str,
    failure: Callable[[], pulumi.Output[str]],
    owner: pulumi.Resource,
    stand_in: Callable[[], pulumi.Output[remote.ConnectionArgs]],
) -> pulumi.ResourceTransform:
    """Return what leaves a server's commands out of a run while it cannot be worked on.

    A command that the state has keeps its inputs: nothing is done, and the next run sees the difference. One
    that is new does nothing, on another server, and has nothing to undo.

    Args:
        server: Name of the server, for people.
        failure: Returns why it cannot be worked on; "" where it can.
        owner: Replaced together with what is on it; transforms are not given this option.
        stand_in: Returns the way to a server that is no helper.
    """

    async def skip(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        # Nothing is known in a preview of a server that is not ordered yet.
        if not await failure().future():
            return None
        opts = args.opts
        opts.ignore_changes = [*(opts.ignore_changes or ()), *COMMAND_INPUTS]
        opts.replace_with = [owner]
        return pulumi.ResourceTransformResult(_idle(server, stand_in()), opts)

    return skip


def _idle(server: str, connection: pulumi.Output[remote.ConnectionArgs]) -> dict[str, pulumi.Input[object]]:
    return {
        "connection": connection,
        "create": f"true # {server} could not be worked on",
        "logging": remote.Logging.STDERR,
        "addPreviousOutputInEnv": False,
    }
