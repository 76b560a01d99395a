"""The commands swap, rollback, retire, status and history."""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from operate.error import OperateError
from operate.lock.lock import HeldError
from operate.lock.process import this_process
from operate.status import Status, entry_line, status
from operate.swap.begin import Order
from operate.swap.edges import RefusedError
from operate.swap.facts import Colour
from operate.swap.health import Limits
from operate.swap.plan import FORWARD
from operate.swap.record import Options, Record

if TYPE_CHECKING:
    from operate.swap.environment import OpenEnvironment

REFUSED, HELD = 3, 4
"""Exit codes: the release does not go live, or was rolled back by itself; another operator is at work."""

Environment = Annotated[str, typer.Argument(help="Stack.")]
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        help="The stack's file where it is not stacks/Pulumi.ENV.yaml.", envvar="OPERATE_CONFIG_FILE"
    ),
]
Why = Annotated[str, typer.Option(help="Reason, for the history.")]
Without = Annotated[
    list[str] | None,
    typer.Option(help="Server whose front door is lost, and is left alone; may be repeated."),
]
AsJson = Annotated[bool, typer.Option("--json", help="The result as JSON on standard output.")]


def swap(
    environment: Environment,
    to: Annotated[str, typer.Option(help="Release that goes live.")],
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="KEY=VALUE that the release overrides; may be repeated.")
    ] = None,
    bake: Annotated[float, typer.Option(min=0, help="Minutes for which the new colour is watched.")] = 5.0,
    drain_limit: Annotated[
        float, typer.Option(min=0, help="Minutes to wait for the old colour's transfers; they are not cut.")
    ] = 60.0,
    idle: Annotated[
        float, typer.Option(min=1, help="Seconds without a byte after which a transfer counts as ended.")
    ] = 30.0,
    reads: Annotated[int, typer.Option(min=0, help="Recent reads that are tried on the idle colour.")] = 50,
    rest: Annotated[
        float,
        typer.Option(
            min=0, help="Leave the colours to their clients this many times as long as a request took."
        ),
    ] = 2.0,
    error_rate: Annotated[
        float, typer.Option(min=0, max=1, help="Share of requests that may fail beyond what failed before.")
    ] = 0.01,
    latency_factor: Annotated[
        float, typer.Option(min=1, help="How many times longer than before a few small reads may take.")
    ] = 3.0,
    latency_ms: Annotated[float, typer.Option(min=0, help="And so many milliseconds more.")] = 100.0,
    data_copied: Annotated[
        bool, typer.Option(help="The release has another storage, and all images are there already.")
    ] = False,
    dry_run: Annotated[bool, typer.Option(help="Show what would be done and do nothing.")] = False,
    without: Without = None,
    why: Why = "",
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Bring a release live on the idle colour; goes on where it was stopped."""
    limits = Limits(error_rate=error_rate, latency_factor=latency_factor, latency_ms=latency_ms)
    options = Options(
        bake=bake * 60,
        drain_limit=drain_limit * 60,
        idle=idle,
        reads=reads,
        rest=rest,
        data_copied=data_copied,
        limits=limits,
    )
    with told():
        order = new_order(why, release=to, settings=_settings(set_ or []), options=options)
        with _opened(environment, f"swap --to {to}", config_file, without=without) as opened:
            if dry_run:
                _show_plan(*opened.operations.preview(order, opened.facts), as_json=as_json)
                return
            show_end(opened.operations.swap(order, opened.facts), as_json=as_json)


def rollback(
    environment: Environment,
    colour: Annotated[Colour | None, typer.Option(help="Make this colour live, whatever was before.")] = None,
    fresh: Annotated[
        bool, typer.Option(help="Ask Pulumi where the doors are, instead of what it told the last time.")
    ] = False,
    data_copied: Annotated[
        bool, typer.Option(help="The colour from before has another storage, and all images are there again.")
    ] = False,
    without: Without = None,
    why: Why = "",
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Undo the swap under way, or the last one: the colour from before is live again within seconds."""
    with (
        told(),
        _opened(environment, "rollback", config_file, kept=not fresh, without=without) as opened,
    ):
        order = new_order(why, options=Options(data_copied=data_copied), colour=colour)
        show_end(opened.operations.rollback(order, opened.facts), as_json=as_json, wanted=True)


