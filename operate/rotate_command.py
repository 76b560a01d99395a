"""The commands `rotate`: a secret of a stack is followed by another one, without a failed request."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from operate.operator_key import VARIABLE
from operate.swap.record import Options
from operate.swap_commands import AsJson, ConfigFile, Environment, ProgressLog, new_request, report_errors

if TYPE_CHECKING:
    from operate.rotate.environment import StackRotation
    from operate.rotate.rotation import RotationEnd, RotationRequest

rotate = typer.Typer(
    no_args_is_help=True,
    help="Replace a secret of a stack by another one; docs/rotation.md says what happens.",
)

Minutes = Annotated[
    float | None,
    typer.Option("--overlap", min=0, help="Minutes for which the old secret is accepted; the command waits."),
]
Bake = Annotated[float, typer.Option(min=0, help="Minutes for which the swap watches the new colour.")]
Rest = Annotated[float, typer.Option(min=0, help="As of `operate swap`.")]
Abort = Annotated[bool, typer.Option("--abort", help="Give up a rotation whose new secret is not live.")]
Retire = Annotated[
    bool, typer.Option("--retire", help="Clients trust the new authority: give up the old one.")
]


@rotate.command("http-secret")
def rotate_http_secret(
    environment: Environment,
    overlap: Minutes = None,
    bake: Bake = 5.0,
    rest: Rest = 2.0,
    abort: Abort = False,
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Replace what signs the state of uploads: an upload ends on the colour on which it began."""
    run = _Run("http-secret", environment, config_file, bake, rest, abort=abort, as_json=as_json)
    run.rotate(overlap)


