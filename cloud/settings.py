"""What one local cloud is started with."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Speed = Literal["instant", "realistic", "measured"]


@dataclass(frozen=True)
class CloudSettings:
    """The settings of one API process.

    Attributes:
        state_dir: folder of the account's books; made where it is missing.
        username: the account's only user.
        api_key: that user's key; never logged, and left out of the representation.
        speed: how long transactions take: `instant` (no waiting of their own), `realistic` (the real
            proportions within seconds) or `measured` (minutes, as recorded from the real cloud).
        control: whether `/control/...`, for tests, answers. It must not on a cloud people use.
    """

    state_dir: Path
    username: str
    api_key: str = field(repr=False)
    speed: Speed = "instant"
    control: bool = False
