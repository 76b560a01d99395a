"""`python -m local up|down|test|check|coverage`: what the Makefile calls."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from local.checks import check as run_checks
from local.checks import coverage as run_coverage
from local.checks import test as run_tests
from local.environment import CHECKOUT, Environment, LocalError, ToldError
from local.lock import alone
from local.parts import build_engine, make_ready, start_cloud
from local.process import run
from local.progress import say
from local.stack import Stack

_STATE = typer.Option("--state", help="Folder that holds everything the environment keeps.")
_PORT = typer.Option("--port", help="TCP port of the cloud's API on 127.0.0.1; 0 takes a free one.")

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@contextmanager
def _one_line_errors() -> Iterator[None]:
    try:
        yield
    except ToldError as error:
        raise typer.Exit(1) from error
    except LocalError as error:
        sys.stderr.write(f"local: {error}\n")
        raise typer.Exit(1) from error
    except KeyboardInterrupt as interrupt:
        sys.stderr.write("local: interrupted; run it again to go on\n")
        raise typer.Exit(130) from interrupt


@app.command()
def up(state: Annotated[Path, _STATE] = CHECKOUT / ".local", port: Annotated[int, _PORT] = 8780) -> None:
    """Bring up a verified registry on the local cloud."""
    environment = Environment(state.resolve(), port)
    with _one_line_errors(), alone(environment.state):
        outputs = Stack(environment, make_ready(environment)).up()
    say("verified: an image was pushed, pulled on another server, and seen in the object storage")
    sys.stdout.write(f"registry endpoint: {outputs['endpoint']}\n")


@app.command()
def down(state: Annotated[Path, _STATE] = CHECKOUT / ".local", port: Annotated[int, _PORT] = 8780) -> None:
    """Destroy the stack, its machines and the local cloud."""
    environment = Environment(state.resolve(), port)
    if not environment.state.exists():
        say("nothing is up")
        return
    with _one_line_errors(), alone(environment.state):
        try:
            start_cloud(environment)
            Stack(environment, build_engine()).destroy()
        except (LocalError, OSError) as error:
            say(f"the stack could not be destroyed in order ({error}); its cloud goes with all that it holds")
        run([sys.executable, "-m", "cloud", "reset", "--state", str(environment.cloud)])
        shutil.rmtree(environment.state)
    say("nothing is left")


@app.command()
def check() -> None:
    """Run ruff, mypy, import-linter and shellcheck."""
    with _one_line_errors():
        run_checks()


@app.command()
def test() -> None:
    """Run every check, then every test, the fast ones first."""
    with _one_line_errors():
        run_tests()


@app.command()
def coverage() -> None:
    """Measure the branch coverage of the provider by its tests; fails under the bar."""
    with _one_line_errors():
        run_coverage()
