"""Facts of a stack with one front door."""

from operate.stack.facts import Colour, ColourFacts, DoorFacts, Facts
from tests.unit.operate.doctor.served_registry import AUTHORITY, PASSWORD, USER


def stack_facts(endpoint: str) -> Facts:
    """Those of a stack without Swift, whose registry answers at an endpoint."""
    door_facts = DoorFacts(
        "dal05", "a", "192.0.2.1", "key", endpoint, ("modern",), client_address="127.0.0.1"
    )
    red = ColourFacts("1", {}, frozenset({"registry-1"}), {}, "swift", servers={"dal05": "a"})
    colours = {Colour.RED: red, Colour.BLACK: None}
    return Facts(None, USER, PASSWORD, AUTHORITY, "root", "swift", (door_facts,), colours)
