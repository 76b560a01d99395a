"""A measured figure beside the limit that it must keep."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Threshold:
    """One figure and its limit.

    Attributes:
        name: What the figure is.
        figure: The measured value, in `unit`.
        limit: The value that the figure must not pass, in `unit`.
        unit: Unit of figure and limit, such as `ms`; "" for a count.
        is_minimum: Whether the figure must be at least the limit; else it must be at most the limit.
        note: A remark that is printed beside the figure.
    """

    name: str
    figure: float
    limit: float
    unit: str = ""
    is_minimum: bool = False
    note: str = ""

    @property
    def is_kept(self) -> bool:
        """Whether the figure keeps its limit; a figure that is not a number keeps none."""
        return self.figure >= self.limit if self.is_minimum else self.figure <= self.limit
