"""Which release a colour is to run."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from operate.stack.facts import Colour


@dataclass(frozen=True)
class DesiredRelease:
    """What a colour is to run.

    Attributes:
        colour: The colour.
        release: Name of the release; "" takes the colour away.
        settings: Settings that the release overrides; empty leaves those it has.
        keep: The release that is live, whose containers stay as they were made; "" leaves the setting.
    """

    colour: Colour
    release: str
    settings: Mapping[str, str] = field(default_factory=dict)
    keep: str = ""
