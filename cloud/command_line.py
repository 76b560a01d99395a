"""`python -m cloud up|down|status|reset|variables|methods`."""

import shlex
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cloud.api.method_table import table
from cloud.daemon import DaemonOptions, checked_speed
from cloud.interfaces import MachineError, ObjectStorageError
from cloud.local_cloud import CloudError, CloudStatus, LocalCloud
from cloud.machines.local_machines import GuestStatus
from cloud.preflight import PreflightError
from dev.images.error import ImageError

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)

_STARTED_AT = time.monotonic()
_State = Annotated[Path, typer.Option("--state", help="Folder that keeps all state of this cloud.")]


@app.callback()
def _describe() -> None:
    """A local SoftLayer: its API over real machines and a real Swift."""


@app.command()
def up(
    state: _State,
    port: Annotated[
        int, typer.Option(help="TCP port of the API on 127.0.0.1; 0 takes a free one.", min=0, max=65535)
    ] = 8780,
    speed: Annotated[
        str, typer.Option(help="Speed of transactions: instant, realistic or measured.")
    ] = "instant",
    machines: Annotated[
        bool, typer.Option(help="Run each server as a real machine; otherwise it is only recorded.")
    ] = True,
    control: Annotated[bool, typer.Option(hidden=True)] = False,
    rate_limit: Annotated[
        int | None,
        typer.Option(
            help="Calls a second, 0 for no limit. By default the real 50 at measured speed, else none.", min=0
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the status as JSON.")] = False,
) -> None:
    """Start the parts of the cloud that do not run; return when the API answers."""
    chosen = checked_speed(speed)
    with _one_line_errors():
        cloud = LocalCloud(state, report_progress)
        cloud.up(DaemonOptions(state.resolve(), port, chosen, machines, control, rate_limit))
        if json:
            sys.stdout.write(cloud.status().as_json() + "\n")


@app.command()
def down(state: _State) -> None:
    """Stop the cloud; its account, machines' disks and objects stay for the next `up`."""
    with _one_line_errors():
        LocalCloud(state, report_progress).down()


@app.command()
def reset(state: _State) -> None:
    """Stop the cloud and delete its state folder."""
    with _one_line_errors():
        LocalCloud(state, report_progress).reset()


@app.command()
def status(
    state: _State, json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False
) -> None:
    """Show what runs: processes, guests, networks, object storage."""
    with _one_line_errors():
        current = LocalCloud(state, report_progress).status()
        if json:
            sys.stdout.write(current.as_json() + "\n")
        else:
            _show(current)


@app.command()
def variables(state: _State) -> None:
    """Print the variables of a shell that uses this account, for `eval`; the API key is one of them."""
    with _one_line_errors():
        credentials = LocalCloud(state, report_progress).credentials()
        exports = " ".join(f"{name}={shlex.quote(value)}" for name, value in credentials.items())
        sys.stdout.write(f"export {exports}\n")


@app.command()
def methods() -> None:
    """Print the table of every service method, which docs/reference/api.md is."""
    sys.stdout.write(table())


def report_progress(message: str) -> None:
    """Print a line of progress with the seconds since the command began."""
    sys.stderr.write(f"cloud: {message} ({time.monotonic() - _STARTED_AT:.0f} s)\n")
    sys.stderr.flush()


@contextmanager
def _one_line_errors() -> Iterator[None]:
    try:
        yield
    except (CloudError, PreflightError, MachineError, ObjectStorageError, ImageError) as error:
        sys.stderr.write(f"cloud: {error}\n")
        raise typer.Exit(1) from error
    except KeyboardInterrupt as interrupt:
        sys.stderr.write("cloud: interrupted; run the same command again to continue\n")
        raise typer.Exit(130) from interrupt


def _show(status: CloudStatus) -> None:
    console = Console()
    console.print(f"API: {status.endpoint or 'down'}")
    for datacenter, url in status.object_storage.items():
        console.print(f"object storage {datacenter}: {url}")
    processes = [(part, str(pid)) for part, pid in sorted(status.processes.items())]
    console.print(_table("processes", ("part", "pid"), processes))
    console.print(_table("networks", ("datacenter", "network"), sorted(status.networks.items())))
    columns = ("id", "hostname", "datacenter", "public", "private", "state")
    console.print(_table("guests", columns, [_guest_row(guest) for guest in status.guests]))


def _guest_row(guest: GuestStatus) -> tuple[str, ...]:
    state = "running" if guest.running else "off"
    return (
        str(guest.identifier),
        guest.hostname,
        guest.datacenter,
        guest.public_ip or "-",
        guest.private_ip,
        state,
    )


def _table(title: str, columns: Sequence[str], rows: Iterable[tuple[str, ...]]) -> Table:
    table = Table(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*row)
    return table
