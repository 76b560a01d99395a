"""Facts of a stack with one front door, and what `pulumi stack export` prints of one."""

from collections.abc import Mapping
from typing import Any

from operate.stack.facts import Colour, ColourFacts, DoorFacts, Facts
from tests.unit.operate.doctor.served_registry import AUTHORITY, PASSWORD, USER

IMAGE, OTHER_IMAGE = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"


def exported(**deployment: object) -> Mapping[str, Any]:
    """The state of a stack with one server."""
    stack = {"type": "pulumi:pulumi:Stack", "urn": "urn:x::stack", "outputs": {"operate": "secret"}}
    server = {"type": "softlayer:index:VirtualGuest", "urn": "urn:x::dal05-a", "id": "7"}
    return {
        "version": 3,
        "deployment": {"manifest": {"version": "v3.259.0"}, "resources": [stack, server], **deployment},
    }


def stack_facts(endpoint: str) -> Facts:
    """Those of a stack without Swift, whose registry answers at an endpoint."""
    door_facts = DoorFacts(
        "dal05", "a", "192.0.2.1", "key", endpoint, ("modern",), client_address="127.0.0.1"
    )
    red = ColourFacts("1", {}, frozenset({"registry-1"}), {}, "swift", servers={"dal05": "a"})
    colours = {Colour.RED: red, Colour.BLACK: None}
    return Facts(None, USER, PASSWORD, AUTHORITY, "root", "swift", (door_facts,), colours)