@rotate.command("tempurl-key")
def rotate_tempurl_key(
    environment: Environment,
    overlap: Minutes = None,
    bake: Bake = 5.0,
    rest: Rest = 2.0,
    abort: Abort = False,
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Replace what signs temporary URLs of Swift, which accepts both keys meanwhile."""
    run = _Run("tempurl-key", environment, config_file, bake, rest, abort=abort, as_json=as_json)
    run.rotate(overlap)


@rotate.command("swift-key")
def rotate_swift_key(
    environment: Environment,
    bake: Bake = 5.0,
    rest: Rest = 2.0,
    abort: Abort = False,
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Bring a Swift key live that was made in the portal; the live colour goes on with its token."""
    run = _Run("swift-key", environment, config_file, bake, rest, abort=abort, as_json=as_json)
    run.rotate(None)


@rotate.command("swift-user")
def rotate_swift_user(
    environment: Environment,
    user: Annotated[str, typer.Option(help="Another user of the object storage account, ACCOUNT:USER.")],
    bake: Bake = 5.0,
    rest: Rest = 2.0,
    abort: Abort = False,
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Have registries log in to Swift as another user, whose key is good beside the one from before."""

    def request(_: "StackRotation") -> "RotationRequest":
        from operate.rotate.rotation import RotationRequest

        return RotationRequest(settings={"objectUser": user})

    run = _Run("swift-user", environment, config_file, bake, rest, abort=abort, as_json=as_json)
    run.rotate(None, request)


@rotate.command("s3-keys")
def rotate_s3_keys(
    environment: Environment,
    overlap: Minutes = None,
    bake: Bake = 5.0,
    rest: Rest = 2.0,
    abort: Abort = False,
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Bring another HMAC credential live: its access key and its secret key on standard input, a line each.

    Example: python -m operate rotate s3-keys prod < new-credential
    """
    from operate.rotate.given import read_lines

    def request() -> "RotationRequest":
        from operate.rotate.rotation import RotationRequest

        return RotationRequest(secrets=read_lines(("s3AccessKey", "s3SecretKey")))

    run = _Run("s3-keys", environment, config_file, bake, rest, abort=abort, as_json=as_json)
    run.rotate(overlap, lambda _: request())


@rotate.command("root")
def rotate_root(
    environment: Environment,
    overlap: Minutes = None,
    retire: Retire = False,
    bake: Bake = 5.0,
    rest: Rest = 2.0,
    abort: Abort = False,
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Replace the root, and with it all that is derived from it but the first user's password."""
    run = _Run("root", environment, config_file, bake, rest, abort=abort, as_json=as_json)
    run.rotate(overlap, retire=retire)


@rotate.command("authority")
def rotate_authority(
    environment: Environment,
    retire: Retire = False,
    abort: Abort = False,
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Replace the stack's certificate authority; clients that trust the old one go on until --retire."""
    run = _Run("authority", environment, config_file, abort=abort, as_json=as_json)
    run.rotate(None, retire=retire)


@rotate.command("certificate")
def rotate_certificate(
    environment: Environment,
    certificate: Annotated[
        Path | None, typer.Option(help="PEM file of a certificate with its chain; else the stack issues one.")
    ] = None,
    key_file: Annotated[Path | None, typer.Option(help="PEM file of its key.")] = None,
    authority: Annotated[Path | None, typer.Option(help="PEM file of roots that clients are given.")] = None,
    abort: Abort = False,
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Replace the front doors' certificate and key: a given one, or another one of the stack's authority."""
    if (certificate is None) != (key_file is None):
        raise typer.BadParameter("--certificate and --key-file belong together")

    def request(rotation: "StackRotation") -> "RotationRequest":
        from operate.error import OperateError
        from operate.rotate.given import certificate_request
        from operate.rotate.rotation import RotationRequest

        if certificate is not None and key_file is not None:
            return certificate_request(certificate, key_file, authority)
        if rotation.setting("registryCertificate"):
            raise OperateError("the stack has a certificate that is given; name the one that follows it")
        return RotationRequest()

    run = _Run("certificate", environment, config_file, abort=abort, as_json=as_json)
    run.rotate(None, request)


@rotate.command("password")
def rotate_password(
    environment: Environment,
    user: Annotated[
        list[str] | None, typer.Option(help="Whose; may be repeated; else the first user's.")
    ] = None,
    abort: Abort = False,
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Give users another random password, which is in the stack file alone, encrypted."""

    def request(rotation: "StackRotation") -> "RotationRequest":
        from operate.error import OperateError
        from operate.rotate.changes import mapping_of
        from operate.rotate.given import new_passwords

        first = str(rotation.setting("registryUser") or "docker")
        users = {first, *mapping_of(rotation.setting("registryUsers"))}
        if unknown := sorted(set(user or ()) - users):
            raise OperateError(f"{', '.join(unknown)}: no such user; they are {', '.join(sorted(users))}")
        return new_passwords(user or (), first)

    run = _Run("password", environment, config_file, abort=abort, as_json=as_json)
    run.rotate(None, request)


@rotate.command("api-key")
def rotate_api_key(environment: Environment, config_file: ConfigFile = None) -> None:
    """Try another SoftLayer API key, which is in SL_API_KEY: it is stored nowhere, so that is all.

    Example: SL_API_KEY=... python -m operate rotate api-key prod
    """
    from operate.rotate.api_key import try_api_key

    log = ProgressLog(Console(file=sys.stderr))
    with report_errors():
        sys.stdout.write(try_api_key(environment, config_file, log) + "\n")


@rotate.command("host-key")
def rotate_server_key(
    environment: Environment,
    server: Annotated[str, typer.Option(help="Server, DATACENTER-NAME.")],
    config_file: ConfigFile = None,
) -> None:
    """Give a server another SSH host key, which it makes itself, and pin it; resumable.

    Example: python -m operate rotate host-key prod --server dal05-a
    """
    from operate.rotate.host_key import rotate_host_key
    from operate.rotate.keyed_servers import StackServers

    log = ProgressLog(Console(file=sys.stderr))
    with report_errors():
        done = rotate_host_key(StackServers(environment, config_file, log), server, log)
    sys.stdout.write(done + "\n")


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
    config_file: ConfigFile = None,
) -> None:
    """Encrypt the secrets of stack file and state with another passphrase."""
    from operate.rotate.passphrase import change_passphrase

    log = ProgressLog(Console(file=sys.stderr))
    with report_errors():
        sys.stdout.write(change_passphrase(environment, config_file, new_file, log) + "\n")


@rotate.command("ssh-key")
def rotate_key(
    environment: Environment,
    new: Annotated[
        str,
        typer.Option(
            help="Private key that follows, its .pub beside it: ~/... or relative to the program's folder."
        ),
    ],
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Let another SSH key open the servers: both at first, then the new one alone; resumable.

    Example: python -m operate rotate ssh-key prod --new ~/.ssh/softlayer-registry-2027
    """
    from operate.recover.environment import open_recovery  # Pulumi and Swift take a second to load
    from operate.rotate.ssh_key import rotate_ssh_key

    log = ProgressLog(Console(file=sys.stderr))

    def use(place: str) -> None:
        if os.environ.pop(VARIABLE, None):
            log(f"{VARIABLE} names the old key; unset it, or export the place of {place} on this machine")

    with report_errors(), open_recovery(environment, log, config_file, command="rotate ssh-key") as stack:
        rotation = rotate_ssh_key(stack, _shared_place(new), use, log)
    summary = (
        f"{rotation.after} opens every server. Give it to the other operators; the old key opens none and can"
        " be deleted"
    )
    sys.stdout.write((json.dumps(rotation.as_json()) if as_json else summary) + "\n")


class _Run:
    """One call of a command that goes through the table of rotations."""

    def __init__(
        self,
        what: str,
        environment: str,
        config_file: Path | None,
        bake: float = 5.0,
        rest: float = 2.0,
        *,
        abort: bool,
        as_json: bool,
    ) -> None:
        self._what, self._environment, self._file = what, environment, config_file
        self._options = Options(bake=bake * 60, throttle=rest)
        self._abort, self._as_json = abort, as_json

    def rotate(
        self,
        minutes: float | None,
        request: "Callable[[StackRotation], RotationRequest] | None" = None,
        *,
        retire: bool = False,
    ) -> None:
        """Rotate, or give a rotation up; `request` reads what is given, once the stack is open."""
        from dataclasses import replace

        from operate.rotate.environment import RotationPlace, StackRotation
        from operate.rotate.plan import KINDS
        from operate.rotate.rotation import Rotation, RotationRequest
        from operate.swap.edges import SystemClock

        log, command = ProgressLog(Console(file=sys.stderr)), f"rotate {self._what}"
        place = RotationPlace(
            self._environment,
            self._file,
            command,
            self._options,
            lambda release, options: new_request(command, release=release, options=options),
        )
        with report_errors():
            stack = StackRotation(place, log)
            rotation = Rotation(KINDS[self._what], stack, SystemClock(), log)
            if self._abort:
                sys.stdout.write(rotation.abort() + "\n")
                return
            rotation_request = request(stack) if request else RotationRequest()
            outcome = rotation.run(replace(rotation_request, minutes=minutes, retire=retire))
        sys.stdout.write(self._describe(outcome) + "\n")

    def _describe(self, end: "RotationEnd") -> str:
        if self._as_json:
            return json.dumps(end.as_json())
        done = "waits for clients" if end.awaits_clients else "done"
        lines = [f"rotation of {end.kind}: {done}", end.clients.replace("ENV", self._environment)]
        return "\n".join([*lines, end.afterwards.replace("ENV", self._environment)]).strip()


def _shared_place(place: str) -> str:
    """The place as every operator has it: a shell has put the operator's home for `~`."""
    home = f"{Path.home()}/"
    return f"~/{place.removeprefix(home)}" if place.startswith(home) else place


def add_rotate(app: typer.Typer) -> None:
    """Put them on the command line."""
    app.add_typer(rotate, name="rotate")
