"""The commands `rotate`: a secret of a stack is followed by another one, without a failed request."""

import inspect
import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from messages.progress import report
from messages.stack_name import name_stack
from operate.cli.errors import report_errors
from operate.cli.help_page import ListingGroup
from operate.cli.operation import new_request
from operate.cli.parameters import AsJson, ConfigFile, Environment, complete_server, refuse_options
from operate.cli.rotation_options import RotationOptions, shared_parameters
from operate.record.options import SwapOptions

if TYPE_CHECKING:
    from operate.rotate.environment import StackRotation
    from operate.rotate.rotation import RotationEnd
    from operate.rotate.rotation_request import RotationRequest

RequestReader = Callable[["StackRotation"], "RotationRequest"]
"""Reads what the operator provides, once the stack is open."""

rotate = typer.Typer(
    cls=ListingGroup,
    no_args_is_help=True,
    help="Replace a secret of a stack; docs/reference/rotation.md says what happens.\n\n"
    "Example: operate rotate password prod",
)


_SWAP = ("bake", "throttle")


def _rotation(kind: str, *options: str) -> Callable[[Callable[..., RequestReader | None]], None]:
    """Add a command for a kind of secret, with its own options and those in common that it names.

    Args:
        kind: Name of the secret, in `operate.record.rotation_plan.KINDS`.
        options: Fields of `RotationOptions`, besides those that every command has.
    """

    def add(read_options: Callable[..., RequestReader | None]) -> None:
        own = inspect.signature(read_options).parameters
        names = ("environment", *options, "abort", "as_json", "config_file")
        parameters = own | shared_parameters(names)

        def command(**values: Any) -> None:  # noqa: ANN401 - typer gives them by the signature
            own_values = {name: values.pop(name) for name in own}
            provided_options = {
                f"--{name.replace('_', '-')}": value != parameters[name].default
                for name, value in (own_values | {name: values[name] for name in options}).items()
                if parameters[name].default is not inspect.Parameter.empty
            }
            if values["abort"]:
                refuse_options("--abort", "gives the rotation up", provided_options)
            _run(kind, RotationOptions(**values), read_options(**own_values))

        command.__doc__ = read_options.__doc__
        command.__annotations__ = {name: parameter.annotation for name, parameter in parameters.items()}
        vars(command)["__signature__"] = inspect.Signature(
            [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in parameters.values()]
        )
        rotate.command(kind)(command)

    return add


@_rotation("http-secret", "overlap", *_SWAP)
def _rotate_http_secret() -> None:
    """Replace what signs the state of uploads: an upload ends on the colour on which it started.

    Example: operate rotate http-secret prod
    """


@_rotation("tempurl-key", "overlap", *_SWAP)
def _rotate_tempurl_key() -> None:
    """Replace what signs temporary URLs of Swift, which accepts both keys meanwhile.

    Example: operate rotate tempurl-key prod
    """


@_rotation("swift-key", *_SWAP)
def _rotate_swift_key() -> None:
    """Bring a Swift key live that was created in the portal; the live colour keeps its token until the swap.

    Example: operate rotate swift-key prod
    """


@_rotation("swift-user", *_SWAP)
def _rotate_swift_user(
    user: Annotated[str, typer.Option(help="Another user of the object storage account, ACCOUNT:USER.")],
) -> RequestReader:
    """Have registries log in to Swift as another user, whose key is valid beside the previous one.

    Example: operate rotate swift-user prod --user SLOS12345-1:SL12345-2
    """

    def read_request(_: "StackRotation") -> "RotationRequest":
        from operate.rotate.rotation_request import RotationRequest

        return RotationRequest(settings={"objectUser": user})

    return read_request


@_rotation("s3-keys", "overlap", *_SWAP)
def _rotate_s3_keys() -> RequestReader:
    """Bring another HMAC credential live: its access key and its secret key on standard input, a line each.

    Example: operate rotate s3-keys prod < new-credential
    """

    def read_request(_: "StackRotation") -> "RotationRequest":
        from operate.rotate.given import read_lines
        from operate.rotate.rotation_request import RotationRequest

        return RotationRequest(secrets=read_lines(("s3AccessKey", "s3SecretKey")))

    return read_request


