"""Counters of the front door itself: requests, and answers that its registries did not give."""

import json
from dataclasses import dataclass, field

from dev.local.environment import CHECKOUT
from harness.stack.live_stack import LiveRegistry
from operate.servers.script_text import script_text

_SCRIPT = CHECKOUT / "operate" / "scripts" / "door-status.sh"
_WRONG = ("connectErrors", "responseErrors", "serverAborts", "retries")


@dataclass
class DoorCounters:
    """Grows with every update; the counters of a new process begin at zero.

    Attributes:
        registry: Registry that the door is in front of.
        server: Server of the door.
        requests: Requests since the first update.
        wrong: Answers 5xx, and connections refused, broken or tried again, since the first update.
    """

    registry: LiveRegistry
    server: str
    requests: int = 0
    wrong: int = 0
    _last: dict[tuple[int, str], tuple[int, int]] = field(default_factory=dict)
    _address: str = ""

    def update(self) -> None:
        """Add what the front door has counted since the last update."""
        first, now = not self._last, self._read()
        for place, (requests, wrong) in now.items():
            before = self._last.get(place, (requests, wrong) if first else (0, 0))
            self.requests += requests - before[0]
            self.wrong += wrong - before[1]
        self._last |= now

    def _read(self) -> dict[tuple[int, str], tuple[int, int]]:
        self._address = self._address or self.registry.address(self.server)
        done = self.registry.ssh_to(self._address, "bash -s --", stdin_payload=script_text(_SCRIPT))
        if done.returncode != 0:
            raise RuntimeError(f"door-status.sh on {self.server}: {done.stderr.strip()}")
        counters = {}
        for worker in json.loads(done.stdout)["workers"]:
            for name, values in worker["backends"].items():
                wrong = int(values["responses"]["5xx"]) + sum(int(values[key]) for key in _WRONG)
                counters[int(worker["pid"]), str(name)] = (int(values["requests"]), wrong)
        return counters
