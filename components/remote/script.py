"""Runs a script of `components/scripts` on a server through pulumi-command.

The script goes in by standard input, and what is secret follows it there: neither shows in a process list
nor in the text of an error. The scripts read what follows them with `read` or `cat`; a shell that takes its
script from a pipe reads no further than it has executed (POSIX, sh, STDIN).
"""

import shlex

import pulumi
from pulumi_command import remote

from components.remote.host import RemoteHost
from components.remote.script_source import script_source

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
    on_delete: tuple[str, ...] | None = None,
    timeout: int = _TIMEOUT_SECONDS,
) -> remote.Command:
    """Declare one run of a script.

    It runs again when the script, its arguments, its input or the installation of the server change.

    Args:
        name: Name of the resource.
        script: File name in `components/scripts`.
        arguments: Positional arguments; never secret, since a process list shows them.
        host: Server that runs it.
        opts: Options with the parent and the dependencies of the command.
        secret_input: Input that the script reads after itself; kept secret in the state.
        run_again_on: Values whose change repeats the run. They exclude `on_delete`, which would then run
            after the new run, as a replaced resource is deleted last.
        on_delete: Arguments with which the script removes what it created. It runs when the resource is
            deleted while its server remains; None leaves everything.
        timeout: Seconds after which the script is ended.

    Returns:
        The command; its `stdout` is the script's result, without diagnostics.

    Raises:
        ValueError: `run_again_on` and `on_delete` are both given.
    """
    if on_delete is not None and run_again_on is not None:
        raise ValueError(f"{name}: on_delete and run_again_on must not be given together; remove one of them")
    source = script_source(script)
    stdin_payload = (
        pulumi.Output.secret(secret_input) if secret_input is not None else pulumi.Output.from_input("")
    )
    quoted = pulumi.Output.all(*arguments).apply(lambda words: shlex.join(str(word) for word in words))
    if host.skip_transform is not None:
        transform_options = pulumi.ResourceOptions(transforms=[host.skip_transform])
        opts = pulumi.ResourceOptions.merge(opts, transform_options)
    run = f"timeout --kill-after=10 {timeout} bash -s --"
    return remote.Command(
        name,
        connection=host.connection,
        # No script reads the variable. It changes the command, which is then repeated in place: a trigger
        # would replace the resource, and its deletion would follow the new run.
        create=pulumi.Output.format("INSTALLATION={0} {1} {2}", host.installation, run, quoted),
        delete=f"{run} {shlex.join(on_delete)}" if on_delete is not None else None,
        stdin=stdin_payload.apply(lambda text: f"{source}{text}"),
        triggers=run_again_on,
        # Diagnostics only: the result that a script prints may be secret, its stderr never is.
        logging=remote.Logging.STDERR,
        add_previous_output_in_env=False,
        opts=opts,
    )
