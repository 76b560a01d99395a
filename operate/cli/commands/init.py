"""The command `init`: the stack file of a new environment, by a few questions."""

import json
import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from operate.cli.errors import report_errors
from operate.cli.parameters import AsJson, ConfigFile, Environment
from operate.error import NotStartedError, OperateError

if TYPE_CHECKING:
    from operate.init.account import AccountOffers
    from operate.init.answers import Answers
    from operate.init.interview import Question

_MOST_SHOWN = 20
"""Choices that are listed (choice); others are taken as well."""


def init(
    environment: Environment,
    domain: Annotated[str | None, typer.Option(help="DNS domain of the servers. Required.")] = None,
    datacenter: Annotated[str | None, typer.Option(help="Datacenter; by default dal13.")] = None,
    os: Annotated[str | None, typer.Option("--os", help="Operating system; by default UBUNTU_24_64.")] = None,
    flavor: Annotated[
        str | None, typer.Option(help="Flavor of a virtual server; by default B1_2X4X100.")
    ] = None,
    preset: Annotated[
        str | None, typer.Option(help="Preset of a bare metal server, instead of a flavor.")
    ] = None,
    monthly: Annotated[bool, typer.Option("--monthly", help="Billed by the month, not by the hour.")] = False,
    storage: Annotated[
        str | None, typer.Option(help="s3 (a bucket, also of IBM COS), swift, or filesystem; by default s3.")
    ] = None,
    s3_bucket: Annotated[str | None, typer.Option(help="Name of the bucket. Required for s3.")] = None,
    s3_region: Annotated[
        str | None, typer.Option(help="Region of the bucket; by default the one near the datacenter.")
    ] = None,
    s3_endpoint: Annotated[
        str | None, typer.Option(help="URL of the bucket's service; by default IBM COS's private one.")
    ] = None,
    listen: Annotated[
        str | None,
        typer.Option(help="Network of its clients: private, public, loopback; by default private."),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="DNS name of the registry; by default clients use its address.")
    ] = None,
    certificate: Annotated[
        str | None,
        typer.Option(help="PEM file of a certificate for --name; by default the stack issues one."),
    ] = None,
    certificate_authority: Annotated[
        str | None, typer.Option(help="PEM file of the root of --certificate, if clients do not know it.")
    ] = None,
    ssh_key: Annotated[
        str | None, typer.Option(help="Your private SSH key; by default ~/.ssh/softlayer-registry.")
    ] = None,
    ssh_from: Annotated[
        str | None, typer.Option(help="Networks from which SSH is let in, with commas; by default all.")
    ] = None,
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Write the stack file of a new environment; orders nothing and overwrites nothing.

    With SL_USERNAME and SL_API_KEY, names are checked against the account and the cost is shown. Without
    them, the program's own lists of datacenters and operating systems are used, and the command says what it
    could not check. Without a terminal it asks nothing, and takes the options and the defaults.

    Example: operate init prod --domain registry.example.com --s3-bucket my-images
    """
    options = {
        "--domain": domain,
        "--datacenter": datacenter,
        "--os": os,
        "--flavor": flavor,
        "--preset": preset,
        "--billing": "monthly" if monthly else None,
        "--storage": storage,
        "--s3-bucket": s3_bucket,
        "--s3-region": s3_region,
        "--s3-endpoint": s3_endpoint,
        "--listen": listen,
        "--name": name,
        "--certificate": certificate,
        "--certificate-authority": certificate_authority,
        "--ssh-key": ssh_key,
        "--ssh-from": ssh_from,
    }
    provided = {option: value for option, value in options.items() if value is not None}
    if flavor and preset:
        raise typer.BadParameter("give --flavor or --preset, not both", param_hint="--preset")
    with report_errors():
        _init(environment, provided, config_file, as_json=as_json)


def _init(environment: str, provided: Mapping[str, str], config_file: Path | None, *, as_json: bool) -> None:
    from operate.init.account import AccountOffers, has_credentials
    from operate.init.interview import Interview
    from operate.init.stack_text import stack_file_text
    from operate.init.writing import check_environment, check_text, setting_problems, write_new
    from operate.stack.config.stack_file import stack_file_of

    file = stack_file_of(environment, config_file)
    check_environment(environment, file)
    offers = AccountOffers() if has_credentials() else None
    terminal = Console() if sys.stdin.isatty() else None
    answers = Interview(provided, terminal, offers, setting_problems).run(_read_pem)
    cost = _cost(answers, offers) if offers else ""
    text = stack_file_text(environment, answers, cost)
    check_text(text)
    write_new(file, text)
    unchecked = "" if offers else _unchecked(answers)
    commands = list(_next_commands(environment, answers, config_file))
    if as_json:
        fields = {"file": str(file), "cost": cost or None, "unchecked": unchecked or None, "next": commands}
        sys.stdout.write(json.dumps(fields, indent=2) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in _summary(environment, file, cost, unchecked, commands))


def _cost(answers: "Answers", offers: "AccountOffers") -> str:
    """What the server costs, as the account quotes it; also checks that it would take the order."""
    from operate.init.interview import price

    ((hourly, monthly),) = offers.quotes([answers.server])
    per = price(hourly if answers.hourly else 0.0, monthly)
    return f"The server costs {per}, as the account quoted it before tax; storage and traffic come on top."


def _unchecked(answers: "Answers") -> str:
    """What only an account knows of the answers."""
    size = f"preset {answers.preset}" if answers.preset else f"flavor {answers.flavor}"
    return f"whether the account offers {size} with {answers.system} in {answers.datacenter}"


def _summary(
    environment: str, file: Path, cost: str, unchecked: str, commands: Iterable[str]
) -> Iterator[str]:
    yield f"written: {file}"
    if unchecked:
        yield f"Not checked without credentials: {unchecked}; with them, `operate doctor {environment}` does."
    yield cost or "The cost is not known: export SL_USERNAME and SL_API_KEY, and `pulumi preview` shows it."
    yield "docs/guides/own-account.md explains the rest; its step 3 gives `pulumi` backend and passphrase."
    yield "next:"
    yield from (f"  {command}" for command in commands)


def _next_commands(environment: str, answers: "Answers", config_file: Path | None) -> Iterator[str]:
    """The commands that follow; `pulumi stack init` is the only one that reads no stack file."""
    elsewhere = f" --config-file {shlex.quote(str(config_file.resolve()))}" if config_file else ""
    if not Path(answers.ssh_key).expanduser().exists():
        yield f"ssh-keygen -t ed25519 -N '' -f {_quote_place(answers.ssh_key)}"
    yield f"pulumi stack init {environment}"
    secrets = ["s3AccessKey", "s3SecretKey"] if answers.storage == "s3" else []
    secrets += ["registryCertificateKey"] if answers.certificate else []
    for key in secrets:
        yield f"pulumi config set --stack {environment} --secret softlayer-registry:{key}{elsewhere}"
    yield f"bin/operate doctor {environment}{elsewhere}"
    yield f"pulumi preview --stack {environment}{elsewhere}"


def _quote_place(place: str) -> str:
    """Return a file for a shell, which shall still know the home folder."""
    home, rest = ("~/", place[2:]) if place.startswith("~/") else ("", place)
    return home + shlex.quote(rest)


def _read_pem(place: str) -> str:
    try:
        text = Path(place).expanduser().read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise OperateError(f"file {place}: cannot be read as text ({type(error).__name__})") from None
    if "PRIVATE KEY" in text:
        raise NotStartedError(
            f"file {place}: holds a private key, which must not be in a stack file; name the file of the"
            " certificate alone"
        )
    if "-----BEGIN CERTIFICATE-----" not in text:
        raise NotStartedError(
            f"file {place}: must hold a certificate in PEM, which begins with -----BEGIN CERTIFICATE-----"
        )
    return text


class Console:
    """Asks on the terminal."""

    def ask(self, question: "Question") -> str:
        """Return the answer."""
        answer: str = typer.prompt(question.text, default=question.default or "", err=True)
        return answer

    def show(self, message: str) -> None:
        """Show a line."""
        typer.echo(message, err=True)

    def list_choices(self, question: "Question", *, all_of_them: bool) -> None:
        """List the choices of a question, all of them or those to begin with."""
        names = list(question.choices)
        if not all_of_them:
            names = list(question.listed or names)[:_MOST_SHOWN]
        for name in names:
            self.show(f"  {name}  {question.choices[name]}".rstrip())
        if len(question.choices) > len(names):
            self.show(f"  and {len(question.choices) - len(names)} more; ? lists all")
        if question.note:
            self.show(question.note)


def add_init(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(init)