@_rotation("root", "overlap", "retire", *_SWAP)
def _rotate_root() -> None:
    """Replace the root secret and all that is derived from it, except for the first user's password.

    Examples: operate rotate root prod
              operate rotate root prod --retire
              operate rotate root prod --retire --overlap 60
    """


@_rotation("authority", "retire")
def _rotate_authority() -> None:
    """Replace the stack's certificate authority; clients that trust the old one work until --retire.

    Example: operate rotate authority prod
    """


@_rotation("certificate")
def _rotate_certificate(
    certificate: Annotated[
        Path | None, typer.Option(help="PEM file with its chain; by default the stack issues one.")
    ] = None,
    key_file: Annotated[Path | None, typer.Option(help="PEM file of the certificate's key.")] = None,
    authority: Annotated[Path | None, typer.Option(help="PEM file of roots for clients.")] = None,
) -> RequestReader:
    """Replace the front doors' certificate and key by provided ones, or by ones of the stack's authority.

    Example: operate rotate certificate prod --certificate chain.pem --key-file key.pem
    """
    if (certificate is None) != (key_file is None):
        raise typer.BadParameter("--certificate and --key-file must be given together")
    if authority is not None and certificate is None:
        raise typer.BadParameter("must be given together with --certificate", param_hint="--authority")

    def read_request(rotation: "StackRotation") -> "RotationRequest":
        from operate.error import NotStartedError
        from operate.rotate.given import certificate_request
        from operate.rotate.rotation_request import RotationRequest

        if certificate is not None and key_file is not None:
            return certificate_request(certificate, key_file, authority)
        if rotation.setting("registryCertificate"):
            raise NotStartedError(
                "the stack has a certificate of your own; name the next one by --certificate and --key-file"
            )
        return RotationRequest()

    return read_request


@_rotation("password")
def _rotate_password(
    user: Annotated[
        list[str] | None, typer.Option(help="User; may be repeated. By default the first user.")
    ] = None,
) -> RequestReader:
    """Give users a new random password, which is kept in the stack file alone, encrypted.

    Example: operate rotate password prod --user builder
    """

    def read_request(rotation: "StackRotation") -> "RotationRequest":
        from operate.error import NotStartedError
        from operate.rotate.changes import mapping_of
        from operate.rotate.kinds.password import new_passwords

        first = str(rotation.setting("registryUser") or "docker")
        users = {first, *mapping_of(rotation.setting("registryUsers"))}
        if unknown := sorted(set(user or ()) - users):
            raise NotStartedError(
                f"--user must be one of {', '.join(sorted(users))}, got {', '.join(unknown)}"
            )
        return new_passwords(user or (), first)

    return read_request


@rotate.command("api-key")
def rotate_api_key(environment: Environment, as_json: AsJson = False, config_file: ConfigFile = None) -> None:
    """Test a new SoftLayer API key in SL_API_KEY; no server has the key, so that nothing else changes.

    Example: SL_API_KEY=... operate rotate api-key prod
    """
    from operate.rotate.kinds.api_key import try_api_key

    with report_errors():
        _show_summary(try_api_key(environment, config_file, report), as_json=as_json)


