"""Runs a script of `components/scripts` on a server through pulumi-command.

The script goes in by standard input, and what is secret follows it there: neither shows in a process list
nor in the text of an error. The scripts read what follows them with `read` or `cat`; a shell that takes its
script from a pipe reads no further than it has executed (POSIX, sh, STDIN).
"""

import shlex

import pulumi
from pulumi_command import remote

from components.script_source import script_source

_TIMEOUT_SECONDS = 600


def remote_script(
    name: str,
    script: str,
    *arguments: pulumi.Input[str],
    connection: pulumi.Input[remote.ConnectionArgs],
    opts: pulumi.ResourceOptions,
    secret_input: pulumi.Input[str] | None = None,
    run_again_on: list[pulumi.Input[str]] | None = None,
    timeout: int = _TIMEOUT_SECONDS,
) -> remote.Command:
    """Declare one run of a script; it runs again when the script, its arguments or its input change.

    Args:
        name: the resource's name.
        script: file name in `components/scripts`.
        arguments: positional arguments; never secret, since a process list shows them.
        connection: where to run it, with the host key pinned.
        opts: with the parent and what the command lives on.
        secret_input: what the script reads after itself; kept secret in the state.
        run_again_on: values whose change runs it again.
        timeout: seconds after which the script is ended.

    Returns:
        The command; its `stdout` is the script's result, without diagnostics.
    """
    source = script_source(script)
    follows = pulumi.Output.secret(secret_input) if secret_input is not None else pulumi.Output.from_input("")
    quoted = pulumi.Output.all(*arguments).apply(lambda words: shlex.join(str(word) for word in words))
    return remote.Command(
        name,
        connection=connection,
        create=pulumi.Output.format("timeout --kill-after=10 {0} bash -s -- {1}", timeout, quoted),
        stdin=follows.apply(lambda text: f"{source}{text}"),
        triggers=run_again_on,
        # Diagnostics only: what a script prints as its result may be secret, what it says on stderr never is.
        logging=remote.Logging.STDERR,
        add_previous_output_in_env=False,
        opts=opts,
    )
