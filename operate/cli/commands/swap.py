"""The commands swap, rollback and retire."""

import json
import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from operate.cli.errors import report_errors
from operate.cli.opened_stack import open_stack
from operate.cli.operation import describe_undo, new_request, show_result
from operate.cli.parameters import AsJson, ConfigFile, Environment, Why, Without
from operate.record.options import Limits, SwapOptions

if TYPE_CHECKING:
    from operate.record.record import Record
    from operate.stack.preview import Preview
    from operate.swap.environment import OpenEnvironment


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
        int, typer.Option(min=0, help="Number of recent reads that are compared on both colours.")
    ] = SwapOptions.reads,
    throttle: Annotated[
        float,
        typer.Option(
            min=0, help="Pause after each of the command's own requests, as a multiple of its duration."
        ),
    ] = SwapOptions.throttle,
    error_rate: Annotated[
        float, typer.Option(min=0, max=1, help="Share of requests that may fail, beyond the share before.")
    ] = Limits.error_rate,
    latency_factor: Annotated[
        float, typer.Option(min=1, help="A few small reads may take this many times as long as before.")
    ] = Limits.latency_factor,
    latency_ms: Annotated[
        float, typer.Option(min=0, help="They may take so many milliseconds in addition.")
    ] = Limits.latency_ms,
    data_copied: Annotated[
        bool, typer.Option(help="Confirm that all images are in the other storage of the release.")
    ] = False,
    dry_run: Annotated[bool, typer.Option(help="Show what would be done and do nothing.")] = False,
    without: Without = None,
    why: Why = "",
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Bring a release live on the idle colour. The same command resumes a stopped swap.

    Example: operate swap prod --to 2 --set memory=1280 --why 'more memory'
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
    opened: OpenEnvironment | None = None

    def undo_hint() -> str:
        # Before it has a record, a rollback would undo the swap before it.
        return describe_undo(opened.operations.history.last_record if opened else None)

    with report_errors(undo_hint):
        request = new_request(why, release=to, settings=_settings(set_ or []), options=options)
        command = f"swap --to {to}"
        with open_stack(
            environment, command, config_file, is_question=dry_run, without=without, requires_valid_file=True
        ) as opened:
            if dry_run:
                _show_plan(*opened.operations.preview(request, opened.facts), as_json=as_json)
                return
            show_result(opened.operations.swap(request, opened.facts), as_json=as_json)


def rollback(
    environment: Environment,
    colour: Annotated[
        Literal["red", "black"] | None, typer.Option(help="Make this colour live, whatever the history says.")
    ] = None,
    fresh: Annotated[
        bool,
        typer.Option(help="Ask Pulumi for the front doors, instead of the cache."),
    ] = False,
    data_copied: Annotated[
        bool, typer.Option(help="Confirm that all images are in the other storage of the previous colour.")
    ] = False,
    without: Without = None,
    why: Why = "",
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Roll back the swap under way, or the last one: the previous colour is live again within seconds.

    Example: operate rollback prod --why 'clients report errors'
    """
    from operate.stack.facts import Colour

    with (
        report_errors(),
        open_stack(
            environment, "rollback", config_file, is_question=False, use_cache=not fresh, without=without
        ) as opened,
    ):
        request = new_request(
            why, options=SwapOptions(data_copied=data_copied), colour=Colour(colour) if colour else None
        )
        show_result(opened.operations.rollback(request, opened.facts), as_json=as_json, is_expected=True)


def retire(
    environment: Environment,
    drain_limit: Annotated[
        float, typer.Option(min=0, help="Minutes to wait for its transfers; after that they are cut.")
    ] = SwapOptions.drain_limit / 60,
    idle: Annotated[
        float, typer.Option(min=1, help="Seconds without a byte after which a transfer counts as ended.")
    ] = SwapOptions.idle,
    why: Why = "",
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Remove the container of the idle colour; there is no rollback to it afterwards.

    Example: operate retire prod
    """
    with (
        report_errors(),
        open_stack(environment, "retire", config_file, is_question=False, requires_valid_file=True) as opened,
    ):
        request = new_request(why, options=SwapOptions(drain_limit=drain_limit * 60, idle=idle))
        show_result(opened.operations.retire(request, opened.facts), as_json=as_json)


def _settings(pairs: list[str]) -> dict[str, str]:
    settings = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise typer.BadParameter(f"must be KEY=VALUE, got {pair!r}", param_hint="--set")
        settings[key] = value
    return settings


def _show_plan(record: "Record | str", preview: "Preview | None", *, as_json: bool) -> None:
    if isinstance(record, str) or preview is None:
        show_result(record, as_json=as_json)
        return
    from operate.record.swap_plan import FORWARD

    steps = [step.value for step in FORWARD if step not in record.state.done]
    if as_json:
        plan = {"from": record.source, "to": record.target, "release": record.release}
        planned = {"preview": preview.describe(), "changed": list(preview.changed), "steps": steps}
        sys.stdout.write(json.dumps(plan | planned, indent=2) + "\n")
    else:
        sys.stdout.write(
            f"{record.source}, release {record.source_release}, is live; {record.target} would get release"
            f" {record.release}\npreview: {preview.describe_with_names()}\nsteps: {', '.join(steps)}\n"
        )


def add_swaps(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(swap)
    app.command()(rollback)
    app.command()(retire)