@rotate.command("host-key")
def rotate_server_key(
    environment: Environment,
    server: Annotated[str, typer.Option(help="Server: DATACENTER-NAME.", autocompletion=complete_server)],
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Give a server a new SSH host key, which it makes itself, and pin it; the same command resumes.

    Example: operate rotate host-key prod --server dal05-a
    """
    from operate.rotate.kinds.host_key import rotate_host_key
    from operate.rotate.kinds.keyed_servers import StackServers

    with report_errors():
        summary = rotate_host_key(StackServers(environment, config_file, report), server, report)
    _show_summary(summary, as_json=as_json)


@rotate.command("passphrase")
def rotate_passphrase(
    environment: Environment,
    new_file: Annotated[
        Path,
        typer.Option(
            help="File with the new passphrase; the present one is in"
            " PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE."
        ),
    ],
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Encrypt the secrets of stack file and state with another passphrase.

    Example: operate rotate passphrase prod --new-file ~/.registry-passphrase-2027
    """
    from operate.rotate.kinds.passphrase import change_passphrase

    with report_errors():
        _show_summary(change_passphrase(environment, config_file, new_file, report), as_json=as_json)


@rotate.command("ssh-key")
def rotate_key(
    environment: Environment,
    new: Annotated[
        str,
        typer.Option(
            help="New private key, with its .pub beside it: ~/... or relative to the program's folder."
        ),
    ],
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Replace the operator's SSH key: servers accept both, then the new one alone; the same command resumes.

    Example: operate rotate ssh-key prod --new ~/.ssh/softlayer-registry-2027
    """
    from operate.history.events import Event, event_now
    from operate.recover.environment import open_recovery  # Pulumi and Swift take a second to load
    from operate.rotate.given import shared_place
    from operate.rotate.kinds.ssh_key import rotate_ssh_key
    from operate.rotate.stack_operation import observe_releases, operation_under_way
    from operate.stack.operator_key import VARIABLE

    def use(place: str) -> None:
        if os.environ.pop(VARIABLE, None):
            report(f"{VARIABLE} names the old key; unset it, or export the path of {place} on this machine")

    events: list[Event] = []
    opened = open_recovery(environment, report, config_file, command="rotate ssh-key", events=events)
    with report_errors(), opened as recovery:
        rotation = rotate_ssh_key(
            recovery.stack,
            shared_place(new),
            use,
            lambda: operation_under_way(environment, "rotate ssh-key", config_file, report),
            lambda: observe_releases(environment, "rotate ssh-key", config_file, report),
            report,
        )
        events.append(event_now("rotation", "ssh-key"))
    summary = (
        f"{rotation.after} opens every server. Give it to the other operators. The old key opens no server"
        " and can be deleted"
    )
    sys.stdout.write((json.dumps(rotation.as_json()) if as_json else summary) + "\n")


def _run(kind: str, options: RotationOptions, read_request: RequestReader | None) -> None:
    """Rotate a secret of the table, or give its rotation up."""
    from operate.clock import SystemClock
    from operate.record.rotation_plan import KINDS
    from operate.rotate.abort import Abort
    from operate.rotate.environment import RotationPlace, StackRotation
    from operate.rotate.rotation import Rotation
    from operate.rotate.rotation_request import RotationRequest
    from operate.stack.config.unfinished_adoption import require_no_adoption

    if KINDS[kind].awaits_clients and options.overlap is not None and not options.retire:
        raise typer.BadParameter(
            "must be given together with --retire, which gives up the old secret",
            param_hint="--overlap",
        )
    command = f"rotate {kind}"
    place = RotationPlace(
        options.environment,
        options.config_file,
        command,
        SwapOptions(bake=options.bake * 60, throttle=options.throttle),
        lambda release, swap_options: new_request(command, release=release, options=swap_options),
    )
    stack: StackRotation | None = None
    with report_errors(lambda: stack.describe_abort() if stack and not options.abort else ""):
        require_no_adoption(options.environment, options.config_file)
        stack = StackRotation(place, report)
        stack.check_settings({})
        if options.abort:
            _show_summary(Abort(KINDS[kind], stack, report).run(), as_json=options.as_json)
            return
        request = read_request(stack) if read_request else RotationRequest()
        rotation = Rotation(KINDS[kind], stack, SystemClock(), report)
        end = rotation.run(replace(request, minutes=options.overlap, retire=options.retire))
    end = name_commands(end, options.environment)
    sys.stdout.write((json.dumps(end.as_json()) if options.as_json else _describe(end)) + "\n")


def _show_summary(summary: str, *, as_json: bool) -> None:
    sys.stdout.write((json.dumps({"result": summary}) if as_json else summary) + "\n")


def name_commands(end: "RotationEnd", environment: str) -> "RotationEnd":
    """Return the end of a rotation with the stack's name in its commands, so that they can be copied."""
    return replace(
        end,
        clients=name_stack(end.clients, environment),
        afterwards=name_stack(end.afterwards, environment),
    )


def _describe(end: "RotationEnd") -> str:
    state = "waits for clients" if end.awaits_clients else "done"
    return "\n".join((f"rotation of {end.kind}: {state}", end.clients, end.afterwards)).strip()


def add_rotate(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(rotate, name="rotate")
