"""What an operation, a swap or a move, is begun with, and what is printed of it at its end."""

import json
import sys
from typing import TYPE_CHECKING

import typer

from messages.stack_name import name_stack
from operate.cli.parameters import named_stack
from operate.error import EXIT_REFUSED
from operate.record.options import SwapOptions

if TYPE_CHECKING:
    from operate.record.record import Record
    from operate.stack.facts import Colour
    from operate.swap.start import OperationRequest


def new_request(
    why: str,
    *,
    release: str = "",
    settings: dict[str, str] | None = None,
    options: SwapOptions | None = None,
    colour: "Colour | None" = None,
) -> "OperationRequest":
    """Return the request of this process, now."""
    from operate.lock.process import this_process
    from operate.swap.start import OperationRequest

    me = this_process("", 0.0)
    return OperationRequest(
        me.owner, me.since, why, release, settings or {}, options or SwapOptions(), colour
    )


def describe_undo(record: "Record | None") -> str:
    """Name what undoes an operation that was interrupted; ENV stands for the stack.

    Args:
        record: Last record of an operation under way; None before there was one.
    """
    return f"`operate {record.undo_command}` undoes it" if record and record.undo_command else ""


def show_result(record: "Record | str", *, as_json: bool, is_expected: bool = False) -> None:
    """Print the result; exits with a code of its own if a release was refused or rolled back by itself.

    Args:
        record: Record at its end, or why there was nothing to do.
        as_json: Whether to print JSON.
        is_expected: Whether the rollback was requested, and is no failure.
    """
    if isinstance(record, str):
        record = name_stack(record, named_stack())
        sys.stdout.write(
            (json.dumps({"result": "nothing to do", "message": record}) if as_json else record) + "\n"
        )
        return
    from operate.status.status import describe_entry

    if as_json:
        sys.stdout.write(json.dumps(record.as_json(), indent=2) + "\n")
    else:
        sys.stdout.write(describe_entry(record) + "\n")
        if record.awaits_clients:
            sys.stdout.write(name_stack(f"{record.remedy}\n", named_stack()))
    if not is_expected and record.result in ("refused", "rolled back", "moved back"):
        raise typer.Exit(EXIT_REFUSED)
