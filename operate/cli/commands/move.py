"""The command `move`: brings the registry to another server."""

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from messages.progress import report
from operate.cli.errors import report_errors
from operate.cli.operation import describe_undo, new_request, show_result
from operate.cli.parameters import AsJson, ConfigFile, Environment, Why, complete_server, refuse_options
from operate.error import OperateError
from operate.record.options import SwapOptions

if TYPE_CHECKING:
    from operate.move.operations import MoveOperations
    from operate.record.record import Record
    from operate.stack.preview import Preview


def move(
    environment: Environment,
    to: Annotated[
        str, typer.Option(help="Server to which the registry moves.", autocompletion=complete_server)
    ] = "",
    from_: Annotated[
        str,
        typer.Option(
            "--from",
            help="Server whose front door is left; by default the one in use.",
            autocompletion=complete_server,
        ),
    ] = "",
    back: Annotated[bool, typer.Option(help="Undo the move under way.")] = False,
    retire: Annotated[
        bool,
        typer.Option(
            "--retire",
            help="End a move to a new address, which all clients have: take the old front door out.",
        ),
    ] = False,
    bake: Annotated[
        float, typer.Option(min=0, help="Minutes for which the new front door is watched.")
    ] = SwapOptions.bake / 60,
    drain_limit: Annotated[
        float,
        typer.Option(
            min=0, help="Minutes to wait for clients to leave the old front door, also with --retire."
        ),
    ] = SwapOptions.drain_limit / 60,
    idle: Annotated[
        float, typer.Option(min=1, help="Seconds without a byte after which it counts as unused.")
    ] = SwapOptions.idle,
    reads: Annotated[
        int, typer.Option(min=0, help="Number of recent reads that are compared on both servers.")
    ] = SwapOptions.reads,
    throttle: Annotated[
        float,
        typer.Option(
            min=0, help="Pause after each of the command's own requests, as a multiple of its duration."
        ),
    ] = SwapOptions.throttle,
    new_address: Annotated[
        bool, typer.Option(help="Confirm that you give clients the new address, where it changes.")
    ] = False,
    dry_run: Annotated[bool, typer.Option(help="Show what would be done and do nothing.")] = False,
    why: Why = "",
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """Move the registry to another server while clients use it; the same command resumes a stopped move.

    With --new-address, it stops while both front doors serve. Give clients the address that it shows, then
    run it again with --retire.

    Example: operate move prod --to b
    """
    from operate.move.environment import open_move  # SSH and Swift take half a second to load
    from operate.move.start import MoveRequest

    if back == bool(to):
        raise typer.BadParameter(
            "must name the server; or undo the move under way by --back", param_hint="--to"
        )
    if back:
        without_effect = {
            "--from": bool(from_), "--new-address": new_address, "--dry-run": dry_run, "--retire": retire,
        }  # fmt: skip
        refuse_options("--back", "undoes the move under way", without_effect)
    options = SwapOptions(
        bake=bake * 60, drain_limit=drain_limit * 60, idle=idle, reads=reads, throttle=throttle
    )
    command = "move --back" if back else f"move --to {to}"
    operations: MoveOperations | None = None

    def undo_hint() -> str:
        return describe_undo(operations.history.last_record if operations else None)

    with (
        report_errors(undo_hint),
        open_move(
            environment,
            command,
            report,
            config_file,
            is_question=dry_run,
            requires_valid_file=not back,
        ) as opened,
    ):
        operations = opened.operations
        request = new_request(why, options=options)
        move_request = MoveRequest(to, from_, new_address, retire)
        if dry_run:
            _show_plan(*opened.operations.preview(request, move_request, opened.facts), as_json=as_json)
        elif back:
            show_result(opened.operations.back(request, opened.facts), as_json=as_json, is_expected=True)
        else:
            show_result(opened.operations.move(request, move_request, opened.facts), as_json=as_json)


def _show_plan(record: "Record | str", preview: "Preview | None", *, as_json: bool) -> None:
    from operate.record.move_plan import FORWARD

    if isinstance(record, str) or preview is None:
        show_result(record, as_json=as_json)
        return
    if record.door_move is None:
        raise OperateError(f"entry {record.id} is no move; see `operate status ENV`")
    steps = [step.value for step in FORWARD if step not in record.state.done]
    move = record.door_move
    if as_json:
        plan = {
            "from": move.source, "to": move.target, "preview": preview.describe(),
            "changed": list(preview.changed), "steps": steps,
        }  # fmt: skip
        sys.stdout.write(json.dumps(plan, indent=2) + "\n")
    else:
        sys.stdout.write(
            f"{move.source} carries the registry, release {record.release}; {move.target} would take its"
            f" place\npreview: {preview.describe_with_names()}\nsteps: {', '.join(steps)}\n"
        )


def add_move(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(move)
