"""A recovery that pins a server's key leaves no note of a rotation that has nothing left to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from operate.recover.recovered_key import RecoveredServers, end_key_rotation

OLD, STAGED, STRANGER = (f"ssh-ed25519 {key}" for key in ("AAAAold=", "AAAAnew=", "AAAAstrange="))
NOTE = {"kind": "host-key", "server": "dal05-b", "hostKey": STAGED}
COMMAND = "`operate rotate host-key prod --server dal05-b`"


@dataclass
class Stack:
    """A stack with one server, as its recovery has left it."""

    pinned: str
    written: list[Mapping[str, object]] = field(default_factory=list)

    def server_outputs(self) -> Mapping[str, tuple[str, Mapping[str, object]]]:
        return {"dal05-b": ("7", {"sshHostKey": self.pinned})}

    def write_settings(self, settings: Mapping[str, object]) -> None:
        self.written.append(settings)


VOUCHED = RecoveredServers(vouched={"dal05-b": OLD})


@pytest.mark.parametrize(
    ("pinned", "note", "servers", "has_ended", "line"),
    [
        (STAGED, NOTE, VOUCHED, True, "is pinned; it has ended"),
        (STAGED, NOTE, RecoveredServers(vouched={"dal05-b": STAGED}), True, "is pinned; it has ended"),
        (STAGED, NOTE, RecoveredServers(), True, "is pinned; it has ended"),
        (STRANGER, NOTE, VOUCHED, True, f"which is given up. {COMMAND} repeats it"),
        (STRANGER, NOTE, RecoveredServers(("dal05-b",)), True, f"which is given up. {COMMAND} repeats it"),
        (OLD, NOTE, VOUCHED, False, f"still shows the key before it. {COMMAND} ends the rotation"),
        (OLD, NOTE, RecoveredServers(("dal05-a",)), False, ""),
        (OLD, {"kind": "http-secret"}, VOUCHED, False, ""),
        (OLD, None, VOUCHED, False, ""),
    ],
)
def test_a_rotation_ends_with_the_key_that_it_is_of(
    pinned: str, note: object, servers: RecoveredServers, has_ended: bool, line: str
) -> None:
    stack, lines = Stack(pinned), list[str]()
    end_key_rotation("prod", stack, note, servers, lines.append)
    assert stack.written == ([{"rotation": None}] if has_ended else [])
    assert lines[0].endswith(line) if line else not lines
