"""`python -m dev.local up|down|shell|test|soak|check|coverage|sbom`: what the Makefile calls."""

import os
import shutil
import socket
import sys
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated, NoReturn, cast

import typer
from typer.models import ArgumentInfo

from dev.local import lock
from dev.local.environment import (
    CHECKOUT,
    CLOUD_PORT,
    CommandFailedError,
    Environment,
    LocalError,
    ProtectedError,
)
from dev.local.next_steps import next_steps
from dev.local.parts import (
    build_engine,
    delete_facts,
    describe_logins,
    fill_cache,
    make_ready,
    start_cloud,
)
from dev.local.process import run
from dev.local.sbom import write_documents
from dev.local.shell import read_variables
from dev.local.stack.stack import Stack
from dev.local.stack.stack_file import StackFile
from dev.local.testing.checks import run_checks
from dev.local.testing.coverage import measure_coverage
from dev.local.testing.soak import CAMPAIGNS, run_campaigns
from dev.local.testing.tiers import TIERS, compile_tests, run_tier
from messages.ending_signal import EndingSignal
from messages.progress import report

_STATE = typer.Option("--state", help="Folder that holds everything the environment keeps.")
_Port = Annotated[
    int | None,
    typer.Option(
        "--port",
        help="TCP port of the cloud's API on 127.0.0.1; 0 takes a free one. Without it, that of before, else"
        f" {CLOUD_PORT}, or a free one where another process listens there.",
    ),
]


def _name_of(choices: Iterable[str], text: str) -> ArgumentInfo:
    """Return an argument that must be one of those names where it is given."""

    def check(name: str | None) -> str | None:
        if name is not None and name not in choices:
            raise typer.BadParameter(f"must be one of {', '.join(choices)}, got {name!r}")
        return name

    return cast(ArgumentInfo, typer.Argument(callback=check, help=text))


_TIER = _name_of(TIERS, "Run the tests of this tier alone.")
_CAMPAIGN = _name_of(CAMPAIGNS, "Run this campaign alone.")
_SCALE = typer.Option(min=0.001, help="Share of the full size.")

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@contextmanager
def _one_line_errors() -> Iterator[None]:
    try:
        yield
    except CommandFailedError as error:
        raise typer.Exit(1) from error
    except LocalError as error:
        sys.stderr.write(f"local: {error}\n")
        raise typer.Exit(1) from error
    except EndingSignal as ending:
        # A terminal that has ended takes no line.
        with suppress(OSError):
            sys.stderr.write(f"local: {ending.description}; run it again to go on\n")
        raise typer.Exit(ending.exit_code) from ending


def _environment(state: Path, port: int | None) -> Environment:
    """Return the environment of a folder; without a port, its cloud stays where the stack knows it."""
    environment = Environment(state.resolve())
    return replace(environment, cloud_port=_choose_port(environment.last_port) if port is None else port)


def _choose_port(last_port: int | None) -> int:
    """Return the port of the cloud that was up; else the usual one, or 0 where it is in use."""
    if last_port is not None:
        return last_port
    try:
        socket.create_server(("127.0.0.1", CLOUD_PORT)).close()
    except OSError:
        report(f"port {CLOUD_PORT} of 127.0.0.1 is in use, so the local cloud takes a free one")
        return 0
    return CLOUD_PORT


@app.command()
def up(state: Annotated[Path, _STATE] = CHECKOUT / ".local", port: _Port = None) -> None:
    """Bring up a verified registry on the local cloud."""
    environment = _environment(state, port)
    with _one_line_errors(), lock.hold(environment.state):
        engine = make_ready(environment)
        deployment = Stack(environment, engine).up()
        environment.write_variables(engine)
        releases = StackFile(environment).release_names()
    report(deployment.description)
    sys.stdout.write(next_steps(deployment.outputs, releases))


