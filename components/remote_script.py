"""Runs a script of `components/scripts` on a server through pulumi-command.

The script goes in by standard input, and what is secret follows it there: neither shows in a process list
nor in the text of an error. The scripts read what follows them with `read` or `cat`; a shell that takes its
script from a pipe reads no further than it has executed (POSIX, sh, STDIN).
"""

import shlex

import pulumi
from pulumi_command import remote

from components.remote_host import RemoteHost
from components.script_source import script_source

_TIMEOUT_SECONDS = 600
INSTALLATION_SECONDS = 1800
"""For scripts that install packages: up to 900 s until the first boot lets go of apt, and as long for apt."""


def remote_script(
    name: str,
    script: str,
    *arguments: pulumi.Input[str],
    host: RemoteHost,
    opts: pulumi.ResourceOptions,
    secret_input: pulumi.Input[str] | None = None,
    run_again_on: list[pulumi.Input[str]] | None = None,
    undo: tuple[str, ...] | None = None,
    timeout: int = _TIMEOUT_SECONDS,
) -> remote.Command:
    """Declare one run of a script.

    It runs again when the script, its arguments, its input or the installation of the server change.

    Args:
        name: the resource's name.
        script: file name in `components/scripts`.
        arguments: positional arguments; never secret, since a process list shows them.
        host: where to run it.
        opts: with the parent and what the command lives on.
        secret_input: what the script reads after itself; kept secret in the state.
        run_again_on: values whose change runs it again; not together with `undo`, which would then follow the
            new run, as a replaced resource is deleted last.
        undo: arguments with which the script takes away what it did, run when the resource is deleted while
            its server stays; None leaves everything.
        timeout: seconds after which the script is ended.

    Returns:
        The command; its `stdout` is the script's result, without diagnostics.

    Raises:
        ValueError: `run_again_on` and `undo` are both given.
    """
    if undo is not None and run_again_on is not None:
        raise ValueError(
            f"{name}: what is undone cannot be run again by a trigger; leave one of the two away"
        )
    source = script_source(script)
    follows = pulumi.Output.secret(secret_input) if secret_input is not None else pulumi.Output.from_input("")
    quoted = pulumi.Output.all(*arguments).apply(lambda words: shlex.join(str(word) for word in words))
    if host.leave_out is not None:
        left_out = pulumi.ResourceOptions(transforms=[host.leave_out])
        opts = pulumi.ResourceOptions.merge(opts, left_out)
    run = f"timeout --kill-after=10 {timeout} bash -s --"
    return remote.Command(
        name,
        connection=host.connection,
        # No script reads the variable. It changes the command, which runs again then, and in place: a trigger
        # would replace the resource, whose undo would follow the new run.
        create=pulumi.Output.format("INSTALLATION={0} {1} {2}", host.installation, run, quoted),
        delete=f"{run} {shlex.join(undo)}" if undo is not None else None,
        stdin=follows.apply(lambda text: f"{source}{text}"),
        triggers=run_again_on,
        # Diagnostics only: what a script prints as its result may be secret, what it says on stderr never is.
        logging=remote.Logging.STDERR,
        add_previous_output_in_env=False,
        opts=opts,
    )