def retire(
    environment: Environment,
    drain_limit: Annotated[
        float, typer.Option(min=0, help="Minutes to wait for its transfers; then they are cut.")
    ] = 60.0,
    idle: Annotated[
        float, typer.Option(min=1, help="Seconds without a byte after which a transfer counts as ended.")
    ] = 30.0,
    why: Why = "",
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Take the idle colour away; there is no rollback afterwards."""
    with told(), _opened(environment, "retire", config_file) as opened:
        order = new_order(why, options=Options(drain_limit=drain_limit * 60, idle=idle))
        show_end(opened.operations.retire(order, opened.facts), as_json=as_json)


def show_status(
    environment: Environment,
    without: Without = None,
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Show colours, releases, transfers, traffic, the lock and the swap under way."""
    from operate.account_cancellations import ask_account, with_cancellations

    with (
        told(),
        _opened(environment, "status", config_file, without=without) as opened,
        ask_account(opened.facts) as answer,
    ):
        observed = opened.operations.found(opened.facts)
        facts, notices = with_cancellations(observed.facts, answer)
        found = status(environment, replace(observed, facts=facts), opened.store)
        found = replace(found, warnings=(*notices, *found.warnings))
    if as_json:
        sys.stdout.write(json.dumps(found.as_json(), indent=2) + "\n")
    else:
        show(found, Console(file=sys.stdout))


def history(
    environment: Environment,
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="So many entries.")] = 20,
    report: Annotated[str, typer.Option(help="Print the HTML report of the entry with this id.")] = "",
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Show who did what, when, why, and how it ended; the last one first."""
    with told(), _opened(environment, "history", config_file, kept=True) as opened:
        if report:
            page = opened.operations.history.report(report)
            if page is None:
                raise OperateError(
                    f"entry {report} has no report; see `operate history {environment} --json`"
                )
            sys.stdout.write(page + "\n")
            return
        entries = opened.operations.history.entries(count)
    if as_json:
        sys.stdout.write(json.dumps([entry.as_json() for entry in entries], indent=2) + "\n")
    else:
        sys.stdout.writelines(f"{entry_line(entry)}\n" for entry in entries)


def show_dashboard(
    environment: Environment,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="TCP port on 127.0.0.1; 0 is a free one.")
    ] = 8790,
    config_file: ConfigFile = None,
) -> None:
    """Serve a page on the loopback that shows the same as `status`, live."""
    from operate.dashboard.server import dashboard, serve
    from operate.dashboard.watched_stack import WatchedStack

    with told(), _opened(environment, "dashboard", config_file) as opened:
        operations = opened.operations
        watched = WatchedStack(environment, opened.facts, operations, opened.store, operations.facts)
        serve(dashboard(environment, watched, operations.history.report), port, _line())


def add_commands(app: typer.Typer) -> None:
    """Put them on the command line."""
    app.command()(swap)
    app.command()(rollback)
    app.command()(retire)
    app.command("status")(show_status)
    app.command()(history)
    app.command("dashboard")(show_dashboard)


def show(found: Status, console: Console) -> None:
    """Show a status to people."""
    colours = Table("colour", "release", "live", "containers", title=f"environment {found.environment}")
    for colour in Colour:
        facts = found.found.facts.colours[colour]
        if facts:
            live = "live" if colour is found.found.live else ""
            colours.add_row(colour.value, facts.release, live, ", ".join(sorted(facts.containers)))
    console.print(colours)
    traffic = Table(
        Column("door", no_wrap=True),
        "generation",
        "colour",
        "live",
        "transfers",
        "requests",
        "failed",
        "first byte",
        "well",
    )
    for door, place in zip(found.found.doors, found.found.facts.doors, strict=True):
        for (generation, name), counters in door.backends.items():
            live = "live" if door.live.get(generation) == name else ""
            numbers = (str(counters.sessions), str(counters.requests), str(counters.failed))
            latency, well = f"{counters.response_ms:.0f} ms", "yes" if counters.up else "no"
            traffic.add_row(place.name, generation, name, live, *numbers, latency, well)
    console.print(traffic)
    for warning in found.warnings:
        console.print(f"warning: {warning}", soft_wrap=True, markup=False)
    shown = found.as_json()
    lock, going = shown["lock"], shown["swap"]
    console.print(str(lock["said"]) if isinstance(lock, dict) else "not locked", soft_wrap=True)
    if isinstance(going, dict) and found.found.current:
        line = f"under way: {entry_line(found.found.current)}; next: {going['next']}"
        console.print(line, soft_wrap=True, markup=False)
    if found.found.unknown_current:
        line = f"under way: {found.found.unknown_current.description}"
        console.print(line, soft_wrap=True, markup=False)
    for record in found.found.skipped:
        console.print(f"skipped: {record.description}", soft_wrap=True, markup=False)
    if found.found.last:
        console.print(f"last: {entry_line(found.found.last)}", soft_wrap=True, markup=False)


@contextmanager
def _opened(
    environment: str,
    what: str,
    config_file: Path | None,
    *,
    kept: bool = False,
    without: Sequence[str] | None = None,
) -> Iterator["OpenEnvironment"]:
    from operate.swap.environment import open_environment  # SSH and Swift take half a second to load

    lost = without or ()
    with open_environment(environment, what, _line(), config_file, kept=kept, without=lost) as opened:
        yield opened


def _line() -> "Teller":
    return Teller(Console(file=sys.stderr))


class Teller:
    """Tells a line with the time since the beginning.

    Args:
        console: where to.
    """

    def __init__(self, console: Console) -> None:
        self._console, self._began = console, time.monotonic()

    def __call__(self, message: str) -> None:
        """Tell one line."""
        self._console.print(
            f"{time.monotonic() - self._began:7.1f} s  {message}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )


def new_order(
    why: str,
    *,
    release: str = "",
    settings: dict[str, str] | None = None,
    options: Options | None = None,
    colour: Colour | None = None,
) -> Order:
    """Return who wants what, now."""
    me = this_process("", 0.0)
    return Order(me.owner, me.since, why, release, settings or {}, options or Options(), colour)


def _settings(given: list[str]) -> dict[str, str]:
    found = {}
    for one in given:
        key, equals, value = one.partition("=")
        if not equals or not key:
            raise typer.BadParameter(f"{one!r} is no KEY=VALUE", param_hint="--set")
        found[key] = value
    return found


def show_end(record: Record | str, *, as_json: bool, wanted: bool = False) -> None:
    """Tell how it ended; an undoing that was asked for is no failure."""
    if isinstance(record, str):
        sys.stdout.write(
            (json.dumps({"result": "nothing to do", "said": record}) if as_json else record) + "\n"
        )
        return
    if as_json:
        sys.stdout.write(json.dumps(record.as_json(), indent=2) + "\n")
    else:
        sys.stdout.write(entry_line(record) + "\n")
    if not wanted and record.result in ("refused", "rolled back", "moved back"):
        raise typer.Exit(REFUSED)


def _show_plan(record: Record | str, said: str, *, as_json: bool) -> None:
    if isinstance(record, str):
        show_end(record, as_json=as_json)
        return
    steps = [step.value for step in FORWARD if step not in record.state.done]
    if as_json:
        plan = {"from": record.source, "to": record.target, "release": record.release, "preview": said}
        sys.stdout.write(json.dumps(plan | {"steps": steps}, indent=2) + "\n")
    else:
        sys.stdout.write(
            f"{record.source}, release {record.source_release}, is live; {record.target} would get release"
            f" {record.release}\npreview: {said}\nsteps: {', '.join(steps)}\n"
        )


@contextmanager
def told() -> Iterator[None]:
    """Errors as one line on standard error, each kind with its exit code."""
    try:
        yield
    except OperateError as error:
        sys.stderr.write(f"operate: {error}\n")
        code = HELD if isinstance(error, HeldError) else REFUSED if isinstance(error, RefusedError) else 1
        raise typer.Exit(code) from error
    except KeyboardInterrupt as interrupt:
        sys.stderr.write(
            "operate: interrupted; the same command goes on from here, `operate rollback` or, of a move,"
            " `operate move --back` undoes it\n"
        )
        raise typer.Exit(130) from interrupt
