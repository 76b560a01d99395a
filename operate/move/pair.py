"""The two front doors of a move, and their registries as a gate compares two; pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from operate.swap.edges import Read, RefusedError
from operate.swap.facts import Colour, ColourFacts, DoorFacts, Facts


@dataclass(frozen=True)
class DoorPair:
    """Both front doors, with the colour that is live behind them.

    Attributes:
        facts: of the stack.
        source: the front door that clients leave.
        target: the one that takes its place.
        live: the colour that is live at both.
    """

    facts: Facts
    source: DoorFacts
    target: DoorFacts
    live: Colour

    @property
    def as_colours(self) -> Facts:
        """The live colour of both, as two colours behind the target: the source's is the other one.

        Gate, shadow and probe compare two colours by their own ports, each on the server that carries it.
        """
        carried = self._carried()
        source = self.facts.host(self.source, self.live)
        away = replace(carried, hosts={self.target.datacenter: source})
        own = self.facts.host(self.target, self.live)
        here = replace(carried, hosts={} if own is self.target else {self.target.datacenter: own})
        return replace(self.facts, doors=(self.target,), colours={self.live: here, self.live.other: away})

    def as_reads_of_target(self, reads: Sequence[Read]) -> Sequence[Read]:
        """Return what clients have read through the source, to be asked of both."""
        return [replace(read, datacenter=self.target.datacenter) for read in reads]

    def _carried(self) -> ColourFacts:
        carried = self.facts.colours[self.live]
        if carried is None:
            raise RefusedError(f"{self.live} is live, and the stack does not tell where it is")
        return carried
