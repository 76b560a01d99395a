"""A table with heads for rows and columns, as `table.html` shows it; pure."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes:
        text: Content of the cell.
        style: Name of the style.
        head: Whether it is the head of its row.
        swatch: Colour that is shown before the text; "" for none.
        current: Whether it is the step under way.
        link: URL that the text leads to; "" for nowhere.
    """

    text: str
    style: str = ""
    head: bool = False
    swatch: str = ""
    current: bool = False
    link: str = ""


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        caption: Title of the table, for those who do not see it.
        heads: Heads of the columns; one that begins with # is of numbers.
        rows: Style and cells of each.
    """

    caption: str
    heads: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Cell]]]


def figure(value: int, unit: str = "", *, bad: bool = False) -> Cell:
    """A number, in groups of three digits."""
    grouped = f"{value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return Cell(f"{grouped} {unit}".strip(), "number bad" if bad else "number")
