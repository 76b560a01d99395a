"""A status for people, in tables."""

import sys

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Column, Table

from messages.stack_name import name_stack
from operate.history.unknown_record import describe_records
from operate.stack.facts import Colour
from operate.status.status import StackStatus, describe_entry

_UNFOLDED_WIDTH = 1000
"""Columns where nobody looks at a terminal (choice): no name is folded, so that `grep` finds it."""


def status_console() -> Console:
    """Return standard output, without colours for what looks like a number or a date."""
    width = None if sys.stdout.isatty() else _UNFOLDED_WIDTH
    return Console(file=sys.stdout, width=width, highlight=False)


def print_doors(status: StackStatus, console: Console) -> None:
    """Print what the front doors report, and the warnings."""
    console.print(f"environment {status.environment}", markup=False)
    colours = _table("colour", "release", "live", "containers")
    for colour in Colour:
        facts = status.observed.facts.colours[colour]
        if facts:
            live = "live" if colour is status.observed.live else ""
            colours.add_row(colour.value, facts.release, live, ", ".join(sorted(facts.containers)))
    console.print(colours)
    traffic = _traffic(status, "first byte")
    fits = console.measure(traffic).maximum <= console.width
    console.print(traffic if fits else _traffic(status, "first\nbyte"))
    for warning in status.warnings:
        console.print(f"warning: {warning}", soft_wrap=True, markup=False)


def print_status(status: StackStatus, console: Console) -> None:
    """Print a status for people."""
    print_doors(status, console)
    fields = status.as_json()
    lock, unfinished = fields["lock"], fields["swap"]
    console.print(str(lock["description"]) if isinstance(lock, dict) else "not locked", soft_wrap=True)
    if isinstance(unfinished, dict) and status.observed.current:
        current = status.observed.current
        remedy = name_stack(current.remedy, status.environment)
        line = f"under way: {describe_entry(current)}; next: {unfinished['next']}; {remedy}"
        console.print(line, soft_wrap=True, markup=False)
    if status.observed.unknown_current:
        unknown = status.observed.unknown_current
        remedy = name_stack(unknown.remedy, status.environment)
        line = f"under way: {unknown.description}; {remedy}"
        console.print(line, soft_wrap=True, markup=False)
    for description in describe_records(status.observed.skipped):
        console.print(f"skipped: {description}", soft_wrap=True, markup=False)
    for line in status.last_lines:
        console.print(line, soft_wrap=True, markup=False)


def _table(*columns: str | Column) -> Table:
    return Table(*columns, box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)


def _traffic(status: StackStatus, latency_heading: str) -> Table:
    """What the front doors count. Every heading fits 80 columns; a long name of a door is folded.

    Args:
        status: Status of the stack.
        latency_heading: Heading of the time until an answer begins, on one line or two.
    """
    words = ("colour", "live", "transfers", "requests", "failed", latency_heading, "health")
    columns = [Column("door", overflow="fold"), *(Column(word, no_wrap=True) for word in words)]
    table = _table(*columns)
    for door, facts in zip(status.observed.doors, status.observed.facts.doors, strict=True):
        for (generation, name), counters in door.backends.items():
            live = "live" if door.live.get(generation) == name else ""
            numbers = (str(counters.sessions), str(counters.requests), str(counters.failed))
            latency, health = f"{counters.response_ms:.0f} ms", "healthy" if counters.up else "unhealthy"
            table.add_row(facts.name, f"{generation} {name}", live, *numbers, latency, health)
        for missing in status.observed.facts.missing_colours(facts, door.backends):
            table.add_row(facts.name, missing, "", "-", "-", "-", "-", "missing")
    return table
