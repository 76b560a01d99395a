"""What the front door itself has counted: requests, and answers that its registries did not give."""

import json
from dataclasses import dataclass, field

from local.environment import CHECKOUT
from tests.e2e.conftest import Registry

_SCRIPT = CHECKOUT / "operate" / "scripts" / "door-status.sh"
_WRONG = ("connectErrors", "responseErrors", "serverAborts", "retries")


@dataclass
class DoorCounters:
    """Grows with every look; counters of a process that ended begin anew at zero.

    Attributes:
        registry: whose door.
        server: that has it.
        requests: since the first look.
        wrong: answers 5xx, connections refused, broken or tried again, since the first look.
    """

    registry: Registry
    server: str
    requests: int = 0
    wrong: int = 0
    _last: dict[tuple[int, str], tuple[int, int]] = field(default_factory=dict)
    _address: str = ""

    def look(self) -> None:
        """Add what was counted since the last look."""
        first, now = not self._last, self._told()
        for place, (requests, wrong) in now.items():
            before = self._last.get(place, (requests, wrong) if first else (0, 0))
            self.requests += requests - before[0]
            self.wrong += wrong - before[1]
        self._last |= now

    def _told(self) -> dict[tuple[int, str], tuple[int, int]]:
        self._address = self._address or self.registry.address(self.server)
        done = self.registry.ssh_to(self._address, "bash -s --", follows=_SCRIPT.read_text())
        if done.returncode != 0:
            raise RuntimeError(f"door-status.sh on {self.server}: {done.stderr.strip()}")
        found = {}
        for worker in json.loads(done.stdout)["workers"]:
            for name, counted in worker["backends"].items():
                wrong = int(counted["responses"]["5xx"]) + sum(int(counted[key]) for key in _WRONG)
                found[int(worker["pid"]), str(name)] = (int(counted["requests"]), wrong)
        return found
