"""The command `adopt`: a stack whose state is lost takes over its servers and its storage."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from messages.progress import report
from operate.cli.confirmation import confirm_by
from operate.cli.errors import report_errors
from operate.cli.parameters import AsJson, ConfigFile, Environment


def adopt(
    environment: Environment,
    take: Annotated[
        list[str] | None,
        typer.Option(help="NAME=ID: the item ID of the account is the resource NAME. May be repeated."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Take over and order without asking.")] = False,
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Take over servers, storage and address of a stack whose state is lost; images stay.

    The command first shows what it would take over, and what it would order because the account lacks it,
    and asks. The same command resumes an adoption that was stopped.

    Example: pulumi stack init prod && operate adopt prod
    """
    from operate.adopt.adoption import adopt as run_adoption
    from operate.adopt.environment import OpenAdoption, ProviderAccount  # Pulumi takes a second to load
    from operate.stack.provider_configuration import provider_configuration

    account = ProviderAccount(lambda: provider_configuration(environment, config_file))
    with report_errors():
        opened = OpenAdoption(environment, config_file, report)
        with opened.lock():
            adoption = run_adoption(opened.stack, account, _chosen(take or ()), report, confirm_by(yes=yes))
            adoption = opened.keep_records(adoption)
    summary = f"taken over: {', '.join(sorted(adoption.adopted)) or 'the rest'}. {adoption.changes}"
    if adoption.new_root:
        summary += (
            ". The root secret is new: give clients the outputs `password` and `certificateAuthority` (pulumi"
            " stack output --show-secrets), unless registryPassword and registryCertificate are set"
        )
    sys.stdout.write((json.dumps(adoption.as_json()) if as_json else summary) + "\n")


def _chosen(pairs: Sequence[str]) -> Mapping[str, str]:
    chosen = {}
    for pair in pairs:
        name, equals, identifier = pair.partition("=")
        if not (name and equals and identifier):
            raise typer.BadParameter(f"must be NAME=ID, got {pair!r}", param_hint="--take")
        chosen[name] = identifier
    return chosen


def add_adopt(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(adopt)
