"""The command `doctor`: what is wrong, in plain words, with the command that repairs it."""

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from operate.cli.errors import report_errors
from operate.cli.parameters import AsJson, ConfigFile, complete_environment, remember_stack

if TYPE_CHECKING:
    from operate.doctor.checks import DoctorOptions
    from operate.doctor.finding import Check

_BROUGHT_UP = ("engine", "program", "clock")
"""Checks of what `make up` brings, and of the clock of a cloud that does not run."""


def doctor(
    environment: Annotated[
        str,
        typer.Argument(
            help="Stack; without one, this machine and the account alone.",
            autocompletion=complete_environment,
            callback=remember_stack,
        ),
    ] = "",
    disk_warning: Annotated[
        float, typer.Option(min=0, help="Warn if a disk of this machine has less free GB.")
    ] = 5.0,
    disk_error: Annotated[
        float, typer.Option(min=0, help="Fail if a disk of this machine has less free GB.")
    ] = 1.0,
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Check this machine, the account, the stack and its clients; changes nothing.

    Each fault is shown with the command that repairs it. The exit code is 0 if all is well, 1 if a check
    fails, and 5 if something needs attention or could not be checked.

    Example: operate doctor prod
    """
    from operate.doctor.checks import DoctorOptions, all_checks  # SSH and Swift take half a second to load
    from operate.doctor.examination import examine
    from operate.doctor.probes.stack import StackProbes
    from operate.stack.local_environment import is_local_down

    options = DoctorOptions(environment, config_file, disk_warning, disk_error)
    probes = StackProbes(environment, config_file) if environment else None
    is_down = is_local_down(environment)
    with report_errors():
        checks = _checks_while_down(options) if is_down else all_checks(options, probes)
        examination = examine(environment, checks)
    if probes is not None:
        probes.close()
    if as_json:
        sys.stdout.write(json.dumps(examination.as_json(), indent=2) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in examination.lines())
    raise typer.Exit(examination.exit_code)


def _checks_while_down(options: "DoctorOptions") -> "list[Check[Any]]":
    """Return the checks of this machine, and one that names the local stack, which is down.

    Then neither its state nor its account exists, and its file is an example.
    """
    from operate.doctor.checks import machine_checks
    from operate.doctor.finding import Area, Check, error

    finding = error(f"the stack {options.environment} is not up", "make up")
    machine = machine_checks(replace(options, environment="", config_file=None))
    return [
        *(check for check in machine if check.name not in _BROUGHT_UP),
        Check(Area.STACK, "local stack", lambda: finding, lambda observed: (observed,)),
    ]


def add_doctor(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)