@app.command()
def down(
    state: Annotated[Path, _STATE] = CHECKOUT / ".local",
    port: _Port = None,
    force: Annotated[bool, typer.Option("--force", help="Delete what is protected as well.")] = False,
) -> None:
    """Destroy the stack, its machines and the local cloud; refused where the stack is protected."""
    environment = Environment(state.resolve())
    if not environment.state.exists():
        report("nothing is up")
        return
    with _one_line_errors(), lock.hold(environment.state):
        has_stack = environment.has_stack
        if has_stack:
            _destroy(state, port, force=force)
        run([sys.executable, "-m", "cloud", "reset", "--state", str(environment.cloud)])
        delete_facts(environment)
        logins = describe_logins(environment)
        shutil.rmtree(environment.state)
    without_stack = "nothing was up; what a `make up` without an end left behind is deleted"
    report(logins or ("nothing is left" if has_stack else without_stack))


def _destroy(state: Path, port: int | None, *, force: bool) -> None:
    """Destroy the stack in order where that is possible; where it is not, its cloud goes with it."""
    try:
        environment = _environment(state, port)
        start_cloud(environment)
        Stack(environment, build_engine()).destroy()
    except (LocalError, OSError) as error:
        if isinstance(error, ProtectedError) and not force:
            raise ProtectedError(
                "the stack is protected, and nothing was deleted: do what Pulumi says above, or `make down"
                " FORCE=1` deletes what is protected as well"
            ) from None
        report(f"the stack could not be destroyed in order ({error}); its cloud goes with all that it holds")


@app.command(context_settings={"allow_interspersed_args": False})
def shell(
    command: Annotated[list[str] | None, typer.Argument(help="What to run; without it, a shell.")] = None,
    state: Annotated[Path, _STATE] = CHECKOUT / ".local",
) -> None:
    """Open a shell in which `pulumi` and `operate` work on the local stack, or run one command as in it.

    The exit code is that of the command. Options of this command stand before it.
    """
    environment = Environment(state.resolve())
    with _one_line_errors():
        variables = read_variables(environment)
        if command:
            _become(command, variables)
    report("a shell for the local stack; `exit` leaves it")
    program = os.environ.get("SHELL") or "/bin/bash"
    os.execvpe(program, [program], variables)  # noqa: S606 - the operator's own shell


def _become(command: list[str], variables: Mapping[str, str]) -> NoReturn:
    try:
        os.execvpe(command[0], command, variables)  # noqa: S606 - the operator's own command
    except OSError as error:
        raise LocalError(f"{command[0]}: cannot be run ({error.strerror})") from None


@app.command()
def check() -> None:
    """Run ruff, mypy, import-linter, vulture and shellcheck."""
    with _one_line_errors():
        run_checks()


@app.command("test")
def run_tests(tier: Annotated[str | None, _TIER] = None) -> None:
    """Run every check, then every test, the fast ones first."""
    with _one_line_errors():
        if tier is None:
            with ThreadPoolExecutor() as pool:
                # mypy, which takes longest, has one core.
                pool.submit(compile_tests)
                run_checks()
        for name in [tier] if tier else TIERS:
            if TIERS[name].needs_cache:
                fill_cache()
            run_tier(name)


@app.command()
def soak(campaign: Annotated[str | None, _CAMPAIGN] = None, scale: Annotated[float, _SCALE] = 1.0) -> None:
    """Run at full size the campaigns of which `test` runs samples."""
    with _one_line_errors():
        fill_cache()
        run_campaigns([campaign] if campaign else list(CAMPAIGNS), scale)


@app.command()
def sbom(state: Annotated[Path, _STATE] = CHECKOUT / ".local") -> None:
    """Describe what is shipped as CycloneDX documents in docs/reference/sbom."""
    with _one_line_errors():
        write_documents(Environment(state.resolve()))


@app.command()
def coverage() -> None:
    """Measure the branch coverage of every package; fails under the bar."""
    with _one_line_errors():
        measure_coverage()
