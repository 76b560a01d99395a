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
from operate.stack.facts import Colour
from operate.stack.stack_file import environments
from operate.stack.status import Status, describe_entry, status
from operate.swap.health import Limits
from operate.swap.interfaces import RefusedError
from operate.swap.options import SwapOptions
from operate.swap.plan import FORWARD
from operate.swap.record import Record
from operate.swap.start import OperationRequest

if TYPE_CHECKING:
    from operate.swap.environment import OpenEnvironment

EXIT_REFUSED, EXIT_LOCKED = 3, 4
"""Exit codes: the release does not go live, or was rolled back by itself; another operator is at work."""


def complete_environment(incomplete: str) -> list[str]:
    """Return the stacks whose names begin so, for the shell's completion."""
    return [environment for environment in environments() if environment.startswith(incomplete)]


Environment = Annotated[str, typer.Argument(help="Stack.", autocompletion=complete_environment)]
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
    bake: Annotated[
        float, typer.Option(min=0, help="Minutes for which the new colour is watched.")
    ] = SwapOptions.bake / 60,
    drain_limit: Annotated[
        float, typer.Option(min=0, help="Minutes to wait for the old colour's transfers; they are not cut.")
    ] = SwapOptions.drain_limit / 60,
    idle: Annotated[
        float, typer.Option(min=1, help="Seconds without a byte after which a transfer counts as ended.")
    ] = SwapOptions.idle,
    reads: Annotated[
        int, typer.Option(min=0, help="Recent reads that are tried on the idle colour.")
    ] = SwapOptions.reads,
    throttle: Annotated[
        float,
        typer.Option(
            min=0, help="Leave the colours to their clients this many times as long as a request took."
        ),
    ] = SwapOptions.throttle,
    error_rate: Annotated[
        float, typer.Option(min=0, max=1, help="Share of requests that may fail beyond what failed before.")
    ] = Limits.error_rate,
    latency_factor: Annotated[
        float, typer.Option(min=1, help="How many times longer than before a few small reads may take.")
    ] = Limits.latency_factor,
    latency_ms: Annotated[
        float, typer.Option(min=0, help="And so many milliseconds more.")
    ] = Limits.latency_ms,
    data_copied: Annotated[
        bool, typer.Option(help="The release has another storage, and all images are there already.")
    ] = False,
    dry_run: Annotated[bool, typer.Option(help="Show what would be done and do nothing.")] = False,
    without: Without = None,
    why: Why = "",
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Bring a release live on the idle colour. The same command resumes a stopped swap.

    Example: operate swap prod --to 2 --set memory=1024 --why 'more memory'
    """
    limits = Limits(error_rate=error_rate, latency_factor=latency_factor, latency_ms=latency_ms)
    options = SwapOptions(
        bake=bake * 60,
        drain_limit=drain_limit * 60,
        idle=idle,
        reads=reads,
        throttle=throttle,
        data_copied=data_copied,
        limits=limits,
    )
    with report_errors():
        request = new_request(why, release=to, settings=_settings(set_ or []), options=options)
        with _open(environment, f"swap --to {to}", config_file, without=without) as opened:
            if dry_run:
                _show_plan(*opened.operations.preview(request, opened.facts), as_json=as_json)
                return
            show_result(opened.operations.swap(request, opened.facts), as_json=as_json)


def rollback(
    environment: Environment,
    colour: Annotated[Colour | None, typer.Option(help="Make this colour live, whatever was before.")] = None,
    fresh: Annotated[
        bool,
        typer.Option(help="Ask Pulumi for the front doors, instead of the cache."),
    ] = False,
    data_copied: Annotated[
        bool, typer.Option(help="The previous colour has another storage, and all images are there again.")
    ] = False,
    without: Without = None,
    why: Why = "",
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Roll back the swap under way, or the last one: the previous colour is live again within seconds.

    Example: operate rollback prod --why 'clients report errors'
    """
    with (
        report_errors(),
        _open(environment, "rollback", config_file, use_cache=not fresh, without=without) as opened,
    ):
        request = new_request(why, options=SwapOptions(data_copied=data_copied), colour=colour)
        show_result(opened.operations.rollback(request, opened.facts), as_json=as_json, is_expected=True)


