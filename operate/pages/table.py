"""A table with heads for rows and columns, scrolled by itself where it is wider than the window; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes:
        text: Its content.
        style: names the style.
        head: it is the head of its row.
        html: the text is HTML that was made safe already.
        current: Whether it is the step under way.
    """

    text: str
    style: str = ""
    head: bool = False
    html: bool = False
    current: bool = False


def figure(value: int, unit: str = "", *, bad: bool = False) -> Cell:
    """A number, in groups of three digits."""
    grouped = f"{value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return Cell(f"{grouped} {unit}".strip(), "number bad" if bad else "number")


def table(caption: str, heads: Sequence[str], rows: Sequence[tuple[str, Sequence[Cell]]]) -> str:
    """Return the table.

    Args:
        caption: Its title, for those who do not see it.
        heads: of the columns; one that begins with # is of numbers.
        rows: style and cells of each.
    """
    head = "".join(
        f'<th scope="col"{" class=number" if head.startswith("#") else ""}>{escape(head.lstrip("#"))}</th>'
        for head in heads
    )
    inside = "".join(
        f'<tr class="{escape(style)}">{"".join(map(_cell, cells))}</tr>' for style, cells in rows
    )
    return (
        f'<div class="wide" role="region" aria-label="{escape(caption)}" tabindex="0"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{inside}</tbody></table></div>"
    )


def _cell(cell: Cell) -> str:
    text = cell.text if cell.html else escape(cell.text)
    style = f' class="{escape(cell.style)}"' if cell.style else ""
    current = ' aria-current="step"' if cell.current else ""
    return f'<th scope="row"{style}{current}>{text}</th>' if cell.head else f"<td{style}>{text}</td>"
