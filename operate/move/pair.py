"""The two front doors of a move, and their registries as a gate compares two; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from operate.doors.door_status import Read
from operate.error import RefusedError
from operate.stack.facts import Colour, ColourFacts, Credential, DoorFacts, Facts


@dataclass(frozen=True)
class DoorPair:
    """Both front doors, with the colour that is live behind them.

    Attributes:
        facts: Facts of the stack.
        source: The front door that clients leave.
        target: The one that takes its place.
        live: The colour that is live at both.
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
        colour_facts = self._live_facts()
        source_host = self.facts.host(self.source, self.live)
        source_facts = replace(colour_facts, hosts={self.target.datacenter: source_host})
        target_host = self.facts.host(self.target, self.live)
        target_facts = replace(
            colour_facts, hosts={} if target_host is self.target else {self.target.datacenter: target_host}
        )
        return replace(
            self.facts,
            doors=(replace(self.target, credentials=self._credentials()),),
            colours={self.live: target_facts, self.live.opposite: source_facts},
        )

    def as_reads_of_target(self, reads: Sequence[Read]) -> Sequence[Read]:
        """Return what clients have read through the source, to be read from both."""
        return [replace(read, datacenter=self.target.datacenter) for read in reads]

    def _credentials(self) -> Mapping[str, Mapping[str, Credential]]:
        """Return the credentials of both ports of the live colour, by generation and colour of the pair."""
        sides = {self.live: self.target, self.live.opposite: self.source}
        generations = {*self.target.credentials, *self.source.credentials}
        return {
            generation: {
                colour: credentials[self.live]
                for colour, door in sides.items()
                if self.live in (credentials := door.credentials.get(generation, {}))
            }
            for generation in generations
        }

    def _live_facts(self) -> ColourFacts:
        colour_facts = self.facts.colours[self.live]
        if colour_facts is None:
            raise RefusedError(
                f"{self.live} is live, and the stack's outputs do not have it; run `pulumi up`"
            )
        return colour_facts