def retire(
    environment: Environment,
    drain_limit: Annotated[
        float, typer.Option(min=0, help="Minutes to wait for its transfers; then they are cut.")
    ] = SwapOptions.drain_limit / 60,
    idle: Annotated[
        float, typer.Option(min=1, help="Seconds without a byte after which a transfer counts as ended.")
    ] = SwapOptions.idle,
    why: Why = "",
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Take the idle colour away; there is no rollback afterwards.

    Example: operate retire prod
    """
    with report_errors(), _open(environment, "retire", config_file) as opened:
        request = new_request(why, options=SwapOptions(drain_limit=drain_limit * 60, idle=idle))
        show_result(opened.operations.retire(request, opened.facts), as_json=as_json)


def show_status(
    environment: Environment,
    without: Without = None,
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Show colours, releases, transfers, traffic, the lock and the swap under way.

    Example: operate status prod
    """
    from operate.stack.account_cancellations import ask_account, with_cancellations

    with (
        report_errors(),
        _open(environment, "status", config_file, without=without) as opened,
        ask_account(opened.facts) as answer,
    ):
        observation = opened.operations.observe(opened.facts)
        facts, notices = with_cancellations(observation.facts, answer)
        current_status = status(environment, replace(observation, facts=facts), opened.store)
        current_status = replace(current_status, warnings=(*notices, *current_status.warnings))
    if as_json:
        sys.stdout.write(json.dumps(current_status.as_json(), indent=2) + "\n")
    else:
        print_status(current_status, Console(file=sys.stdout))


def history(
    environment: Environment,
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="So many entries.")] = 20,
    report: Annotated[str, typer.Option(help="Print the HTML report of the entry with this id.")] = "",
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Show who did what, when, why, and how it ended; the last one first.

    Example: operate history prod
    """
    with report_errors(), _open(environment, "history", config_file, use_cache=True) as opened:
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
        sys.stdout.writelines(f"{describe_entry(entry)}\n" for entry in entries)


def add_commands(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(swap)
    app.command()(rollback)
    app.command()(retire)
    app.command("status")(show_status)
    app.command()(history)


def print_status(status: Status, console: Console) -> None:
    """Print a status for people."""
    colours = Table("colour", "release", "live", "containers", title=f"environment {status.environment}")
    for colour in Colour:
        facts = status.observed.facts.colours[colour]
        if facts:
            live = "live" if colour is status.observed.live else ""
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
        "health",
    )
    for door, door_facts in zip(status.observed.doors, status.observed.facts.doors, strict=True):
        for (generation, name), counters in door.backends.items():
            live = "live" if door.live.get(generation) == name else ""
            numbers = (str(counters.sessions), str(counters.requests), str(counters.failed))
            latency, health = f"{counters.response_ms:.0f} ms", "healthy" if counters.up else "unhealthy"
            traffic.add_row(door_facts.name, generation, name, live, *numbers, latency, health)
    console.print(traffic)
    for warning in status.warnings:
        console.print(f"warning: {warning}", soft_wrap=True, markup=False)
    fields = status.as_json()
    lock, unfinished = fields["lock"], fields["swap"]
    console.print(str(lock["description"]) if isinstance(lock, dict) else "not locked", soft_wrap=True)
    if isinstance(unfinished, dict) and status.observed.current:
        line = f"under way: {describe_entry(status.observed.current)}; next: {unfinished['next']}"
        console.print(line, soft_wrap=True, markup=False)
    if status.observed.unknown_current:
        line = f"under way: {status.observed.unknown_current.description}"
        console.print(line, soft_wrap=True, markup=False)
    for record in status.observed.skipped:
        console.print(f"skipped: {record.description}", soft_wrap=True, markup=False)
    if status.observed.last:
        console.print(f"last: {describe_entry(status.observed.last)}", soft_wrap=True, markup=False)


@contextmanager
def _open(
    environment: str,
    command: str,
    config_file: Path | None,
    *,
    use_cache: bool = False,
    without: Sequence[str] | None = None,
) -> Iterator["OpenEnvironment"]:
    from operate.swap.environment import open_environment  # SSH and Swift take half a second to load

    lost_servers = without or ()
    with open_environment(
        environment, command, _progress_log(), config_file, use_cache=use_cache, without=lost_servers
    ) as opened:
        yield opened


def _progress_log() -> "ProgressLog":
    return ProgressLog(Console(file=sys.stderr))


class ProgressLog:
    """Prints lines with the time since the start.

    Args:
        console: Where it prints.
    """

    def __init__(self, console: Console) -> None:
        self._console, self._started_at = console, time.monotonic()

    def __call__(self, message: str) -> None:
        """Log one line."""
        self._console.print(
            f"{time.monotonic() - self._started_at:7.1f} s  {message}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )


def new_request(
    why: str,
    *,
    release: str = "",
    settings: dict[str, str] | None = None,
    options: SwapOptions | None = None,
    colour: Colour | None = None,
) -> OperationRequest:
    """Return the request of this process, now."""
    me = this_process("", 0.0)
    return OperationRequest(
        me.owner, me.since, why, release, settings or {}, options or SwapOptions(), colour
    )


def _settings(pairs: list[str]) -> dict[str, str]:
    settings = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise typer.BadParameter(f"must be KEY=VALUE, got {pair!r}", param_hint="--set")
        settings[key] = value
    return settings


def show_result(record: Record | str, *, as_json: bool, is_expected: bool = False) -> None:
    """Print the result; exits with a code of its own if a release was refused or rolled back by itself.

    Args:
        record: At its end, or why there was nothing to do.
        as_json: Whether to print JSON.
        is_expected: Whether the rollback was requested, and is no failure.
    """
    if isinstance(record, str):
        sys.stdout.write(
            (json.dumps({"result": "nothing to do", "message": record}) if as_json else record) + "\n"
        )
        return
    if as_json:
        sys.stdout.write(json.dumps(record.as_json(), indent=2) + "\n")
    else:
        sys.stdout.write(describe_entry(record) + "\n")
    if not is_expected and record.result in ("refused", "rolled back", "moved back"):
        raise typer.Exit(EXIT_REFUSED)


def _show_plan(record: Record | str, preview: str, *, as_json: bool) -> None:
    if isinstance(record, str):
        show_result(record, as_json=as_json)
        return
    steps = [step.value for step in FORWARD if step not in record.state.done]
    if as_json:
        plan = {"from": record.source, "to": record.target, "release": record.release, "preview": preview}
        sys.stdout.write(json.dumps(plan | {"steps": steps}, indent=2) + "\n")
    else:
        sys.stdout.write(
            f"{record.source}, release {record.source_release}, is live; {record.target} would get release"
            f" {record.release}\npreview: {preview}\nsteps: {', '.join(steps)}\n"
        )


@contextmanager
def report_errors(
    undo: str = ", `operate rollback` or, of a move, `operate move --back` undoes it",
) -> Iterator[None]:
    """Print an error as one line on standard error and exit with the code of its kind.

    Args:
        undo: What undoes an interrupted command; the end of a sentence.
    """
    try:
        yield
    except OperateError as error:
        sys.stderr.write(f"operate: {error}\n")
        code = (
            EXIT_LOCKED
            if isinstance(error, HeldError)
            else EXIT_REFUSED
            if isinstance(error, RefusedError)
            else 1
        )
        raise typer.Exit(code) from error
    except KeyboardInterrupt as interrupt:
        sys.stderr.write(f"operate: interrupted; the same command resumes from here{undo}\n")
        raise typer.Exit(130) from interrupt
