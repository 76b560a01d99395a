"""Runs a script of `components/scripts` on a server through pulumi-command.

The script goes in by standard input, and what is secret follows it there: neither shows in a process list
nor in the text of an error. The scripts read what follows them with `read` or `cat`; a shell that takes its
script from a pipe reads no further than it has executed (POSIX, sh, STDIN).
"""

import shlex
from collections.abc import Sequence

import pulumi
from pulumi_command import remote

from components.remote.host import RemoteHost
from components.remote.installation_mark import installation_digest, marked_command, unmarked_command
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
    installs: Sequence[pulumi.Input[str]] | None = None,
    removes: bool = False,
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
        installs: Files that the script leaves on the server and nothing else changes, as shell patterns and
            folders; none where others change them as well. The script then leaves a mark of what it installed
            (`components.remote.installation_mark`). None for a script that installs nothing.
        removes: Whether the script takes away what a resource of the same name installs with other settings.

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
    stdin = stdin_payload.apply(lambda text: f"{source}{text}")
    command, delete = pulumi.Output.format("{0} {1}", run, quoted), None
    if on_delete is not None:
        delete = f"{run} {shlex.join(on_delete)}"
    if installs is not None:
        command = _marked(name, command, stdin, installs)
        delete = unmarked_command(name, delete) if delete else None
    elif removes:
        command = command.apply(lambda text: unmarked_command(name, text))
    return remote.Command(
        name,
        connection=host.connection,
        # No script reads the variable. It changes the command, which is then repeated in place: a trigger
        # would replace the resource, and its deletion would follow the new run.
        create=pulumi.Output.format("INSTALLATION={0} {1}", host.installation, command),
        delete=delete,
        stdin=stdin,
        triggers=run_again_on,
        # Diagnostics only: the result that a script prints may be secret, its stderr never is.
        logging=remote.Logging.STDERR,
        add_previous_output_in_env=False,
        opts=opts,
    )


def _marked(
    name: str, command: pulumi.Output[str], stdin: pulumi.Output[str], files: Sequence[pulumi.Input[str]]
) -> pulumi.Output[str]:
    # The digest may be read by everybody; it became secret beside the input that it was made from.
    digest = pulumi.Output.unsecret(
        pulumi.Output.all(command, stdin).apply(lambda texts: installation_digest(*texts))
    )
    return pulumi.Output.all(digest, command, *files).apply(
        lambda texts: marked_command(name, texts[0], texts[1], texts[2:])
    )
