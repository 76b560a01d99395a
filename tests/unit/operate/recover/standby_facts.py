"""Facts of a stack with two front doors and a standby."""

from operate.stack.facts import (
    Colour,
    ColourFacts,
    DoorFacts,
    Facts,
    GlobalIpFacts,
    StandbyFacts,
)


def door(datacenter: str, server: str, number: int, endpoint: str = "") -> DoorFacts:
    return DoorFacts(
        datacenter,
        server,
        f"10.0.0.{number}",
        "key",
        endpoint or f"https://10.0.0.{number}:5000",
        ("modern",),
        public_address=f"192.0.2.{number}",
    )


A, B, FAR = door("dal05", "a", 1), door("dal05", "b", 2), door("ams01", "a", 3)


STANDBY = StandbyFacts(B, {"modern": "10.0.0.2:5000"})


RED = ColourFacts("1", {"modern": 15000}, frozenset(), {}, "f")


FACTS = Facts(
    None, "docker", "p", "", "root", "f", (A, FAR), {Colour.RED: RED, Colour.BLACK: None},
    GlobalIpFacts(7, "203.0.113.9"), standbys=(STANDBY,),
)  # fmt: skip
