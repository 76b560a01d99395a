"""What one local cloud is started with."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Speed = Literal["instant", "realistic", "measured"]
# The real API's own limit on calls in a second.
_REAL_LIMIT = 50


@dataclass(frozen=True)
class CloudSettings:
    """The settings of one API process.

    Attributes:
        state_dir: Folder of the account's state; created where it is missing.
        username: The account's only user.
        api_key: API key of that user; never logged, and left out of the representation.
        speed: How long transactions take: `instant` (no waiting of their own), `realistic` (the real
            proportions within seconds) or `measured` (minutes, as recorded from the real cloud).
        control: Whether `/control/...`, for tests, answers. It must not on a cloud people use.
        rate_limit: Calls in a second before the API refuses more, 0 for no limit; None is the real API's 50
            at `measured` speed and no limit at the others, where a test's own polling would meet it.
    """

    state_dir: Path
    username: str
    api_key: str = field(repr=False)
    speed: Speed = "instant"
    control: bool = False
    rate_limit: int | None = None

    @property
    def calls_a_second(self) -> int:
        """The rate limit in force, 0 for none."""
        if self.rate_limit is None:
            return _REAL_LIMIT if self.speed == "measured" else 0
        return self.rate_limit
